"""`inv test`: the tests, on the built wheel, on every Python of the project that is installed here."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.collection import Collection
from invoke.context import Context

from windlass.builds.tasks import EVERYTHING, dist
from windlass.gate_results import Dists, TestReport
from windlass.graph import answer, each, need, task
from windlass.shell import environment

if TYPE_CHECKING:
    from windlass.gates.run_tests import Run

NONE = "none"
"""The one cell of a suite that a project does not have."""
_INPUTS = (*EVERYTHING, ".github/**/*", ".ci/**/*", "!src/**")
"""The tests run without the sources: only through the wheel do these decide."""
_DAY_S = 86_400.0
"""How long a result serves: the tests' requirements come from an index that moves."""


def pythons(root: Path) -> tuple[str, ...]:
    """The project's Pythons that are installed here, oldest first.

    Raises:
        ToolMissingError: none of them is.
    """
    from windlass.gates.interpreters import present
    from windlass.project import supported_pythons

    return present(supported_pythons(root))


def integration_pythons(root: Path) -> tuple[str, ...]:
    """As `pythons`, for a project that has integration tests."""
    from windlass.project import integration_tests

    return pythons(root) if integration_tests(root) else (NONE,)


def interpreter(python: str) -> str:
    """The build of the Python of this minor version that tests run on; empty for `NONE`."""
    from windlass.gates.interpreters import find

    return "" if python == NONE else find(python).build


@task(
    inputs=_INPUTS,
    env=["WINDLASS_REHEARSAL"],
    tools=[interpreter],
    matrix={"python": pythons},
    ttl_s=_DAY_S,
    help={"python": "One of the project's Pythons, such as 3.12; all that are installed by default."},
)
def unit(c: Context, python: str, dists: Dists = need(dist)) -> TestReport:
    """Run the tests on the built wheel (the integration tests apart)."""
    return _run(c, "unit", python, dists)


@task(
    inputs=_INPUTS,
    env=["WINDLASS_REHEARSAL"],
    tools=[interpreter],
    matrix={"python": integration_pythons},
    ttl_s=_DAY_S,
    help={"python": "One of the project's Pythons, such as 3.12; all that are installed by default."},
)
def integration(c: Context, python: str, dists: Dists = need(dist)) -> TestReport:
    """Run the integration tests on the built wheel."""
    if python == NONE:
        print("the project has no integration tests (tests/integration, or tool.windlass.test.integration)")
        return TestReport("integration", "", 0, 0, 0, 0.0, dists.wheel.sha256, {})
    return _run(c, "integration", python, dists)


@task(default=True, name="all", inputs=["pyproject.toml"], json="Show the results as JSON.")
def all_(
    c: Context,
    units: tuple[TestReport, ...] = each(unit),
    integrations: tuple[TestReport, ...] = each(integration),
) -> tuple[TestReport, ...]:
    """Run all tests on the built wheel, on every Python of the project that is installed here."""
    from windlass.project import Project

    reports = tuple(report for report in (*units, *integrations) if report.python)
    tested = {report.python.rpartition(".")[0] for report in reports}
    absent = [python for python in Project.load(Path(c.cwd)).config.pythons if python not in tested]
    for report in reports:
        print(f"{report.suite} on {report.python}: {report.tests - report.skipped} passed, {report.skipped} skipped")
    if absent:
        print(f"not tested, as they are not installed here: {', '.join(absent)}")
    answer({"ok": True, "nodes": reports, "findings": [], "verdicts": [], "not_tested": absent})
    return reports


def _run(c: Context, suite: str, python: str, dists: Dists) -> TestReport:
    from windlass.builds.artifact_folder import Files
    from windlass.gates.run_tests import run_suite
    from windlass.project import Project

    project = Project.load(Path(c.cwd))
    wheel = Files(dists.folder).path(dists.wheel)
    run = stream_to_node(c, project.config.test.timeout_s)
    return run_suite(project, suite, wheel, home=project.home, python=python, run=run)


def stream_to_node(c: Context, timeout_s: float) -> Run:
    """Runs programs so that what they print is the node's output, as they print it."""

    def run(argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> int:
        with c.cd(str(folder)):
            seen = {**environment.without_credentials(), **env}
            ended = c.run(shlex.join(argv), env=seen, replace_env=True, warn=True, timeout=timeout_s)
        return ended.exited if ended else 1

    return run


def namespace() -> tuple[Collection, ...]:
    """`test`, `test.unit`, `test.integration`."""
    return (Collection("test", all_, unit, integration),)
