"""Headings of a Markdown text, those in code blocks and comments passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")


class Heading(Struct, frozen=True):
    """A heading.

    Attributes:
        line: where it begins, from 0.
        after: the first line after it.
        level: 1 to 6.
        text: what it says, as written.
    """

    line: int
    after: int
    level: int
    text: str


_LONGEST = 1000
"""Characters; a longer line is no heading that anybody wrote."""


def headings(lines: Sequence[str]) -> Iterator[Heading]:
    """The headings, in order. Source: https://spec.commonmark.org/0.31.2/, 4.2, 4.3, 4.5 and 4.6."""
    fence = ""
    comment = False
    for number, line in enumerate(lines):
        fenced = _FENCE.fullmatch(line)
        if fence:
            closes = fenced and fenced[1].startswith(fence) and not fenced[2].strip()
            fence = "" if closes else fence
        elif comment or line.lstrip().startswith("<!--"):
            comment = "-->" not in line
        elif len(line) > _LONGEST:
            continue
        elif fenced:
            fence = fenced[1]
        else:
            yield from _heading(lines, number)


def _heading(lines: Sequence[str], number: int) -> Iterator[Heading]:
    line = lines[number]
    atx = _ATX.fullmatch(line)
    if atx:
        yield Heading(number, number + 1, len(atx[1]), atx[2] or "")
        return
    under = _UNDERLINE.fullmatch(lines[number + 1]) if number + 1 < len(lines) else None
    alone = number == 0 or not lines[number - 1].strip()
    if under and alone and line.strip() and not line.startswith(("    ", "\t", "-", "*", "+", ">")):
        yield Heading(number, number + 2, 1 if under[1][0] == "=" else 2, line.strip())
