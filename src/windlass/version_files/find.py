"""Finding where a project's version stands, by looking."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from windlass.errors import ConfigError
from windlass.version_files.dynamic import Dynamic, dynamic
from windlass.version_files.formats import PythonName, TomlKey
from windlass.version_files.version_location import Finder, Pattern, Place

_MODULES = ("__init__.py", "_version.py", "__about__.py", "version.py", "__version__.py")


def find_places(
    root: Path, *, files: Iterable[tuple[str, str]] = (), packages: Iterable[str] = ()
) -> tuple[Place, ...]:
    """Every place where the version stands.

    Looked at: `project.version` and `tool.poetry.version` in pyproject.toml, what a build backend is told to read the
    version from, `__version__` in the packages, the project's own entry in uv.lock, and what is configured.

    Args:
        files: path and pattern of each configured place, such as `("chart.yaml", "appVersion: {version}")`.
        packages: import names, such as `demo` or `demo.core`.

    Raises:
        ConfigError: pyproject.toml can't be read, or a configured path leads out of the project.
    """
    document = _pyproject(root)
    source = dynamic(root, document)
    # Where the version comes from the tag, the `__version__` in a package is written by the build, and never committed.
    modules = () if source is not None and source.from_tag else _in_packages(root, packages)
    found = [*_in_pyproject(document), *_build_places(root, source), *modules, *_uv_lock_places(root, document)]
    found += [Place(_inside(root, path), Pattern(pattern)) for path, pattern in files]
    return tuple(dict.fromkeys(found))


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
    for place in _build_places(root, source):
        text = (root / place.path).read_text("utf-8", "replace")
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


def _in_pyproject(document: Mapping[str, Any]) -> Iterator[Place]:
    for keys in (("project", "version"), ("tool", "poetry", "version")):
        table: Any = document
        for key in keys:
            table = table.get(key) if isinstance(table, Mapping) else None
        # Plugins that take the version from the tag leave a placeholder here, which is not to be touched.
        if isinstance(table, str) and not table.startswith("0.0.0"):
            yield Place("pyproject.toml", TomlKey(keys))


def _build_places(root: Path, source: Dynamic | None) -> Iterator[Place]:
    """The file that a build backend reads the version from."""
    if source is not None and source.path and source.name and (root / source.path).is_file():
        yield Place(source.path, PythonName(source.name))
    elif source is not None and source.path and not source.name and (root / source.path).is_file():
        yield Place(source.path, Pattern("{pep440}"))


def _in_packages(root: Path, packages: Iterable[str]) -> Iterator[Place]:
    finder: Finder = PythonName()
    for package in packages:
        for base in ("src", "."):
            folder = Path(base, *package.split("."))
            for path in [*(folder / name for name in _MODULES), folder.with_suffix(".py")]:
                text = (root / path).read_text("utf-8", "replace") if (root / path).is_file() else ""
                if "__version__" in text and finder.spans(text):
                    yield Place(path.as_posix(), finder)


def _uv_lock_places(root: Path, document: Mapping[str, Any]) -> Iterator[Place]:
    """The project's own entry in uv.lock, which `uv sync --locked` compares."""
    name = document.get("project", {}).get("name")
    path = root / "uv.lock"
    if not isinstance(name, str) or not path.is_file():
        return
    normal = re.sub(r"[-_.]+", "-", name).lower()
    packages = tomllib.loads(path.read_text("utf-8")).get("package", [])
    for position, package in enumerate(packages):
        own = {"editable": "."}, {"virtual": "."}, {"directory": "."}
        if package.get("name") == normal and package.get("source") in own and "version" in package:
            yield Place("uv.lock", TomlKey(("package", position, "version")))


def _inside(root: Path, path: str) -> str:
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise ConfigError(
            "a file that should hold the version is not in the project",
            facts={"file": path},
            remedy="correct tool.windlass.version.files",
        )
    return Path(path).as_posix()
