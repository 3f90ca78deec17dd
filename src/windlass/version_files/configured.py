"""A project's own places: those that are found, and those that `[tool.windlass.version]` names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from windlass.version_files.find import find
from windlass.version_files.place import Place, agreed, read
from windlass.versions.version import Version

if TYPE_CHECKING:
    from windlass.project import Project


def configured(project: Project, tree: Path | None = None) -> tuple[Place, ...]:
    """Every place where the project's version stands.

    Args:
        tree: another checkout of the project; its root by default.

    Raises:
        ConfigError: pyproject.toml can't be read, or a configured path leads out of the project.
    """
    config = project.config
    files = [(file.path, file.pattern) for file in config.version.files]
    return find(tree or project.root, files=files, packages=config.packages)


def first(project: Project) -> Version | None:
    """The version of a first release: what the files name; None when they name none, or a pre-release.

    Raises:
        VersionError: two places name different versions.
    """
    standing = agreed(read(project.root, configured(project)))
    return standing if standing is not None and not standing.prerelease else None
