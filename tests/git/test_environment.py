"""What of the user's environment and settings reaches git, and what does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from windlass.errors import RepositoryError
from windlass.git import Git, Identity, command
from windlass.git.environment import environment
from windlass.history import log
from windlass.testing.git_history import MadeHistory

_WHO = Identity("Zoë", "zoe@example.org", 1_750_000_000)


@pytest.fixture
def made(tmp_path: Path) -> MadeHistory:
    history = MadeHistory(tmp_path / "mine")
    history.commit("feat: mine", files={"a.txt": "a\n"})
    return history


@pytest.fixture
def other(tmp_path: Path) -> MadeHistory:
    history = MadeHistory(tmp_path / "theirs")
    history.commit("feat: theirs", author="Bob Builder")
    return history


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE"]
)
def test_what_git_sets_for_its_hooks_leads_to_no_other_repository(
    name: str, made: MadeHistory, other: MadeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a hook or an alias of a linked worktree git exports these; they are about its own command."""
    tip = made.tip()
    monkeypatch.setenv(name, str(other.root / ".git"))
    git = Git(made.root)

    git.run("remote", "add", "origin", "https://example.org/a.git")

    assert git.resolve("HEAD") == tip
    assert git.has_remote()
    assert git.top == made.root
    assert git.dirty() == ("a.txt",)  # written as an object, and in no working copy
    assert [commit.subject for commit in log.read(made.root, None)] == ["feat: mine"]


