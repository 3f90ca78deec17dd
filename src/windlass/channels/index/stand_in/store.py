"""What the index holds: one JSON file a project, and the bytes beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec
from packaging.utils import canonicalize_name, canonicalize_version

from windlass.atomic_write import write_whole
from windlass.stage.state_history import Effects

Api = Literal["json", "simple"]
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")


@dataclass(frozen=True)
class File:
    """A file that was uploaded; its bytes lie under its name.

    Attributes:
        packagetype: `sdist` or `bdist_wheel`.
        python_version: `source`, or the wheel's Python tag.
        sha256: 64 hex digits, as the other digests are bare hex.
        metadata_sha256: of its core metadata, served as NAME.metadata.
        uploaded: ISO 8601, UTC, ending in `Z`.
        hidden: API → how many more readers don't see it yet.
    """

    filename: str
    version: str
    packagetype: str
    python_version: str
    size_bytes: int
    md5: str
    sha256: str
    blake2b_256: str
    metadata_sha256: str
    requires_python: str
    uploaded: str
    hidden: Mapping[Api, int] = field(default_factory=dict)


@dataclass(frozen=True)
class IndexRelease:
    """A version of a project.

    Attributes:
        version: as first uploaded, in its normal form.
        created: ISO 8601, UTC, ending in `Z`.
        info: the JSON API's `info` as far as metadata makes it.
    """

    version: str
    created: str
    info: Mapping[str, Any]
    yanked: bool = False
    yanked_reason: str = ""


@dataclass(frozen=True)
class IndexProject:
    """A project's releases and files.

    Attributes:
        name: as first uploaded.
        releases: by normal version.
        files: by name.
        burned: names of deleted files, never taken again.
        serial: grows with every change.
    """

    name: str
    releases: Mapping[str, IndexRelease] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    burned: tuple[str, ...] = ()
    serial: int = 0

    def release(self, version: str) -> IndexRelease | None:
        """The release of a version, however it is spelled."""
        return self.releases.get(canonicalize_version(version))

    def of(self, version: str) -> tuple[File, ...]:
        """A release's files, by name."""
        return tuple(
            file
            for _, file in sorted(self.files.items())
            if canonicalize_version(file.version) == canonicalize_version(version)
        )


class IndexStore:
    """The index's folder.

    Attributes:
        home: the folder; `password`, `own.json` and `slow.json` are its settings.
        effects: where changes of state are recorded.
    """

    def __init__(self, home: Path, effects: Effects) -> None:
        self.home = home
        self.effects = effects

    def names(self) -> tuple[str, ...]:
        """The projects that have a file, by normal name."""
        return tuple(sorted(path.stem for path in self.home.glob("projects/*.json")))

    def owns(self, name: str) -> bool:
        """Whether a project is this index's own, so that no other index is asked for it."""
        own = self.home / "own.json"
        return self._path(name).exists() or (
            own.exists() and canonicalize_name(name) in msgspec.json.decode(own.read_bytes())
        )

    def project(self, name: str) -> IndexProject | None:
        """A project, files included that readers don't see yet."""
        path = self._path(name)
        return msgspec.json.decode(path.read_bytes(), type=IndexProject) if path.exists() else None

    def visible_project(self, name: str, api: Api) -> IndexProject | None:
        """A project as a reader of one API sees it now, which brings hidden files one reader nearer."""
        project = self.project(name)
        if project is None:
            return None
        waiting = {key: file for key, file in project.files.items() if file.hidden.get(api, 0) > 0}
        if waiting:
            nearer = {key: replace(f, hidden={**f.hidden, api: f.hidden[api] - 1}) for key, f in waiting.items()}
            self._write(replace(project, files={**project.files, **nearer}))
        files = {key: file for key, file in project.files.items() if key not in waiting}
        shown = {canonicalize_version(file.version) for file in files.values()}
        releases = {version: release for version, release in project.releases.items() if version in shown}
        return replace(project, files=files, releases=releases) if files else None

    def add(self, name: str, release: IndexRelease, file: File, content: bytes, metadata: bytes) -> None:
        """Take a new file, bytes first."""
        folder = self.home / "files" / canonicalize_name(name)
        write_whole(folder / file.filename, content)
        write_whole(folder / f"{file.filename}.metadata", metadata)
        project = self.project(name) or IndexProject(name)
        version = canonicalize_version(release.version)
        self._write(
            replace(
                project,
                releases={version: release, **project.releases},
                files={**project.files, file.filename: replace(file, hidden=self._slow())},
                serial=project.serial + 1,
            )
        )
        self.effects.record("index", file.filename, "immutable", None, f"sha256:{file.sha256}")

    def yank(self, project: IndexProject, release: IndexRelease, yanked: bool, reason: str) -> None:
        """Yank a release, or take that back."""
        changed = replace(release, yanked=yanked, yanked_reason=reason if yanked else "")
        releases = {**project.releases, canonicalize_version(release.version): changed}
        self._write(replace(project, releases=releases, serial=project.serial + 1))
        what = f"yank {canonicalize_name(project.name)} {release.version}"
        self.effects.record("index", what, "pointer", _yank_value(release), _yank_value(changed))

    def delete(self, project: IndexProject, filenames: tuple[str, ...]) -> None:
        """Delete files; their names stay burned."""
        files = {name: file for name, file in project.files.items() if name not in filenames}
        left = {canonicalize_version(file.version) for file in files.values()}
        releases = {version: release for version, release in project.releases.items() if version in left}
        burned = (*project.burned, *filenames)
        self._write(replace(project, releases=releases, files=files, burned=burned, serial=project.serial + 1))
        for name in filenames:
            digest = f"sha256:{project.files[name].sha256}"
            self.effects.record("index", name, "immutable", digest, None)

    def path(self, name: str, filename: str) -> Path | None:
        """Where a file's bytes (or its metadata's) are; None when the index has no such file."""
        project = self.project(name)
        held = filename.removesuffix(".metadata")
        if project is None or held not in project.files or not _FILE_NAME.fullmatch(filename):
            return None
        return self.home / "files" / canonicalize_name(name) / filename

    def _slow(self) -> Mapping[Api, int]:
        slow = self.home / "slow.json"
        return msgspec.json.decode(slow.read_bytes(), type=dict[Api, int]) if slow.exists() else {}

    def _path(self, name: str) -> Path:
        return self.home / "projects" / f"{canonicalize_name(name)}.json"

    def _write(self, project: IndexProject) -> None:
        write_whole(self._path(project.name), msgspec.json.format(msgspec.json.encode(project)))


def _yank_value(release: IndexRelease) -> str | None:
    """A yank as a pointer's value."""
    return f"yanked: {release.yanked_reason}" if release.yanked else None
