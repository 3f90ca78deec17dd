"""What CI runs, and what a bare machine is asked for: the gate needs Python, venv, git and a package index."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import windlass
from tasks import suite

ROOT = Path(__file__).parents[2]
CI = (ROOT / ".ci/run").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]

_DEBIANS = re.compile(
    r"\b(apt(-\w+)?|aptitude|dpkg(-\w+)?)\b"
    r"|/etc/(apt|debian_version|ssl/certs)|/var/lib/(apt|dpkg)|/usr/share/(keyrings|doc)"
)
"""Programs and paths that another distribution has not."""


def test_the_readme_begins_with_the_two_commands_that_a_bare_machine_runs() -> None:
    lines = [line.partition("#")[0].split() for line in (ROOT / "README.md").read_text().splitlines()]
    assert [line[1:] for line in lines if line[:2] == ["$", "./inv"]][:2] == [
        ["./inv", "rehearse", "--part", "minor", "--project", "examples/customer-snapshot"],
        ["./inv", "test"],
    ]


def test_ci_runs_the_bare_machine_before_it_installs_anything() -> None:
    steps = [line for line in CI.splitlines() if "./inv" in line or ".ci/" in line]
    assert steps[0].split()[:2] == ["step", ".ci/bare"]


def test_what_the_gate_leaves_out_is_a_suite_and_ci_runs_each() -> None:
    left_out = re.findall(r"not (\w+)", PROJECT["windlass"]["test"]["marks"])
    assert sorted(left_out) == sorted(suite.namespace.task_names)
    for mark in left_out:
        assert re.search(rf"\./inv [^\n]*\bsuite\.{mark}\b", CI), f".ci/run leaves suite.{mark} out"


def test_ci_breaks_the_example_with_its_image_at_sixty_effects_which_its_commit_chooses() -> None:
    found = re.search(r"^step (\./inv rehearse .*)$", CI, re.M)
    assert found is not None
    words = shlex.split(found[1])
    assert words[-5:] == ["--faults", "--sample", "60", "--seed", "$seed"]
    assert re.search(r"^seed=.*git rev-parse --short=7 HEAD", CI, re.M)


def test_every_mark_is_a_suite_or_left_out_inside_a_rehearsal() -> None:
    marks = {line.partition(":")[0] for line in PROJECT["pytest"]["ini_options"]["markers"]}
    assert marks - set(suite.namespace.task_names) == {"rehearsal"}


def _name(folder: Path) -> str:
    return folder.name


@pytest.mark.parametrize("folder", [Path(windlass.__file__).parent, ROOT / "tests", ROOT / "tasks"], ids=_name)
def test_no_word_of_the_code_asks_for_a_debian(folder: Path) -> None:
    """Comments and docstrings may speak of it: what runs may not."""
    modules = [path for path in folder.rglob("*.py") if "fixtures" not in path.parts and path != Path(__file__)]
    found = [
        f"{path.relative_to(folder)}:{line}: {word}"
        for path in sorted(modules)
        for line, word in _strings(ast.parse(path.read_text()))
        if _DEBIANS.search(word)
    ]
    assert modules
    assert found == []


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value
