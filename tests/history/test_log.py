"""Reading history: one git log, whatever the commits hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from windlass import history
from windlass.errors import RepositoryError
from windlass.history import CommitEntry
from windlass.testing.git_history import MadeHistory


def subjects(commits: tuple[history.Commit, ...]) -> list[str]:
    return [commit.subject for commit in commits]


def test_commits_since_a_tag_come_newest_first(made: MadeHistory) -> None:
    made.commit("feat: one")
    made.tag("v1.0.0", message="first")
    made.commit("fix: two\n\nA body.\n")
    last = made.commit("feat: three", author="Bob Builder")
    two = history.read(made.root, "v1.0.0")
    assert subjects(two) == ["feat: three", "fix: two"]
    assert (two[0].id, two[0].author, two[0].email) == (last, "Bob Builder", "bob@example.org")
    assert two[0].parents == (two[1].id,)
    assert two[1].body == "A body."
    assert two[1].at == two[0].at - 60
    assert subjects(history.read(made.root, None))[-1] == "feat: one"
    assert history.read(made.root, None)[-1].tags == ("v1.0.0",)


def test_messages_that_are_not_utf_8_are_read(made: MadeHistory) -> None:
    made.commit(b"fix: caf\xe9 \xff\n\nBREAKING CHANGE: \xfe")
    (commit,) = history.read(made.root, None)
    assert commit.entries == (CommitEntry("fix", "", "caf\ufffd \ufffd", True, ("\ufffd",)),)


def test_a_message_in_a_declared_encoding_is_decoded_by_it(made: MadeHistory) -> None:
    made.commit("fix: café".encode("latin-1"), encoding="ISO-8859-1")
    assert subjects(history.read(made.root, None)) == ["fix: café"]


def test_windows_line_ends_and_empty_messages_are_read(made: MadeHistory) -> None:
    made.commit("fix: x\r\n\r\nBREAKING CHANGE: y\r\n")
    made.commit("")
    empty, windows = history.read(made.root, None)
    assert (empty.subject, empty.body) == ("", "")
    assert windows.entries == (CommitEntry("fix", "", "x", True, ("y",)),)


def test_an_octopus_merge_brings_all_its_branches(made: MadeHistory) -> None:
    made.commit("chore: base")
    for name in ("a", "b", "c"):
        made.on(name, "main")
        made.commit(f"feat: {name}")
        made.on("main")
    made.merge("a", "Merge branches 'a', 'b' and 'c'", "b", "c")
    commits = history.read(made.root, None)
    assert len(commits[0].parents) == 4
    assert sorted(subjects(commits)) == [
        "Merge branches 'a', 'b' and 'c'",
        "chore: base",
        "feat: a",
        "feat: b",
        "feat: c",
    ]


def test_first_parent_reads_merges_for_their_branches(made: MadeHistory) -> None:
    made.commit("chore: base")
    made.on("topic")
    made.commit("wip")
    made.on("main")
    made.merge("topic", "Merge pull request #3 from ann/topic\n\nfix: the topic")
    merge, _ = history.read(made.root, None, first_parent=True)
    assert merge.entries == (CommitEntry("fix", "", "the topic (#3)"),)


def test_only_commits_that_touch_the_paths_are_read(made: MadeHistory) -> None:
    made.commit("feat: a", files={"a/x.py": "1"})
    made.commit("feat: b", files={"b/x.py": "1"})
    made.commit("fix: both", files={"a/x.py": "2", "b/x.py": "2"})
    assert subjects(history.read(made.root, None, paths=["a"])) == ["fix: both", "feat: a"]


def test_a_detached_head_is_read(made: MadeHistory) -> None:
    first = made.commit("feat: one")
    made.commit("feat: two")
    made.git("update-ref", "--no-deref", "HEAD", first)
    made.git("checkout", "-q", "--detach", first)
    assert subjects(history.read(made.root, None)) == ["feat: one"]


def test_a_person_s_configuration_changes_nothing(made: MadeHistory) -> None:
    made.commit("feat: one")
    for key, value in [("log.showSignature", "true"), ("log.decorate", "short"), ("log.follow", "true")]:
        made.git("config", key, value)
    made.git("config", "format.pretty", "oneline")
    assert subjects(history.read(made.root, None)) == ["feat: one"]


@pytest.mark.parametrize("revision", ["v9.9.9", "--output=/tmp/x", "-v1", "$(id)", ""])
def test_what_is_no_revision_is_refused(made: MadeHistory, revision: str) -> None:
    made.commit("feat: one")
    with pytest.raises(RepositoryError, match="there is no such commit here"):
        history.read(made.root, revision)


def test_an_empty_repository_and_no_repository_are_clear_errors(made: MadeHistory, tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="there is no such commit here"):
        history.read(made.root, None)
    (tmp_path / "plain").mkdir()
    with pytest.raises(RepositoryError, match="this folder is in no git repository"):
        history.read(tmp_path / "plain", None)
    with pytest.raises(RepositoryError, match="this folder does not exist"):
        history.read(tmp_path / "gone", None)
