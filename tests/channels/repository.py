"""A small repository on a stage, and releases of it, for the channels' tests."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

from windlass.artifact import Artifact
from windlass.git import Git, Identity, RefUpdate
from windlass.model import Release
from windlass.stage import Fault, Stage, exactly_once

WHO = Identity("Ada", "ada@example.org", 1_750_000_000)


class Repository:
    """A working copy whose remote is the stage's, with a base commit on main."""

    def __init__(self, folder: Path, stage: Stage) -> None:
        self.stage = stage
        folder.mkdir(parents=True)
        self.git = Git(folder)
        self.git.run("init", "-q", "-b", "main")
        self.git.run("remote", "add", "origin", stage.remote)
        base = self.commit("base", "")
        self.git.run("update-ref", "refs/heads/main", base)
        self.git.run("checkout", "-q", "-f", "main")
        self.git.push(RefUpdate("refs/heads/main", base, ""))

    def commit(self, text: str, parent: str) -> str:
        tree = self.git.tree({"file.txt": text.encode()})
        return self.git.commit(tree, [parent] if parent else [], f"feat: {text}\n", WHO)

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
