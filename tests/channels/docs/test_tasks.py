"""`inv docs.*`, as a person calls them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests import forkserver
from tests.channels.docs.site import DocsBench
from windlass.git import RefUpdate
from windlass.stage import Stage
from windlass.testing.channel_suite import converge

pytestmark = pytest.mark.stage


def _adopt(root: Path, *, pages: bool = True) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "pyproject.toml").write_text('[project]\nname = "demo"\nversion = "1.3.0"\n')
    (root / "tasks.py").write_text("from windlass import collection\n\nns = collection()\n")
    (root / "invoke.yaml").write_text("tasks:\n  executor_class: windlass.graph.Executor\n")
    if pages:
        (root / "mkdocs.yml").write_text("site_name: demo\n")
        (root / "docs").mkdir()
        (root / "docs" / "index.md").write_text("# demo\n")
    return root


def _inv(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    hidden = {"WINDLASS_REHEARSAL", "WINDLASS_STAGE", "SOURCE_DATE_EPOCH"}
    env = {name: value for name, value in os.environ.items() if name not in hidden} | environment
    return forkserver.run("invoke", "--search-root", str(root), *words, cwd="/", env=env)


def test_the_site_is_built_once_and_then_up_to_date(tmp_path: Path) -> None:
    root = _adopt(tmp_path / "demo")
    first = _inv(root, "docs.build", "--json")
    assert first.returncode == 0, first.stderr
    made = json.loads(first.stdout)
    assert (made["name"], made["kind"]) == ("demo-1.3.0-docs.tar.gz", "docs")
    archive = root / "dist" / made["name"]
    assert archive.stat().st_size == made["size_bytes"]
    archive.unlink()
    again = _inv(root, "docs.build", "--json")
    assert json.loads(again.stdout) == made
    assert "up to date" in again.stderr
    assert archive.stat().st_size == made["size_bytes"]


def test_a_page_that_changed_is_built_anew(tmp_path: Path) -> None:
    root = _adopt(tmp_path / "demo")
    first = json.loads(_inv(root, "docs.build", "--json").stdout)
    (root / "docs" / "index.md").write_text("# another\n")
    assert json.loads(_inv(root, "docs.build", "--json").stdout)["sha256"] != first["sha256"]


def test_a_project_without_documentation_is_told_so(tmp_path: Path) -> None:
    done = _inv(_adopt(tmp_path / "demo", pages=False), "docs.build")
    assert done.returncode == 20
    assert "there is no documentation to build\n  fix: write mkdocs.yml and docs/index.md" in done.stdout + done.stderr


@pytest.fixture
def released(tmp_path: Path) -> DocsBench:
    """A project whose versions 1.2.2 and 1.3.0 are tagged, and their pages published; the stage is closed."""
    with Stage(tmp_path / "stage") as stage:
        bench = DocsBench(tmp_path, stage)
        git = bench.repository.git
        for release, names in ((bench.earlier, ("latest",)), (bench.release, ("latest",))):
            commit = bench.repository.commit(release.version, git.resolve("main"))
            git.push(RefUpdate(f"refs/tags/{release.tag}", commit, ""))
            converge(bench.open(), replace(release, floating=names))
        _adopt(git.root)
        return bench


def test_the_sites_latest_goes_back_and_nothing_else(released: DocsBench) -> None:
    with Stage(released.stage.home) as stage:
        root = released.repository.git.root
        done = _inv(root, "docs.rollback", "--to", "v1.2.2", "--yes", "--json", **stage.environment())
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
    assert answer["ok"] is True
    assert [channel["name"] for channel in answer["channels"]] == ["docs"]
    assert {change["what"]: change["state"] for change in answer["channels"][0]["changes"]} == {
        "latest": "same",
        "1.3.0 in versions.json": "same",
    }
    assert released.at("latest/index.html") == "<h1>demo 1.2.2</h1>pages"


def test_a_rollback_to_what_was_never_released_is_refused(released: DocsBench) -> None:
    with Stage(released.stage.home) as stage:
        done = _inv(released.repository.git.root, "docs.rollback", "--to", "v9.9.9", "--yes", **stage.environment())
    assert done.returncode == 22
    assert "there is no release v9.9.9" in done.stdout + done.stderr
    assert released.at("latest/index.html") == "<h1>demo 1.3.0</h1>pages"


def test_the_audit_says_what_is_behind_and_ends_with_one(released: DocsBench) -> None:
    with Stage(released.stage.home) as stage:
        root = released.repository.git.root
        (root / "pyproject.toml").write_text(
            '[project]\nname = "demo"\nversion = "1.3.0"\n[tool.windlass.index]\nenabled = false\n'
        )
        before = _inv(root, "audit", **stage.environment())
        assert before.returncode == 0, before.stdout + before.stderr
        assert "v1.3.0           before windlass (nothing was sealed that could be compared)" in before.stdout
        done = _inv(root, "docs.rollback", "--to", "v1.2.2", "--yes", **stage.environment())
        assert done.returncode == 0, done.stderr
        after = _inv(root, "audit", "--json", **stage.environment())
    assert after.returncode == 1
    answer = json.loads(after.stdout)
    assert [(one["kind"], one["what"], one["there"]) for one in answer["findings"]] == [
        ("pointer", "latest/", "v1.2.2")
    ]
