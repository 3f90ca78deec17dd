"""The changelog as a file: prepending to it, and reading a section of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence

from windlass.changelog.markdown import Heading, _version_of, headings
from windlass.changelog.notes import NOTHING, collect_notes, to_markdown
from windlass.changelog.style import Style
from windlass.history.commits_by_version import Section

TITLE = "# Changelog"
_DEFINITION = re.compile(r" {0,3}\[[^\]]+\]: *\S+.*")


def prepend(existing: str, notes: str) -> str:
    """The changelog with a version's notes before all older ones.

    What a person wrote stays: the text above the versions, every older section, and what stands under `Unreleased`,
    which moves into the new section, before what was generated. A version that has a section already keeps it as it
    is.

    Args:
        existing: the file's text; empty when there is none yet.
        notes: as `notes` makes them, heading first.
    """
    ending = "\r\n" if "\r\n" in existing else "\n"
    lines = existing.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    made = notes.strip("\n").split("\n")
    if _heading_of(lines, _version_of(made[0].lstrip("# "))):
        return existing
    before, waiting, older = _split(lines)
    blocks = [before or [TITLE], _merge(made, waiting), older]
    text = "\n\n".join("\n".join(block) for block in map(_trim, blocks) if block)
    return ("\ufeff" if existing.startswith("\ufeff") else "") + (text + "\n").replace("\n", ending)


def section(text: str, version: object) -> str:
    """What a changelog says of a version, without its heading; empty when it says nothing."""
    lines = text.replace("\r\n", "\n").split("\n")
    own = _heading_of(lines, str(version))
    if own is None:
        return ""
    return "\n".join(_trim(lines[own.after : _end(lines, own)]))


def _heading_of(lines: Sequence[str], version: str) -> Heading | None:
    """The heading of a version."""
    wanted = version.lower()
    return next((heading for heading in headings(lines) if wanted and _version_of(heading.text) == wanted), None)


def _end(lines: Sequence[str], own: Heading) -> int:
    """Where a version's section ends: at the next version, or before the link definitions that end the file."""
    for heading in headings(lines):
        if heading.line > own.line and heading.level <= own.level and _version_of(heading.text):
            return heading.line
    return max(_before_definitions(lines), own.after)


def _before_definitions(lines: Sequence[str]) -> int:
    """Where the link definitions (and blank lines) begin that end a text."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _DEFINITION.fullmatch(lines[end - 1])):
        end -= 1
    return end


def _split(lines: list[str]) -> tuple[list[str], list[str], list[str]]:
    """What stands before the versions (an `Unreleased` heading included), under `Unreleased`, and from then on."""
    first = next((heading for heading in headings(lines) if _version_of(heading.text)), None)
    if first is None:
        end = _before_definitions(lines)
        return lines[:end], [], lines[end:]
    if _version_of(first.text) != "unreleased":
        return lines[: first.line], [], lines[first.line :]
    end = _end(lines, first)
    return lines[: first.after], lines[first.after : end], lines[end:]


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
