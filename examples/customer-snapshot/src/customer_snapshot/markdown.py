"""A snapshot as Markdown (with the tables that GitHub and MkDocs know)."""

from __future__ import annotations

import re
from typing import Iterable, Sequence

from customer_snapshot.clock import clock
from customer_snapshot.findings import Finding
from customer_snapshot.snapshot import Snapshot
from customer_snapshot.topics import Topic

MOST_ROWS = 12  # a list; what goes beyond is counted, so that the page stays a page

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&])")


def to_markdown(snapshot: Snapshot) -> str:
    """The page; every word of the transcript in it is escaped, and it ends with a line feed."""
    parts = [
        f"# {escape(snapshot.title)}\n",
        f"**Length** {clock(snapshot.length_ms)} · **Participants** {len(snapshot.participants)} · "
        f"**Decisions** {len(snapshot.decisions)} · **Action items** {len(snapshot.actions)}\n",
        _section("Participants", _participants(snapshot)),
        _section("Topics", _topics(snapshot)),
        _section("Decisions", _findings(snapshot.decisions, "No decisions were found.")),
        _section("Action items", _actions(snapshot)),
        _section("Questions", _findings(snapshot.questions, "No questions were found.")),
    ]
    if snapshot.left_out:
        parts.append(f"---\n\n*{left_out(snapshot.left_out)}*\n")
    return "\n".join(parts)


def escape(text: str) -> str:
    """Text that Markdown shows as it stands."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def left_out(count: int) -> str:
    """What the reader must know about a transcript that could not be read whole."""
    if count == 1:
        return "1 part of the transcript could not be read and is left out."
    return f"{count} parts of the transcript could not be read and are left out."


def spread(topic: Topic) -> str:
    """How often a topic is mentioned, and by how many."""
    return f"{topic.mentions} mentions by {topic.speakers} speaker{'s' if topic.speakers > 1 else ''}"


def more(count: int) -> str:
    """The line below a list that was cut short; empty when it was not."""
    return f"… and {count - MOST_ROWS} more" if count > MOST_ROWS else ""


def _section(heading: str, lines: Iterable[str]) -> str:
    return f"## {heading}\n\n" + "\n".join(lines) + "\n"


def _participants(snapshot: Snapshot) -> list[str]:
    rows = [
        (escape(one.name), clock(one.talk_ms), f"{one.share} %", str(one.turns))
        for one in snapshot.participants[:MOST_ROWS]
    ]
    return _table(("Who", "Talk time", "Share", "Turns"), "lrrr", rows) + _rest(len(snapshot.participants))


def _topics(snapshot: Snapshot) -> list[str]:
    lines = [f"- **{escape(one.name)}**: {spread(one)}" for one in snapshot.topics]
    return lines or ["Nothing was said twice."]


def _findings(found: Sequence[Finding], none: str) -> list[str]:
    lines = [
        f"- {escape(one.text)} *({escape(one.speaker)}, {clock(one.at_ms)})*" for one in found[:MOST_ROWS]
    ]
    return lines + _rest(len(found)) or [none]


def _actions(snapshot: Snapshot) -> list[str]:
    if not snapshot.actions:
        return ["No action items were found."]
    rows = [
        (escape(one.who), escape(one.what), escape(one.due) or "–", clock(one.at_ms))
        for one in snapshot.actions[:MOST_ROWS]
    ]
    return _table(("Who", "What", "By when", "Said at"), "lllr", rows) + _rest(len(snapshot.actions))


def _rest(count: int) -> list[str]:
    return ["", more(count)] if more(count) else []


def _table(heads: Sequence[str], sides: str, rows: Iterable[Sequence[str]]) -> list[str]:
    rule = ["---:" if side == "r" else "---" for side in sides]
    return [f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows)]
