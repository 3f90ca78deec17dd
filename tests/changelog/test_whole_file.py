"""The whole changelog, and whether commits follow the convention."""

from __future__ import annotations

from windlass import changelog, history
from windlass.changelog import CommitProblem, Style
from windlass.github.page_urls import GitHubPages
from windlass.testing.git_history import MadeHistory

LINKS = GitHubPages("https://example.org/demo")


def test_the_whole_has_every_version_the_newest_first(made: MadeHistory) -> None:
    made.commit("feat: a")
    made.tag("v1.0.0")
    made.commit("fix: b")
    made.tag("v1.0.1")
    made.commit("docs: c")
    style = Style(links=LINKS, contributors=False)
    text = changelog.whole(history.sections(made.root, "v"), style)
    (third, second, first) = (commit.id for commit in history.read(made.root, None))
    assert third
    assert (
        text
        == f"""# Changelog

## [Unreleased]

Nothing that users would notice.

[Unreleased]: https://example.org/demo/compare/v1.0.1...HEAD

## [1.0.1] - 2023-11-14

### Fixed

- b ([{second[:7]}](https://example.org/demo/commit/{second}))

[1.0.1]: https://example.org/demo/compare/v1.0.0...v1.0.1

## [1.0.0] - 2023-11-14

### Added

- a ([{first[:7]}](https://example.org/demo/commit/{first}))

[1.0.0]: https://example.org/demo/releases/tag/v1.0.0
"""
    )


def test_the_whole_is_what_releases_prepended_one_by_one(made: MadeHistory) -> None:
    """Nothing is told otherwise by `--all` than it was when each version came out."""
    text = ""
    for number, messages in enumerate([["feat: a"], ["fix: b", "feat!: c"], ["chore: d"]], 1):
        for message in messages:
            made.commit(message)
        since = made.git("describe", "--tags", "--abbrev=0") if number > 1 else ""
        commits = history.read(made.root, since or None)
        style = Style(links=LINKS)
        tag = f"v{number}.0.0"
        made_notes = changelog.notes(f"{number}.0.0", "2023-11-14", commits, style, tag=tag, previous=since)
        text = changelog.prepend(text, made_notes)
        made.tag(tag)
    assert changelog.whole(history.sections(made.root, "v"), Style(links=LINKS)) == text


def test_commits_that_break_the_convention_are_named_with_the_line(made: MadeHistory) -> None:
    made.commit("feat: fine")
    made.commit('Revert "anything"')
    made.on("topic")
    made.commit("fix:no space")
    made.commit("feat(x)!: ok\n\nText.\nBREAKING CHANGE: fine")
    made.on("main")
    made.merge("topic")
    made.commit("added things")
    made.commit("fix: \n")
    made.commit("fix: a\n\nText.\nBreaking change: all")
    made.commit("fixup! feat: fine")
    made.commit("")
    made.commit("feat: b\n\nRelease as: 1.4.0")
    made.commit("feat: c\n\nRelease-As: soon")
    found = changelog.faults(history.read(made.root, None))
    assert [(fault.line, fault.problem) for fault in found] == [
        ("Release-As: soon", "names no version"),
        ("Release as: 1.4.0", "looks like a Release-As trailer; write `Release-As: 1.4.0`"),
        ("", "is empty"),
        ("fixup! feat: fine", "is to be squashed before it is merged"),
        ("Breaking change: all", "looks like a breaking change; write `BREAKING CHANGE: …`"),
        ("fix:", "has no description after `type: `"),
        ("added things", "does not begin with `type: ` or `type(scope): `"),
        ("fix:no space", "lacks a space after the colon"),
    ]
    assert isinstance(found[0], CommitProblem)
