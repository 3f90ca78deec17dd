"""Several `inv` on one checkout, and an `inv` that can keep nothing: the work is done, and nothing is corrupted."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests import forkserver
from windlass.graph.caching.journal import Journal

TASKS = """
import os
from pathlib import Path
from windlass.graph import need, task

def note(word):
    fd = os.open("ran", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, word.encode() + b"\\n")
    os.close(fd)

@task(matrix={"i": range(12)}, inputs=["in"], outputs=["out/{i}"])
def piece(c, i):
    note(f"piece {i}")
    Path("out").mkdir(exist_ok=True)
    with open(f"out/{i}", "w") as file:
        for line in range(200):
            file.write(f"{i} {line} {Path('in').read_text()}\\n")
            file.flush()
    return i

@task(inputs=["out/*"], outputs=["sum"], needs=[piece])
def whole(c):
    note("whole")
    Path("sum").write_text("".join(path.read_text() for path in sorted(Path("out").iterdir())))
    return len(Path("sum").read_text())

@task(inputs=["in"], outputs=["slow"])
def slow(c):
    note("slow")
    with open("slow", "w") as file:
        file.write("half")
        file.flush()
        os.mkfifo("pipe")
        open("pipe").read()
        file.write(" and half")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "invoke.yaml").write_text("tasks: {executor_class: windlass.graph.Executor}\n")
    (tmp_path / "in").write_text("one")
    return tmp_path


def inv(project: Path, *words: str) -> forkserver.Program:
    return forkserver.start("invoke", *words, cwd=project)


def ended(program: forkserver.Program) -> tuple[int, str, str]:
    done = program.ended()
    return done.returncode, done.stdout, done.stderr


def ran(project: Path) -> Counter[str]:
    return Counter((project / "ran").read_text().splitlines())


def test_runs_side_by_side_do_each_piece_once_and_corrupt_nothing(project: Path) -> None:
    running = [inv(project, "whole", "--jobs", "2") for _ in range(3)]
    for code, out, err in map(ended, running):
        assert (code, err) == (0, ""), out
    assert ran(project) == {**{f"piece {i}": 1 for i in range(12)}, "whole": 1}
    pieces = {str(i): "".join(f"{i} {line} one\n" for line in range(200)) for i in range(12)}
    assert {path.name: path.read_text() for path in (project / "out").iterdir()} == pieces
    assert (project / "sum").read_text() == "".join(pieces[name] for name in sorted(pieces))
    for line in (project / ".windlass/journal.jsonl").read_text().splitlines():
        assert json.loads(line).keys() == {"kind", "name", "is"}
    assert not list((project / ".windlass/locks").iterdir())
    assert not list(project.rglob(".windlass-*"))
    code, _, err = ended(inv(project, "whole"))
    assert (code, err, sum(ran(project).values())) == (0, "", 13)


def test_a_second_run_waits_for_the_one_that_makes_a_file_and_takes_its_result(project: Path) -> None:
    """It must not see the half-written file, let alone keep it."""
    first = inv(project, "slow")
    until(project / "pipe")
    second = inv(project, "slow")
    waiting = "waiting for another run, which makes slow"
    assert second.line() == waiting
    (project / "pipe").write_text("")
    assert ended(second) == (0, f"{waiting}\n", "")
    assert ended(first)[0] == 0
    assert (project / "slow").read_text() == "half and half"
    assert ran(project) == {"slow": 1}


def until(path: Path) -> None:
    waiting = threading.Event()
    for _ in range(3000):
        if path.exists():
            return
        waiting.wait(0.02)
    raise AssertionError(f"{path} did not come")


# ---- nothing can be kept

LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
"""
"""A disk on which no file can be larger than 100 bytes: the outputs fit, what is kept of them does not."""

PLAIN = """
import ctypes, os
if os.geteuid() == 0:  # root may write everywhere, unless it gives that right away
    about, rights = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    kernel = ctypes.CDLL(None, use_errno=True)
    assert kernel.capget(about, rights) == 0
    rights[0] &= ~(1 << 1)  # CAP_DAC_OVERRIDE, of what is in effect; Source: capget(2)
    assert kernel.capset(about, rights) == 0
