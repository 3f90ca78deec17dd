"""Seeded stages are kept by content: taken whole by the same project, and by no other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.git import Git
from windlass.project import Project
from windlass.rehearsal.prepared_stage_cache import FOLDER, SeedCache
from windlass.rehearsal.project_copy import replicate
from windlass.release.report import LeftOut
from windlass.stage.state_history import Effects

HELD = {
    "copy/README.md": "read me",
    "copy/.windlass/releases/v1/demo.whl": "bytes",
    "stage/port": "4711",
    "stage/stage.json": "{}",
    "stage/remote.git/objects/aa/bb": "an object",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a repository, with a file that is not committed yet."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text('[project]\nname = "demo"\nversion = "1.2.2"\n')
    git = Git(root)
    git.run("init", "-q", "-b", "main")
    git.run("add", "--all")
    commit(git)
    (root / "notes.txt").write_text("new")
    return root


def commit(git: Git) -> None:
    git.run("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "feat: it")


def cache(root: Path, *left_out: LeftOut) -> SeedCache:
    return SeedCache(Project.load(root), left_out)


def seeded(home: Path) -> Path:
    """What a rehearsal has once it is seeded."""
    for name, text in HELD.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    Effects(home / "stage").record("git", "refs/tags/v1", "immutable", None, "1")
    return home


def kept(root: Path) -> list[Path]:
    return sorted((root / ".windlass" / FOLDER).iterdir())


def test_what_was_kept_is_put_elsewhere_whole_without_its_addresses(project: Path, tmp_path: Path) -> None:
    assert cache(project).restore(tmp_path / "first") == ""
    cache(project).keep(seeded(tmp_path / "home"), "v1.2.2")
    shutil.rmtree(tmp_path / "home")
    assert cache(project).restore(tmp_path / "there") == "v1.2.2"
    files = {str(path.relative_to(tmp_path / "there")) for path in (tmp_path / "there").rglob("*") if path.is_file()}
    assert files == {*HELD, "stage/history.jsonl"} - {"stage/port", "stage/stage.json"}


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "notes.txt").write_text("other"),
        lambda root: (root / "notes.txt").chmod(0o755),
        lambda root: (root / "more.txt").write_text("more"),
        lambda root: (root / "pyproject.toml").unlink() or (root / "pyproject.toml").symlink_to("notes.toml"),
        lambda root: Git(root).run("tag", "v1.2.2"),
        lambda root: commit(Git(root)),
        lambda root: Git(root).run("checkout", "-q", "-b", "hotfix/v1.2.3"),
    ],
    ids=["contents", "mode", "new file", "link", "tag", "commit", "branch"],
)
def test_whatever_changes_in_the_project_asks_for_another_stage(project: Path, change: Callable[[Path], None]) -> None:
    found = Project.load(project)
    before = SeedCache(found, ()).key
    change(project)
    assert SeedCache(found, ()).key != before


def test_an_engine_and_another_installed_tool_ask_for_another_stage(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache(project).key == cache(project).key != cache(project, LeftOut("image", "no engine")).key
    before = cache(project).key
    (tmp_path / "site" / "twine-99.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "site")])
    assert cache(project).key != before


@pytest.mark.parametrize("name", ["copy/README.md", "stage/remote.git/objects/aa/bb"])
def test_a_kept_stage_that_is_not_whole_is_not_taken(project: Path, tmp_path: Path, name: str) -> None:
    cache(project).keep(seeded(tmp_path / "home"), "v1.2.2")
    file = kept(project)[0] / name
    for spoil in (lambda: file.write_text(""), file.unlink):
        spoil()
        assert cache(project).restore(tmp_path / "there") == ""
        assert not (tmp_path / "there" / "copy").exists()


def test_what_a_rehearsal_does_to_its_stage_does_not_reach_the_kept_one(project: Path, tmp_path: Path) -> None:
    cache(project).keep(seeded(tmp_path / "home"), "v1.2.2")
    for name in ("one", "two"):
        cache(project).restore(tmp_path / name)
        history = Effects(tmp_path / name / "stage")
        assert len(history.history()) == 1
        history.record("git", "refs/tags/v2", "immutable", None, "2")


def test_a_rehearsal_killed_while_it_keeps_leaves_nothing_that_counts(project: Path, tmp_path: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    half = project / ".windlass" / FOLDER / f"new.{dead.pid}.0"
    replicate(seeded(tmp_path / "home"), half)
    assert cache(project).restore(tmp_path / "there") == ""
    cache(project).keep(tmp_path / "home", "v1.2.2")
    assert [one.name for one in kept(project)] == [cache(project).key]


def test_two_rehearsals_that_keep_the_same_keep_it_once(project: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        cache(project).keep(seeded(tmp_path / name), "v1.2.2")
    assert [one.name for one in kept(project)] == [cache(project).key]


def test_only_the_two_that_were_used_last_are_kept(project: Path, tmp_path: Path) -> None:
    keys = []
    for number in range(3):
        (project / "notes.txt").write_text(str(number))
        cache(project).keep(seeded(tmp_path / str(number)), "v1.2.2")
        keys.append(cache(project).key)
        at = 1_000_000_000 + number
        os.utime(project / ".windlass" / FOLDER / keys[-1], (at, at))
    assert [one.name for one in kept(project)] == sorted(keys[1:])
