"""This repository's own documentation: it builds, and what it says of commands, settings and errors is so."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

import windlass.errors
from windlass.channels.docs.site_build import build
from windlass.config import config_form

ROOT = Path(__file__).parents[3]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
_COMMAND = re.compile(r"(?:\./)?inv ([a-z][\w.-]*(?: (?:lint|test|scan|build|docs\.build)\b)*)")
_OURS_ALONE = {"lint", "peers.bench", "suite.stage", "suite.docker", "suite.devpi", "suite.faults", "reference"}


def _tasks_reference() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("reference_task", ROOT / "tasks" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_site_builds_with_warnings_as_errors(tmp_path: Path) -> None:
    build(ROOT, tmp_path / "site", version="0.1.0", epoch=1_750_000_000)
    assert (tmp_path / "site" / "release" / "index.html").is_file()


def test_the_configuration_is_kept_to_what_zensical_builds_too() -> None:
    text = (ROOT / "mkdocs.yml").read_text()
    assert "!!python" not in text
    assert yaml.safe_load(text).keys().isdisjoint({"hooks", "plugins"})


def test_the_generated_parts_are_as_the_code_is() -> None:
    reference = _tasks_reference()
    for name, text in reference.pages().items():
        page = (ROOT / "docs" / "reference" / name).read_text()
        assert page == reference.within(page, text), f"{name} is old: ./inv reference"


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text()
    for section in config_form().__struct_encode_fields__:
        assert f"`{section}`" in page or f"[tool.windlass.{section}]" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    from windlass.tasks import collection

    root = collection()
    known = {*root.task_names, *_OURS_ALONE, *(alias for names in root.task_names.values() for alias in names)}
    named = {word for found in _COMMAND.findall(page.read_text()) for word in found.split()}
    assert named - known == set()


def _examples() -> list[Any]:
    text = (ROOT / "docs" / "reference" / "json.md").read_text()
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def test_the_json_examples_are_json() -> None:
    assert len(_examples()) >= 8


def test_the_plans_example_has_the_plans_keys() -> None:
    from windlass.model import Change, Phase, Reversal, State
    from windlass.release.report import plan_json

    change = Change("index", "demo", Phase.PUBLISH, State.ABSENT, "sha256:…", "", Reversal.PERSON)
    shown: Any = plan_json("1.3.0", [change])
    (example,) = [one for one in _examples() if "point_of_no_return" in one]
    assert example.keys() == shown.keys()
    assert example["channels"][0]["changes"][0].keys() == shown["channels"][0]["changes"][0].keys()


def test_the_rollbacks_example_has_the_rollbacks_keys() -> None:
    from windlass.model import Change, Phase, Release, Reversal, State
    from windlass.release.after.rollback import Rollback

    to = Release("demo", "1.2.2", "1.2.2", "v1.2.2", "c" * 40, "main", 0, ())
    change = Change("docs", "latest", Phase.POINT, State.SAME, "a", "a", Reversal.UNDONE)
    shown: Any = Rollback(to, (to,), (change,)).as_json()
    (example,) = [one for one in _examples() if {"to", "for_a_person"} <= one.keys()]
    assert example.keys() == shown.keys()
    assert example["channels"][0]["changes"][0].keys() == shown["channels"][0]["changes"][0].keys()


def test_every_kind_of_error_has_its_exit_code_in_the_table() -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text()
    kinds = [kind for kind in vars(windlass.errors).values() if isinstance(kind, type)]
    for kind in kinds:
        if issubclass(kind, windlass.errors.WindlassError) and kind is not windlass.errors.WindlassError:
            assert f"| {kind.exit_code} | {(kind.__doc__ or '').splitlines()[0]} |" in page
