"""How a changelog looks: its sections, its links, its template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from windlass.errors import ConfigError
from windlass.forge import ForgePages, NoPages

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


class Style(Struct, frozen=True):
    """How notes look.

    Attributes:
        sections: type → title, in the order in which the sections stand; the type `other` takes what follows no
            convention; an empty title leaves a type out.
        links: where the pages are that notes link to.
        contributors: whether a last section names those who wrote the commits.
        template: the text of a Jinja template; empty for the form of Keep a Changelog.
    """

    sections: Mapping[str, str] = field(default_factory=lambda: SECTIONS)
    links: ForgePages = field(default_factory=NoPages)
    contributors: bool = True
    template: str = ""


def style(project: Project) -> Style:
    """How the project's notes look.

    Raises:
        ConfigError: its template can't be read.
    """
    options = project.config.changelog
    return Style(
        options.sections or SECTIONS,
        project.forge.pages,
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
