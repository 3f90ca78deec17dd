"""The footers of a commit's message: breaking changes, trailers, issues, and what only looks like a footer."""

from __future__ import annotations

import re

from windlass.history.quoted_words import says_no

_BREAKING = re.compile(r"^BREAKING[ -]CHANGE(?::| (?=#))", re.MULTILINE)
_ENDS = re.compile(r"^(?:BREAKING CHANGE|[A-Za-z0-9][A-Za-z0-9-]*)(?:: +| #)\S", re.MULTILINE)
_LOOKS_BREAKING = re.compile(
    r"^(?:[ \t]*[-*+] \[[xX]\][^\w\n]*(?i:breaking[ _-]*changes?)\b.*"  # a template's box that somebody ticked
    r"|[^\w\n]*(?:(?i:breaking[ _-]*changes?)\b[^\w\n]*:.*|BREAKING[ _-]*CHANGES?\b.*))$",
    re.MULTILINE,
)
_SAYS_BREAKING = re.compile("breaking[ _-]*change")
_SAYS_RELEASE_AS = re.compile("release[ _-]*as")
_RELEASE_AS = re.compile(r"^release-as:[ \t]*(.*)$", re.MULTILINE | re.IGNORECASE)
_LOOKS_RELEASE_AS = re.compile(
    r"^[^\w\n]*release[ _-]*as\b[^\w\n]*v?[0-9]+(?:\.[0-9]+)+\S*[ \t]*$", re.MULTILINE | re.IGNORECASE
)
_NAMED = re.compile(r"(?<![\w/&])#([0-9]{1,9})\b")
_NUMBER = re.compile(r"#([0-9]{1,9})\b")
_CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?|references|see|issues?):? +$", re.IGNORECASE)
_LONGEST_WORD = 12
_RUNS_ON = re.compile(r"[ ,]+(?:and +)?")


def release_as(body: str, lowered: str) -> str | None:
    """What the last `Release-As:` trailer names, as written; empty where it names nothing; None without one.

    Like git, it takes the trailer's word in any case, and with or without a space behind the colon.

    Args:
        lowered: the body in lower case; making it takes longer than anything else here, so it is made once.
    """
    named = _RELEASE_AS.findall(body) if "release-as" in lowered else []
    return named[-1].strip() if named else None


def breaking_notes(body: str) -> tuple[str, ...]:
    """The texts of the BREAKING CHANGE (or BREAKING-CHANGE) footers, each on one line, up to the next footer.

    The words must be upper case. Source: https://www.conventionalcommits.org/en/v1.0.0/#specification, items 8 to 16.
    """
    if "BREAKING" not in body:
        return ()
    notes = []
    for found in _BREAKING.finditer(body):
        rest = body[found.end() :]
        ends = _ENDS.search(rest)
        text = " ".join(rest[: ends.start() if ends else len(rest)].split())
        if not (text and says_no(f": {text}", 0, len(text) + 2)):
            notes.append(text or "see the commit")
    return tuple(notes)


def doubtful(message: str, lowered: str) -> tuple[str, ...]:
    """Lines that look like a BREAKING CHANGE footer and are none: `Breaking change: …`, `BREAKING CHANGES: …`."""
    if not _SAYS_BREAKING.search(lowered):
        return ()
    found = (one for one in _LOOKS_BREAKING.finditer(message) if not _BREAKING.match(one[0]))
    return tuple(one[0].strip() for one in found if not says_no(message, one.start(), one.end()))


def doubtful_release(message: str, lowered: str) -> tuple[str, ...]:
    """Lines that look like a Release-As trailer and are none: `Release as: 1.4.0`, `Release-As 1.4.0`."""
    if not _SAYS_RELEASE_AS.search(lowered):
        return ()
    return tuple(one[0].strip() for one in _LOOKS_RELEASE_AS.finditer(message) if not _RELEASE_AS.match(one[0]))


def co_authors(body: str) -> tuple[tuple[str, str], ...]:
    """Name and address of each `Co-authored-by`."""
    found = []
    at = body.find("uthored-")
    while at >= 0:
        end = body.find("\n", at)
        line = body[body.rfind("\n", 0, at) + 1 : end if end >= 0 else len(body)].strip()
        name, _, address = line[15:].strip().removesuffix(">").partition("<")
        if line[:15].lower() == "co-authored-by:" and (name or address):
            found.append((name.strip() or address, address))
        at = body.find("uthored-", end) if end >= 0 else -1
    return tuple(found)


def issues(summary: str, body: str) -> tuple[int, ...]:
    """Numbers of the issues and pull requests that a commit names: `(#12)`, `Closes #13`, `Refs: #14, #15`."""
    numbers = [int(number) for number in _NAMED.findall(summary)]
    if " #" in body:
        numbers += _closed_issues(body)
    return tuple(dict.fromkeys(numbers))


def _closed_issues(body: str) -> list[int]:
    """The numbers after a word such as `Closes`, and those that a list adds to them."""
    numbers: list[int] = []
    end = -1
    for found in _NUMBER.finditer(body):
        start = found.start()
        runs_on = end >= 0 and start - end < 8 and _RUNS_ON.fullmatch(body, end, start)
        if runs_on or _CLOSES.search(body[max(start - _LONGEST_WORD, 0) : start]):
            numbers.append(int(found[1]))
            end = found.end()
    return numbers
