"""A project's own places: those that are found, and those that `[tool.windlass.version]` names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from windlass.config import Config
from windlass.errors import ConfigError
from windlass.version_files.find import Search, dynamic_source, search
from windlass.version_files.version_location import Place, VersionOccurrence, agreed_version, read
from windlass.versions.version_in_files import Standing, unusual_standing


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


def standing(root: Path, config: Config) -> Standing | None:
    """The version in the files; None where no file names one.

    Raises:
        VersionError: two places name different versions.
        ConfigError: a file can't be read.
    """
    return agreed_standing(read(root, configured_places(root, config)))


def agreed_standing(occurrences: Sequence[VersionOccurrence]) -> Standing | None:
    """The version that all places name, one that is never released as it is too; None where there is no place.

    Raises:
        VersionError: two places name different versions; the error lists every place.
    """
    texts = {one.text for one in occurrences}
    one = next((one for one in occurrences if one.version is not None), None) or next(iter(occurrences), None)
    if one is None:
        return None
    place = f"{one.path}:{one.line}"
    if one.version is None and len(texts) == 1 and (found := unusual_standing(one.text, place)):
        return found
    return Standing(one.text, place, agreed_version(occurrences))
