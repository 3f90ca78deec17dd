"""A project's own places: those that are found, and those that `[tool.windlass.version]` names."""

from __future__ import annotations

from pathlib import Path

from windlass.config import Config
from windlass.errors import ConfigError
from windlass.version_files.find import Search, dynamic_source, search
from windlass.version_files.version_location import Place, agreed_version, read
from windlass.versions.version import Version


def configured_search(tree: Path, config: Config) -> Search:
    """Every place where the project's version stands, and what was not recognised as one.

    Args:
        tree: a checkout of the project.
        config: the project's.

    Raises:
        ConfigError: pyproject.toml can't be read, or a configured path leads out of the project.
    """
    files = [(file.path, file.pattern) for file in config.version.files]
    return search(tree, files=files, packages=config.packages)


def configured_places(tree: Path, config: Config) -> tuple[Place, ...]:
    """Every place where the project's version stands; see `configured_search`."""
    return configured_search(tree, config).places


def places_to_write(tree: Path, config: Config) -> tuple[Place, ...]:
    """The places that a release writes.

    Raises:
        ConfigError: the version comes from somewhere, and nobody knows where: what is built would have another one.
    """
    source = dynamic_source(tree)
    if source is not None and not source.known and not config.version.files:
        raise ConfigError(
            f"nobody knows where {source.tool} takes the version from, so it can't be written",
            facts={"pyproject.toml": 'dynamic = ["version"]'},
            remedy="name the file and the text around the version: [[tool.windlass.version.files]], with path and "
            "pattern",
        )
    return configured_places(tree, config)


def first(root: Path, config: Config) -> Version | None:
    """The version of a first release: what the files name; None when they name none, or a pre-release.

    Raises:
        VersionError: two places name different versions.
    """
    standing = agreed_version(read(root, configured_places(root, config)))
    return standing if standing is not None and not standing.prerelease else None
