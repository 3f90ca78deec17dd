"""A Python is asked once, and again when anything moved that its answer rests on."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from windlass.gates.interpreter_cache import Answers
from windlass.gates.interpreters import Interpreter, ask


class Machine:
    """Programs that count how often they are started, and the file of their answers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.kept = root / "cache" / "pythons.json"
        (root / "lib").mkdir()
        (root / "lib" / "os.py").write_text("# 1\n")

    def python(self, path: str, version: str = "3.99.1", says_it_is: str = "") -> Path:
        """One that answers as a Python does; `says_it_is`: another program's path."""
        place = self.root / path
        answer = f"cpython {version} {self.root / (says_it_is or path)}\n{self.root}/lib/os.py\n{version} (built so)"
        return self.program(place, f"cat <<'END'\n{answer}\nEND")

    def program(self, place: Path, text: str) -> Path:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"#!/bin/sh\necho started >> {self.root}/starts\n{text}\n")
        place.chmod(0o755)
        return place

    def ask(self, program: Path) -> tuple[Interpreter | None, int]:
        """What it is, as a new process would find it; how often something was started for that."""
        before = self.starts()
        return ask(program, Answers(self.kept)), self.starts() - before

    def starts(self) -> int:
        starts = self.root / "starts"
        return len(starts.read_text().splitlines()) if starts.exists() else 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_python_is_asked_once(machine: Machine) -> None:
    python = machine.python("bin/python3.99")
    first, starts = machine.ask(python)
    assert (first, starts) == (Interpreter(python, "3.99.1", "3.99.1 (built so)"), 1)
    assert machine.ask(python) == (first, 0)


def test_a_python_that_is_another_file_is_asked_again(machine: Machine) -> None:
    python = machine.python("bin/python3.99")
    machine.ask(python)
    machine.python("bin/python3.99", "3.99.2")
    found, starts = machine.ask(python)
    assert (found and found.version, starts) == ("3.99.2", 1)


def test_a_python_whose_times_alone_moved_is_asked_again(machine: Machine) -> None:
    python = machine.python("bin/python3.99")
    machine.ask(python)
    os.utime(python, (1, 1))
    assert machine.ask(python)[1] == 1


def test_a_link_that_leads_elsewhere_now_is_asked_again(machine: Machine) -> None:
    link = machine.root / "bin" / "python3.99"
    one, two = machine.python("one/python3.99"), machine.root / "two" / "python3.99"
    shutil.copytree(one.parent, two.parent, copy_function=os.link)  # the same file, so that only its place differs
    link.parent.mkdir()
    link.symlink_to(one)
    assert [machine.ask(link)[1], machine.ask(link)[1]] == [1, 0]
    link.unlink()
    link.symlink_to(two)
    assert machine.ask(link)[1] == 1


def test_a_python_whose_standard_library_was_replaced_is_asked_again(machine: Machine) -> None:
    """Where a shared library is what has the version, the program may stay as it was."""
    python = machine.python("bin/python3.99")
    machine.ask(python)
    (machine.root / "lib" / "os.py").write_text("# another\n")
    assert machine.ask(python)[1] == 1


def test_a_program_that_passes_the_question_on_is_asked_every_time(machine: Machine) -> None:
    """Nobody knows what decides which Python it is next time."""
    machine.python("real/python3.99")
    other = machine.python("bin/python3.99", says_it_is="real/python3.99")
    assert [machine.ask(other)[1], machine.ask(other)[1]] == [1, 1]


def test_a_program_that_fails_is_asked_every_time(machine: Machine) -> None:
    broken = machine.program(machine.root / "bin" / "python3.99", "exit 1")
    assert [machine.ask(broken), machine.ask(broken)] == [(None, 1), (None, 1)]


