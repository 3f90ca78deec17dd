"""What a built file says that it is: names and versions, outside and inside. Nothing of it is run.

Functions of the form `(file, import names of the project's packages) -> identities`. A version is told as written.
"""

from __future__ import annotations

import email
import json
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.utils import parse_sdist_filename, parse_wheel_filename

from windlass.version_files.version_location import Place, file_text
from windlass.version_files.versions_in_packages import in_packages

_SOURCE_ENDING = "-source.tar.gz"
_SHALLOW = 4
"""How deep in a wheel lies what may hold a version, namespaces included."""
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")


class Identity(NamedTuple):
    """What one place of an artifact says.

    Attributes:
        where: the place, in words that follow the artifact's name.
        version: as it is written.
        name: the distribution's name; empty where the place names none.
    """

    where: str
    version: str
    name: str = ""


def of_wheel(path: Path, packages: Sequence[str]) -> Iterator[Identity]:
    """A wheel's file name, its metadata, and `__version__` of the project's packages, where a release writes it."""
    name, version, *_ = parse_wheel_filename(path.name)
    yield Identity("its name", str(version), name)
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="windlass-wheel-") as scratch:
        for member in archive.namelist():
            if _METADATA.fullmatch(member):
                yield _metadata("its metadata", archive.read(member))
            elif member.endswith(".py") and member.count("/") <= _SHALLOW:
                archive.extract(member, scratch)
        yield from _module_versions(Path(scratch), packages, str(version))


def _module_versions(root: Path, packages: Sequence[str], own: str) -> Iterator[Identity]:
    for found in in_packages(root, packages, own):
        if isinstance(found, Place):
            text = file_text(root / found.path)
            for span in found.finder.spans(text):
                yield Identity(f"{found.finder} in {found.path}", text[span.start : span.end])


def of_sdist(path: Path, _: Sequence[str]) -> Iterator[Identity]:
    """An sdist's file name and metadata."""
    name, version = parse_sdist_filename(path.name)
    yield Identity("its name", str(version), name)
    with tarfile.open(path) as archive:
        file = archive.extractfile(f"{path.name.removesuffix('.tar.gz')}/PKG-INFO")
        yield _metadata("its metadata", file.read() if file else b"")


def of_source(path: Path, _: Sequence[str]) -> Iterator[Identity]:
    """A source archive's file name and folder."""
    yield _stem("its name", path.name.removesuffix(_SOURCE_ENDING))
    with tarfile.open(path) as archive:
        first = archive.next()
        if first is not None:
            yield _stem("its folder", first.name.split("/")[0])


def of_sbom(path: Path, _: Sequence[str]) -> Iterator[Identity]:
    """A bill of materials' file name, and what it says that it is about."""
    yield _stem("its name", path.name.removesuffix(".cdx.json"))
    about = json.loads(path.read_bytes()).get("metadata", {}).get("component", {})
    yield Identity("what it is about", str(about.get("version", "")), str(about.get("name", "")))


def _stem(where: str, text: str) -> Identity:
    name, _, version = text.rpartition("-")
    return Identity(where, version, name)


def _metadata(where: str, content: bytes) -> Identity:
    read = email.message_from_bytes(content)
    return Identity(where, str(read["Version"] or ""), str(read["Name"] or ""))
