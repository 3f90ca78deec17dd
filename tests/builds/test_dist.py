from __future__ import annotations

import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.builds.dist import dist, sdist_metadata, wheel_metadata
from windlass.errors import GateError, RepositoryError
from windlass.testing.git_history import MadeHistory

pytestmark = pytest.mark.stage

Projects = Callable[[str], Path]
EPOCH = 1_700_000_000
WHO = {f"GIT_{role}_{key}": "ann@example.org" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}


def test_a_build_is_an_sdist_and_its_wheel(project: Projects, tmp_path: Path) -> None:
    made = dist(project("sound"), tmp_path / "out", name="demo", version="1.2.3", epoch=EPOCH)
    assert [(one.name, one.kind) for one in made.artifacts] == [
        ("demo-1.2.3.tar.gz", "sdist"),
        ("demo-1.2.3-py3-none-any.whl", "wheel"),
    ]
    assert wheel_metadata(tmp_path / "out" / made.wheel.name)["Version"] == "1.2.3"
    assert sdist_metadata(tmp_path / "out" / made.sdist.name)["Name"] == "demo"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "sound"]


def test_another_build_of_the_same_tree_elsewhere_is_the_same_bytes(project: Projects, tmp_path: Path) -> None:
    root = project("sound")
    first = dist(root, tmp_path / "first", name="demo", epoch=EPOCH)
    moved = Path(shutil.copytree(root, tmp_path / "moved" / "sound", copy_function=shutil.copyfile))
    moved.joinpath("src/demo/__init__.py").chmod(0o600)
    second = dist(moved, tmp_path / "second", name="demo", epoch=EPOCH)
    assert first.artifacts == second.artifacts


def test_a_build_replaces_the_project_s_earlier_files_and_leaves_strangers(project: Projects, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl", "other-1.0.tar.gz", "notes.txt"):
        (out / name).touch()
    dist(project("sound"), out, name="Demo", epoch=EPOCH)
    assert sorted(path.name for path in out.iterdir()) == [
        "demo-1.2.3-py3-none-any.whl",
        "demo-1.2.3.tar.gz",
        "notes.txt",
        "other-1.0.tar.gz",
    ]


def test_a_symbolic_link_out_of_the_tree_is_refused_before_anything_is_built(project: Projects, tmp_path: Path) -> None:
    root = project("symlink-out-of-tree")
    with pytest.raises(RepositoryError) as raised:
        dist(root, tmp_path / "out", name="demo", epoch=EPOCH)
    assert str(raised.value) == (
        "a symbolic link leads out of the project, and a build would ship what it leads to\n"
        "  src/demo/secret.txt: ../../../sound/pyproject.toml\n"
        "  fix:                 replace it with a file, or remove it"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("target", [".git/config", "/etc", "../elsewhere", "loop"])
def test_links_that_escape_in_other_ways_are_refused(project: Projects, tmp_path: Path, target: str) -> None:
    root = project("sound")
    (root / "loop").symlink_to("../loop")
    (root / "link").symlink_to(target)
    with pytest.raises(RepositoryError):
        dist(root, tmp_path / "out", name="demo", epoch=EPOCH)


def test_links_inside_the_tree_are_followed(project: Projects, tmp_path: Path) -> None:
    root = project("sound")
    (root / "src/demo/same.py").symlink_to("__init__.py")
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/pyvenv.cfg").touch()
    (root / ".venv/bin/python").symlink_to("/usr/bin/python3")
    made = dist(root, tmp_path / "out", name="demo", epoch=EPOCH)
    with zipfile.ZipFile(tmp_path / "out" / made.wheel.name) as wheel:
        assert "demo/same.py" in wheel.namelist()


def test_a_wheel_of_another_version_is_refused_and_the_folder_is_as_it_was(project: Projects, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "demo-1.0.tar.gz").touch()
    with pytest.raises(GateError) as raised:
        dist(project("wrong-version"), tmp_path / "out", name="demo", version="1.2.3", epoch=EPOCH)
    assert str(raised.value) == (
        "demo-1.2.2.tar.gz is not demo 1.2.3\n"
        "  its name says:     demo 1.2.2\n"
        "  its metadata says: demo 1.2.2\n"
        "  fix:               write the version where the build reads it"
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["demo-1.0.tar.gz"]


def test_a_build_that_fails_shows_what_the_backend_said(project: Projects, tmp_path: Path) -> None:
    with pytest.raises(GateError) as raised:
        dist(project("no-backend"), tmp_path / "out", name="demo", epoch=EPOCH)
    assert raised.value.problem == "the project does not build"
    assert "RuntimeError: this backend never works" in raised.value.facts["it said"]


def test_what_git_ignores_and_what_windlass_keeps_never_ship(project: Projects, tmp_path: Path) -> None:
    root = project("sound")
    subprocess.run(["git", "init", "-q", root], check=True)
    (root / ".gitignore").write_text("*.secret\n")
    (root / "src/demo/password.secret").touch()
    (root / ".windlass").mkdir()
    (root / ".windlass/journal.jsonl").touch()
    made = dist(root, root / "dist", name="demo", epoch=EPOCH)
    with tarfile.open(root / "dist" / made.sdist.name) as sdist:
        inside = sorted(name.removeprefix("demo-1.2.3/") for name in sdist.getnames())
    assert inside == [".gitignore", "PKG-INFO", "pyproject.toml", "src/demo/__init__.py", "tests/test_demo.py"]


def test_a_second_build_in_place_is_the_same_bytes(project: Projects) -> None:
    """Nothing of the first build, nor of what windlass keeps, gets into the second."""
    root = project("sound")
    first = dist(root, root / "made", name="demo", epoch=EPOCH)
    assert dist(root, root / "made", name="demo", epoch=EPOCH) == first


@pytest.mark.parametrize("backend", ["hatch-vcs", "setuptools-scm"])
def test_a_version_from_the_tag_is_the_one_that_is_being_released(
    project: Projects, tmp_path: Path, backend: str
) -> None:
    """The tag is set only once everything is built; the build has a repository in which it is there already."""
    made = MadeHistory(project(f"version-from-the-tag-by-{backend}"))
    made.git("add", ".")
    tree = made.git("write-tree")
    made.git("update-ref", "refs/heads/main", made.git("commit-tree", tree, "-m", "feat: a", env=WHO))
    made.tag("v1.2.0")
    made.git("update-ref", "refs/heads/main", made.git("commit-tree", tree, "-p", "HEAD", "-m", "feat: b", env=WHO))
    built = dist(made.root, tmp_path / "out", name="demo", version="1.3.0rc1", tag="v1.3.0-rc.1", epoch=EPOCH)
    assert [one.name for one in built.artifacts] == ["demo-1.3.0rc1.tar.gz", "demo-1.3.0rc1-py3-none-any.whl"]
    assert made.git("tag") == "v1.2.0", "nobody else sees it"
