"""A run as a Chrome trace, for ui.perfetto.dev or chrome://tracing: what ran when, side by side with what.

Source: "Trace Event Format", the JSON object form; Perfetto reads it as it is.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from windlass.atomic_write import write_whole
from windlass.graph.report import RunRecord

NAME = "trace.json"
"""Where the last run's trace lies, in `.windlass`."""


class TraceSpan(NamedTuple):
    """A node that took time; times in seconds since the outermost run began."""

    name: str
    start_s: float
    end_s: float
    state: str
    why: str
    needs: tuple[str, ...]
    critical: bool
    within: str


def spans(run: RunRecord, offset_s: float = 0.0, within: str = "") -> Iterator[TraceSpan]:
    """Every node that took time, those of runs inside it after it."""
    path = set(run.report.critical_path)
    took = [one for one in run.report.nodes if one.end_s > one.start_s or one.name in run.inside]
    for one in took:
        if one.end_s > one.start_s:
            times = one.start_s + offset_s, one.end_s + offset_s
            needs = run.needs.get(one.name, ())
            yield TraceSpan(one.name, *times, one.state, one.why, needs, one.name in path, within)
        for inner in run.inside.get(one.name, ()):
            yield from spans(inner, offset_s + inner.began - run.began, one.name)


def chrome(run: RunRecord) -> dict[str, Any]:
    """The trace as JSON has it: a slice for each node, in as many rows as ran side by side; arrows along the path."""
    found = sorted(spans(run), key=lambda span: (span.start_s, -span.end_s))
    rows: list[float] = []
    events: list[dict[str, Any]] = []
    placed: list[tuple[TraceSpan, int]] = []
    for span in found:
        row = next((number for number, free_s in enumerate(rows) if free_s <= span.start_s), len(rows))
        rows[row : row + 1] = [span.end_s]
        placed.append((span, row + 1))
        events.append(_slice(span, row + 1))
    return {
        "traceEvents": [*_row_names(len(rows)), *events, *_arrows(placed)],
        "displayTimeUnit": "ms",
        "otherData": {
            "wall_s": round(run.report.wall_s, 3),
            "nodes": len(run.report.nodes),
            "critical_path": " → ".join(run.report.critical_path),
        },
    }


def _slice(span: TraceSpan, row: int) -> dict[str, Any]:
    args: dict[str, Any] = {"state": span.state, "critical path": span.critical, "needs": list(span.needs)}
    args.update({name: text for name, text in (("why", span.why), ("within", span.within)) if text})
    start, end = _microseconds(span.start_s), _microseconds(span.end_s)
    return {
        "name": span.name,
        "cat": span.state,
        "ph": "X",
        "ts": start,
        "dur": max(end - start, 1),
        "pid": 1,
        "tid": row,
        "args": args,
    }


def _row_names(rows: int) -> Iterator[dict[str, Any]]:
    yield {"name": "process_name", "ph": "M", "pid": 1, "tid": 0, "args": {"name": "windlass"}}
    for row in range(1, rows + 1):
        yield {"name": "thread_name", "ph": "M", "pid": 1, "tid": row, "args": {"name": f"row {row}"}}


def _arrows(placed: Sequence[tuple[TraceSpan, int]]) -> Iterator[dict[str, Any]]:
    """From each node of a critical path to the next."""
    critical = {(span.within, span.name): (span, row) for span, row in placed if span.critical}
    number = 0
    for span, row in critical.values():
        for need in span.needs:
            if (span.within, need) in critical:
                before, its_row = critical[span.within, need]
                number += 1
                arrow = {"name": "critical path", "cat": "path", "pid": 1, "id": number}
                yield {
                    **arrow,
                    "ph": "s",
                    "ts": max(_microseconds(before.end_s) - 1, _microseconds(before.start_s)),
                    "tid": its_row,
                }
                yield {**arrow, "ph": "f", "bp": "e", "ts": _microseconds(span.start_s), "tid": row}


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


def write(home: Path, run: RunRecord) -> None:
    """Put a run's trace into `.windlass`, whole or not at all; that it can't be written fails nothing."""
    with contextlib.suppress(OSError):
        write_whole(home / NAME, json.dumps(chrome(run), separators=(",", ":")))
