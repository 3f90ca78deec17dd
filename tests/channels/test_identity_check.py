"""What was built is held against the release, and not against the files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.channels.repository import sdist, wheel
from tests.oci.registries import image
from tests.tasks.conftest import adopted, inv
from windlass.channels.identity_check import identity_readers, refuse_others
from windlass.errors import GateError
from windlass.git import Git
from windlass.model import Artifact, Release

__all__ = ["adopted", "inv"]

RELEASE = Release("demo", "1.3.0-rc.1", "1.3.0rc1", "v1.3.0-rc.1", "c" * 40, "main", 0, ())


def test_what_is_the_releases_passes_in_either_spelling(tmp_path: Path) -> None:
    made = [wheel(tmp_path, "demo", "1.3.0rc1"), sdist(tmp_path, "demo", "1.3.0rc1")]
    docs = Artifact("demo-1.3.0rc1-docs.tar.gz", "docs", "", 0)
    refuse_others(RELEASE, [*made, docs], tmp_path, ("demo",))
    refuse_others(replace(RELEASE, project="Demo"), made, tmp_path, ("demo",))


def test_every_file_of_another_name_or_version_is_told(tmp_path: Path) -> None:
    made = [
        wheel(tmp_path, "demo", "1.2.0"),
        sdist(tmp_path, "other", "1.3.0rc1"),
        Artifact("demo-HEAD-docs.tar.gz", "docs", "", 0),
    ]
    with pytest.raises(GateError) as refused:
        refuse_others(RELEASE, made, tmp_path, ("demo",))
    assert refused.value.problem == "what was built is not demo 1.3.0-rc.1; nothing was touched"
    assert refused.value.facts == {
        "demo-1.2.0-py3-none-any.whl": "its name: 1.2.0, and not 1.3.0rc1\nits metadata: 1.2.0, and not 1.3.0rc1",
        "other-1.3.0rc1.tar.gz": "its name: other, and not demo\nits metadata: other, and not demo",
        "demo-HEAD-docs.tar.gz": "its name: HEAD, and not 1.3.0rc1",
    }


@pytest.mark.parametrize(("label", "passes"), [("", True), ("1.3.0-rc.1", True), ("1.2.0", False)])
def test_an_image_is_told_by_its_label_and_one_without_passes(tmp_path: Path, label: str, passes: bool) -> None:
    labels = {"org.opencontainers.image.version": label} if label else None
    layout = image(tmp_path / "demo.oci", labels=labels)
    made = Artifact("demo", "image", layout.root().digest, layout.size_bytes(), layout.root().platforms)
    if passes:
        refuse_others(RELEASE, [made], tmp_path, ("demo",))
        return
    with pytest.raises(GateError) as refused:
        refuse_others(RELEASE, [made], tmp_path, ("demo",))
    assert "its label for linux/amd64: 1.2.0, and not 1.3.0rc1" in refused.value.facts["demo"]


def test_every_kind_that_ships_has_an_identity_and_a_kind_of_another_package_needs_none(tmp_path: Path) -> None:
    assert set(identity_readers()) == {"wheel", "sdist", "source", "sbom", "docs", "image"}
    refuse_others(RELEASE, [Artifact("a.deb", "deb", "", 0)], tmp_path, ())


@pytest.mark.stage
def test_a_build_that_does_not_know_the_release_stops_it_with_nothing_touched(
    tmp_path: Path, adopted: Callable[[str], Path], inv: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Its version is computed by code, and the file that `[tool.windlass]` names is not where the code has it from."""
    root = adopted("version-from-code")
    named_in_a_file(root)
    remote = released_once(root, tmp_path / "remote.git")
    ended = inv(root, "release", "--version", "v1.3.0", "--skip-tests", "--yes")
    assert ended.returncode == 1, ended.stdout
    assert "demo-1.2.0.tar.gz is not demo 1.3.0" in ended.stderr
    assert "its metadata says: demo 1.2.0" in ended.stderr
    assert Git(root, str(remote)).ls_remote("refs/tags/*", "refs/windlass/releases/*") == {}


@pytest.mark.stage
def test_a_version_that_code_reads_from_the_file_that_is_named_names_all_that_ships(
    tmp_path: Path, adopted: Callable[[str], Path], inv: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    root = adopted("version-from-code")
    (root / "setup.py").write_text(
        "from pathlib import Path\n\nfrom setuptools import setup\n\n"
        'setup(version=Path("VERSION").read_text().strip())\n'
    )
    (root / "MANIFEST.in").write_text("include VERSION\n")
    named_in_a_file(root)
    remote = released_once(root, tmp_path / "remote.git")
    ended = inv(root, "release", "--version", "v1.3.0", "--skip-tests", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert "demo-1.3.0-source.tar.gz" in ended.stdout
    assert list(Git(root, str(remote)).ls_remote("refs/tags/v1.3.0")) == ["refs/tags/v1.3.0"]


def named_in_a_file(root: Path) -> None:
    """Have `[tool.windlass]` say where the version stands, and leave out what is not looked at here."""
    with (root / "pyproject.toml").open("a") as file:
        file.write(
            "sbom = false\n\n[tool.windlass.index]\nenabled = false\n"
            '\n[[tool.windlass.version.files]]\npath = "VERSION"\npattern = "{version}"\n'
        )


@pytest.mark.stage
def test_a_wheel_that_says_another_version_inside_stops_the_release_with_nothing_touched(
    tmp_path: Path, adopted: Callable[[str], Path], inv: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """The module comes into the wheel from where no release looks for a version."""
    root = adopted("sound")
    (root / "assets").mkdir()
    (root / "assets" / "stale.py").write_text('__version__ = "0.9.0"\n')
    with (root / "pyproject.toml").open("a") as file:
        file.write(
            "sbom = false\n\n[tool.windlass.index]\nenabled = false\n"
            '\n[tool.hatch.build.targets.wheel.force-include]\n"assets/stale.py" = "demo/_version.py"\n'
            '\n[tool.hatch.build.targets.sdist.force-include]\n"assets/stale.py" = "assets/stale.py"\n'
        )
    remote = released_once(root, tmp_path / "remote.git")
    ended = inv(root, "release", "--version", "v1.3.0", "--skip-tests", "--yes")
    assert ended.returncode == 1, ended.stdout
    assert "what was built is not demo 1.3.0; nothing was touched" in ended.stderr
    assert "__version__ in demo/_version.py: 0.9.0, and not 1.3.0" in ended.stderr
    assert Git(root, str(remote)).ls_remote("refs/tags/*", "refs/windlass/releases/*") == {}


def released_once(root: Path, remote: Path) -> Path:
    """The project in a repository with a remote of its own."""
    (root / ".gitignore").write_text("dist/\n.windlass/\n__pycache__/\n")
    git = Git(root)
    git.run("init", "-q", "-b", "main")
    for name, value in {"user.name": "Ada", "user.email": "ada@example.org"}.items():
        git.run("config", name, value)
    git.run("add", ".")
    git.run("commit", "-q", "-m", "feat: all")
    git.run("init", "-q", "--bare", remote)
    git.run("remote", "add", "origin", str(remote))
    git.run("push", "-q", "origin", "main")
    return remote
