"""A project's own places: those that are found, and those that `[tool.windlass.version]` names."""

from __future__ import annotations

from pathlib import Path

from windlass.config import Config
from windlass.version_files.find import find_places
from windlass.version_files.version_location import Place, agreed_version, read
from windlass.versions.version import Version


def configured_places(tree: Path, config: Config) -> tuple[Place, ...]:
    """Every place where the project's version stands.

    Args:
        tree: a checkout of the project.
        config: the project's.

    Raises:
        ConfigError: pyproject.toml can't be read, or a configured path leads out of the project.
    """
    files = [(file.path, file.pattern) for file in config.version.files]
    return find_places(tree, files=files, packages=config.packages)


def first(root: Path, config: Config) -> Version | None:
    """The version of a first release: what the files name; None when they name none, or a pre-release.

    Raises:
        VersionError: two places name different versions.
    """
    standing = agreed_version(read(root, configured_places(root, config)))
    return standing if standing is not None and not standing.prerelease else None
