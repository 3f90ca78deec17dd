"""The lock on a real remote: one holder, others told who, the dead taken over from."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.channels.repository import Repository
from windlass.errors import LockedError
from windlass.git import Git, RefUpdate
from windlass.release import lock
from windlass.stage import Stage

HOLD = """
import sys
from pathlib import Path
from windlass.git import Git
from windlass.release import lock
with lock.hold(Git(Path(sys.argv[1])), "another release") as held:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def git(tmp_path: Path) -> Iterator[Git]:
    with Stage(tmp_path / "stage") as stage:
        yield Repository(tmp_path / "work", stage, stage.repository).git


def test_the_lock_is_gone_after_its_block(git: Git) -> None:
    with lock.hold(git, "a release"):
        assert lock.REF in git.ls_remote()
    assert lock.REF not in git.ls_remote()


def test_a_second_run_is_told_who_holds_it_and_touches_nothing(git: Git) -> None:
    with lock.hold(git, "release v1.3.0") as held:
        with pytest.raises(LockedError) as locked, lock.hold(git, "release v1.3.1"):
            pass
        assert git.ls_remote(lock.REF)[lock.REF] == held.oid
    said = str(locked.value)
    assert "holder: release v1.3.0" in said
    assert re.search(r"^  age:    held for \d+ s, renewed \d+ s ago$", said, re.MULTILINE)
    assert "state:  running on this machine" in said
    assert locked.value.exit_code == 51


def test_a_holder_that_was_killed_is_taken_over_from_at_once(git: Git) -> None:
    argv = [sys.executable, "-c", HOLD, str(git.root)]
    other = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdin is not None
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(LockedError), lock.hold(git, "mine"):
        pass
    other.kill()
    other.wait()
    other.stdin.close()
    other.stdout.close()
    with lock.hold(git, "mine"):
        assert lock.REF in git.ls_remote()


@pytest.mark.parametrize("hours", [-5, 0, 5])
def test_a_silent_holder_on_another_machine_is_taken_over_after_twice_its_time(git: Git, hours: int) -> None:
    """Whatever its clock says: only the waiter's own counts."""
    mine = lock.this_process("release v1.3.0")
    elsewhere = replace(mine, host="elsewhere", boot_id="another", time=mine.time + hours * 3600)
    oid = git.commit(git.tree({"holder.json": json.dumps(asdict(elsewhere)).encode()}), [], "lock", lock.NOBODY)
    git.push(RefUpdate(lock.REF, oid, ""))
    with lock.hold(git, "mine", ttl_s=0.2) as held:
        assert held.oid != oid


def test_a_run_that_waits_says_for_whom_and_goes_on_when_it_is_done(git: Git) -> None:
    said: list[str] = []
    with lock.hold(git, "release v1.3.0") as held:

        def heard(line: str) -> None:
            said.append(line)
            held.delete()

        with lock.hold(git, "release v1.3.0 again", wait_s=60.0, say=heard):
            assert lock.REF in git.ls_remote()
    assert len(said) == 1
    assert said[0].startswith("waiting for release v1.3.0 (")
    assert said[0].endswith("; running on this machine)")


def test_a_holder_elsewhere_that_renews_is_alive_and_never_taken_over_from(git: Git) -> None:
    """Its clock says that it is an hour late: nothing is decided by clocks of others."""
    elsewhere = replace(lock.this_process("release v1.3.0"), host="elsewhere", boot_id="another", time=0.0, since=0.0)
    oid = git.commit(git.tree({"holder.json": json.dumps(asdict(elsewhere)).encode()}), [], "lock", lock.NOBODY)
    git.push(RefUpdate(lock.REF, oid, ""))

    def renew(_: str) -> None:
        again = json.dumps(asdict(replace(elsewhere, nonce="again"))).encode()
        git.push(RefUpdate(lock.REF, git.commit(git.tree({"holder.json": again}), [oid], "lock", lock.NOBODY), oid))

    with pytest.raises(LockedError) as locked, lock.hold(git, "mine", say=renew):
        pass
    assert "state:  running on another machine: it renewed the lock while this run looked" in str(locked.value)


def test_a_value_that_nobody_can_read_counts_as_nobodys(git: Git) -> None:
    oid = git.commit(git.tree({"holder.json": b"{not json"}), [], "lock", lock.NOBODY)
    git.push(RefUpdate(lock.REF, oid, ""))
    with lock.hold(git, "mine"):
        pass


def test_a_holder_that_can_not_renew_stops_before_its_next_effect(git: Git) -> None:
    now = [0.0]
    with lock.hold(git, "mine") as held:
        silent = lock.HeldLock(git, "mine", held.oid, ttl_s=60.0, clock=lambda: now[0])
        silent.check()
        now[0] = 41.0
        with pytest.raises(LockedError, match="could not be renewed"):
            silent.check()
        silent._stop.set()
