"""Versions in a project's packages: those that a release writes, and those that only look like one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from windlass.errors import VersionError
from windlass.version_files.python_source import PythonName, numbers, times_bound
from windlass.version_files.version_location import Place, file_text
from windlass.versions.version import Version

_MODULES = ("__init__.py", "_version.py", "__about__.py", "version.py", "__version__.py", "about.py", "_about.py")
"""Modules that are kept for the version: another one there contradicts the project's."""
_OTHER_NAMES = ("VERSION", "__VERSION__", "version")
_TUPLES = ("VERSION", "__version__", "version_info", "__version_info__", "__version_tuple__")
_LARGEST_BYTES = 1_000_000
"""What is larger is data: nobody writes a version into it."""


class Unrecognised(NamedTuple):
    """Something that may be the version, and is not written by a release.

    Attributes:
        path: the file, relative to the root.
        why: what is there, and why it is no place.
    """

    path: str
    why: str


def in_packages(root: Path, packages: Iterable[str], own: str) -> Iterator[Place | Unrecognised]:
    """What the packages' modules hold.

    Args:
        packages: import names.
        own: the version as pyproject.toml or the build backend's file writes it; empty where none is known.
    """
    for package in packages:
        for base in ("src", "."):
            folder = Path(base, *package.split("."))
            kept = [*(folder / name for name in _MODULES), folder.with_suffix(".py")]
            for path in kept:
                yield from _kept_for_it(path.as_posix(), _module_text(root / path), own)
            for path in _others(root, folder, kept):
                yield from _beside(path.as_posix(), _module_text(root / path), own)


def _module_text(file: Path) -> str:
    """A module's text; empty where it is none, or too large, or says nothing of a version."""
    if not file.is_file() or file.stat().st_size > _LARGEST_BYTES:
        return ""
    return file_text(file) if b"version" in file.read_bytes().lower() else ""


def _others(root: Path, folder: Path, kept: Iterable[Path]) -> list[Path]:
    """A package's other modules, and the beginnings of the packages in it."""
    found = [path.relative_to(root) for pattern in ("*.py", "*/__init__.py") for path in (root / folder).glob(pattern)]
    return sorted(set(found) - set(kept))


def _kept_for_it(path: str, text: str, own: str) -> Iterator[Place | Unrecognised]:
    finder = PythonName()
    for span in finder.spans(text):
        value = text[span.start : span.end]
        if why := _fallback(text, value, own):
            yield Unrecognised(path, f'__version__ = "{value}" {why}')
            break
    else:
        if finder.spans(text):
            yield Place(path, finder)
    yield from _named_otherwise(path, text, own)


def _fallback(text: str, value: str, own: str) -> str:
    """Why a string that a module calls its version is no place to write the version; empty where it is one."""
    if times_bound(text, "__version__") > len(PythonName().spans(text)):
        return "is a fallback: the module gives the name another value, too"
    if not _is_version(value):
        return "is no version"
    if own and _is_zero(value) and not _is_zero(own):
        return "is a placeholder"
    return ""


def _named_otherwise(path: str, text: str, own: str) -> Iterator[Place | Unrecognised]:
    """The same version under another name, which would be left behind."""
    known = PythonName().spans(text)
    for name in _OTHER_NAMES if own and text else ():
        spans = PythonName(name).spans(text)
        if [text[span.start : span.end] for span in spans] == [own] and spans != known:
            yield Place(path, PythonName(name))
    for name in _TUPLES if own and text else ():
        found = numbers(text, name)
        if found and (found == own or own.startswith(f"{found}.") or found.startswith(f"{own}.")):
            yield Unrecognised(path, f"{name} is a tuple, which a release does not write")


def _beside(path: str, text: str, own: str) -> Iterator[Place]:
    """A module that is kept for something else: its version is the project's only where it is the same now."""
    finder = PythonName()
    found = [text[span.start : span.end] for span in finder.spans(text)] if text else []
    if own and found == [own] and times_bound(text, "__version__") == 1:
        yield Place(path, finder)


def _is_version(text: str) -> bool:
    try:
        Version.from_pep440(text)
    except VersionError:
        from packaging.version import InvalidVersion
        from packaging.version import Version as Packaged

        try:
            Packaged(text)
        except (InvalidVersion, ValueError):
            return False
    return True


def _is_zero(text: str) -> bool:
    """Whether a version is a placeholder's: `0.0.0`, `0+unknown`, `0.0.0.dev0`."""
    from packaging.version import InvalidVersion
    from packaging.version import Version as Packaged

    try:
        return not any(Packaged(text).release)
    except (InvalidVersion, ValueError):
        return False
