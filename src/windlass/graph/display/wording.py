"""What is said of nodes and of whole runs, in words: the same on every view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from windlass.graph.node import CACHED, DONE, ENDED, FAILED, LEFT, NodeReport
from windlass.printable_text import printable

if TYPE_CHECKING:
    from windlass.graph.report import Report

_COUNTED = {DONE: "done", CACHED: "up to date", FAILED: "failed", ENDED: "ended", LEFT: "not started"}
_PATH = 6
"""How many nodes of a critical path are named at most."""


def heading(name: str) -> str:
    """The line above what a node wrote."""
    return f"── {printable(name)}\n"


def verdict(report: NodeReport, explain: bool) -> str:
    """The line with how a node went; empty for one that was never begun."""
    name = printable(report.name)
    why = f": {printable(report.why)}" if report.why and (explain or report.state not in {DONE, CACHED}) else ""
    if report.state == LEFT:
        return ""
    if report.state == CACHED:
        return f"── {name} up to date\n"
    words = {DONE: "done in", FAILED: "FAILED after", ENDED: "ended after"}
    return f"── {name} {words[report.state]} {duration(report.end_s - report.start_s)}{why}\n"


def block(report: NodeReport, text: str, explain: bool) -> str:
    """All that a node wrote, between its heading and its verdict; of one that was up to date and silent nothing."""
    if not text:
        return "" if report.state == CACHED and not explain else verdict(report, explain)
    ended = "" if text.endswith("\n") else "\n"
    return f"{heading(report.name)}{text}{ended}{verdict(report, explain)}"


def summary(report: Report) -> str:
    """How many nodes went which way, and which of them bounded the run."""
    why = f" ({printable(report.stopped)})" if report.stopped else ""
    return f"── {counts(report.nodes)} in {duration(report.wall_s)}{why}\n{path(report)}"


def counts(reports: Sequence[NodeReport]) -> str:
    """Such as `3 done, 1 failed`."""
    found = Counter(one.state for one in reports)
    told = ", ".join(f"{found[state]} {words}" for state, words in _COUNTED.items() if found[state])
    return told or "nothing to do"


def path(report: Report) -> str:
    """The line that names the critical path; empty where a single node makes it up."""
    steps = steps_of(report)
    if len(steps) < 2:
        return ""
    longest = sorted(steps, key=lambda step: step[1], reverse=True)[:_PATH]
    named = [f"{printable(name)} {duration(seconds)}" for name, seconds in steps if (name, seconds) in longest]
    more = f" and {len(steps) - len(named)} more" if len(steps) > len(named) else ""
    return f"── critical path {duration(report.critical_path_s)}: {' → '.join(named)}{more}\n"


def steps_of(report: Report) -> list[tuple[str, float]]:
    """The nodes of the critical path that took a hundredth of it or more, each with its seconds."""
    took = {one.name: one.end_s - one.start_s for one in report.nodes} if report.critical_path else {}
    return [(name, took[name]) for name in report.critical_path if took[name] * 100 >= report.critical_path_s > 0]


def duration(seconds: float) -> str:
    """Seconds as people say them: `0.03 s`, `12.5 s`, `2 min 05 s`, `1 h 02 min`."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def whole_seconds(seconds: float) -> str:
    """Coarse, so that lines change once a second where nothing else does."""
    return f"{seconds:.0f} s" if seconds < 59.5 else duration(seconds)
