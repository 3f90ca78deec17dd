"""The channel's benches: the stage's registry, judged by its history; Debian's, judged by what it keeps on disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.oci.registries import Wire, image
from windlass.builds.artifact_folder import Files
from windlass.channels.oci.oci_channel import Registries
from windlass.channels.protocol import Channel
from windlass.model import Artifact, Release
from windlass.stage import Fault, Stage, exactly_once


def released(folder: Path, version: str, text: str = "") -> Release:
    """A release of one small image, whose layout lies in `folder`; `text` makes it another one."""
    name = f"demo-{version}{text}"
    layout = image(folder / f"{name}.oci", name)
    root = layout.root()
    return Release(
        project="demo",
        version=version,
        pep440=version,
        tag=f"v{version}",
        commit=hashlib.sha1(version.encode()).hexdigest(),
        branch="main",
        epoch=1_750_000_000,
        artifacts=(Artifact(name, "image", root.digest, layout.size_bytes(), root.platforms),),
        floating=("latest", version.partition(".")[0], version.rpartition(".")[0]),
    )


def channel(folder: Path, *hosts: str) -> Registries:
    """The image `acme/demo` on each host."""
    return Registries("demo", tuple(f"{host}/acme" for host in hosts), Files(folder))


class _Shelf:
    """Three releases whose bytes lie in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.earlier = released(folder, "1.2.2")
        self.release = released(folder, "1.3.0")
        self.other = released(folder, "1.3.0", "other")


class StageBench(_Shelf):
    def __init__(self, folder: Path, stage: Stage) -> None:
        super().__init__(folder)
        self.stage = stage

    def open(self) -> Channel:
        return channel(self.folder, self.stage.address.removeprefix("http://"))

    def lose_before(self) -> None:
        self.stage.effects.arm(Fault(1, "before", "cut"))

    def lose_reply(self) -> None:
        self.stage.effects.arm(Fault(1, "after", "cut"))

    def violations(self) -> tuple[str, ...]:
        return exactly_once(self.stage.effects.history())

    def writes(self) -> int:
        return len(self.stage.effects.history())


class DebianBench(_Shelf):
    """On docker-registry, behind a wire that breaks. Its own disk keeps every digest that a tag ever held."""

    def __init__(self, folder: Path, wire: Wire, data: Path) -> None:
        super().__init__(folder)
        self.wire = wire
        self.repository = data / "docker/registry/v2/repositories/acme/demo"

    def open(self) -> Channel:
        return channel(self.folder, self.wire.host)

    def lose_before(self) -> None:
        self.wire.breaks = "before"

    def lose_reply(self) -> None:
        self.wire.breaks = "after"

    def violations(self) -> tuple[str, ...]:
        tags = self.repository / "_manifests/tags"
        held = {tag.name: [*(tag / "index/sha256").iterdir()] for tag in tags.iterdir() if tag.name.count(".") == 2}
        return tuple(f"{tag} held {len(digests)} digests" for tag, digests in held.items() if len(digests) > 1)

    def writes(self) -> int:
        return len([path for path in self.repository.rglob("link") if "_uploads" not in path.parts])
