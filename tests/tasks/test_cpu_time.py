"""Which program took how much: added up from what the kernel tells of every process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tasks.counted import Tally, program
from tasks.cpu_time import measured
from tasks.kernel_events import Became, Ended, Forked
from windlass.errors import ToolError

ROOT = 10


def test_what_a_descendant_takes_counts_for_the_program_that_it_ran_last() -> None:
    tally = Tally(ROOT)
    tally.add([Forked(ROOT, 11, 11), Became(11, ("sh", "-c", "true")), Forked(11, 12, 12)])
    tally.add([Became(12, ("/usr/bin/git", "push")), Ended(12, 2.0, "git"), Ended(11, 1.0, "sh")])
    assert tally.shares(6.0) == {"git": (1, 4.0), "sh": (1, 2.0)}


def test_threads_count_for_their_process_and_strangers_for_nobody() -> None:
    tally = Tally(ROOT)
    tally.add([Forked(ROOT, 11, 11), Became(11, ("uv", "venv")), Forked(ROOT, 11, 15), Forked(ROOT, ROOT, 16)])
    tally.add([Ended(15, 1.0, "worker"), Ended(16, 7.0, "python"), Ended(99, 9.0, "somebody"), Ended(11, 1.0, "uv")])
    assert tally.shares(2.0) == {"uv": (1, 2.0)}


def test_a_number_that_is_used_again_by_a_stranger_is_a_stranger() -> None:
    tally = Tally(ROOT)
    tally.add([Forked(ROOT, 11, 11), Became(11, ("git",)), Ended(11, 1.0, "git")])
    tally.add([Forked(1, 11, 11), Became(11, ("cc",)), Ended(11, 5.0, "cc")])
    assert tally.shares(1.0) == {"git": (1, 1.0)}


def test_a_program_that_was_over_before_its_words_were_read_has_the_kernels_name() -> None:
    tally = Tally(ROOT)
    tally.add([Forked(ROOT, 11, 11), Became(11, ()), Ended(11, 0.0, "true")])
    assert tally.shares(0.0) == {"true": (1, 0.0)}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("/venv/bin/python -m pytest -q", "pytest"),
        ("python3.11 -I -c pass", "python -c"),
        ("python -W ignore -X dev /venv/bin/mkdocs build", "mkdocs"),
        ("python3", "python"),
        ("/usr/lib/git-core/git-remote-http origin", "git"),
        ("/usr/bin/uv pip install", "uv"),
        ("", ""),
    ],
)
def test_a_python_is_called_by_what_it_runs(words: str, name: str) -> None:
    assert program(words.split()) == name


def test_a_command_is_counted_with_all_that_it_starts(tmp_path: Path) -> None:
    work = "(exec git --version) & git --version >seen; wait"
    spent = measured(["sh", "-c", work], tmp_path)
    assert (spent.code, (tmp_path / "seen").read_text().split()[0]) == (0, "git")
    assert spent.cpu_s > 0
    if spent.programs is not None:  # told to root alone
        assert spent.programs["git"].started == 2
    assert "failed" in measured([sys.executable, "-c", "raise SystemExit('failed')"], tmp_path).err


def test_a_command_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught:
        measured(["no-such-program"], tmp_path)
    assert caught.value.facts["it said"] == "no-such-program is not installed"
