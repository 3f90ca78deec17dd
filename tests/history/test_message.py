"""Messages: the examples of the convention, and what people and forges make of it."""

from __future__ import annotations

import pytest

from windlass.history import Commit, CommitEntry, footers
from windlass.history.message import entries


def commit(message: str, *, parents: int = 1, mainline: bool = False) -> Commit:
    subject, _, body = message.partition("\n")
    return Commit("a" * 40, ("b" * 40,) * parents, 0, "Ann", "ann@example.org", subject, body.strip(), (), mainline)


# Source: https://www.conventionalcommits.org/en/v1.0.0/#examples (CC BY 3.0), every example of the page.
ALLOWS = "allow provided config object to extend other configs"
PRECEDENCE = "`extends` key in config file is now used for extending other config files"
DROP = "use JavaScript features not available in Node 6."
RACING = """fix: prevent racing of requests

Introduce a request id and a reference to latest request. Dismiss
incoming responses other than from latest request.

Remove timeouts which were used to mitigate the racing issue but are
obsolete now.

Reviewed-by: Z
Refs: #123"""


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        (f"feat: {ALLOWS}\n\nBREAKING CHANGE: {PRECEDENCE}", CommitEntry("feat", "", ALLOWS, True, (PRECEDENCE,))),
        (
            "feat!: send an email to the customer when a product is shipped",
            CommitEntry("feat", "", "send an email to the customer when a product is shipped", True),
        ),
        (
            "feat(api)!: send an email to the customer when a product is shipped",
            CommitEntry("feat", "api", "send an email to the customer when a product is shipped", True),
        ),
        (
            f"feat!: drop support for Node 6\n\nBREAKING CHANGE: {DROP}",
            CommitEntry("feat", "", "drop support for Node 6", True, (DROP,)),
        ),
        ("docs: correct spelling of CHANGELOG", CommitEntry("docs", "", "correct spelling of CHANGELOG")),
        ("feat(lang): add Polish language", CommitEntry("feat", "lang", "add Polish language")),
        (RACING, CommitEntry("fix", "", "prevent racing of requests")),
        (
            "revert: let us never again speak of the noodle incident\n\nRefs: 676104e, a215868",
            CommitEntry("revert", "", "let us never again speak of the noodle incident"),
        ),
    ],
)
def test_the_conventions_own_examples_are_read(message: str, wanted: CommitEntry) -> None:
    assert commit(message).entries == (wanted,)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("FEAT(Core): x", CommitEntry("feat", "Core", "x")),
        ("fix:x", CommitEntry("", "", "fix:x")),
        ("fix : x", CommitEntry("", "", "fix : x")),
        ("fix(): x", CommitEntry("", "", "fix(): x")),
        ("update the docs", CommitEntry("", "", "update the docs")),
        ("", CommitEntry("", "", "")),
        ("BREAKING CHANGE: drop it", CommitEntry("", "", "drop it", True)),
        ("fix: x\n\nBREAKING-CHANGE: y", CommitEntry("fix", "", "x", True, ("y",))),
        ("fix: x\n\nBREAKING CHANGE #12", CommitEntry("fix", "", "x", True, ("#12",))),
        ("fix: x\nBREAKING CHANGE: no blank line", CommitEntry("fix", "", "x", True, ("no blank line",))),
        ("fix: x\n\nBREAKING CHANGE:\n\ntold below", CommitEntry("fix", "", "x", True, ("told below",))),
        (
            "fix: x\n\nBREAKING CHANGE: two\nlines\n\nand more\n\nRefs: #1",
            CommitEntry("fix", "", "x", True, ("two lines and more",)),
        ),
        ("change the API\n\nBREAKING CHANGE: all of it", CommitEntry("", "", "change the API", True, ("all of it",))),
        ("fix: x\n\nnot a BREAKING CHANGE: in a line", CommitEntry("fix", "", "x")),
        ('Revert "feat(a): b (#12)" (#13)', CommitEntry("revert", "a", "b (#12) (#13)")),
        ('Reapply "feat(a): b"', CommitEntry("feat", "a", "b")),
        ('Revert "Revert "feat(a): b""', CommitEntry("feat", "a", "b")),
        ('Revert "Reapply "feat(a): b""', CommitEntry("revert", "a", "b")),
    ],
)
def test_what_people_write_is_read(message: str, wanted: CommitEntry) -> None:
    assert commit(message).entries == (wanted,)


