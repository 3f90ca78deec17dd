"""A built wheel or sdist as an index sees it, before anybody uploads it."""

from __future__ import annotations

import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from packaging.metadata import RawMetadata, parse_email

from windlass.errors import GateError


@dataclass(frozen=True)
class BuiltFile:
    """What rules look at: all of it was read.

    Attributes:
        name: the file's name.
        size_bytes: its length.
        members: what the archive holds, by name, without folders.
        unpacked_bytes: the length of all that.
        metadata: its METADATA or PKG-INFO, taken apart.
        misread: fields of that which could not be taken apart.
        record: the names in a wheel's RECORD.
        entry_points: a wheel's entry_points.txt; empty where it has none.
        odd: what about the archive itself an index does not take, in words.
    """

    name: str
    size_bytes: int
    members: tuple[str, ...]
    unpacked_bytes: int
    metadata: RawMetadata
    misread: tuple[str, ...] = ()
    record: tuple[str, ...] = ()
    entry_points: bytes = b""
    odd: tuple[str, ...] = field(default=())

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel, and else an sdist."""
        return self.name.endswith(".whl")

    @property
    def stem(self) -> str:
        """The name and version that begin the names of its own files: `demo-1.2.3`."""
        return "-".join(self.name.split("-")[:2]) if self.is_wheel else self.name.removesuffix(".tar.gz")


def read_built_file(path: Path) -> BuiltFile:
    """Read a wheel or an sdist.

    Raises:
        GateError: it is no such archive, or has no metadata.
    """
    try:
        return _wheel(path) if path.suffix == ".whl" else _sdist(path)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, KeyError, OSError, UnicodeDecodeError) as broken:
        raise GateError(
            f"{path.name} can't be read as an index reads it",
            facts={"problem": broken},
            remedy="see what the build backend made; `python -m build` makes the same",
        ) from broken


def _wheel(path: Path) -> BuiltFile:
    info = "-".join(path.name.split("-")[:2]) + ".dist-info"
    with zipfile.ZipFile(path) as archive:
        rows = [row for row in archive.infolist() if not row.is_dir()]
        names = [row.filename for row in rows]
        metadata, misread = parse_email(archive.read(f"{info}/METADATA"))
        record = archive.read(f"{info}/RECORD").decode() if f"{info}/RECORD" in names else ""
        packed = {row.compress_type for row in rows} - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        twice = sorted({name for name in names if names.count(name) > 1})
        return BuiltFile(
            name=path.name,
            size_bytes=path.stat().st_size,
            members=tuple(names),
            unpacked_bytes=sum(row.file_size for row in rows),
            metadata=metadata,
            misread=tuple(misread),
            record=_recorded(record),
            entry_points=archive.read(f"{info}/entry_points.txt") if f"{info}/entry_points.txt" in names else b"",
            odd=(*(f"{name} is in it twice" for name in twice), *(["an unknown compression"] if packed else ())),
        )


def _recorded(record: str) -> tuple[str, ...]:
    import csv

    return tuple(row[0].replace("\\", "/") for row in csv.reader(record.splitlines()) if row)


def _sdist(path: Path) -> BuiltFile:
    folder = path.name.removesuffix(".tar.gz")
    with tarfile.open(path, "r:gz") as archive:
        rows = archive.getmembers()
        file = archive.extractfile(f"{folder}/PKG-INFO")
        metadata, misread = parse_email(file.read() if file else b"")
        tops = sorted({row.name.split("/")[0] for row in rows})
        sparse = ["a sparse file"] if any(row.issparse() for row in rows) else []
        return BuiltFile(
            name=path.name,
            size_bytes=path.stat().st_size,
            members=tuple(row.name for row in rows if not row.isdir()),
            unpacked_bytes=sum(row.size for row in rows),
            metadata=metadata,
            misread=tuple(misread),
            odd=(*sparse, *([f"more than one folder: {', '.join(tops)}"] if len(tops) != 1 else ())),
        )
