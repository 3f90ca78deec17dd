"""A command line that was up to date is answered from its memo; whatever it rests on moves, it is looked up anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import forkserver

TASKS = """
from pathlib import Path

from helper import WORD
from windlass import need, task
from windlass.graph import answer

SIZES = [1, 2]

def place(root):
    Path(root, "asked").open("a").write("x")
    return Path(root, "place").read_text()

def sizing(root, size):
    return Path(root, f"sizing-{size}").read_text()

@task(inputs=["in.txt"], outputs=["made.txt"], env=["MOOD"], tools=["mytool", place])
def made(c) -> str:
    try:
        import extra
        import pkg.extra
        from deep.er import extra
    except ImportError:
        pass
    print("a word for the log")
    c.run("echo run >> ran; cp in.txt made.txt")
    return WORD

@task(inputs=["src/**/*.txt", "folder"], outputs=["all-{size}.txt"], matrix={"size": SIZES}, tools=[sizing])
def joined(c, size, word: str = need(made), json: bool = False) -> dict[str, str]:
    c.run(f"echo run >> ran; cat src/*.txt folder/* > all-{size}.txt")
    return {"word": word}

@task(inputs=["in.txt"], ttl_s=3600)
def aging(c):
    c.run("echo run >> ran")

@task(inputs=["in.txt"])
def answering(c, json: bool = False):
    answer({"whole": 1.5, "none": None})

@task(effect=True)
def pushed(c):
    c.run("echo run >> ran")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "invoke.yaml").write_text("tasks: {executor_class: windlass.graph.Executor}\n")
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "helper.py").write_text("WORD = 'one'\n")
    (tmp_path / "in.txt").write_text("in\n")
    for name in ("src/a.txt", "folder/only.txt", "pkg/__init__.py", "deep/er/why.txt"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(f"# {name}\n")
    for name in ("place", "sizing-1", "sizing-2", "sizing-3"):
        (tmp_path / name).write_text("one\n")
    tool = tmp_path / "bin" / "mytool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho 1.0\n")
    tool.chmod(0o755)
    return tmp_path


