"""A project's own style of changelog: `[tool.windlass.changelog]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from windlass.changelog.style import SECTIONS, Links, Style
from windlass.errors import ConfigError

if TYPE_CHECKING:
    from windlass.project import Project


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
