"""What a project's configuration leaves out, found by looking at the project."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from windlass.config import Config

KNOWN_PYTHONS = tuple(f"3.{minor}" for minor in range(8, 16))
"""Pythons that exist as a final release and that windlass tests projects on. Source: peps 569 to 790."""

_NO_PACKAGES = frozenset({"test", "tests", "docs", "tasks", "examples", "benchmarks", "scripts", "build", "dist"})
_NAMESPACES = 2
"""Namespaces in namespaces."""
_CLASSIFIER = re.compile(r"^Programming Language :: Python :: (3\.\d+)$")


def found_config(root: Path, metadata: Mapping[str, Any], config: Config) -> Config:
    """`config` with every empty setting filled in by what the project shows.

    Args:
        metadata: the `[project]` table.

    Raises:
        ConfigError: settings contradict each other.
    """
    tests = replace(
        config.test,
        paths=config.test.paths or _all_there(root, "tests"),
        integration=config.test.integration or integration(root),
    )
    found = replace(
        config,
        packages=config.packages or packages(root, metadata["name"]),
        pythons=config.pythons or pythons(metadata),
        changelog=replace(config.changelog, paths=config.changelog.paths or own_folder(root)),
        test=tests,
        smoke=replace(config.smoke, command=config.smoke.command or _smoke(metadata)),
    )
    return replace(found, **{name: table.with_found(root, metadata, found) for name, table in found.tables().items()})


def packages(root: Path, name: str) -> tuple[str, ...]:
    """Import names: those in src/, or else what has the project's name, or else every package in the root.

    A folder without `__init__.py` is a namespace: its packages are `acme.demo`.
    """
    inside_src = (*_importable(root / "src"), *_in_namespaces(root / "src", 0))
    if inside_src:
        return tuple(sorted(inside_src))
    spelled = ".".join(part for part in re.split(r"[-_.]+", name) if part)
    if "." in spelled and (root / spelled.replace(".", "/") / "__init__.py").is_file():
        return (spelled,)
    beside = [package for package in _importable(root) if package not in _NO_PACKAGES]
    expected = re.sub(r"[-_.]+", "_", name).lower()
    same_name = [package for package in beside if package.lower() == expected]
    return tuple(same_name or [package for package in beside if (root / package).is_dir()])


def _importable(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        return ()
    packaged = [path.parent.name for path in folder.glob("*/__init__.py")]
    modules = [path.stem for path in folder.glob("*.py")]
    return tuple(sorted({found for found in [*packaged, *modules] if found.isidentifier()}))


def _in_namespaces(folder: Path, depth: int) -> tuple[str, ...]:
    """The packages in a folder's namespaces, as `acme.demo`."""
    if depth == _NAMESPACES or not folder.is_dir():
        return ()
    spaces = [path for path in folder.iterdir() if path.name.isidentifier() and path.is_dir()]
    found: list[str] = []
    for space in spaces:
        if not (space / "__init__.py").exists():
            inner = (*_importable(space), *_in_namespaces(space, depth + 1))
            found += [f"{space.name}.{name}" for name in inner]
    return tuple(found)


def pythons(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The released Pythons that the classifiers name and requires-python allows, oldest first.

    Without classifiers, all that requires-python allows; without either, the one that runs windlass.
    """
    required = metadata.get("requires-python", "")
    named = {match[1] for line in metadata.get("classifiers", ()) if (match := _CLASSIFIER.match(line))}
    if not required and not named:
        return (f"{sys.version_info.major}.{sys.version_info.minor}",)
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(required)
    except InvalidSpecifier:
        allowed = SpecifierSet()  # the build backend has the better error for it
    # ".99": what a micro release of that minor version can satisfy, such as ">=3.9.1"
    return tuple(
        python for python in KNOWN_PYTHONS if (not named or python in named) and allowed.contains(f"{python}.99")
    )


def integration(root: Path) -> tuple[str, ...]:
    """Where integration tests lie, if anywhere."""
    return _all_there(root, "tests/integration")


def own_folder(root: Path) -> tuple[str, ...]:
    """What a project's commits touch: its folder, where it is not all of its repository; else whatever they touch."""
    if (root / ".git").exists():
        return ()
    return (".",) if any((parent / ".git").exists() for parent in root.resolve().parents) else ()


def _smoke(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    script = next(iter(metadata.get("scripts", {})), None)
    return (script, "--version") if script else ()


def _all_there(root: Path, name: str) -> tuple[str, ...]:
    return (name,) if (root / name).exists() else ()
