"""Gates and builds of a release: the ready-made tasks, as one graph, in the release commit's own tree."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from invoke.collection import Collection

from windlass import graph, version_files
from windlass.channels import declarations
from windlass.config import Config
from windlass.gate_results import TAG_VARIABLE, VERSION_VARIABLE
from windlass.graph.declare.tasks_to_nodes import plan_calls
from windlass.graph.invoke.executor import named_tasks
from windlass.model import Artifact, Release
from windlass.project import Project

SKIPPABLE = ("test", "scan")
"""The gates, which an emergency may leave out."""
_TOOLS = ("windlass", "build", "uv", "twine")


def run(
    ready_made: Collection,
    tree: Path,
    home: Path,
    release: Release,
    *,
    skip_gates: bool,
    kinds: Iterable[str] | None = None,
) -> tuple[tuple[Artifact, ...], graph.Report]:
    """Test, scan and build what `tree` holds; the bytes lie in its `dist/`.

    Args:
        ready_made: the tasks, by the names that they have in windlass's own collection.
        tree: the project's root in the release commit's tree.
        home: the `.windlass` folder: unchanged work is taken from its cache.
        skip_gates: leave tests and scans out.
        kinds: what to build; when None, everything, and what proves it.

    Returns:
        What ships, and how it ran.

    Raises:
        GateError: a gate or a build failed; the others ran to their end.
    """
    config = Project.load(tree).config
    makers = builds(config, kinds)
    names = (*makers, *(judges(config, skip_gates=skip_gates) if kinds is None else ()))
    known = named_tasks(ready_made)
    plan = plan_calls([(known[name], {}) for name in names], tasks=known, root=tree)
    with _environment(_build_environment(tree, release)):
        # All that is wrong is told at once: each gate that is found out later costs a round.
        report = graph.run(plan.nodes, root=tree, home=home, keep_going=True)
    if report.error is not None:
        raise report.error
    asked = dict(zip(names, plan.asked, strict=True))
    made = [report.values[node] for name in makers for node in asked[name]]
    return tuple(artifact for value in made for artifact in _artifacts(value)), report


def builds(config: Config, kinds: Iterable[str] | None = None) -> tuple[str, ...]:
    """The tasks that make what this project ships, or these kinds of it; as the channels declare."""
    wanted = None if kinds is None else set(kinds)
    makers = [
        task
        for channel in declarations()
        if channel.is_used(config)
        for kind, task in channel.makes.items()
        if wanted is None or kind in wanted
    ]
    return tuple(dict.fromkeys(makers))


def judges(config: Config, *, skip_gates: bool) -> tuple[str, ...]:
    """The tasks that judge what was built.

    Those that prove it are never left out: what they find would stop the release later, when it is too late.
    """
    return (*checks(config), *(() if skip_gates else SKIPPABLE))


def checks(config: Config) -> tuple[str, ...]:
    """The tasks that prove what was built, beyond the gates that every project has."""
    return tuple(check for channel in declarations() if channel.is_used(config) for check in channel.checks)


def tools() -> Mapping[str, str]:
    """What makes the bytes: tool → version."""
    return {"python": platform.python_version(), **{name: installed(name) for name in _TOOLS}}


def _artifacts(value: Any) -> tuple[Artifact, ...]:
    if isinstance(value, Artifact):
        return (value,)
    if isinstance(value, tuple):
        return value
    found: tuple[Artifact, ...] = value.artifacts
    return found


def _build_environment(tree: Path, release: Release) -> dict[str, str]:
    """What builds read from the environment: the time, as all build tools do; the version; the tag where that is it."""
    source = version_files.dynamic_source(tree)
    tagged = {TAG_VARIABLE: release.tag} if source is not None and source.from_tag else {}
    return {"SOURCE_DATE_EPOCH": str(release.epoch), VERSION_VARIABLE: release.pep440, **tagged}


@contextmanager
def _environment(given: Mapping[str, str]) -> Iterator[None]:
    """These variables for the block."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