def test_a_squash_commit_has_an_entry_for_each_line_and_its_own_breaking_changes() -> None:
    message = """feat: the big one (#7)

* feat: the big one

* fix(io): close files

BREAKING CHANGE: `open` returns a path

* note: not a commit
* docs: tell about it

Co-authored-by: Bob Builder <bob@example.org>
"""
    assert commit(message).entries == (
        CommitEntry("feat", "", "the big one (#7)"),
        CommitEntry("fix", "io", "close files", True, ("`open` returns a path * note: not a commit",)),
        CommitEntry("docs", "", "tell about it"),
    )


def test_another_project_s_release_notes_in_a_bot_s_message_are_no_entries() -> None:
    message = """chore(deps): bump demo from 1.0.0 to 2.0.0

## What's Changed
* feat!: drop Python 3.8 by @octocat in https://github.com/other/demo/pull/12
- fix: close files by @dependabot[bot] in #13
"""
    assert commit(message).entries == (CommitEntry("chore", "deps", "bump demo from 1.0.0 to 2.0.0"),)


def test_a_merge_did_nothing_itself_unless_it_stands_for_its_branch() -> None:
    message = "Merge pull request #12 from ann/topic\n\nfeat: the topic"
    assert commit(message, parents=2).entries == ()
    assert commit(message, parents=2, mainline=True).entries == (CommitEntry("feat", "", "the topic (#12)"),)
    assert commit("feat: by hand", parents=2).entries == (CommitEntry("feat", "", "by hand"),)
    assert commit("Merge branch 'a'", parents=2, mainline=True).entries == (CommitEntry("", "", "Merge branch 'a'"),)


def test_a_merge_that_breaks_something_says_so() -> None:
    merge = commit("Merge branch 'a'\n\nBREAKING CHANGE: gone", parents=2)
    assert merge.entries == (CommitEntry("", "", "gone", True, ("gone",)),)


@pytest.mark.parametrize(
    "line",
    [
        "Breaking change: x",
        "breaking-change: x",
        "BREAKING CHANGES: x",
        "BREAKING CHANGE the api",
        "**BREAKING CHANGE**: x",
        "- Breaking changes: x",
        "BREAKING_CHANGE: x",
    ],
)
def test_what_only_looks_like_a_breaking_change_is_doubtful(line: str) -> None:
    doubtful = commit(f"fix: x\n\nSome text.\n{line}\n")
    assert doubtful.doubtful == (line,)
    assert not doubtful.entries[0].breaking


@pytest.mark.parametrize(
    "body", ["This is no breaking change.", "breaking changes are bad", "BREAKING CHANGE: real", ""]
)
def test_prose_and_real_footers_are_not_doubtful(body: str) -> None:
    assert commit(f"fix: x\n\n{body}").doubtful == ()


def test_trailers_people_and_a_version_asked_for_are_read() -> None:
    full = commit(
        "fix: x\n\nRelease-As: 1.4.0\nCo-authored-by: Bob B <b@example.org>\nco-authored-by: Cy <c@example.org>"
    )
    assert full.release_as == "1.4.0"
    assert full.people == ("Ann", "Bob B", "Cy")


def test_a_message_of_any_length_is_read_in_one_pass() -> None:
    hostile = "feat: x\n\n" + "BREAKING " * 20_000 + "(" * 20_000 + "* feat" * 20_000
    assert len(commit(hostile).entries) == 1
    assert entries('Revert "' * 50 + "x" + '"' * 50, "") == (CommitEntry("", "", "x"),)


