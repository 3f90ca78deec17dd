"""Showing a run: who is told of it, and plain text: one node's words at a time, as they come; whole blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TextIO

from windlass.graph.display import wording
from windlass.graph.node import CACHED, NodeReport

if TYPE_CHECKING:
    from windlass.graph.report import Report

FOLLOWED = "WINDLASS_EVENTS"
"""Names the pipe on which whoever started this process follows its runs, as `events.listening` does."""


class View(Protocol):
    """Who is told how a run goes. Called from one thread at a time.

    Attributes:
        explain: told of every node, also of one that was up to date and silent.
        stream: what it writes to; None where it is no stream.
    """

    explain: bool
    stream: TextIO | None

    def planned(self, pools: Mapping[str, str], reports: Mapping[str, NodeReport]) -> None:
        """These nodes are to run, name → pool; `reports` gets an entry for each that is over."""
        ...

    def started(self, name: str) -> None:
        """A node began."""
        ...

    def wrote(self, name: str, text: str) -> None:
        """A node wrote something; never of one that was up to date."""
        ...

    def progress(self, name: str, text: str) -> None:
        """What a node is at, in a few words: for a line that changes; no part of what it wrote."""
        ...

    def finished(self, report: NodeReport, text: str) -> None:
        """A node ended; `text` is all that it wrote. Not called for what was up to date and silent."""
        ...

    def said(self, text: str) -> None:
        """Whole lines that are no node's, such as those of a command that runs several graphs."""
        ...

    def ended(self, report: Report) -> None:
        """The run ended."""
        ...

    def close(self) -> None:
        """Nothing more will be told; leave the place in order, also after an error. Safe to repeat."""
        ...


def view_on(stream: TextIO, explain: bool = False, whole: bool = False) -> View:
    """The view that suits a stream: GitHub's where a job runs, live lines on a terminal, else plain text.

    Where whoever started this process follows it, that is told instead.

    Args:
        whole: text shows a node's words when it has ended, never while it writes.
    """
    from windlass.graph.display.screen import Screen

    if FOLLOWED in os.environ:
        from windlass.graph.display.events import EventView, follower

        following = follower(os.environ[FOLLOWED])
        if following is not None:
            return EventView(following, explain, stream)
    screen = Screen(stream)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from windlass.graph.display.github_actions import Workflow

        return Workflow(screen.write, explain, stream, whole=whole)
    if screen.terminal:
        from windlass.graph.display.live import Live

        return Live(screen, explain)
    return Plain(screen.write, explain, stream, whole)


class Silent:
    """Tells nobody."""

    explain = False
    stream: TextIO | None = None

    def planned(self, pools: Mapping[str, str], reports: Mapping[str, NodeReport]) -> None:
        """Nothing."""

    def started(self, name: str) -> None:
        """Nothing."""

    def wrote(self, name: str, text: str) -> None:
        """Nothing."""

    def progress(self, name: str, text: str) -> None:
        """Nothing."""

    def finished(self, report: NodeReport, text: str) -> None:
        """Nothing."""

    def said(self, text: str) -> None:
        """Nothing."""

    def ended(self, report: Report) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Plain:
    """Blocks of text. The node that has the floor is shown as it writes; the others' words wait for their turn.

    A run of a single node shows its words and nothing else.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        explain: bool = False,
        stream: TextIO | None = None,
        whole: bool = False,
    ) -> None:
        """`explain`: say of every node why it ran; `whole`: nobody has the floor, words are shown at the end."""
        self.explain = explain
        self.stream = stream
        self._whole = whole
        self._write = write
        self._alone = False
        self._pools: Mapping[str, str] = {}
        self._floor = ""
        self._kept: dict[str, str] = {}  # words of running nodes that wait for the floor
        self._closed: list[tuple[NodeReport | None, str]] = []  # what came while another had it: nodes' words, nobody's
        self._fresh = True

    def planned(self, pools: Mapping[str, str], reports: Mapping[str, NodeReport]) -> None:
        """A run of one node needs no headings."""
        self._pools = pools
        self._alone = len(pools) == 1

    def started(self, name: str) -> None:
        """Nothing is shown of a node before it writes, unless it may ask a person: then it is alone."""
        if self._pools[name] == "console" and not self._floor and not self._whole:
            self._take(name)

    def wrote(self, name: str, text: str) -> None:
        """Shown at once for the node that has the floor (the first to write), kept for others."""
        if self._whole:
            return
        if not self._floor:
            self._take(name)
        if name == self._floor:
            self._say(self._clean(text))
        else:
            self._kept[name] = self._kept.get(name, "") + text

    def progress(self, name: str, text: str) -> None:
        """Nothing: text stays, and this passes."""

    def finished(self, report: NodeReport, text: str) -> None:
        """The block is closed; the floor goes to whoever has waited longest."""
        self._kept.pop(report.name, None)
        if report.name == self._floor:
            self._tail(report)
            self._pass_on()
        elif self._floor:
            self._closed.append((report, text))
        else:
            self._block(report, text)

    def said(self, text: str) -> None:
        """Shown at once, or as soon as nobody has the floor."""
        if self._floor:
            self._closed.append((None, text))
        else:
            self._line(self._clean(text))

    def ended(self, report: Report) -> None:
        """What happened to how many, and what bounded the run."""
        if not self._alone:
            self._line(wording.summary(report))

    def close(self) -> None:
        """Nothing: what was shown stays."""

    def _pass_on(self) -> None:
        """Show what has ended meanwhile, then give the floor to the first of those who have something to say."""
        self._floor = ""
        for report, text in self._closed:
            if report is None:
                self.said(text)
            else:
                self._block(report, text)
        self._closed.clear()
        for name in list(self._kept)[:1]:
            self._take(name)
            self._say(self._clean(self._kept.pop(name)))

    def _take(self, name: str) -> None:
        self._floor = name
        self._head(name)

    def _block(self, report: NodeReport, text: str) -> None:
        """All of a node that was not shown while it ran."""
        if text:
            self._head(report.name)
            self._say(self._clean(text))
        if text or self.explain or report.state != CACHED:
            self._tail(report)

    # ---- what another kind of text has otherwise

    def _head(self, name: str) -> None:
        """What stands above a node's words."""
        if not self._alone:
            self._line(wording.heading(name))

    def _tail(self, report: NodeReport) -> None:
        """What stands below them."""
        if not self._alone:
            self._line(wording.verdict(report, self.explain))

    def _clean(self, text: str) -> str:
        """A node's words as they may be shown."""
        return text

    def _line(self, text: str) -> None:
        """On a line of its own."""
        self._say(text if self._fresh or not text else f"\n{text}")

    def _say(self, text: str) -> None:
        if text:
            self._write(text)
            self._fresh = text.endswith("\n")
