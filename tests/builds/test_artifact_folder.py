from __future__ import annotations

from pathlib import Path

import pytest

from windlass.builds.artifact_folder import Files
from windlass.errors import ConflictError, WindlassError
from windlass.model import Artifact

ABC = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "a.whl").write_bytes(b"abc")
    return Files(tmp_path)


def test_a_file_becomes_an_artifact_and_comes_back_by_it(files: Files) -> None:
    artifact = files.artifact("a.whl", "wheel")
    assert artifact == Artifact("a.whl", "wheel", ABC, 3)
    assert files.path(artifact) == files.folder / "a.whl"
    assert files.holds(artifact)


def test_other_bytes_under_the_name_are_a_conflict(files: Files) -> None:
    artifact = files.artifact("a.whl", "wheel")
    (files.folder / "a.whl").write_bytes(b"abd")
    assert not files.holds(artifact)
    with pytest.raises(ConflictError) as raised:
        files.path(artifact)
    assert str(raised.value) == (
        "a.whl is not the file that was built\n"
        f"  file:  {files.folder}/a.whl\n"
        f"  built: {ABC}\n"
        "  here:  sha256:a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9\n"
        "  fix:   remove it, then build again"
    )


def test_a_file_that_is_gone_says_so(files: Files) -> None:
    artifact = files.artifact("a.whl", "wheel")
    (files.folder / "a.whl").unlink()
    assert not files.holds(artifact)
    with pytest.raises(WindlassError, match=r"a\.whl is not in the folder of built files"):
        files.path(artifact)
