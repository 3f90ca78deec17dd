"""The tests, run on the built wheel with one Python, and proof that it was the wheel that they tested."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windlass.builds.clean_source_copy import copy
from windlass.digest import file_digest
from windlass.errors import GateError
from windlass.gate_results import TestReport
from windlass.gates import import_origin_plugin, junit
from windlass.gates.virtual_environments import Environment, EnvironmentSpec, environment
from windlass.project import Project
from windlass.shell.environment import named

Run = Callable[[Sequence[str], Path, Mapping[str, str]], int]
"""Runs a program, in a folder, with more environment, showing what it prints as it does; gives its exit code."""

_NOTHING_COLLECTED = 5
"""pytest's exit code. Source: docs.pytest.org, "Exit codes"."""


def wheel_environment(project: Project, home: Path, python: str, wheel: Path) -> Environment:
    """The environment with the wheel and what `[tool.windlass.test]` adds to it; pytest in any case."""
    tests = project.config.test
    pyproject = project.root / "pyproject.toml"
    wanted = EnvironmentSpec(
        python=python,
        wheel=wheel,
        name=project.name,
        extras=tests.extras,
        requirements=("pytest", *tests.requirements),
        project=pyproject,
        group=tests.group if tests.group != "test" or _has_group(pyproject, "test") else "",
    )
    return environment(home / "envs", wanted)


def _has_group(pyproject: Path, group: str) -> bool:
    from windlass.config import read_toml

    return group in read_toml(pyproject)[1].get("dependency-groups", {})


def run_suite(project: Project, suite: str, wheel: Path, *, home: Path, python: str, run: Run) -> TestReport:
    """Run one suite of the project's tests on the wheel.

    Args:
        suite: `unit` (tool.windlass.test.paths without the integration tests) or `integration`.
        home: the `.windlass` folder, where environments are kept.
        python: minor version, such as `3.11`.

    Raises:
        GateError: a test failed, none was collected or all were skipped, or they tested something else.
    """
    made = wheel_environment(project, home, python, wheel)
    with tempfile.TemporaryDirectory(prefix="windlass-test-") as scratch:
        # Not below .windlass: there, git and pytest would find the project's own tree around it.
        tests = _Tests(project, suite, made, Path(scratch).resolve())
        code = tests.run(run)
        results = junit.read(tests.junit)
        _check(code, results, suite)
        return TestReport(
            suite=suite,
            python=made.version,
            tests=results.tests,
            failed=0,
            skipped=results.skipped,
            seconds=results.seconds,
            wheel=file_digest(wheel),
            imported=tests.import_origins(),
            coverage_percent=tests.coverage_percent(),
            left_out=tests.plugin_record()["left_out"] if rehearsing() else 0,
        )


def rehearsing() -> bool:
    """Whether this is part of a rehearsal."""
    return bool(os.environ.get("WINDLASS_REHEARSAL"))


@dataclass(frozen=True)
class _Tests:
    """One run of pytest in a scratch folder: the tree without the packages, a plugin beside it, and its reports."""

    project: Project
    suite: str
    made: Environment
    scratch: Path

    @property
    def junit(self) -> Path:
        return self.scratch / "junit.xml"

    def run(self, run: Run) -> int:
        tree, plugins = self.scratch / "tree", self.scratch / "plugins"
        # All of src: a folder that is importable by accident would stand in for the wheel.
        sources = {Path("src") if path.parts[0] == "src" else path for path in self.project.sources}
        copy(self.project.root, tree, without=sources)
        plugins.mkdir()
        shutil.copy(import_origin_plugin.__file__, plugins / "windlass_where.py")
        return run(self.argv(), tree, self.environ(plugins))

    def argv(self) -> list[str]:
        """`python -m pytest` and its words; paths of the other suite are left out."""
        tests = self.project.config.test
        own, other = (tests.integration, ()) if self.suite == "integration" else (tests.paths, tests.integration)
        marks = [f"({tests.marks})"] if tests.marks else []
        if rehearsing():
            marks.append("not rehearsal")
        return [
            *(str(self.made.python), "-m", "pytest", "-p", "windlass_where", f"--junitxml={self.junit}"),
            *(["-m", " and ".join(marks)] if marks else []),
            *(f"--ignore={path}" for path in other),
            *self.coverage_words(),
            *tests.args,
            *own,
        ]

    def environ(self, plugins: Path) -> dict[str, str]:
        return {
            **named(self.project.config.pass_env),
            "PATH": os.pathsep.join([str(self.made.folder / "bin"), os.environ.get("PATH", os.defpath)]),
            "PYTHONPATH": str(plugins),
            "PYTHONDONTWRITEBYTECODE": "",  # or every program that a test starts compiles the environment anew
            "PYTHONHOME": "",
            "PYTHONNOUSERSITE": "1",
            "VIRTUAL_ENV": str(self.made.folder),
            "WINDLASS_PACKAGES": " ".join(self.project.config.packages),
            "WINDLASS_PROOFS": "",
            "WINDLASS_STAGE": "",  # the tests' own projects are not what is being rehearsed
            "WINDLASS_WHERE": str(self.scratch / "where.json"),
        }

    def coverage_words(self) -> list[str]:
        if not self.made.has("pytest-cov"):
            return []
        packages = [f"--cov={package}" for package in self.project.config.packages]
        return [*packages, f"--cov-report=json:{self.scratch / 'coverage.json'}"]

    def coverage_percent(self) -> float | None:
        file = self.scratch / "coverage.json"
        return float(json.loads(file.read_bytes())["totals"]["percent_covered"]) if file.exists() else None

    def plugin_record(self) -> Mapping[str, Any]:
        """What the plugin wrote down."""
        found: dict[str, Any] = json.loads((self.scratch / "where.json").read_bytes())
        return found

    def import_origins(self) -> dict[str, str]:
        """Package → file below site-packages.

        Raises:
            GateError: one came from elsewhere, or was not found at all.
        """
        installed = self.made.site_packages.resolve()
        origins: dict[str, str] = self.plugin_record()["packages"]
        wrong = {package: place or "(nowhere)" for package, place in origins.items() if not _below(place, installed)}
        if wrong or not origins:
            raise GateError(
                "the tests did not test the wheel",
                facts=wrong or {"packages": "(none)"},
                remedy="see that the wheel holds tool.windlass.packages, and that no test adds paths",
            )
        return {package: str(Path(place).resolve().relative_to(installed)) for package, place in origins.items()}


def _below(place: str, folder: Path) -> bool:
    return bool(place) and Path(place).resolve().is_relative_to(folder)


def _check(code: int, results: junit.Results, suite: str) -> None:
    if results.failed:
        shown = "\n".join(results.failed[:10]) + ("\n…" if len(results.failed) > 10 else "")
        raise GateError(f"{len(results.failed)} of {results.tests} {suite} tests failed", facts={"failed": shown})
    if code == _NOTHING_COLLECTED or results.tests == 0:
        raise GateError(
            f"no {suite} tests were collected",
            remedy="name where they are in tool.windlass.test.paths; a gate that tests nothing can't pass",
        )
    if code != 0:
        raise GateError(f"pytest ended with {code}", remedy="read its output")
    if results.skipped == results.tests:
        raise GateError(
            f"every {suite} test was skipped",
            facts={"skipped": results.skipped},
            remedy="see why, with `pytest -rs`; a gate that tests nothing can't pass",
        )
