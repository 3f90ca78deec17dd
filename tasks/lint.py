"""`inv lint`: what the sources are held to."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context

from tasks.house import crowded, done_again, git_elsewhere, shared_with_stand_ins, unclear
from windlass.errors import GateError
from windlass.graph import task

_SOURCES = ["**/*.py", "pyproject.toml"]


@task(inputs=_SOURCES)
def rules(c: Context) -> None:
    """Ruff's rules."""
    _python(c, "ruff", "check", ".")


@task(inputs=_SOURCES, name="format")
def format_(c: Context) -> None:
    """Ruff's format."""
    _python(c, "ruff", "format", "--check", ".")


@task(inputs=_SOURCES)
def types(c: Context) -> None:
    """mypy --strict."""
    _python(c, "mypy", "--strict")


@task(inputs=_SOURCES)
def imports(c: Context) -> None:
    """Which package may import which: arrows run down, no circles, one edge for programs and for HTTP."""
    c.run(shlex.quote(str(Path(sys.executable).with_name("lint-imports"))))


@task(inputs=_SOURCES)
def house(c: Context) -> None:
    """Few modules a folder, plain names, one place that starts git, waits, tells digests; stand-ins alone."""
    found = [
        problem
        for look in (crowded, done_again, git_elsewhere, shared_with_stand_ins, unclear)
        for problem in look(Path(c.cwd, "src"))
    ]
    if found:
        raise GateError("the house is hard to enter", facts={str(n): text for n, text in enumerate(found, 1)})


@task(default=True, name="all", needs=[rules, format_, types, imports, house])
def all_(_: Context) -> None:
    """Hold the sources to rules, format, types, imports and names."""


def _python(c: Context, *words: str) -> None:
    c.run(shlex.join([sys.executable, "-m", *words]))


namespace = Collection("lint", all_, rules, format_, types, imports, house)
