from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass import shell
from windlass.stage import Effects, Fault
from windlass.stage.git import environment, make_remote

_WHO = {f"GIT_{role}_{key}": "x@example.org" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
_CLEAN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C"}


class Clone:
    """A working copy whose remote is a stage's."""

    def __init__(self, root: Path, remote: Path) -> None:
        self.root = root
        shell.run(["git", "init", "-q", "-b", "main", root])
        self.git("remote", "add", "origin", str(remote))

    def git(self, *words: str, ok: tuple[int, ...] | None = (0,), timeout_s: float = 30.0) -> shell.Done:
        env = {**_WHO, **_CLEAN}
        return shell.run(["git", *words], cwd=self.root, env=env, ok=ok, timeout_s=timeout_s)

    def commit(self) -> str:
        """A new commit's id."""
        self.git("commit", "-q", "--allow-empty", "-m", "a change")
        return self.git("rev-parse", "HEAD").text

    def push(self, *words: str, ok: tuple[int, ...] | None = (0,), timeout_s: float = 30.0) -> shell.Done:
        return self.git("push", "origin", *words, ok=ok, timeout_s=timeout_s)

    def remote_ref(self, ref: str) -> str:
        """What the remote says a ref is; empty for nothing."""
        return self.git("ls-remote", "origin", ref).text.partition("\t")[0]


@pytest.fixture
def clone(tmp_path: Path, effects: Effects) -> Clone:
    make_remote(tmp_path / "remote.git", effects.home)
    return Clone(tmp_path / "clone", tmp_path / "remote.git")


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


def test_an_atomic_push_is_one_request_and_another_is_one_a_ref(clone: Clone, effects: Effects) -> None:
    first = clone.commit()
    clone.push("--atomic", "main", "HEAD:refs/tags/v1.0.0")
    second = clone.commit()
    clone.push("main", "HEAD:refs/tags/v2.0.0")
    one, two = first[:10], second[:10]
    assert [request.request for request in effects.requests()] == [
        f"push refs/heads/main -..{one}, refs/tags/v1.0.0 -..{one}",
        f"push refs/heads/main {one}..{two}",
        f"push refs/tags/v2.0.0 -..{two}",
    ]


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
    assert len(effects.requests()) == 2


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
    assert len(effects.requests()) == 5


def test_gits_own_packing_of_refs_is_no_change(clone: Clone, effects: Effects) -> None:
    clone.commit()
    clone.push("main", "HEAD:refs/tags/v1.0.0")
    shell.run(["git", "pack-refs", "--all"], cwd=effects.home / "remote.git")
    shell.run(["git", "gc", "-q"], cwd=effects.home / "remote.git")
    assert len(effects.history()) == 2
    assert len(effects.requests()) == 2


def test_the_remote_records_beside_itself_after_being_copied(clone: Clone, effects: Effects) -> None:
    clone.commit()
    clone.push("main")
    copied = effects.home.parent / "copied"
    shutil.copytree(effects.home, copied, symlinks=True)
    clone.git("remote", "set-url", "origin", str(copied / "remote.git"))
    clone.push("HEAD:refs/tags/v1.0.0")
    assert len(effects.history()) == 1
    assert [effect.what for effect in Effects(copied).history()] == ["refs/heads/main", "refs/tags/v1.0.0"]
    shutil.rmtree(copied)


def test_a_hook_folder_of_the_users_own_does_not_replace_ours(clone: Clone, effects: Effects, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[core]\n\thooksPath = /nonexistent\n")
    clone.commit()
    shell.run(["git", "push", "-q", "origin", "main"], cwd=clone.root, env={"GIT_CONFIG_GLOBAL": str(config)})
    assert len(effects.history()) == 1


def test_making_a_remote_again_keeps_its_refs_and_clears_locks_of_the_killed(clone: Clone, effects: Effects) -> None:
    commit = clone.commit()
    clone.push("main")
    remote = effects.home / "remote.git"
    (remote / "refs/heads/main.lock").touch()
    make_remote(remote, effects.home)
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
        env={**os.environ, **_CLEAN, **environment()},
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
        (Fault(1, "before", "cut"), False),
        (Fault(1, "before", "status"), False),
        (Fault(1, "after", "cut"), True),
        (Fault(1, "after", "lie"), True),
    ],
)
def test_a_connection_is_cut_before_and_after(clone: Clone, effects: Effects, fault: Fault, applied: bool) -> None:
    commit = clone.commit()
    effects.arm(fault)
    assert clone.push("main", ok=None).code != 0
    assert clone.remote_ref("refs/heads/main") == (commit if applied else "")
    clone.push("main")
    assert _changes(effects) == [("refs/heads/main", "pointer", None, commit)]


def test_a_remote_that_hangs_is_left_by_a_client_with_a_deadline(clone: Clone, effects: Effects) -> None:
    clone.commit()
    effects.arm(Fault(1, "before", "hang"))
    client = _client(clone, "main")
    assert client.stdin is not None
    client.stdin.write(b"\n")
    client.stdin.flush()
    _until(lambda: bool(effects.firings()))
    client.kill()
    client.communicate()
    _until(lambda: clone.push("main", ok=None).code == 0)
    assert len(effects.history()) == 1


def _until(true: Callable[[], bool], bound_s: float = 20.0) -> None:
    until = time.monotonic() + bound_s
    while not true():
        assert time.monotonic() < until, "it did not happen"