"""
SMALL = """
from pathlib import Path
from windlass.graph import task

@task(inputs=["in"], outputs=["out"])
def copy(c):
    Path("ran").open("a").write("copy\\n")
    Path("out").write_text(Path("in").read_text())
    return "copied"

@task(needs=[copy])
def show(c):
    print(Path("out").read_text())
"""


def inv_where(project: Path, limit: str, *words: str) -> tuple[int, str, str]:
    (project / "tasks.py").write_text(SMALL)
    return ended(forkserver.start("invoke", *words, cwd=project, before=limit))


def unkept(project: Path, why: str) -> str:
    return (
        "what was done can't be kept for the next run\n"
        f"  folder: {project}/.windlass\n"
        f"  why:    {why}\n"
        "  fix:    make room there, or allow writing; until then it is done again each time\n"
    )


def test_on_a_full_disk_the_work_is_done_and_the_reason_is_told(project: Path) -> None:
    for times in (1, 2):
        code, out, err = inv_where(project, LIMITED, "show")
        assert (code, err) == (0, unkept(project, "File too large"))
        assert "── show\none\n" in out
        assert ran(project) == {"copy": times}
    assert ended(inv(project, "show"))[0] == 0  # what was half written is in nobody's way
    assert ended(inv(project, "show"))[0] == 0
    assert ran(project) == {"copy": 3}


@pytest.mark.parametrize("folder", [".windlass", ".windlass/cache"])
def test_with_a_read_only_cache_the_work_is_done_and_the_reason_is_told(project: Path, folder: str) -> None:
    (project / folder).mkdir(parents=True)
    (project / folder).chmod(0o555)
    code, out, err = inv_where(project, PLAIN, "show")
    assert (code, err) == (0, unkept(project, "Permission denied"))
    assert "── show\none\n" in out
    assert (project / "out").read_text() == "one"


def test_a_result_in_a_read_only_cache_is_still_used(project: Path) -> None:
    assert inv_where(project, PLAIN, "show")[0] == 0
    for path in [*(project / ".windlass").rglob("*"), project / ".windlass"]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    (project / "out").unlink()
    code, out, _ = inv_where(project, PLAIN, "show")
    assert (code, ran(project)) == (0, {"copy": 1})
    assert "one\n" in out


def test_a_home_that_is_a_file_is_told(project: Path) -> None:
    (project / ".windlass").write_text("")
    code, _, err = inv_where(project, PLAIN, "show")
    assert (code, err) == (0, unkept(project, "File exists"))


def test_a_body_for_which_there_is_no_room_fails_with_the_reason_and_no_traceback(project: Path) -> None:
    (project / "in").write_text("x" * 1000)
    code, out, err = inv_where(project, LIMITED, "show")
    assert code == 1
    assert err == f"{unkept(project, 'File too large')}copy failed\n  it said: File too large\n"
    assert "Traceback" not in out


def test_output_that_nobody_reads_stops_no_work(project: Path) -> None:
    (project / "tasks.py").write_text(SMALL)
    line = f"'{sys.executable}' -m invoke show 2>err | true"
    subprocess.run(["sh", "-c", line], cwd=project, check=True, timeout=120)
    assert (project / "out").read_text() == "one"
    assert (project / "err").read_text() == ""


def test_a_journal_written_by_several_runs_holds_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journals = [Journal(path) for _ in range(4)]

    def write(number: int) -> None:
        for count in range(50):
            journals[number].add("kind", f"{number}-{count}", "x" * 500)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for journal in journals:
        journal.close()
    again = Journal(path)
    assert len(list(again.of("kind"))) == 200
    assert all(said == "x" * 500 for _, said in again.of("kind"))
