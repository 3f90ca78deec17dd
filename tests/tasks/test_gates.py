from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.stage

Adopted = Callable[[str], Path]
Inv = Callable[..., "subprocess.CompletedProcess[str]"]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_an_unchanged_tree_is_neither_built_nor_tested_again(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    first = inv(root, "test")
    assert first.returncode == 0, first.stderr
    assert f"── test.unit[python={PYTHON}] done in " in first.stdout
    assert "= 1 passed in " in first.stdout
    second = inv(root, "test")
    assert f"── test.unit[python={PYTHON}] up to date" in second.stdout
    assert "── build.dist up to date" in second.stdout
    assert "= 1 passed in " in second.stdout


def test_a_change_of_the_sources_is_built_and_tested(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    assert inv(root, "test").returncode == 0
    module = root / "src/demo/__init__.py"
    module.write_text(module.read_text().replace("2 * number", "3 * number"))
    ended = inv(root, "test")
    assert ended.returncode == 1
    assert "1 of 1 unit tests failed\n  failed: tests.test_demo::test_twice" in ended.stderr


def test_results_are_one_json_object_alone_on_standard_output(adopted: Adopted, inv: Inv) -> None:
    ended = inv(adopted("sound"), "test", "--json")
    answer = json.loads(ended.stdout)
    assert (answer["ok"], answer["findings"], answer["verdicts"], answer["not_tested"]) == (True, [], [], [])
    (node,) = answer["nodes"]
    assert (node["suite"], node["tests"], node["failed"]) == ("unit", 1, 0)
    assert node["imported"] == {"demo": "demo/__init__.py"}
    assert node["wheel"].startswith("sha256:")


def test_a_suite_is_run_on_the_python_that_was_asked_for(adopted: Adopted, inv: Inv) -> None:
    ended = inv(adopted("sound"), "test.unit", "--python", "3.99")
    assert ended.returncode == 21
    assert f"test.unit has no python 3.99\n  python: {PYTHON}" in ended.stderr


def test_a_project_whose_pythons_are_not_here_is_not_tested_in_silence(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    pyproject = root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace(f'pythons = ["{PYTHON}"]', 'pythons = ["3.98", "3.99"]'))
    ended = inv(root, "test")
    assert ended.returncode == 30
    assert ended.stderr.startswith("none of the project's Pythons is installed\n  wanted: 3.98, 3.99\n")


def test_a_python_that_is_not_here_is_named(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    pyproject = root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace(f'["{PYTHON}"]', f'["{PYTHON}", "3.99"]'))
    ended = inv(root, "test")
    assert ended.returncode == 0, ended.stderr
    assert "not tested, as they are not installed here: 3.99" in ended.stdout


def test_a_scan_shows_how_much_it_read(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    answer = json.loads(inv(root, "scan", "--json").stdout)
    assert answer == {
        "ok": True,
        "nodes": [{"name": "bandit", "lines": 3}],
        "findings": [],
        "accepted": [],
        "verdicts": [],
    }
    assert "── scan.look up to date" in inv(root, "scan").stdout


def test_a_finding_fails_the_scan_with_its_place(adopted: Adopted, inv: Inv) -> None:
    root = adopted("runs-a-shell")
    ended = inv(root, "scan", "--json")
    assert ended.returncode == 1
    assert "src/demo/__init__.py:7: B602 high:" in ended.stderr
    answer = json.loads(ended.stdout)
    assert answer["ok"] is False
    assert [(one["file"], one["line"], one["rule"], one["severity"]) for one in answer["findings"]] == [
        ("src/demo/__init__.py", 3, "B404", "low"),
        ("src/demo/__init__.py", 7, "B602", "high"),
    ]
    assert inv(root, "scan.code").returncode == 1


def test_a_setting_that_does_not_exist_is_an_error_before_anything_is_built(adopted: Adopted, inv: Inv) -> None:
    root = adopted("sound")
    with (root / "pyproject.toml").open("a") as file:
        file.write('packges = ["demo"]\n')
    ended = inv(root, "build.dist")
    assert ended.returncode == 20
    assert ended.stderr.startswith("tool.windlass.packges is not a setting\n")
    assert "did you mean packages?" in ended.stderr