def inv(root: Path, *words: str, **env: str) -> str:
    own = {"PATH": f"{root / 'bin'}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = forkserver.run("invoke", *words, cwd=root, env={**os.environ, **own, **env})
    assert done.returncode == 0, done.stderr
    return done.stdout


def settled(root: Path, *words: str, **env: str) -> Path:
    """Run until the command line has its memo; the newest."""
    for _ in range(3):
        inv(root, *words, **env)
    return max((root / ".windlass" / "memos").iterdir(), key=lambda memo: memo.stat().st_mtime_ns)


def runs(root: Path) -> int:
    return len((root / "ran").read_text().split())


def answered_from_the_memo(root: Path, *words: str, **env: str) -> bool:
    """Whether a run leaves its memo as it is: one that is planned writes it anew."""
    before = {memo.stat().st_ino for memo in (root / ".windlass" / "memos").iterdir()}
    inv(root, *words, **env)
    return before == {memo.stat().st_ino for memo in (root / ".windlass" / "memos").iterdir()}


def test_while_nothing_moves_nothing_is_planned(root: Path) -> None:
    settled(root, "joined")
    assert runs(root) == 3
    assert answered_from_the_memo(root, "joined")
    assert runs(root) == 3


def test_what_it_tells_is_what_the_run_before_told(root: Path) -> None:
    settled(root, "joined")
    told = inv(root, "joined")
    assert told.startswith("── made\na word for the log\n── made up to date\n── 3 up to date in 0.")
    (root / ".windlass" / "memos").rename(root / ".windlass" / "away")
    assert inv(root, "joined").rpartition(" in ")[0] == told.rpartition(" in ")[0]


def test_values_come_back_from_it(root: Path) -> None:
    settled(root, "joined", "--size", "1", "--json")
    assert answered_from_the_memo(root, "joined", "--size", "1", "--json")
    assert json.loads(inv(root, "joined", "--size", "1", "--json")) == {"word": "one"}


def test_an_answer_comes_back_as_it_was_given(root: Path) -> None:
    first = inv(root, "answering", "--json")
    assert json.loads(first) == {"whole": 1.5, "none": None}
    assert inv(root, "answering", "--json", "--explain") == first
    settled(root, "answering", "--json")
    assert answered_from_the_memo(root, "answering", "--json")
    assert inv(root, "answering", "--json") == first


def test_what_is_told_otherwise_than_when_it_was_asked_for_is_not_remembered(root: Path) -> None:
    """The memo would lie under what was told first, and say what held for what was told then."""
    (root / "tasks.py").write_text("""
from pathlib import Path
from windlass import task

def told(root):
    first, *rest = Path(root, "tells").read_text().split()
    Path(root, "tells").write_text(" ".join(rest or [first]))
    return first

@task(inputs=["in.txt"], tools=[told])
def telling(c):
    c.run("echo run >> ran")
""")
    (root / "tells").write_text("one")
    settled(root, "telling")
    (root / "tells").write_text("two one")
    inv(root, "telling")
    assert runs(root) == 1
    (root / "tells").write_text("two")
    inv(root, "telling")
    assert runs(root) == 2


def written(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("new\n")


CHANGES: dict[str, Callable[[Path], object]] = {
    "an input": lambda root: (root / "in.txt").write_text("other\n"),
    "an input that a glob means": lambda root: (root / "src" / "a.txt").write_text("other\n"),
    "a file that a glob means now": lambda root: (root / "src" / "b.txt").write_text("new\n"),
    "a file in a folder below": lambda root: written(root / "src" / "deep" / "c.txt"),
    "a second file in a folder that is named": lambda root: (root / "folder" / "two.txt").write_text("new\n"),
    "an input that is gone": lambda root: (root / "src" / "a.txt").rename(root / "src" / "z.txt"),
    "the task's own file": lambda root: (root / "tasks.py").write_text(TASKS.replace("a word", "words")),
    "a module that it imports": lambda root: (root / "helper.py").write_text("WORD = 'two'\n"),
    "a module that it could not import before": lambda root: (root / "extra.py").write_text("X = 1\n"),
    "the values of the matrix": lambda root: (root / "tasks.py").write_text(TASKS.replace("[1, 2]", "[1, 2, 3]")),
    "a module of a package that it could not import before": lambda root: (root / "pkg" / "extra.py").write_text(""),
    "a module in folders without a source": lambda root: (root / "deep" / "er" / "extra.py").write_text(""),
    "what a function tells": lambda root: (root / "place").write_text("another\n"),
    "what a function tells of one cell": lambda root: (root / "sizing-2").write_text("another\n"),
    "a tool": lambda root: (root / "bin" / "mytool").write_text("#!/bin/sh\necho 2.0\n"),
}


def test_whatever_changed_it_is_done_again(root: Path) -> None:
    settled(root, "joined")
    missed = []
    for what, change in CHANGES.items():
        before = runs(root)
        change(root)
        inv(root, "joined")
        if runs(root) == before:
            missed.append(what)
        settled(root, "joined")  # what was written just now is read once more before it is trusted
    assert missed == []
    assert answered_from_the_memo(root, "joined")


def test_an_environment_variable_that_is_named_counts(root: Path) -> None:
    settled(root, "joined", MOOD="good")
    before = runs(root)
    inv(root, "joined", MOOD="bad")
    assert runs(root) > before


def test_an_output_that_is_gone_or_damaged_comes_back(root: Path) -> None:
    settled(root, "joined")
    for damage in (Path.unlink, lambda path: path.write_text("damaged")):
        damage(root / "made.txt")
        inv(root, "joined")
        assert (root / "made.txt").read_text() == "in\n"
    assert runs(root) == 3


def test_what_serves_for_a_time_only_is_done_again_after_it(root: Path) -> None:
    memo = settled(root, "aging")
    assert answered_from_the_memo(root, "aging")
    says, _, stats = memo.read_bytes().partition(b"\n")
    assert json.loads(says)["until"] is not None
    memo.write_bytes(json.dumps({**json.loads(says), "until": 1.0}).encode() + b"\n" + stats)
    assert not answered_from_the_memo(root, "aging")


def test_what_another_run_found_since_counts(root: Path) -> None:
    (root / "tasks.py").write_text("""
import itertools
from pathlib import Path
from windlass import need, task

@task(inputs=["in.txt"])
def counted(c) -> int:
    count = len(Path("count").read_text()) if Path("count").exists() else 0
    Path("count").write_text("x" * (count + 1))
    return count

@task(inputs=["in.txt"])
def used(c, value: int = need(counted)):
    c.run("echo run >> ran")
""")
    settled(root, "used")
    inv(root, "counted", "--force")
    inv(root, "used")
    assert runs(root) == 2


def test_where_python_looks_for_modules_counts(root: Path) -> None:
    settled(root, "made", PYTHONPATH=str(root / "pkg"))
    assert answered_from_the_memo(root, "made", PYTHONPATH=str(root / "pkg"))
    assert not answered_from_the_memo(root, "made", PYTHONPATH=str(root / "deep"))


def test_what_is_no_text_on_the_path_of_modules_is_passed_over(root: Path) -> None:
    (root / "tasks.py").write_text(f"import sys\nfrom pathlib import Path\nsys.path.append(Path('lib'))\n{TASKS}")
    settled(root, "made")
    assert answered_from_the_memo(root, "made")


def test_a_matrix_is_asked_for_its_values_once(root: Path) -> None:
    (root / "tasks.py").write_text("""
from windlass import task

VALUES = map(int, "12")

def values():
    print("asked")
    return VALUES

@task(inputs=["in.txt"], matrix={"size": values})
def sized(c, size):
    c.run("echo run >> ran")
""")
    assert inv(root, "sized").count("asked") == 1
    assert runs(root) == 2


def test_a_file_name_that_is_no_text_breaks_no_later_run(root: Path) -> None:
    (root / "src" / os.fsdecode(b"\xff.txt")).write_text("odd\n")
    settled(root, "joined")
    assert answered_from_the_memo(root, "joined")
    (root / "folder" / "only.txt").write_text("changed\n")
    inv(root, "joined")
    assert runs(root) == 5


@pytest.mark.parametrize("words", [["pushed"], ["joined", "--force"]])
def test_what_is_to_run_in_any_case_runs(root: Path, words: list[str]) -> None:
    inv(root, *words)
    before = runs(root)
    inv(root, *words)
    assert runs(root) == 2 * before
    assert not (root / ".windlass" / "memos").exists()


def test_explain_speaks_of_every_node_also_where_there_is_a_memo(root: Path) -> None:
    settled(root, "joined")
    assert inv(root, "joined", "--explain").count(" up to date\n") == 3


@pytest.mark.parametrize("part", [0.0, 0.999])
def test_a_memo_that_is_cut_off_is_none(root: Path, part: float) -> None:
    memo = settled(root, "joined")
    whole = memo.read_bytes()
    memo.write_bytes(whole[: int(len(whole) * part)])
    assert not answered_from_the_memo(root, "joined")


def test_only_so_many_command_lines_are_remembered(root: Path) -> None:
    folder = root / ".windlass" / "memos"
    folder.mkdir(parents=True)
    for number in range(30):
        (folder / f"{number}.memo").write_text("older")
    for _ in range(3):
        inv(root, "made")
    assert len(list(folder.iterdir())) == 16
    assert answered_from_the_memo(root, "made")
