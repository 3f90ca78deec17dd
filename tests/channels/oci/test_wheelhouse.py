"""Wheels of an image's requirements, by digest and for each platform, from a folder in place of an index."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from tests.channels.oci.projects import recipe
from windlass.channels.oci import image_build, wheelhouse
from windlass.errors import ConfigError, ToolError


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Wheels of `part` 1.0 for two architectures: file name → digest."""
    folder = tmp_path / "offered"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return {name: _wheel(folder / name) for name in map(_name, ("x86_64", "aarch64"))}


def _name(machine: str) -> str:
    return f"part-1.0-cp311-cp311-manylinux_2_17_{machine}.whl"


def _wheel(path: Path) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        info = "part-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: part\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {path.stem[9:]}\n")
        archive.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def locked(path: Path, *digests: str) -> Path:
    path.write_text("part==1.0 " + " ".join(f"--hash=sha256:{digest}" for digest in digests) + "\n")
    return path


def test_each_platform_gets_its_own_wheels_in_the_context(offered: dict[str, str], tmp_path: Path) -> None:
    one = recipe(tmp_path / "demo", platforms=("linux/amd64", "linux/arm64"), requirements="requirements.txt")
    locked(tmp_path / "demo/requirements.txt", *offered.values())
    with image_build.context(one) as folder:
        wheels = {str(path.relative_to(folder / "dist/wheels")): path for path in folder.rglob("part-*.whl")}
        assert sorted(wheels) == [f"linux-amd64/{_name('x86_64')}", f"linux-arm64/{_name('aarch64')}"]
        assert {path.stat().st_mtime for path in wheels.values()} == {one.epoch}


def test_a_wheel_with_another_digest_is_refused(offered: dict[str, str], tmp_path: Path) -> None:
    requirements = locked(tmp_path / "requirements.txt", "0" * 64)
    with pytest.raises(ToolError) as other:
        wheelhouse.fill(tmp_path / "wheels", requirements, "3.11", "linux/arm64")
    assert other.value.problem == "the wheels for linux/arm64 can't be fetched"
    assert "0" * 64 in other.value.facts["pip said"]


def test_a_requirement_without_a_digest_is_refused(offered: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("part==1.0\n")
    with pytest.raises(ToolError) as bare:
        wheelhouse.fill(tmp_path / "wheels", tmp_path / "requirements.txt", "3.11", "linux/arm64")
    assert "hash" in bare.value.facts["pip said"].lower()


def test_a_platform_without_wheels_and_a_file_that_is_missing_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there are no wheels to fetch for linux/riscv64"):
        wheelhouse.fill(tmp_path, locked(tmp_path / "r.txt"), "3.11", "linux/riscv64")
    with pytest.raises(ConfigError, match="the requirements file is missing"):
        wheelhouse.fill(tmp_path, tmp_path / "none.txt", "3.11", "linux/arm64")
