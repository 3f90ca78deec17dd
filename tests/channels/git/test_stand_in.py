from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from windlass import shell
from windlass.channels.git.stand_in import Remote, make_remote
from windlass.errors import ToolError
from windlass.git.git_folder import GitFolder
from windlass.stage import Effects, Fault, Stage

_WHO = {f"GIT_{role}_{key}": "x@example.org" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
_CLEAN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C"}


class Clone:
    """A working copy whose remote is a stage's: a new one, or one that was cloned and has its remote."""

    _commits = 0

    def __init__(self, root: Path, remote: str) -> None:
        self.root = root
        self._folder = GitFolder.of(root, remote=remote) if remote else GitFolder(root / ".git")

    def git(self, *words: str, ok: tuple[int, ...] | None = (0,), timeout_s: float = 30.0) -> shell.ProgramResult:
        env = {**_WHO, **_CLEAN}
        return shell.run(["git", *words], cwd=self.root, env=env, ok=ok, timeout_s=timeout_s)

    def commit(self) -> str:
        """A new commit's id."""
        branch, self._commits = f"refs/heads/{self._folder.chosen()}", self._commits + 1
        parents = [oid for ref, oid in self._folder.refs().items() if ref == branch]
        who = f"x <x@example.org> {1_750_000_000 + self._commits} +0000"
        commit = self._folder.commit(self._folder.tree({}), parents, who, b"a change\n")
        self._folder.ref(branch, commit)
        return commit

    def push(self, *words: str, ok: tuple[int, ...] | None = (0,), timeout_s: float = 30.0) -> shell.ProgramResult:
        return self.git("push", "origin", *words, ok=ok, timeout_s=timeout_s)

    def remote_ref(self, ref: str) -> str:
        """What the remote says a ref is; empty for nothing."""
        return self.git("ls-remote", "origin", ref).text.partition("\t")[0]


@pytest.fixture
def effects(stage: Stage) -> Effects:
    return stage.effects


@pytest.fixture
def clone(stage: Stage, tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone", stage.remote)


def _changes(effects: Effects) -> list[tuple[str, str, str | None, str | None]]:
    return [(effect.what, effect.kind, effect.was, effect.now) for effect in effects.history()]


def test_a_push_is_recorded_with_what_every_ref_was_and_is(clone: Clone, effects: Effects) -> None:
    first = clone.commit()
    clone.push("main")
    second = clone.commit()
    clone.push("--atomic", "main", "HEAD:refs/tags/v1.0.0", "HEAD:refs/windlass/lock", "HEAD:refs/windlass/releases/v1")
    assert _changes(effects) == [
        ("refs/heads/main", "pointer", None, first),
        ("refs/heads/main", "pointer", first, second),
        ("refs/tags/v1.0.0", "immutable", None, second),
        ("refs/windlass/lock", "record", None, second),
        ("refs/windlass/releases/v1", "record", None, second),
    ]


def test_a_push_is_one_request_named_by_its_refs(clone: Clone, effects: Effects) -> None:
    clone.commit()
    clone.push("--atomic", "main", "HEAD:refs/tags/v1.0.0")
    clone.commit()
    clone.push("main", ":refs/tags/v1.0.0")
    assert [request.request for request in effects.requests()] == [
        "push refs/heads/main (new), refs/tags/v1.0.0 (new)",
        "push refs/heads/main, refs/tags/v1.0.0 (gone)",
    ]


def test_a_shallow_clone_may_push(clone: Clone, effects: Effects, tmp_path: Path) -> None:
    for _ in range(2):
        clone.commit()
    clone.push("main")
    remote = clone.git("remote", "get-url", "origin").text
    clone.git("clone", "--quiet", "--depth", "1", "--branch", "main", remote, str(tmp_path / "shallow"))
    shallow = Clone(tmp_path / "shallow", "")
    made = shallow.commit()
    shallow.push("main")
    assert clone.remote_ref("refs/heads/main") == made
    assert effects.requests()[-1].request == "push refs/heads/main"


def test_reading_is_no_request(clone: Clone, effects: Effects, tmp_path: Path) -> None:
    commit = clone.commit()
    clone.push("main")
    shell.run(["git", "clone", "-q", clone.git("remote", "get-url", "origin").text, tmp_path / "other"])
    clone.git("fetch", "-q")
    assert shell.run(["git", "rev-parse", "HEAD"], cwd=tmp_path / "other").text == commit
    assert len(effects.requests()) == 1


def test_a_push_larger_than_one_buffer_arrives_whole(clone: Clone, effects: Effects, tmp_path: Path) -> None:
    """Git then asks first, with an empty request, and sends the rest in pieces."""
    (clone.root / "large").write_bytes(os.urandom(3 << 20))
    clone.git("add", "large")
    commit = clone.commit()
    clone.push("main")
    assert _changes(effects) == [("refs/heads/main", "pointer", None, commit)]
    assert len(effects.requests()) == 1


def test_a_push_that_a_lease_refuses_leaves_no_trace(clone: Clone, effects: Effects) -> None:
    first = clone.commit()
    clone.push("main", "HEAD:refs/windlass/lock")
    clone.commit()
    done = clone.push(
        "--atomic", "--force-with-lease=refs/windlass/lock:", "HEAD:main", "HEAD:refs/windlass/lock", ok=(1,)
    )
    assert "stale info" in done.err
    assert clone.remote_ref("refs/heads/main") == first
    assert len(effects.history()) == 2
    assert len(effects.requests()) == 1


def test_a_branch_moves_forward_only(clone: Clone, effects: Effects) -> None:
    clone.commit()
    second = clone.commit()
    clone.push("main")
    clone.push("--force", "HEAD~1:refs/heads/main", ok=(1,))
    assert clone.remote_ref("refs/heads/main") == second


def test_a_lock_may_be_taken_over_by_any_commit(clone: Clone) -> None:
    first = clone.commit()
    clone.commit()
    clone.push("HEAD:refs/windlass/lock")
    clone.push("--force", "HEAD~1:refs/windlass/lock")
    assert clone.remote_ref("refs/windlass/lock") == first


def test_a_deleted_ref_is_recorded_whether_it_was_packed_or_not(clone: Clone, effects: Effects) -> None:
    commit = clone.commit()
    clone.push("HEAD:refs/windlass/one", "HEAD:refs/windlass/two")
    shell.run(["git", "pack-refs", "--all"], cwd=effects.home / "remote.git")
    clone.push(":refs/windlass/one")
    clone.push("HEAD:refs/windlass/three")
    clone.push(":refs/windlass/three")
    assert _changes(effects)[2:] == [
        ("refs/windlass/one", "record", commit, None),
        ("refs/windlass/three", "record", None, commit),
        ("refs/windlass/three", "record", commit, None),
    ]
    assert len(effects.requests()) == 4


def test_gits_own_packing_of_refs_is_no_change(clone: Clone, effects: Effects) -> None:
    clone.commit()
    clone.push("main", "HEAD:refs/tags/v1.0.0")
    shell.run(["git", "pack-refs", "--all"], cwd=effects.home / "remote.git")
    shell.run(["git", "gc", "-q"], cwd=effects.home / "remote.git")
    clone.push("HEAD:refs/windlass/one")
    assert len(effects.history()) == 3


def test_what_changed_by_another_way_is_recorded_when_it_is_looked_for(
    clone: Clone, effects: Effects, stage: Stage
) -> None:
    commit = clone.commit()
    clone.git("push", "-q", str(stage.repository), "main")
    assert _changes(effects) == []
    Remote(stage.home, effects).settle()
    assert _changes(effects) == [("refs/heads/main", "pointer", None, commit)]


def test_a_copied_stage_goes_on_from_where_it_was(clone: Clone, stage: Stage, tmp_path: Path) -> None:
    clone.commit()
    clone.push("main")
    stage.__exit__(None, None, None)
    shutil.copytree(stage.home, tmp_path / "copied", symlinks=True)
    with Stage(tmp_path / "copied") as copied:
        clone.git("remote", "set-url", "origin", copied.remote)
        clone.push("HEAD:refs/tags/v1.0.0")
        assert [effect.what for effect in copied.effects.history()] == ["refs/heads/main", "refs/tags/v1.0.0"]
    assert len(stage.effects.history()) == 1


def test_making_a_remote_again_keeps_its_refs_and_clears_locks_of_the_killed(
    clone: Clone, effects: Effects, stage: Stage
) -> None:
    commit = clone.commit()
    clone.push("main")
    (stage.repository / "refs/heads/main.lock").touch()
    make_remote(stage.repository)
    clone.commit()
    clone.push("main")
    assert _changes(effects)[0] == ("refs/heads/main", "pointer", None, commit)
    assert len(effects.history()) == 2


def _client(clone: Clone, *words: str) -> subprocess.Popen[bytes]:
    """A program that pushes as windlass does: its children die with it, and it speaks of the push's end."""
    script = (
        "import subprocess, sys; sys.stdin.readline()\n"
        "from windlass import shell\n"
        "done = shell.run(['git', 'push', 'origin', *sys.argv[1:]], ok=None)\n"
        "print('the client saw', done.code, flush=True)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, *words],
        cwd=clone.root,
        env={**os.environ, **_CLEAN},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


@pytest.mark.parametrize(("when", "applied"), [("before", False), ("during", False), ("after", True)])
def test_a_client_is_killed_before_during_and_after(clone: Clone, effects: Effects, when: str, applied: bool) -> None:
    """The client never hears how its push ended, and the remote is whole: another push goes through."""
    commit = clone.commit()
    client = _client(clone, "--atomic", "main", "HEAD:refs/tags/v1.0.0")
    effects.arm(Fault(1, when, "kill", client.pid))  # type: ignore[arg-type]
    out, _ = client.communicate(b"\n", timeout=30)
    assert (client.returncode, out) == (-signal.SIGKILL, b"")
    assert bool(clone.remote_ref("refs/tags/v1.0.0")) is applied
    clone.push("--atomic", "main", "HEAD:refs/tags/v1.0.0")
    assert sorted(_changes(effects)) == [
        ("refs/heads/main", "pointer", None, commit),
        ("refs/tags/v1.0.0", "immutable", None, commit),
    ]
    assert len(effects.firings()) == 1


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        (Fault(1, "before", "status"), False),
        (Fault(1, "before", "status", status=401), False),
        (Fault(1, "before", "lie"), False),
        (Fault(1, "after", "cut"), True),
        (Fault(1, "after", "lie"), True),
    ],
)
def test_a_push_is_refused_lied_on_or_its_reply_lost(
    clone: Clone, effects: Effects, fault: Fault, applied: bool
) -> None:
    commit = clone.commit()
    effects.arm(fault)
    assert clone.push("main", ok=None).code != 0
    assert clone.remote_ref("refs/heads/main") == (commit if applied else "")
    clone.push("main")
    assert _changes(effects) == [("refs/heads/main", "pointer", None, commit)]


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_connection_that_is_cut_early_is_made_anew_by_git_itself(clone: Clone, effects: Effects, when: str) -> None:
    commit = clone.commit()
    effects.arm(Fault(1, when, "cut"))  # type: ignore[arg-type]
    clone.push("main")
    assert len(effects.firings()) == 1
    assert _changes(effects) == [("refs/heads/main", "pointer", None, commit)]


def test_a_remote_that_hangs_is_left_by_a_client_with_a_deadline(clone: Clone, effects: Effects) -> None:
    clone.commit()
    effects.arm(Fault(1, "before", "hang"))
    with pytest.raises(ToolError, match="git did not finish within 1 s"):
        clone.push("main", timeout_s=1.0)
    clone.push("main")
    assert len(effects.history()) == 1
