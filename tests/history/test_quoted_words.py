"""Words of other people in a message decide nothing."""

from __future__ import annotations

import pytest

from tests.history.test_message import commit

_BOT = "chore(deps): update dependency foo to v3 (#12)"
_NOTES = """### Release Notes

<details>
<summary>foo/foo (foo)</summary>

### v3.0.0

BREAKING CHANGE: drops something of foo's
</details>

##### \N{WARNING SIGN} BREAKING CHANGES

* feat: their own feature

BREAKING CHANGE: drops something else
Release-As: 9.9.9

---

### Configuration

- [ ] If you want to rebase, check this box
"""


@pytest.mark.parametrize(
    "subject",
    [
        _BOT,
        "build(deps-dev): bump foo from 2 to 3",
        "Bump foo from 2.0.0 to 3.0.0",
        "fix(deps): update all dependencies",
        "Update foo to 3.0.0",
    ],
)
def test_what_a_bot_tells_of_another_project_is_not_about_this_one(subject: str) -> None:
    told = commit(f"{subject}\n\n{_NOTES}")

    assert told.doubtful == told.doubtful_release == ()
    assert told.release_as is None
    assert [(entry.breaking, entry.notes) for entry in told.entries] == [(False, ())]


def test_what_such_a_commit_says_of_itself_counts() -> None:
    """Behind the rule that ends the quote, or in its own subject."""
    own = commit(f"{_BOT}\n\n{_NOTES}\nBREAKING CHANGE: needs foo 3\n")

    assert own.entries[0].notes == ("needs foo 3",)
    assert commit(f"fix(deps)!: foo 3\n\n{_NOTES}").entries[0].breaking


def test_headings_of_this_project_s_people_are_their_own() -> None:
    """Nobody else's notes stand in a feature's commit."""
    own = commit("feat: x\n\n## Release notes\n\nBREAKING CHANGE: y is gone\n")

    assert own.entries[0].notes == ("y is gone",)


def test_a_quote_and_a_template_s_comment_are_nobody_s_words() -> None:
    quoting = commit(
        "fix: x\n\nAs the report says:\n> BREAKING CHANGES: all of it\n> BREAKING CHANGE: this\n\n"
        "<!--\nBREAKING CHANGE: describe it here\n* feat: an example\n-->\n"
    )

    assert quoting.doubtful == ()
    assert [(entry.type, entry.breaking) for entry in quoting.entries] == [("fix", False)]


@pytest.mark.parametrize(
    "lines",
    [
        "- [ ] Breaking change: needs a major version\n- [x] Bug fix",
        "* [ ] BREAKING CHANGE",
        "### Breaking changes:\n\nNone",
        "### BREAKING CHANGES\n\n- None.",
        "## Breaking changes:\n\n_n/a_\n\n## Tests\n\nyes",
        "## BREAKING CHANGES\n\n## Tests\n\nyes",
        "## BREAKING CHANGE?\n\n- [ ] Yes\n- [x] No",
        "**Breaking changes:** no",
        "Breaking change: none",
        "BREAKING CHANGES: N/A",
        "BREAKING CHANGE: none",
        "**BREAKING CHANGES**\n\nNo breaking changes.",
    ],
)
def test_a_template_that_is_answered_with_no_declares_nothing(lines: str) -> None:
    answered = commit(f"fix: x (#14)\n\n{lines}\n")

    assert answered.doubtful == ()
    assert not answered.entries[0].breaking


@pytest.mark.parametrize(
    "lines",
    [
        "- [x] Breaking change: needs a major version",
        "- [ ] Bug fix\n- [X] Breaking change (would cause existing functionality to not work as expected)",
        "### Breaking changes:\n\nThe old option is gone",
        "## BREAKING CHANGE?\n\n- [x] Yes\n- [ ] No",
        "**Breaking changes:** nobody can use 3.10 any more",
        "Breaking change: none of the old names work",
        "BREAKING CHANGES: no more 3.10",
    ],
)
def test_a_template_that_is_answered_otherwise_is_still_asked_about(lines: str) -> None:
    assert commit(f"fix: x (#14)\n\n{lines}\n").doubtful


def test_a_footer_that_begins_with_a_no_is_a_footer() -> None:
    assert commit("fix: x\n\nBREAKING CHANGE: no more 3.10\n").entries[0].notes == ("no more 3.10",)