# Cases of conventional-commits-parser 7.1.2, src/CommitParser.spec.ts (MIT), its defaults; ours put notes on a line.
# Source: https://github.com/conventional-changelog/conventional-changelog
@pytest.mark.parametrize(
    ("message", "entry", "issues"),
    [
        (
            "feat(ng-list): Allow custom separator\nbla bla bla\n\nCloses #123\nCloses #25\nFixes #33\n",
            CommitEntry("feat", "ng-list", "Allow custom separator"),
            (123, 25, 33),
        ),
        ("Subject #1", CommitEntry("", "", "Subject #1"), (1,)),
        (
            "feat!: support type effects\n\nBREAKING CHANGE: effect replaces hidden.\n\nFixes #1476.",
            CommitEntry("feat", "", "support type effects", True, ("effect replaces hidden.",)),
            (1476,),
        ),
        (
            "feat!: x\n\nBREAKING CHANGE: effect replaces hidden.\nThis fixes #1476.\nConsumers need to update.",
            CommitEntry(
                "feat", "", "x", True, ("effect replaces hidden. This fixes #1476. Consumers need to update.",)
            ),
            (1476,),
        ),
        (
            "feat!: x\n\nBREAKING CHANGE: effect replaces hidden.\n\nReviewed-by: Z",
            CommitEntry("feat", "", "x", True, ("effect replaces hidden.",)),
            (),
        ),
        (
            "feat!: x\n\nBREAKING CHANGE: this changes the API.\n\nCo-authored-by: Someone <someone@example.com>",
            CommitEntry("feat", "", "x", True, ("this changes the API.",)),
            (),
        ),
        (
            "feat: x\n\nBREAKING CHANGE: We removed some boring old stuff in\norder to make room. We went\n"
            "forth on whether or not to do this in #4, so if you want\nmore information.",
            CommitEntry(
                "feat",
                "",
                "x",
                True,
                (
                    "We removed some boring old stuff in order to make room. We went forth on whether or not to do "
                    "this in #4, so if you want more information.",
                ),
            ),
            (),
        ),
        ("feat(hello/world): message", CommitEntry("feat", "hello/world", "message"), ()),
        ("feat(@org/hello-world): message", CommitEntry("feat", "@org/hello-world", "message"), ()),
        (
            "feat(ng-list): Allow\n\nCloses #123\nCloses #123\nFixes #123\n",
            CommitEntry("feat", "ng-list", "Allow"),
            (123,),
        ),
    ],
)
def test_cases_of_the_conventions_own_parser_are_read(
    message: str, entry: CommitEntry, issues: tuple[int, ...]
) -> None:
    read = commit(message)
    assert read.entries == (entry,)
    assert footers.issues(read.subject, read.body) == issues


def test_words_wrapped_onto_a_line_of_their_own_are_no_breaking_change() -> None:
    wrapped = commit("docs(repo): use commit subjects for 5.0.0\nbreaking changes #DS-2683\n\n- rewrite the entries")
    assert not wrapped.entries[0].breaking
    assert wrapped.doubtful == ()


def test_a_shouted_line_without_a_colon_is_doubtful_but_not_breaking() -> None:
    prose = commit("feat: something\n\nBREAKING CHANGE was discussed but this commit contains none.")
    assert not prose.entries[0].breaking
    assert prose.doubtful == ("BREAKING CHANGE was discussed but this commit contains none.",)


FIRST = "feat: first"