@pytest.fixture
def shim(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """pyenv's, with 3.99.1 and 3.99.2 in its store, of which the first is chosen."""
    for version in ("3.99.1", "3.99.2"):
        machine.python(f"pyenv/versions/{version}/bin/python3.99", version)
    (machine.root / "pyenv" / "version").write_text("3.99.1\n")
    (machine.root / "project").mkdir()
    monkeypatch.chdir(machine.root / "project")
    for name in [name for name in os.environ if name.startswith("PYENV_")]:
        monkeypatch.delenv(name)
    chosen = f"# as pyenv\nv=${{PYENV_VERSION:-$(cat .python-version 2>/dev/null || cat {machine.root}/pyenv/version)}}"
    runs = f'p="{machine.root}/pyenv/versions/$v/bin/python3.99"; [ -x "$p" ] || exit 127; exec "$p" "$@"'
    return machine.program(machine.root / "pyenv" / "shims" / "python3.99", f"{chosen}\n{runs}")


def version(machine: Machine, program: Path) -> tuple[str, bool]:
    """The version that is found, and whether anything was started for that."""
    found, starts = machine.ask(program)
    return found.version if found else "none", starts > 0


def test_a_shim_is_asked_again_when_another_version_is_chosen(
    machine: Machine, shim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [version(machine, shim), version(machine, shim)] == [("3.99.1", True), ("3.99.1", False)]
    (machine.root / "pyenv" / "version").write_text("3.99.2\n")
    assert version(machine, shim) == ("3.99.2", True)
    (machine.root / "project" / ".python-version").write_text("3.99.1\n")
    assert version(machine, shim) == ("3.99.1", True)
    monkeypatch.setenv("PYENV_VERSION", "3.99.2")
    assert version(machine, shim) == ("3.99.2", True)
    monkeypatch.delenv("PYENV_VERSION")
    assert version(machine, shim) == ("3.99.1", False)  # each choice has its answer


def test_a_shim_without_a_version_that_is_chosen_is_asked_once_and_again_when_one_is_installed(
    machine: Machine, shim: Path
) -> None:
    (machine.root / "pyenv" / "version").write_text("3.99.3\n")
    assert [version(machine, shim), version(machine, shim)] == [("none", True), ("none", False)]
    machine.python("pyenv/versions/3.99.3/bin/python3.99", "3.99.3")
    assert version(machine, shim) == ("3.99.3", True)


def test_a_shim_is_asked_again_when_its_python_was_replaced(machine: Machine, shim: Path) -> None:
    version(machine, shim)
    machine.python("pyenv/versions/3.99.1/bin/python3.99", "3.99.1")
    assert version(machine, shim) == ("3.99.1", True)


@pytest.mark.parametrize(
    "rubbish", ["", "[]", "null", '{"form": 1}', '{"form": 1, "programs": 3}', '{"form": 0, "programs": {}}', "\0"]
)
def test_rubbish_in_the_file_costs_a_question_and_is_replaced(machine: Machine, rubbish: str) -> None:
    python = machine.python("bin/python3.99")
    machine.ask(python)
    machine.kept.write_text(rubbish)
    assert [machine.ask(python)[1], machine.ask(python)[1]] == [1, 0]


@pytest.mark.parametrize("field", ["rests_on", "code", "lines"])
def test_an_answer_that_is_damaged_is_none(machine: Machine, field: str) -> None:
    python = machine.python("bin/python3.99")
    right, _ = machine.ask(python)
    whole = json.loads(machine.kept.read_text())
    odd: object
    for odd in (None, 7, [], [None], "x", {}):
        whole["programs"][str(python)][field] = odd
        machine.kept.write_text(json.dumps(whole))
        assert machine.ask(python) == (right, 1)
        whole = json.loads(machine.kept.read_text())


def test_where_nothing_can_be_kept_it_is_asked_each_time(machine: Machine) -> None:
    python = machine.python("bin/python3.99")
    machine.kept.parent.write_text("a file, so that no folder can be made")
    assert [machine.ask(python)[1], machine.ask(python)[1]] == [1, 1]
