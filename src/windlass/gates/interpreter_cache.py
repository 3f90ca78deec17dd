"""What the Pythons of this machine answered, kept while their files are as they were. It saves time and nothing else.

A program's answer is kept only where files alone decide it: where the program is itself the Python that answered, or a
shim of pyenv's, whose choice can be told. Any other that passes the question on is asked every time.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from windlass.atomic_write import write_whole
from windlass.digest import text_key
from windlass.gates import pyenv

_FORM = 1
"""Raised whenever the question changes, or what an answer rests on."""
_LINES = 3
_MANY = 200
"""How many answers are kept, the newest."""
_NOT_SELECTED = 127
"""How a shim of pyenv's ends for a version that is not chosen here."""
_UNUSABLE = (OSError, ValueError, LookupError, TypeError, AttributeError)


class Answer(NamedTuple):
    """What a program said.

    Attributes:
        code: its exit code.
        lines: implementation, version and program in one line; a file of its standard library; its build.
    """

    code: int
    lines: Sequence[str]


class Answers:
    """A file of answers, read once. Deleting it, or writing rubbish into it, costs time."""

    def __init__(self, file: Path | None = None) -> None:
        """`file`: in the user's cache folder when None."""
        self._file = file or _folder() / "pythons.json"

    def of(self, program: Path, ask: Callable[[], Answer | None]) -> Answer | None:
        """The program's answer: the known one, if all that it rests on is as it was; else it is asked.

        Args:
            ask: starts the program; None where it gave no answer.
        """
        try:
            name, stamp = _name(program), _stamp(program)
        except OSError:  # it is gone, or may not be looked at
            return ask()
        known = self._find(name, stamp)
        if known is not None:
            return known
        answer = ask()
        if answer is not None:
            self._keep(name, stamp, program, answer)
        return answer

    @functools.cached_property
    def _programs(self) -> Mapping[str, Any]:
        try:
            whole = json.loads(self._file.read_bytes())
            return {**whole["programs"]} if whole["form"] == _FORM else {}
        except _UNUSABLE:
            return {}

    def _find(self, name: str, stamp: list[Any]) -> Answer | None:
        try:
            kept = self._programs[name]
            answer = Answer(int(kept["code"]), [str(line) for line in kept["lines"]])
            return answer if kept["rests_on"] == [stamp, *_python_stamps(answer)] else None
        except _UNUSABLE:  # none, a damaged one, or a file is gone
            return None

    def _keep(self, name: str, stamp: list[Any], program: Path, answer: Answer) -> None:
        with contextlib.suppress(*_UNUSABLE):  # where it can't be written, it is asked again
            if _told_by_files(program, answer) and (name, stamp) == (_name(program), _stamp(program)):
                kept = {"rests_on": [stamp, *_python_stamps(answer)], "code": answer.code, "lines": list(answer.lines)}
                others = [one for one in Answers(self._file)._programs.items() if one[0] != name]
                self._write(dict([*others, (name, kept)][-_MANY:]))

    def _write(self, programs: Mapping[str, Any]) -> None:
        """Whole or not at all."""
        write_whole(self._file, json.dumps({"form": _FORM, "programs": programs}))


def _folder() -> Path:
    """The user's cache folder. Source: the XDG Base Directory Specification."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (given if given.is_absolute() else Path("~/.cache").expanduser()) / "windlass"


def _told_by_files(program: Path, answer: Answer) -> bool:
    """Whether the same files will give the same answer."""
    if answer.code:
        return answer.code == _NOT_SELECTED and pyenv.choice(program) is not None
    if len(answer.lines) != _LINES:
        return False
    return program.samefile(_program_of(answer)) or pyenv.choice(program) is not None


def _name(program: Path) -> str:
    """What its answer is kept under: a shim's for each choice."""
    choice = pyenv.choice(program)
    if choice is None:
        return str(program)
    return f"{program} {text_key(json.dumps(choice))[:16]}"


def _python_stamps(answer: Answer) -> list[Any]:
    """The Python that answered, by its program and its standard library; nothing where none did.

    Raises:
        OSError: one of these is gone.
    """
    return [] if answer.code else [_stamp(Path(_program_of(answer))), _stamp(Path(answer.lines[1]))]


def _program_of(answer: Answer) -> str:
    """The program that it says it is."""
    return answer.lines[0].split(" ", 2)[2]


def _stamp(file: Path) -> list[Any]:
    """Where a file lies when links are followed, its size, times and inode."""
    found = file.stat()
    return [os.path.realpath(file), found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
