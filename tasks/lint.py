"""`inv lint`: what the sources are held to."""

from __future__ import annotations

import shlex
import sys

from invoke.collection import Collection
from invoke.context import Context

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


@task(default=True, name="all", needs=[rules, format_, types])
def all_(_: Context) -> None:
    """Hold the sources to rules, format and types."""


def _python(c: Context, *words: str) -> None:
    c.run(shlex.join([sys.executable, "-m", *words]))


namespace = Collection("lint", all_, rules, format_, types)
