"""How a changelog looks: its sections, its links, its template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from windlass.errors import ConfigError

if TYPE_CHECKING:
    from windlass.project import Project

SECTIONS: Mapping[str, str] = {
    "feat": "Added",
    "add": "Added",
    "perf": "Changed",
    "change": "Changed",
    "revert": "Changed",
    "deprecate": "Deprecated",
    "remove": "Removed",
    "fix": "Fixed",
    "security": "Security",
}
"""Type of a commit → title of its section, in the order of the sections; other types are left out.

Source: https://keepachangelog.com/en/1.1.0/, "Types of changes".
"""


class Links(Struct, frozen=True):
    """Where commits, issues and compare views are found.

    Attributes:
        address: the repository's, such as `https://github.com/owner/name`; empty for no links.
    """

    address: str = ""

    def commit(self, oid: str) -> str:
        """A commit's page; empty without an address."""
        return self.address and f"{self.address}/commit/{oid}"

    def issue(self, number: int) -> str:
        """An issue's or pull request's page; empty without an address."""
        return self.address and f"{self.address}/issues/{number}"

    def compare(self, older: str, newer: str) -> str:
        """What changed between two tags; empty without an address or an older tag."""
        return self.address and older and f"{self.address}/compare/{older}...{newer}"

    def tag(self, tag: str) -> str:
        """A tag's page; empty without an address."""
        return self.address and f"{self.address}/releases/tag/{tag}"


class Style(Struct, frozen=True):
    """How notes look.

    Attributes:
        sections: type → title, in the order in which the sections stand; the type `other` takes what follows no
            convention; an empty title leaves a type out.
        links: where links lead.
        contributors: whether a last section names those who wrote the commits.
        template: the text of a Jinja template; empty for the form of Keep a Changelog.
    """

    sections: Mapping[str, str] = field(default_factory=lambda: SECTIONS)
    links: Links = field(default_factory=Links)
    contributors: bool = True
    template: str = ""


def style(project: Project) -> Style:
    """How the project's notes look.

    Raises:
        ConfigError: its template can't be read.
    """
    options, repository = project.config.changelog, project.config.github.repository
    return Style(
        options.sections or SECTIONS,
        Links(f"https://github.com/{repository}" if repository else ""),
        contributors=options.contributors,
        template=_template(project, options.template),
    )


def _template(project: Project, path: str) -> str:
    try:
        return (project.root / path).read_text("utf-8") if path else ""
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            "the changelog's template can't be read",
            facts={"file": path, "problem": problem},
            remedy="correct `template` in [tool.windlass.changelog]",
        ) from problem
