"""A small repository on a stage, and releases of it, for the channels' tests."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from windlass.channels.git.stand_in import Remote
from windlass.git import Git, Identity
from windlass.git.git_folder import GitFolder
from windlass.model import Artifact, Release
from windlass.stage import Fault, Stage, exactly_once

WHO = Identity("Ada", "ada@example.org", 1_750_000_000)


class Repository:
    """A repository whose remote is the stage's, with a base commit on main and nothing checked out.

    Args:
        remote: the remote's address; the stage's, where requests are counted and faults happen, by default.
    """

    def __init__(self, folder: Path, stage: Stage, remote: str | Path = "") -> None:
        self.stage = stage
        self.git = Git(folder)
        self._folder = GitFolder.of(folder, remote=str(remote) or stage.remote)
        self.put("refs/heads/main", self.commit("base", ""))

    def over_http(self) -> None:
        """From here on it speaks to the stage's server, where requests are counted and faults happen."""
        self.git.run("remote", "set-url", "origin", self.stage.remote)

    def commit(self, text: str, parent: str) -> str:
        return commit(self._folder, {"file.txt": text.encode()}, parent, text)

    def put(self, ref: str, oid: str) -> None:
        """Set a ref, here and on the remote, as somebody's push would have."""
        self._folder.ref(ref, oid)
        put(self._folder, self.stage, ref, oid)

    def release(self, version: str, commit: str, artifacts: tuple[Artifact, ...] = ()) -> Release:
        return Release(
            project="demo",
            version=version,
            pep440=version,
            tag=f"v{version}",
            commit=commit,
            branch="main",
            epoch=WHO.epoch,
            artifacts=artifacts,
            notes=f"## {version}\n\n- something\n",
            floating=("latest", "1", version.rpartition(".")[0]),
        )


def commit(folder: GitFolder, files: Mapping[str, bytes], parent: str, text: str) -> str:
    """Write a commit of these files alone; its id."""
    tree = folder.tree({name: ("100644", folder.write("blob", content)) for name, content in files.items()})
    person = f"{WHO.name} <{WHO.email}> {WHO.epoch} +0000"
    return folder.commit(tree, [parent] if parent else [], person, f"feat: {text}\n".encode())


def put(folder: GitFolder, stage: Stage, ref: str, oid: str) -> None:
    """Have the stage's remote hold a ref and all that it may lead to; it is recorded as a push is."""
    place(folder, stage.repository, ref, oid)
    Remote(stage.home, stage.effects).settle()


def place(folder: GitFolder, remote: Path, ref: str, oid: str) -> None:
    """Have a bare repository hold a ref and all that it may lead to."""
    there = GitFolder(remote)
    shutil.copytree(folder.path / "objects", there.path / "objects", dirs_exist_ok=True, copy_function=_linked)
    there.ref(ref, oid)


def _linked(source: str, target: str) -> None:
    if not Path(target).exists():
        os.link(source, target)


class Breaking:
    """The half of a bench that breaks things and looks at histories."""

    stage: Stage
    begun: int

    def lose_before(self) -> None:
        self.stage.effects.arm(Fault(1, "before", "cut"))

    def lose_reply(self) -> None:
        self.stage.effects.arm(Fault(1, "after", "cut"))

    def violations(self) -> tuple[str, ...]:
        return exactly_once(self.stage.effects.history())

    def writes(self) -> int:
        changes = [effect for effect in self.stage.effects.history() if effect.what != "refs/windlass/lock"]
        return len(changes) - self.begun


def wheel(folder: Path, name: str, version: str, text: str = "", requires: tuple[str, ...] = ()) -> Artifact:
    """A wheel that installs and runs: a console script that prints its version."""
    module = f"def main():\n    print({version!r})\n# {text}\n".encode()
    info = f"{name}-{version}.dist-info"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {r}" for r in requires),
    ]
    files = {
        f"{name}/__init__.py": module,
        f"{info}/METADATA": "".join(f"{line}\n" for line in metadata).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n".encode(),
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in {**files, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), content)
    return _kept(folder, f"{name}-{version}-py3-none-any.whl", "wheel", packed.getvalue())


def sdist(folder: Path, name: str, version: str, text: str = "") -> Artifact:
    """An sdist as far as an index looks."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n{text}".encode()
        for path, content in {"PKG-INFO": metadata, "pyproject.toml": b""}.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return _kept(folder, f"{name}-{version}.tar.gz", "sdist", packed.getvalue())


def _kept(folder: Path, name: str, kind: str, content: bytes) -> Artifact:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return Artifact(name, kind, f"sha256:{hashlib.sha256(content).hexdigest()}", len(content))


def with_artifacts(release: Release, *artifacts: Artifact) -> Release:
    return replace(release, artifacts=artifacts)
