"""The whole changelog, from every version's commits."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from windlass.changelog.file import TITLE
from windlass.changelog.notes import gathered, written
from windlass.changelog.style import Style
from windlass.history.sections import Section

UNRELEASED = "Unreleased"


def whole(sections: Iterable[Section], style: Style | None = None) -> str:
    """A changelog's text: every version, the highest first; before them what is not released, if anything is.

    Args:
        sections: as `history.sections` gives them.

    Raises:
        ConfigError: the style's template can't be used.
    """
    style = style or Style()
    parts = (_notes(part, style) for part in sections if part.tag or part.commits)
    return "\n".join([f"{TITLE}\n", *parts])


def _notes(part: Section, style: Style) -> str:
    version = str(part.tag.version) if part.tag else UNRELEASED
    day = datetime.datetime.fromtimestamp(part.at, datetime.UTC).date().isoformat() if part.tag else ""
    names = {"tag": part.tag.name if part.tag else "", "previous": part.previous.name if part.previous else ""}
    made = gathered(version, day, part.commits, style, **names)
    if style.template:
        from windlass.changelog.template import rendered

        return rendered(style.template, made)
    return written(made)