def test_settings_of_a_command_that_started_this_one_are_not_ours(
    made: MadeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git -c … ALIAS` hands its settings down by a variable."""
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.quotepath'='no-such-value'")

    assert Git(made.root).resolve("HEAD")


def test_ways_to_a_remote_are_kept() -> None:
    """ssh, proxies and certificates are the user's; so are settings that they give by variables."""
    mine = {
        "GIT_SSH_COMMAND": "ssh -i key",
        "GIT_SSL_CAINFO": "/etc/ca.pem",
        "GIT_ASKPASS": "ask",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.proxy",
        "GIT_CONFIG_VALUE_0": "http://proxy:3128",
        "GIT_TRACE2_EVENT": "/var/log/git",
    }
    changes = environment(mine)

    assert not [name for name in mine if name in changes and changes[name] is None]
    assert int(changes["GIT_CONFIG_COUNT"] or 0) > 1
    assert "GIT_CONFIG_KEY_0" not in changes


def test_a_trace_on_standard_error_is_none_of_git_s_words() -> None:
    assert environment({"GIT_TRACE": "1", "GIT_CURL_VERBOSE": "1"})["GIT_TRACE"] is None


def test_hooks_of_the_user_s_run_only_for_the_user(made: MadeHistory) -> None:
    hook = made.root / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    git = Git(made.root)

    git.run("update-ref", "refs/windlass/x", made.tip())
    assert not (made.root / "ran").exists()
    git.run_for_the_user("update-ref", "refs/windlass/y", made.tip())
    assert (made.root / "ran").exists()


def test_a_commit_of_windlass_s_is_utf_8_whatever_the_user_writes_in(made: MadeHistory) -> None:
    """Or its object id would hang on a setting, and its message be read as what it is not."""
    git = Git(made.root)
    plain = git.commit(git.tree_of(made.tip()), [], "chore: Zoë\n", _WHO)
    for name, value in (("i18n.commitEncoding", "ISO-8859-1"), ("commit.gpgSign", "true"), ("color.ui", "always")):
        git.run("config", name, value)

    assert git.commit(git.tree_of(made.tip()), [], "chore: Zoë\n", _WHO) == plain


def test_a_replaced_commit_is_read_as_it_was_pushed(made: MadeHistory, other: MadeHistory) -> None:
    """`refs/replace/` stays on the machine where somebody made it."""
    tip = made.tip()
    beside = made.commit("feat: another", parents=())
    made.git("update-ref", f"refs/replace/{tip}", beside)

    assert [commit.subject for commit in log.read(made.root, None, tip)] == ["feat: mine"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("core.fsmonitor", "./watch"),
        ("status.showUntrackedFiles", "no"),
        ("diff.external", "./differ"),
        ("core.pager", "./page"),
        ("core.quotePath", "true"),
        ("color.ui", "always"),
        ("color.status", "always"),
        ("status.short", "true"),
        ("status.branch", "true"),
        ("log.date", "relative"),
        ("log.decorate", "short"),
        ("log.excludeDecoration", "refs/tags/*"),
        ("log.follow", "true"),
        ("log.showSignature", "true"),
        ("log.diffMerges", "on"),
        ("format.pretty", "oneline"),
        ("alias.log", "status"),
        ("alias.cat-file", "!false"),
        ("i18n.logOutputEncoding", "UTF-16"),
        ("notes.displayRef", "refs/notes/*"),
    ],
)
def test_what_is_looked_at_is_the_same_under_any_setting(name: str, value: str, made: MadeHistory) -> None:
    """Settings are for people's eyes."""
    made.commit("feat: größer", author="Ann Author", files={"ü.txt": "x\n"})
    made.tag("v1.0.0")
    git = Git(made.root)
    (made.root / "new file").write_text("")

    def seen() -> tuple[object, ...]:
        return git.dirty(), git.branch(), git.committer_of("HEAD"), log.read(made.root, None)

    before = seen()
    git.run("config", name, value)

    assert seen() == before
    assert "ü.txt" in before[0]  # type: ignore[operator]


def test_the_way_of_a_name_out_of_a_signed_commit_is_its_header(made: MadeHistory) -> None:
    """A log that shows signatures writes what the checker says before the name."""
    tip = made.tip()
    raw = made.git("cat-file", "commit", tip).encode() + b"\n"
    header, _, message = raw.partition(b"\n\n")
    signed = header + b"\ngpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n\n" + message
    oid = made.git("hash-object", "-w", "-t", "commit", "--stdin", stdin=signed)
    made.git("config", "log.showSignature", "true")

    assert Git(made.root).committer_of(oid) == Git(made.root).committer_of(tip)


def test_a_name_is_read_in_the_encoding_that_its_commit_names(made: MadeHistory) -> None:
    raw = made.git("cat-file", "commit", made.tip()).encode()
    header, _, message = raw.partition(b"\n\n")
    latin = header.replace(b"Ann Author", "Zoë".encode("latin-1")) + b"\nencoding ISO-8859-1\n\n" + message
    oid = made.git("hash-object", "-w", "-t", "commit", "--stdin", stdin=latin)

    assert Git(made.root).committer_of(oid).name == "Zoë"


def test_a_commit_that_no_git_wrote_is_an_error_that_says_so(made: MadeHistory) -> None:
    tree = made.git("rev-parse", "HEAD^{tree}")
    raw = f"tree {tree}\nauthor A <a@b> x\ncommitter A <a@b> yesterday\n\nodd\n".encode()
    oid = made.git("hash-object", "-w", "--literally", "-t", "commit", "--stdin", stdin=raw)

    with pytest.raises(RepositoryError, match="does not say when it was made"):
        Git(made.root).committer_of(oid)


def test_a_repository_of_another_user_is_called_that(made: MadeHistory) -> None:
    """And not "no repository": `git init` would help nobody."""
    env = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "HOME": str(made.root), "GIT_CONFIG_GLOBAL": os.devnull}
    with pytest.raises(RepositoryError) as refused:
        command.run(made.root, "rev-parse", "HEAD", env=env, ok=None)

    assert refused.value.problem == "git does not read this repository: its folder is another user's"
    assert f"safe.directory {made.root}" in str(refused.value.remedy)


def test_settings_that_can_t_be_read_are_no_answer(made: MadeHistory) -> None:
    """A setting that git chokes on is no missing repository, and no missing commit either."""
    with (made.root / ".git" / "config").open("a") as config:
        config.write("[core\n")
    with pytest.raises(RepositoryError) as refused:
        Git(made.root).resolve("HEAD")

    assert refused.value.problem == "git does not read its settings"
    assert "config" in refused.value.facts["git said"]


def test_a_branch_is_told_where_refs_are_no_files(tmp_path: Path) -> None:
    """A repository whose HEAD is no plain file with the branch's name in it (a symbolic link, of old) has one too."""
    made = MadeHistory(tmp_path)
    made.commit("feat: x")
    head = tmp_path / ".git" / "HEAD"
    head.unlink()
    head.symlink_to("refs/heads/main")

    assert Git(tmp_path).branch() == "main"