def told(message: str, *, parents: int = 1, mainline: bool = False) -> list[str]:
    found = commit(message, parents=parents, mainline=mainline).entries
    return [f"{entry.type}{'!' * entry.breaking}: {entry.summary}" for entry in found]


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("Merged PR 5: feat: first\n\nRelated work items: #7", [FIRST]),
        ("Merged PR 5: feat: first\n\nBREAKING CHANGE: all", ["feat!: first"]),
        ("Merged in topic (pull request #5)\n\nfeat: first\n\n* fix: second", ["feat: first (#5)", "fix: second"]),
        ("Merge branch 'topic' into 'main'\n\nfeat: first\n\nSee merge request a/b!5", [FIRST]),
        ("Merge pull request 'feat: first' (#5) from ann/topic into main", ["feat: first (#5)"]),
        ("Pull request #5: feat: first\n\nMerge in A/b from topic to main\n\n* commit 'abc1234':\n  fix: second",
         ["feat: first (#5)"]),
        ("Merge pull request #5 in A/b from topic to main\n\n* commit 'abc1234':\n  feat: first\n  fix: second",
         [FIRST, "fix: second"]),
        ('Merge "feat: first" into main\n\nChange-Id: I1', [FIRST]),
        ("Auto merge of #5 - ann:topic, r=bob\n\nfeat: first", ["feat: first (#5)"]),
        ("Merge #5 #6\n\n5: feat: first r=ann\n\nwords\n\n6: fix: second r=ann a=bob",
         ["feat: first (#5)", "fix: second (#6)"]),
    ],
)  # fmt: skip
def test_a_forges_words_around_a_title_are_known(message: str, wanted: list[str]) -> None:
    assert told(message) == wanted
    assert told(message, parents=2, mainline=True) == wanted
    assert not [line for line in told(message, parents=2) if not line.startswith("!")]


LISTED = """Squashed commit of the following:

commit 1111111111111111111111111111111111111111
Author: Ann <ann@example.org>
Date:   Thu May 16 10:00:00 2024 +0000

    feat: first

    BREAKING CHANGE: all

commit 2222222222222222222222222222222222222222
Merge: 3333333 4444444
Author: Ann <ann@example.org>
Date:   Thu May 16 09:00:00 2024 +0000

    Merge branch 'topic'

commit 5555555555555555555555555555555555555555
Author: Ann <ann@example.org>
Date:   Thu May 16 08:00:00 2024 +0000

    fix: second
"""


def test_what_gits_squash_lists_are_entries() -> None:
    assert told(LISTED) == ["feat!: first", "fix: second"]
    assert told(f"perf: all of it\n\nWords.\n\n{LISTED}") == ["perf: all of it", "feat!: first", "fix: second"]


def test_a_paragraph_that_was_a_subject_is_an_entry_and_prose_is_none() -> None:
    assert told("fix: one\n\nWords.\n\nfeat(api)!: two\n\nMore.") == ["fix: one", "feat!: two"]
    assert told("fix: one\n\nfix: #12") == ["fix: one"]
    assert told("fix: one\n\ntest: a word and a colon\n\nFix: another") == ["fix: one"]


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("feat (api): x", "feat"),
        ("feat(): x", "feat"),
        ("feat[api]: x", "feat"),
        ("feat:x", "feat"),
        ("feat\uff1ax", "feat"),
        ("[fix] x", "fix"),
        ("[ABC-1] fix: x", "fix"),
        ("ABC-1: fix: x", "fix"),
        (":sparkles: feat: x", "feat"),
        ("\u2728 feat: x", "feat"),
        ("feature: x", "feat"),
        ("Bugfix(api): x", "fix"),
        ("Merged PR 5: feature: x", "feat"),
        ("feat!(api): x", "feat!"),
        ("breaking: x", "feat!"),
        ("feat: x", ""),
        ("docs: fix: x", ""),
        ("add x", ""),
        ("Fix the parser: take bytes", ""),
        ("feature x", ""),
    ],
)
def test_a_subject_that_is_almost_one_of_the_convention_is_known_as_such(subject: str, kind: str) -> None:
    assert commit(subject).almost_type == kind
