"""What befalls a release beside its effects: other runs at once, a full disk, a journal cut short, all memory lost."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rehearsal.conftest import RELEASE
from windlass import shell
from windlass.rehearsal.fault_choice import Break
from windlass.rehearsal.fault_trials import Trials
from windlass.rehearsal.project_copy import share_cache
from windlass.rehearsal.staged_release import Rehearsal
from windlass.release.worktree import home_of

pytestmark = pytest.mark.faults

RACERS = 10


def test_of_ten_runs_at_once_one_releases_and_the_others_touch_nothing(begun: Trials, prepared: Rehearsal) -> None:
    folders = [prepared.home / f"racer-{number}" for number in range(RACERS)]
    for folder in folders:
        shell.run(["git", "clone", "-q", prepared.stage.remote, folder])
        share_cache(home_of(prepared.project.root), home_of(folder))
    env = {**os.environ, **prepared.environment()}
    argv = [prepared.command(*RELEASE)[0], "-m", "invoke", *RELEASE]
    racers = [
        subprocess.Popen(argv, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for folder in folders
    ]
    said = [racer.communicate(timeout=500)[0].decode() for racer in racers]
    codes = sorted(racer.returncode for racer in racers)
    for folder in folders:
        shutil.rmtree(folder)
    assert codes.count(0) == 1, said
    assert set(codes[1:]) <= {23, 50, 51}, said  # behind the remote by now, begun meanwhile, locked
    assert begun.judge(begun.again()) == ()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own for a folder, what was in it included; a file that fills it up to the last block."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.mkdir()
    shell.run(["mount", "-t", "tmpfs", "-o", "size=256m", "windlass-small-disk", folder])
    try:
        shutil.copytree(aside, folder, symlinks=True, dirs_exist_ok=True)
        yield folder / ".git" / "ballast"
    finally:
        shell.run(["umount", "--lazy", folder])
        folder.rmdir()
        aside.rename(folder)


@pytest.mark.parametrize("left_bytes", [0, 200_000])
def test_a_disk_that_is_full_ends_a_release_and_with_room_it_is_finished(
    begun: Trials, prepared: Rehearsal, left_bytes: int
) -> None:
    with small_disk(prepared.git.root) as ballast:
        room = shutil.disk_usage(ballast.parent).free
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, room - left_bytes)
        full = begun.again()
        assert full.code not in (0, -9), full.text
        assert "Traceback" not in full.text + full.err, full.err
        ballast.unlink()
        done = begun.again()
    assert begun.judge(done) == ()


def test_a_journal_cut_at_any_byte_is_recovered_from(
    begun: Trials, breaks: tuple[Break, ...], prepared: Rehearsal
) -> None:
    kills = [one for one in breaks if one.how == "killed after"]
    chance = random.Random(7)
    for breaking in chance.sample(kills, 2):
        begun.restore()
        begun.run_with_fault(breaking)
        journal = prepared.git.root / ".windlass" / "journal.jsonl"
        os.truncate(journal, chance.randrange(journal.stat().st_size))
        assert begun.judge(begun.again()) == ()


def test_what_windlass_keeps_may_be_lost_altogether(
    begun: Trials, breaks: tuple[Break, ...], prepared: Rehearsal
) -> None:
    """The cache included: the sealed bytes come from the channels, or from a rebuild that gives the same."""
    reserved = next(one.request for one in breaks if "refs/tags/v1.3.0 (new)" in one.request)
    begun.run_with_fault(Break("killed after", reserved, 1))
    shutil.rmtree(prepared.git.root / ".windlass")
    assert begun.judge(begun.again()) == ()
