"""Finding where a project's version stands, by looking."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from windlass.errors import ConfigError
from windlass.version_files.dynamic import Dynamic, dynamic
from windlass.version_files.formats import LockEntry, TomlKey
from windlass.version_files.version_location import Pattern, Place, file_text
from windlass.version_files.versions_in_packages import Unrecognised, in_packages


class Search(NamedTuple):
    """What looking found.

    Attributes:
        places: where the version stands.
        unrecognised: what may be a version, and is not written.
    """

    places: tuple[Place, ...]
    unrecognised: tuple[Unrecognised, ...]


def search(root: Path, *, files: Iterable[tuple[str, str]] = (), packages: Iterable[str] = ()) -> Search:
    """Every place where the version stands, and what was not recognised as one.

    Looked at: `project.version` and `tool.poetry.version` in pyproject.toml, what a build backend is told to read the
    version from, `__version__` in the packages, the project's own entry in lock files, and what is configured.

    Args:
        files: path and pattern of each configured place, such as `("chart.yaml", "appVersion: {version}")`.
        packages: import names, such as `demo` or `demo.core`.

    Raises:
        ConfigError: pyproject.toml can't be read, or a configured path leads out of the project.
    """
    document = _pyproject(root)
    source = dynamic(root, document)
    by_tag = source is not None and source.from_tag
    own = (*_in_pyproject(document, by_tag), *_build_places(root, source))
    told = tuple(Place(_inside(root, path), Pattern(pattern)) for path, pattern in files)
    # Where the version comes from the tag, the `__version__` in a package is written by the build, and never committed.
    in_modules = () if by_tag else tuple(in_packages(root, packages, _text_of(root, own)))
    modules = (one for one in in_modules if isinstance(one, Place))
    known = {place.path for place in own}
    unrecognised = [one for one in in_modules if isinstance(one, Unrecognised) and one.path not in known]
    if source is not None and not source.known and not told:
        unrecognised.append(Unrecognised("pyproject.toml", f"nobody knows where {source.tool} takes the version from"))
    found = chain(own, modules, _lock_places(root, document, source), told)
    return Search(tuple(dict.fromkeys(found)), tuple(unrecognised))


def find_places(
    root: Path, *, files: Iterable[tuple[str, str]] = (), packages: Iterable[str] = ()
) -> tuple[Place, ...]:
    """Every place where the version stands; see `search`."""
    return search(root, files=files, packages=packages).places


def dynamic_source(root: Path) -> Dynamic | None:
    """Where the project's build backend takes a version from that pyproject.toml doesn't hold; None when it holds it.

    Raises:
        ConfigError: pyproject.toml can't be read.
    """
    return dynamic(root, _pyproject(root))


def build_version(root: Path, document: Mapping[str, Any], released: str) -> str:
    """The version (PEP 440) that a build backend will find outside of pyproject.toml; empty where none can be told.

    Args:
        document: pyproject.toml, parsed.
        released: the version (PEP 440) that is being released: what comes from the tag will be this one.
    """
    source = dynamic(root, document)
    if source is not None and source.from_tag:
        return released
    return _text_of(root, _build_places(root, source))


def _text_of(root: Path, places: Iterable[Place]) -> str:
    """The version as the first of some places writes it; empty where none does."""
    for place in places:
        text = file_text(root / place.path)
        for span in place.finder.spans(text):
            return text[span.start : span.end]
    return ""


def _pyproject(root: Path) -> Mapping[str, Any]:
    path = root / "pyproject.toml"
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as mistake:
        raise ConfigError(
            "pyproject.toml can't be read", facts={"problem": mistake}, remedy="correct the file"
        ) from mistake


def _in_pyproject(document: Mapping[str, Any], by_tag: bool) -> Iterator[Place]:
    for keys in (("project", "version"), ("tool", "poetry", "version")):
        table: Any = document
        for key in keys:
            table = table.get(key) if isinstance(table, Mapping) else None
        # Plugins that take the version from the tag leave a placeholder here, which is not to be touched.
        if isinstance(table, str) and not (by_tag and table.startswith("0.0.0")):
            yield Place("pyproject.toml", TomlKey(keys))


def _build_places(root: Path, source: Dynamic | None) -> Iterator[Place]:
    """The file that a build backend reads the version from, where the version is found in it."""
    if source is not None and source.path:
        place = Place(source.path, source.finder)
        if _holds(root, place):
            yield place


def _holds(root: Path, place: Place) -> bool:
    return bool(place.finder.spans(file_text(root / place.path)))


def _lock_places(root: Path, document: Mapping[str, Any], source: Dynamic | None) -> Iterator[Place]:
    """The project's own entry in its lock files, which `uv sync --locked` and `cargo build --locked` compare."""
    name = document.get("project", {}).get("name")
    if isinstance(name, str):
        normal = re.sub(r"[-_.]+", "-", name).lower()
        for folder in _lock_folders(root):
            path = Path(os.path.relpath(folder / "uv.lock", root)).as_posix()
            yield from _entry(root, path, LockEntry(normal, Path(os.path.relpath(root, folder)).as_posix()))
    if source is not None and source.tool == "maturin" and source.path:
        crate = tomllib.loads(file_text(root / source.path)).get("package", {}).get("name", "")
        yield from _entry(root, (Path(source.path).parent / "Cargo.lock").as_posix(), LockEntry(crate, ""))


def _lock_folders(root: Path) -> Iterator[Path]:
    """The project's folder, and those above it in its repository: a workspace has one lock for all its members."""
    yield root
    above = [] if (root / ".git").exists() else list(root.parents)
    ends = next((number for number, folder in enumerate(above) if (folder / ".git").exists()), -1)
    yield from above[: ends + 1]


def _entry(root: Path, path: str, entry: LockEntry) -> Iterator[Place]:
    if (root / path).is_file() and _holds(root, Place(path, entry)):
        yield Place(path, entry)


def _inside(root: Path, path: str) -> str:
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise ConfigError(
            "a file that should hold the version is not in the project",
            facts={"file": path},
            remedy="correct tool.windlass.version.files",
        )
    return Path(path).as_posix()
