"""A project that windlass releases: its root, its name, and its configuration with what looking found."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from windlass.config import Config, config_from, read_toml
from windlass.config.detect import found_config, integration, pythons
from windlass.errors import ConfigError
from windlass.forge import Forge, NoForge
from windlass.github import forge_from_remote_url
from windlass.github.configuration import GitHubTable
from windlass.versions.version_like_tags import TagNames

if TYPE_CHECKING:
    from windlass.next_version.from_working_copy import VersionSettings


@dataclass(frozen=True)
class Project:
    """A Python project with a pyproject.toml.

    Attributes:
        root: its folder, absolute.
        name: the distribution's name, as pyproject.toml spells it.
        config: `[tool.windlass]`; what it leaves out was found by looking.
        version: the version (PEP 440) that pyproject.toml names, or the file that its build backend reads; where it
            comes from the tag, or can't be told, the one that is being released, and else empty.
        prefix_configured: whether `[tool.windlass]` says what its tags begin with.
    """

    root: Path
    name: str
    config: Config
    version: str = ""
    prefix_configured: bool = False

    @classmethod
    def load(cls, root: Path) -> Project:
        """Read the project in `root`.

        Raises:
            ConfigError: pyproject.toml is missing, broken or without a name; `[tool.windlass]` does not fit.
        """
        root = root.resolve()
        said = _read_pyproject(root)
        config = found_config(root, said.metadata, said.config)
        table = said.contents.get("tool", {}).get("windlass", {})
        return cls(root, said.metadata["name"], config, _version(root, said), "tag-prefix" in table)

    @property
    def tag_names(self) -> TagNames:
        """How its tags are named."""
        return TagNames(self.config.tag_prefix, self.prefix_configured, self.name)

    def version_settings(self) -> VersionSettings:
        """What decides its next version; the files are read.

        Raises:
            VersionError: two files name different versions.
            ConfigError: a file can't be read.
        """
        from windlass.next_version.from_working_copy import VersionSettings
        from windlass.version_files import read
        from windlass.version_files.configured import agreed_standing, configured_search
        from windlass.versions import VersionRules

        config, found = self.config, configured_search(self.root, self.config)
        return VersionSettings(
            self.tag_names,
            config.branch,
            VersionRules(config.version.hotfix, config.version.major_below_one),
            agreed_standing(read(self.root, found.places)),
            tuple((one.path, one.why) for one in found.unrecognised),
            config.changelog.first_parent,
            tuple(config.changelog.paths),
        )

    @property
    def home(self) -> Path:
        """Where windlass keeps what saves time and nothing else; safe to delete."""
        return self.root / ".windlass"

    @functools.cached_property
    def sources(self) -> tuple[Path, ...]:
        """Folders and modules of the packages, relative to the root: `src/demo`, `demo`, `demo.py`."""
        return tuple(path for package in self.config.packages if (path := self._source(package)))

    @functools.cached_property
    def forge(self) -> Forge | NoForge:
        """Where the repository has its pull requests, and its releases their pages."""
        table = self.config.table(GitHubTable)
        found = forge_from_remote_url.look(self.root, self.config, table)
        if isinstance(found, NoForge):
            return found
        from windlass.github.forge import GitHubForge

        return GitHubForge(found, table.api_url.rstrip("/"), table.web_url.rstrip("/"))

    def _source(self, package: str) -> Path | None:
        place = Path(*package.split("."))
        tries = [Path("src") / place, place]
        candidates = [path for start in tries for path in (start, start.with_name(start.name + ".py"))]
        return next((path for path in candidates if (self.root / path).exists()), None)


def name_and_version(root: Path) -> tuple[str, str]:
    """A project's name and version, as `Project.load` has them, without a look at all the rest.

    Raises:
        ConfigError: as `Project.load`.
    """
    said = _read_pyproject(root)
    return said.metadata["name"], _version(root, said)


def supported_pythons(root: Path) -> tuple[str, ...]:
    """The Pythons that a project is for, in the same way.

    Raises:
        ConfigError: as `Project.load`.
    """
    said = _read_pyproject(root)
    return said.config.pythons or pythons(said.metadata)


def integration_tests(root: Path) -> tuple[str, ...]:
    """Where a project's integration tests lie, in the same way.

    Raises:
        ConfigError: as `Project.load`.
    """
    return _read_pyproject(root).config.test.integration or integration(root)


class _Pyproject(NamedTuple):
    """What pyproject.toml says: all of it, `[project]`, and `[tool.windlass]`."""

    contents: Mapping[str, Any]
    metadata: Mapping[str, Any]
    config: Config


def _read_pyproject(root: Path) -> _Pyproject:
    file = root / "pyproject.toml"
    text, contents = read_toml(file)
    config = config_from(file, text, contents)
    return _Pyproject(contents, _metadata(file, contents), config)


def _version(root: Path, said: _Pyproject) -> str:
    return str(said.metadata.get("version") or _build_version(root, said.contents, said.config))


def _build_version(root: Path, contents: Mapping[str, Any], config: Config) -> str:
    from windlass.gate_results import TAG_VARIABLE, VERSION_VARIABLE
    from windlass.version_files.find import build_version
    from windlass.versions.tags import from_tag

    tag = from_tag(os.environ.get(TAG_VARIABLE, ""), config.tag_prefix)
    found = build_version(root, contents, tag.pep440 if tag else "")
    return found or os.environ.get(VERSION_VARIABLE, "")  # where no look at the files tells it


def _metadata(file: Path, contents: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = contents.get("project")
    if isinstance(metadata, Mapping) and isinstance(metadata.get("name"), str):
        return metadata
    raise ConfigError(
        "pyproject.toml names no project",
        facts={"file": file, "expected": 'a table [project] with name = "…"'},
        remedy="add it (PEP 621)",
    )
