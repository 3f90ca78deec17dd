"""Headings that are about a version, however a project writes them, and in which order its versions stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from windlass.changelog.markdown import Heading, headings
from windlass.errors import VersionError
from windlass.versions.version import Version
from windlass.versions.version import read as semver

UNRELEASED = "unreleased"
_NUMBER = r"[0-9]+(?:\.[0-9]+)+[0-9A-Za-z.+-]*"
_DAY = r"[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}"
_PLAIN = re.compile(rf"(?:version |release )?\[?v?({_NUMBER}|unreleased)\]?(?:[\s(:–—-].*)?", re.IGNORECASE)
_ALONE = re.compile(
    rf"(?:version |release )?\[?v?({_NUMBER})\]?(?:\([^()\s]*\))?[\s:–—-]*(?:\(?{_DAY}\)?)?\s*",
    re.IGNORECASE,
)
"""A version with nothing but a link and a date: what a heading below a version's own may be."""
_SOMEWHERE = re.compile(rf"(?<![\d.])v?({_NUMBER})(?![\w.])", re.IGNORECASE)
_DATE = re.compile(rf"(?<![\w.-]){_DAY}(?![\w.-])")
_ANCHOR = re.compile(r"\s*<a (?:name|id)=[^>]*>(?:\s*</a>)?\s*", re.IGNORECASE)
_BOLD = re.compile(r" {0,3}(?:\*\*|__)(.+?)(?:\*\*|__)(.*)")


class VersionHeading(Struct, frozen=True):
    """A heading of a version.

    Attributes:
        line: where it begins, from 0, an anchor right above it included.
        after: the first line after it.
        level: 1 to 6.
        version: as written, without a prefix, in lower case; `unreleased`.
    """

    line: int
    after: int
    level: int
    version: str

    def is_about(self, version: str) -> bool:
        """Whether it is this version's, in either spelling."""
        wanted = semver(version)
        return self.version == version.lower() or (wanted is not None and _value(self.version) == wanted)


def version_headings(lines: Sequence[str]) -> tuple[VersionHeading, ...]:
    """Every version's heading, in order.

    `1.2.0 - 2026-01-01`, `[v1.2.0](address)` and `Version 1.2.0` are versions; where a file has none such, whatever
    holds one version is (`demo 1.2.0`, `2026-01-05, v1.2.0`, a line in bold), and else whatever holds a day.
    """
    every = tuple(headings(lines))
    plain = tuple(_made(lines, heading, version) for heading, version in _plain(every))
    if any(one.version != UNRELEASED for one in plain):
        return plain
    loose = [_made(lines, one, found) for one in (*every, *_bold(lines)) if (found := _somewhere(one.text))]
    loose = loose or [_made(lines, one, found) for one in every if (found := _day(one.text))]
    levels = Counter(one.level for one in loose)  # a title may name a version, too, but just one does
    level = max(levels, key=lambda one: (levels[one], one), default=0)
    return tuple(sorted((*plain, *(one for one in loose if one.level == level)), key=lambda one: one.line))


def _plain(every: Sequence[Heading]) -> Iterator[tuple[Heading, str]]:
    """The headings that begin with a version: those of the highest such level, and deeper ones that are no more."""
    level = min((heading.level for heading in every if version_of(heading.text)), default=0)
    top = 0
    for heading in every:
        version = version_of(heading.text)
        if version and (heading.level == level or _ALONE.fullmatch(heading.text) or version == UNRELEASED):
            top = heading.level
            yield heading, version
        elif heading.level <= top and (found := _somewhere(heading.text)):
            yield heading, found  # an older one, written otherwise


def _bold(lines: Sequence[str]) -> Iterator[Heading]:
    for number, line in enumerate(lines):
        if line.lstrip()[:2] in ("**", "__") and (found := _BOLD.fullmatch(line.rstrip("\r"))):
            text = f"{found[1]}{found[2]}"
            if version_of(text):
                yield Heading(number, number + 1, 6, text)


def version_of(heading: str) -> str:
    """The version that a heading begins with, without a prefix; `unreleased`; empty for any other heading."""
    found = _PLAIN.fullmatch(heading)
    return found[1].lower() if found else ""


def _somewhere(heading: str) -> str:
    """The one version that stands anywhere in a heading; empty for none, or for several."""
    found = [text for text in _SOMEWHERE.findall(heading) if not _DATE.fullmatch(text)]
    return found[0].lower() if len(found) == 1 else ""


def _day(heading: str) -> str:
    """The day that a heading names, its numbers between dots; empty for none."""
    found = _DATE.search(heading)
    return re.sub("[-/]", ".", found[0]) if found else ""


def _made(lines: Sequence[str], heading: Heading, version: str) -> VersionHeading:
    begin = heading.line
    while begin and _ANCHOR.fullmatch(lines[begin - 1]):
        begin -= 1
    return VersionHeading(begin, heading.after, heading.level, version)


def newest_last(marks: Sequence[VersionHeading]) -> bool:
    """Whether versions stand in ascending order, so that a new one belongs at the end."""
    values = [value for one in marks if (value := _value(one.version)) is not None]
    steps = [later > earlier for earlier, later in pairwise(values) if later != earlier]
    return sum(steps) * 2 > len(steps)


def _value(text: str) -> Version | None:
    version = semver(text)
    try:
        return version or Version.from_pep440(text)
    except VersionError:
        return None
