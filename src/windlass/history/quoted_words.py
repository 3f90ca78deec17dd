"""Words of other people in a message: quotes, templates that nobody filled in, and what bots tell of another project.

A dependency's breaking change is not this project's, and an unticked box says that there is none.
"""

from __future__ import annotations

import re

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_QUOTE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_DETAILS = re.compile(r"<details\b.*?(?:</details>|\Z)", re.DOTALL | re.IGNORECASE)
_ABOUT_A_DEPENDENCY = re.compile(
    r"\w+\((?:[\w-]*deps[\w-]*|[\w-]*dependenc\w*)\)!?:|deps!?:"
    r"|(?:\w+(?:\([^()]*\))?!?: +)?(?:bump|update|upgrade|pin|replace)s? .*(?:\bto\b|dependenc)",
    re.IGNORECASE,
)
"""Subjects that Renovate, Dependabot, pyup and people write of another version of what a project uses."""
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t#]*$")
_OF_THE_DEPENDENCY = re.compile(r"release notes|change ?log|commits|release history|what'?s changed", re.IGNORECASE)
_RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,})[ \t]*$")

_UNTICKED = re.compile(r"[ \t]*[-*+] \[ \]")
_NO = frozenset({"", "no", "none", "n/a", "na", "nope", "nothing", "false", "no breaking changes", "not applicable"})
"""What a template's question is answered with where nothing breaks."""


def own_words(subject: str, body: str) -> str:
    """A message's body without what other people said: comments of templates, quotes, and a dependency's own notes.

    Notes of a dependency are only looked for where the subject says that the commit is about one: everybody else's
    headings are their own.
    """
    if not body:
        return body
    if "<!--" in body:
        body = _COMMENT.sub("", body)
    if "\n>" in body or "\n >" in body or body.startswith(">"):
        body = _QUOTE.sub("", body)
    return _without_notes(_DETAILS.sub("", body)) if _ABOUT_A_DEPENDENCY.match(subject) else body


def _without_notes(body: str) -> str:
    """Without the sections that tell of the dependency's releases: each ends with a heading as high, or a rule."""
    kept: list[str] = []
    level = 0
    for line in body.split("\n"):
        heading = _HEADING.match(line)
        if level and (_RULE.match(line) or (heading and len(heading[1]) <= level)):
            level = 0
        if not level and heading and _OF_THE_DEPENDENCY.search(heading[2]):
            level = len(heading[1])
        if not level:
            kept.append(line)
    return "\n".join(kept)


def says_no(text: str, start: int, end: int) -> bool:
    """Whether a line of a template that speaks of breaking changes (`text[start:end]`) is answered with no.

    That is a box without a tick, `Breaking changes: none`, or a heading over `None`, over a ticked `No`, or over
    nothing at all.
    """
    line = text[start:end].strip("\n")
    if _UNTICKED.match(line):
        return True
    answer = line.rpartition(":")[2] if ":" in line else ""
    if _plain(answer):
        return _plain(answer) in _NO
    if not (_HEADING.match(line) or line.lstrip().startswith(("**", "__"))):
        return False
    return _plain(_first_answer(text[end:])) in _NO


def _first_answer(following: str) -> str:
    """The first line below a heading that says something; empty where another heading comes first."""
    for line in following.split("\n"):
        if line.strip() and not _UNTICKED.match(line):
            return "" if _HEADING.match(line) else line
    return ""


def _plain(text: str) -> str:
    """An answer without its marks."""
    return re.sub(r"^[ \t]*[-*+] \[[xX]\]", "", text).strip(" \t*_`~.-!()").lower()
