"""The changelog as a file: prepending to it, and reading a section of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence

from windlass.changelog.markdown import headings
from windlass.changelog.notes import NOTHING, collect_notes, to_markdown
from windlass.changelog.style import Style
from windlass.changelog.version_headings import UNRELEASED as WAITING
from windlass.changelog.version_headings import VersionHeading, newest_last, version_headings, version_of
from windlass.history.commits_by_version import Section

TITLE = "# Changelog"
_DEFINITION = re.compile(r" {0,3}\[[^\]]+\]: *\S+.*")


def prepend(existing: str, notes: str) -> str:
    """The changelog with a version's notes before all older ones; after them, where the newest stands last.

    What a person wrote stays: the text above the versions, every older section with its line ends, and what stands
    under `Unreleased`, which moves into the new section, before what was generated. A version that has a section
    already keeps it as it is.

    Args:
        existing: the file's text; empty when there is none yet.
        notes: as `notes` makes them, heading first.
    """
    mark = "\ufeff" if existing.startswith("\ufeff") else ""
    lines = existing.removeprefix("\ufeff").split("\n")
    ending = "\r\n" if 2 * sum(line.endswith("\r") for line in lines) >= len(lines) > 1 else "\n"
    marks = version_headings(lines)
    made = notes.strip("\n").split("\n")
    if _heading_of(marks, version_of(made[0].lstrip("# "))):
        return existing
    before, waiting, older = _split(lines, marks)
    new = [line + ending[:-1] for line in _trim(_merge(made, [line.removesuffix("\r") for line in waiting]))]
    blocks = [block for block in (_trim(before or [TITLE + ending[:-1]]), new, _trim(older)) if block]
    text = ("\n" + ending).join("\n".join(block) for block in blocks)
    return mark + text.removesuffix("\r") + ending


def section(text: str, version: object) -> str:
    """What a changelog says of a version, without its heading; empty when it says nothing."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    marks = version_headings(lines)
    own = _heading_of(marks, str(version))
    if own is None:
        return ""
    return "\n".join(_trim(lines[own.after : _end(lines, marks, own)]))


def _heading_of(marks: Sequence[VersionHeading], version: str) -> VersionHeading | None:
    """The heading of a version."""
    return next((mark for mark in marks if version and mark.is_about(version)), None)


def _end(lines: Sequence[str], marks: Sequence[VersionHeading], own: VersionHeading) -> int:
    """Where a version's section ends: at the next version, or before the link definitions that end the file."""
    following = next((mark for mark in marks if mark.line > own.line), None)
    return following.line if following else max(_before_definitions(lines), own.after)


def _before_definitions(lines: Sequence[str]) -> int:
    """Where the link definitions (and blank lines) begin that end a text."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _DEFINITION.fullmatch(lines[end - 1].rstrip("\r"))):
        end -= 1
    return end


def _split(lines: list[str], marks: Sequence[VersionHeading]) -> tuple[list[str], list[str], list[str]]:
    """What stands before the new section, under `Unreleased`, and after the new section."""
    waiting = next((mark for mark in marks if mark.version == WAITING), None)
    if newest_last(marks):
        place = waiting.line if waiting else _before_definitions(lines)
        if waiting is None:
            return lines[:place], [], lines[place:]
        end = _end(lines, marks, waiting)
        return lines[:place], lines[waiting.after : end], [*lines[place : waiting.after], *lines[end:]]
    if waiting is not None and waiting == marks[0]:
        end = _end(lines, marks, waiting)
        return lines[: waiting.after], lines[waiting.after : end], lines[end:]
    place = marks[0].line if marks else _before_definitions(lines)
    return lines[:place], [], lines[place:]


def _merge(made: list[str], waiting: list[str]) -> list[str]:
    """New notes with what waited under `Unreleased`: its sections first, those of one title joined."""
    lead, written = _parts(waiting)
    if not (_trim(lead) or written):
        return made
    end = _before_definitions(made)
    head, generated = _parts([line for line in made[:end] if line != NOTHING])
    titles = dict.fromkeys([*written, *generated])
    blocks = [[head[0]], lead, head[1:]]
    for title in titles:
        items = [block for block in (_trim(part.get(title, [])) for part in (written, generated)) if block]
        blocks += [[f"### {title}"], _join(items)]
    blocks.append(made[end:])
    return [line for block in map(_trim, blocks) if block for line in (*block, "")]


def _parts(lines: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    """What stands before the first `###` heading, and title → the lines under each."""
    marks = [heading for heading in headings(lines) if heading.level == 3]
    if not marks:
        return lines, {}
    ends = [*(mark.line for mark in marks[1:]), len(lines)]
    parts: dict[str, list[str]] = {}
    for mark, end in zip(marks, ends, strict=True):
        parts.setdefault(mark.text, []).extend(lines[mark.after : end])
    return lines[: marks[0].line], parts


def _join(items: list[list[str]]) -> list[str]:
    """Two blocks as one: lists run on, anything else stays apart."""
    joined: list[str] = []
    for item in items:
        runs_on = joined and joined[-1].lstrip()[:2] in ("- ", "* ") and item[0][:2] in ("- ", "* ")
        joined += item if runs_on or not joined else ["", *item]
    return joined


def _trim(lines: list[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return lines[start:end]


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
    made = collect_notes(version, day, part.commits, style, **names)
    if style.template:
        from windlass.changelog.notes import render_template

        return render_template(style.template, made)
    return to_markdown(made)
