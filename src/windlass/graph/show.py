"""Showing a run as plain text: one node's words at a time, as they come; whole blocks; failures again at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from windlass.graph.node import CACHED, DONE, ENDED, FAILED, LEFT, Node, NodeReport


class View(Protocol):
    """Who is told how a run goes. Called from one thread at a time."""

    def planned(self, nodes: Mapping[str, Node]) -> None:
        """These nodes are to run."""
        ...

    def started(self, name: str) -> None:
        """A node began."""
        ...

    def wrote(self, name: str, text: str) -> None:
        """A node wrote something; never of one that was up to date."""
        ...

    def finished(self, report: NodeReport, text: str) -> None:
        """A node ended; `text` is all that it wrote."""
        ...

    def ended(self, reports: Sequence[NodeReport], wall_s: float, why: str) -> None:
        """The run ended; `why` where it did so early."""
        ...


class Silent:
    """Tells nobody."""

    def planned(self, nodes: Mapping[str, Node]) -> None:
        """Nothing."""

    def started(self, name: str) -> None:
        """Nothing."""

    def wrote(self, name: str, text: str) -> None:
        """Nothing."""

    def finished(self, report: NodeReport, text: str) -> None:
        """Nothing."""

    def ended(self, reports: Sequence[NodeReport], wall_s: float, why: str) -> None:
        """Nothing."""


class Plain:
    """Blocks of text. The node that has the floor is shown as it writes; the others' words wait for their turn.

    A run of a single node shows its words and nothing else.
    """

    def __init__(self, write: Callable[[str], object], explain: bool = False) -> None:
        """`explain`: say of every node why it ran."""
        self._write = write
        self._explain = explain
        self._alone = False
        self._floor = ""
        self._kept: dict[str, str] = {}  # words of running nodes that wait for the floor
        self._closed: list[str] = []  # blocks of nodes that ended while another had it
        self._fresh = True

    def planned(self, nodes: Mapping[str, Node]) -> None:
        """A run of one node needs no headings."""
        self._alone = len(nodes) == 1

    def started(self, name: str) -> None:
        """Nothing is shown of a node before it writes."""

    def wrote(self, name: str, text: str) -> None:
        """Shown at once for the node that has the floor (the first to write), kept for others."""
        if not self._floor:
            self._take(name)
        if name == self._floor:
            self._say(text)
        else:
            self._kept[name] = self._kept.get(name, "") + text

    def _take(self, name: str) -> None:
        self._floor = name
        if not self._alone:
            self._say(f"── {name}\n")

    def finished(self, report: NodeReport, text: str) -> None:
        """The block is closed; the floor goes to whoever has waited longest."""
        self._kept.pop(report.name, None)
        if report.name == self._floor:
            self._line(self._verdict(report, spoke=True))
            self._pass_on()
        elif self._floor:
            self._closed.append(self._block(report, text))
        else:
            self._say(self._block(report, text))

    def _pass_on(self) -> None:
        """Show what has ended meanwhile, then give the floor to the first of those who have something to say."""
        self._floor = ""
        for block in self._closed:
            self._say(block)
        self._closed.clear()
        for name in list(self._kept)[:1]:
            self._take(name)
            self._say(self._kept.pop(name))

    def _block(self, report: NodeReport, text: str) -> str:
        """All of a node that was not shown while it ran."""
        if self._alone:
            return text
        head = f"── {report.name}\n" if text else ""
        ended = "" if not text or text.endswith("\n") else "\n"
        return f"{head}{text}{ended}{self._verdict(report, bool(text))}"

    def _verdict(self, report: NodeReport, spoke: bool) -> str:
        if self._alone or report.state == LEFT or (report.state == CACHED and not (spoke or self._explain)):
            return ""
        why = f": {report.why}" if report.why and (self._explain or report.state not in {DONE, CACHED}) else ""
        if report.state == CACHED:
            return f"── {report.name} up to date{why}\n"
        words = {DONE: "done in", FAILED: "FAILED after", ENDED: "ended after"}
        return f"── {report.name} {words[report.state]} {report.end_s - report.start_s:.2f} s{why}\n"

    def ended(self, reports: Sequence[NodeReport], wall_s: float, why: str) -> None:
        """A line with what happened to how many."""
        if self._alone and not why:
            return
        words = {DONE: "done", CACHED: "up to date", FAILED: "failed", ENDED: "ended", LEFT: "not started"}
        counts = {state: sum(one.state == state for one in reports) for state in words}
        told = ", ".join(f"{count} {words[state]}" for state, count in counts.items() if count)
        self._line(f"── {told or 'nothing to do'} in {wall_s:.2f} s{f' ({why})' if why else ''}\n")

    def _line(self, text: str) -> None:
        """On a line of its own."""
        self._say(text if self._fresh else f"\n{text}")

    def _say(self, text: str) -> None:
        if text:
            self._write(text)
            self._fresh = text.endswith("\n")
