"""Pythons on this machine: each asked once for its version, for a name such as a pyenv shim's proves nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from windlass import shell
from windlass.errors import ToolError, ToolMissingError
from windlass.gates.interpreter_cache import Answer, Answers

_ASK = (
    "import os, sys; print(sys.implementation.name, '%d.%d.%d' % sys.version_info[:3], sys.executable);"
    " print(os.__file__); print(' '.join(sys.version.split()))"
)
_STORES = ("~/.pyenv/versions", "~/.local/share/uv/python", "~/.asdf/installs/python")


@dataclass(frozen=True)
class Interpreter:
    """A CPython that answered.

    Attributes:
        path: its program.
        version: such as `3.11.7`.
        build: its version with the day and the compiler of its build, as `sys.version` has it.
    """

    path: Path
    version: str
    build: str = ""


def find(python: str, answers: Answers | None = None) -> Interpreter:
    """The first CPython of a minor version (`3.11`): on PATH, windlass's own, or in a known store.

    Args:
        answers: what is known of programs; the user's when None.

    Raises:
        ToolMissingError: there is none.
    """
    answers = answers or Answers()
    for candidate in _candidates(python):
        found = ask(candidate, answers)
        if found and found.version.startswith(f"{python}."):
            return found
    raise ToolMissingError(
        f"Python {python} is not installed",
        facts={"looked for": f"python{python} on PATH, in {', '.join(_STORES)}"},
        remedy=f"install it (`uv python install {python}`), or name the Pythons in tool.windlass.pythons",
    )


def present(pythons: Iterable[str]) -> tuple[str, ...]:
    """Those of the minor versions that are installed here, in their order.

    Raises:
        ToolMissingError: none of them is.
    """
    wanted = tuple(pythons)
    answers = Answers()
    here = tuple(python for python in wanted if _is_here(python, answers))
    if not here:
        raise ToolMissingError(
            "none of the project's Pythons is installed",
            facts={"wanted": ", ".join(wanted) or "(requires-python allows none that windlass knows)"},
            remedy="install one (`uv python install 3.12`), or name others in tool.windlass.pythons",
        )
    return here


def _is_here(python: str, answers: Answers) -> bool:
    try:
        find(python, answers)
    except ToolMissingError:
        return False
    return True


def ask(program: Path, answers: Answers | None = None) -> Interpreter | None:
    """What the program says it is; None when it is no working CPython.

    Args:
        answers: what is known of programs; the user's when None.
    """
    answer = (answers or Answers()).of(program, lambda: _ask(program))
    words = answer.lines[0].split(" ", 2) if answer and answer.lines and not answer.code else []
    if answer is None or len(words) != 3 or words[0] != "cpython":
        return None
    return Interpreter(Path(words[2]), words[1], answer.lines[-1])


def _ask(program: Path) -> Answer | None:
    try:
        # -I: its answer must not depend on this environment
        done = shell.run([program, "-I", "-c", _ASK], ok=None, timeout_s=30)
    except (ToolMissingError, ToolError, OSError):
        return None
    return Answer(done.code, done.text.splitlines())


def _candidates(python: str) -> Iterator[Path]:
    name = f"python{python}"
    for folder in os.get_exec_path():
        if (program := Path(folder, name)).exists():
            yield program
    if sys.version_info[:2] == tuple(int(part) for part in python.split(".")):
        yield Path(sys.executable)
    for store in _STORES:
        yield from sorted(Path(store).expanduser().glob(f"*/bin/{name}"), reverse=True)
