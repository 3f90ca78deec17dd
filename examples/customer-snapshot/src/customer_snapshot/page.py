"""A snapshot as one HTML file that needs nothing else: no script, no font, no image from anywhere."""

from __future__ import annotations

from html import escape
from pkgutil import get_data
from typing import Iterable, Sequence

from customer_snapshot.clock import clock
from customer_snapshot.findings import Finding
from customer_snapshot.markdown import MOST_ROWS, left_out, more, spread
from customer_snapshot.snapshot import Snapshot

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
<header>
<p class="kicker">Customer snapshot</p>
<h1>{title}</h1>
<ul class="facts">
{facts}
</ul>
</header>
{sections}
{footer}
</main>
</body>
</html>
"""
_COLOURS = 6  # as many as page.css has


def to_html(snapshot: Snapshot) -> str:
    """The page; every word of the transcript in it is escaped, and it ends with a line feed."""
    sections = [
        _section("Participants", "wide", _participants(snapshot)),
        _section("Decisions", "", _findings(snapshot.decisions, "No decisions were found.")),
        _section("Topics", "", _topics(snapshot)),
        _section("Action items", "wide", _actions(snapshot)),
        _section("Questions", "wide", _findings(snapshot.questions, "No questions were found.")),
    ]
    return _PAGE.format(
        title=escape(snapshot.title),
        style=(get_data("customer_snapshot", "page.css") or b"").decode(),
        facts="\n".join(_facts(snapshot)),
        sections="\n".join(sections),
        footer=f"<footer>{left_out(snapshot.left_out)}</footer>" if snapshot.left_out else "",
    )


def _section(heading: str, kind: str, body: str) -> str:
    return f'<section class="card {kind}">\n<h2>{heading}</h2>\n{body}\n</section>'


def _facts(snapshot: Snapshot) -> Iterable[str]:
    numbers = {
        "Length": clock(snapshot.length_ms),
        "Participants": len(snapshot.participants),
        "Decisions": len(snapshot.decisions),
        "Action items": len(snapshot.actions),
    }
    return (f"<li><b>{number}</b> {name}</li>" for name, number in numbers.items())


def _participants(snapshot: Snapshot) -> str:
    people = list(enumerate(snapshot.participants[:MOST_ROWS]))
    bar = "".join(f'<span class="c{i % _COLOURS}" style="width:{one.share}%"></span>' for i, one in people)
    rows = [
        (
            f'<i class="dot c{i % _COLOURS}"></i>{escape(one.name)}',
            clock(one.talk_ms),
            f"{one.share} %",
            str(one.turns),
        )
        for i, one in people
    ]
    table = _table(("Who", "Talk time", "Share", "Turns"), "lrrr", rows)
    return f'<div class="bar" aria-hidden="true">{bar}</div>\n{table}' + _more(len(snapshot.participants))


def _topics(snapshot: Snapshot) -> str:
    if not snapshot.topics:
        return '<p class="none">Nothing was said twice.</p>'
    best = snapshot.topics[0].score
    items = (
        f"<li><span>{escape(one.name)}</span><small>{escape(spread(one))}</small>"
        f'<div class="meter"><span style="width:{100 * one.score / best:.0f}%"></span></div></li>'
        for one in snapshot.topics
    )
    return '<ul class="topics">\n' + "\n".join(items) + "\n</ul>"


def _findings(found: Sequence[Finding], none: str) -> str:
    if not found:
        return f'<p class="none">{none}</p>'
    items = (
        f"<li>{escape(one.text)} <small>{escape(one.speaker)}, {clock(one.at_ms)}</small></li>"
        for one in found[:MOST_ROWS]
    )
    return '<ul class="said">\n' + "\n".join(items) + "\n</ul>" + _more(len(found))


def _actions(snapshot: Snapshot) -> str:
    if not snapshot.actions:
        return '<p class="none">No action items were found.</p>'
    rows = [
        (f"<b>{escape(one.who)}</b>", escape(one.what), escape(one.due) or "–", clock(one.at_ms))
        for one in snapshot.actions[:MOST_ROWS]
    ]
    return _table(("Who", "What", "By when", "Said at"), "lllr", rows) + _more(len(snapshot.actions))


def _more(count: int) -> str:
    return f'\n<p class="none">{more(count)}</p>' if more(count) else ""


def _table(heads: Sequence[str], sides: str, rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th class="{side}">{text}</th>' for text, side in zip(heads, sides))
    body = (
        "<tr>" + "".join(f'<td class="{side}">{cell}</td>' for cell, side in zip(row, sides)) + "</tr>"
        for row in rows
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody>\n</table>"
