"""`customer-snapshot self-check`: whether what is installed here works, told by a built-in call."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pkgutil import get_data
from typing import Iterator

import customer_snapshot
from customer_snapshot.actions import Action
from customer_snapshot.errors import SnapshotError
from customer_snapshot.markdown import to_markdown
from customer_snapshot.page import to_html
from customer_snapshot.snapshot import Snapshot, summarise
from customer_snapshot.webvtt import parse

_VOID = {"meta", "br", "hr", "img", "link"}
_PEOPLE = [("Dana Reyes", 52), ("Tom Becker", 26), ("Priya Nair", 22)]
_ACTION = ("Priya Nair", "Send you the sizing guide", "by Wednesday")


def sample() -> str:
    """The built-in transcript.

    Raises:
        SnapshotError: the package is installed without it.
    """
    try:
        data = get_data("customer_snapshot", "sample.vtt")
    except OSError as problem:
        raise SnapshotError(f"the built-in sample can't be read: {problem.strerror}") from None
    return (data or b"").decode("utf-8")


def self_check() -> int:
    """Prints what is wrong, or that nothing is; gives the exit code, 0 or 1."""
    try:
        failures = list(_failures(summarise(parse(sample()))))
    except SnapshotError as problem:
        failures = [str(problem)]
    for failure in failures:
        print(f"customer-snapshot: self-check: {failure}", file=sys.stderr)
    if not failures:
        print(f"customer-snapshot {customer_snapshot.__version__}: self-check passed")
    return 1 if failures else 0


def _failures(snapshot: Snapshot) -> Iterator[str]:
    """What the snapshot of the sample should hold and doesn't."""
    wanted = {
        "participants": ([(one.name, one.share) for one in snapshot.participants], _PEOPLE),
        "decisions": (len(snapshot.decisions), 2),
        "action items": (len(snapshot.actions), 4),
        "questions": (len(snapshot.questions), 3),
        "first action item": (_brief(snapshot.actions), _ACTION),
        "parts left out": (snapshot.left_out, 0),
        "unclosed tags of the HTML": (_unclosed(to_html(snapshot)), []),
        "headings of the Markdown": (to_markdown(snapshot).count("\n## "), 5),
    }
    for name, (found, expected) in wanted.items():
        if found != expected:
            yield f"{name}: found {found}, expected {expected}"


def _brief(todo: tuple[Action, ...]) -> tuple[str, str, str] | None:
    return (todo[0].who, todo[0].what, todo[0].due) if todo else None


def _unclosed(page: str) -> list[str]:
    tags = _Tags()
    tags.feed(page)
    tags.close()
    return tags.open + tags.wrong


class _Tags(HTMLParser):
    """Keeps the tags that are open, and those that close what isn't."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  HTMLParser's signature
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.wrong.append(tag)
