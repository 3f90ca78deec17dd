"""The ways that lead to a release: pull request, merged tag, hotfix."""
