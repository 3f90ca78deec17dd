from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.digest import file_digest
from windlass.errors import GateError
from windlass.gate_results import TestReport
from windlass.gates.run_tests import Run, run_suite
from windlass.project import Project

pytestmark = pytest.mark.stage

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
Gate = Callable[..., TestReport]
Projects = Callable[[str], Path]


@pytest.fixture
def gate(wheel: Callable[[str], Path], run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Runs the tests of a fixture project's copy on the wheel of the fixture."""
    monkeypatch.delenv("WINDLASS_REHEARSAL", raising=False)

    def tested(root: Path, suite: str = "unit") -> TestReport:
        project = Project.load(root)
        return run_suite(project, suite, wheel(root.name), home=home, python=PYTHON, run=run)

    return tested


@pytest.mark.parametrize("layout", ["sound", "flat-layout"])
def test_the_tests_run_on_the_wheel(
    gate: Gate, project: Projects, wheel: Projects, layout: str, capfd: pytest.CaptureFixture[str]
) -> None:
    report = gate(project(layout))
    assert (report.suite, report.tests, report.failed, report.skipped) == ("unit", 1, 0, 0)
    assert report.python.startswith(f"{PYTHON}.")
    assert report.imported == {"demo": "demo/__init__.py"}
    assert report.wheel == file_digest(wheel(layout))
    assert "= 1 passed in " in capfd.readouterr().out


def test_what_is_missing_from_the_wheel_is_missed(gate: Gate, project: Projects) -> None:
    """The file lies in the source tree, where a test run beside the sources would find it."""
    with pytest.raises(GateError, match=r"^1 of 1 unit tests failed"):
        gate(project("not-in-the-wheel"))


def test_a_path_to_the_sources_leads_nowhere(gate: Gate, project: Projects) -> None:
    root = project("not-in-the-wheel")
    with (root / "pyproject.toml").open("a") as file:
        file.write('[tool.pytest.ini_options]\npythonpath = ["src"]\n')
    with pytest.raises(GateError, match=r"^1 of 1 unit tests failed"):
        gate(root)


def test_a_failing_test_is_named(gate: Gate, project: Projects) -> None:
    with pytest.raises(GateError) as raised:
        gate(project("failing-test"))
    assert str(raised.value) == "1 of 1 unit tests failed\n  failed: tests.test_demo::test_twice"


def test_a_module_that_can_not_be_collected_is_a_failure(gate: Gate, project: Projects) -> None:
    with pytest.raises(GateError) as raised:
        gate(project("crashes-while-collecting"))
    assert str(raised.value) == "1 of 1 unit tests failed\n  failed: tests.test_demo"


def test_no_tests_are_a_failure(gate: Gate, project: Projects) -> None:
    with pytest.raises(GateError) as raised:
        gate(project("no-tests"))
    assert str(raised.value) == (
        "no unit tests were collected\n"
        "  fix: name where they are in tool.windlass.test.paths; a gate that tests nothing can't pass"
    )


def test_only_skipped_tests_are_a_failure(gate: Gate, project: Projects) -> None:
    root = project("sound")
    (root / "tests/test_demo.py").write_text("import pytest\n\npytest.skip('no', allow_module_level=True)\n")
    with pytest.raises(GateError, match=r"every unit test was skipped|no unit tests were collected"):
        gate(root)


def test_tests_that_end_python_are_a_failure(gate: Gate, project: Projects) -> None:
    root = project("sound")
    (root / "tests/test_demo.py").write_text("import os\n\n\ndef test_a() -> None:\n    os._exit(0)\n")
    with pytest.raises(GateError, match=r"^the tests ended without a report"):
        gate(root)


def test_tests_that_bring_their_own_copy_of_the_package_did_not_test_the_wheel(gate: Gate, project: Projects) -> None:
    root = project("sound")
    (root / "vendored").mkdir()
    (root / "vendored/demo.py").write_text("def twice(number: int) -> int:\n    return 4\n")
    (root / "conftest.py").write_text("import sys\n\nsys.path.insert(0, 'vendored')\n")
    with pytest.raises(GateError) as raised:
        gate(root)
    assert raised.value.problem == "the tests did not test the wheel"
    assert raised.value.facts["demo"].endswith("/tree/vendored/demo.py")


def test_integration_tests_are_a_suite_of_their_own(gate: Gate, project: Projects) -> None:
    root = project("sound")
    (root / "tests/integration").mkdir()
    (root / "tests/integration/test_more.py").write_text("def test_a(): ...\n\n\ndef test_b(): ...\n")
    assert gate(root).tests == 1
    assert gate(root, "integration").tests == 2


def test_tests_that_rehearse_are_left_out_of_a_rehearsal(
    gate: Gate, project: Projects, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project("sound")
    with (root / "pyproject.toml").open("a") as file:
        file.write('[tool.pytest.ini_options]\nmarkers = ["rehearsal", "slow"]\n')
        file.write('[tool.windlass.test]\nmarks = "not slow or rehearsal"\n')
    with (root / "tests/test_demo.py").open("a") as file:
        for mark in ("slow", "rehearsal"):
            file.write(f"\n\n@__import__('pytest').mark.{mark}\ndef test_{mark}() -> None: ...\n")
    found = gate(root)
    assert (found.tests, found.left_out) == (2, 0)
    monkeypatch.setenv("WINDLASS_REHEARSAL", "1")
    found = gate(root)
    assert (found.tests, found.left_out) == (1, 1)


def test_coverage_is_measured_where_the_project_brings_it(gate: Gate, project: Projects) -> None:
    root = project("sound")
    with (root / "pyproject.toml").open("a") as file:
        file.write('[tool.windlass.test]\nrequirements = ["pytest-cov"]\n')
    assert gate(root).coverage_percent == 100.0
