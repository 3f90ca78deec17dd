"""`inv suite.*`: tests that need more than a wheel, run from the checkout; nothing collected is a failure."""

from __future__ import annotations

import shlex
import sys

from invoke.collection import Collection
from invoke.context import Context

from windlass.graph import task


@task
def faults(c: Context) -> None:
    """Kill real processes at every effect of a release."""
    _marked(c, "faults")


@task
def stage(c: Context) -> None:
    """Release to the stage in every way, and build and test whole projects."""
    _marked(c, "stage and not faults")


@task
def docker(c: Context) -> None:
    """Build, push, roll back and run images (needs a Docker engine)."""
    _marked(c, "docker")


@task
def registry(c: Context) -> None:
    """Hold the stage's registry, and its client, to the distribution project's (needs docker-registry)."""
    _marked(c, "registry")


@task
def devpi(c: Context) -> None:
    """Hold the package index to devpi's answers (needs devpi-server)."""
    _marked(c, "devpi")


def _marked(c: Context, marks: str) -> None:
    # pytest exits with 5 where no test has the mark, so an empty suite fails.
    c.run(shlex.join([sys.executable, "-m", "pytest", "-m", marks, "tests"]))


namespace = Collection("suite", faults, stage, docker, registry, devpi)
