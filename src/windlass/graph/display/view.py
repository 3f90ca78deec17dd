"""Showing a run: who is told of it, and plain text: one node's words at a time, as they come; whole blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TextIO

from windlass.graph.node import NodeReport

if TYPE_CHECKING:
    from windlass.graph.report import Report

FOLLOWED = "WINDLASS_EVENTS"
"""Names the pipe on which whoever started this process follows its runs, as `events.listening` does."""


class View(Protocol):
    """Who is told how a run goes. Called from one thread at a time. One that inherits hears what it has methods for.

    Attributes:
        explain: told of every node, also of one that was up to date and silent.
        stream: what it writes to; None where it is no stream.
    """

    explain: bool
    stream: TextIO | None

    def on_plan(self, pools: Mapping[str, str], reports: Mapping[str, NodeReport]) -> None:
        """These nodes are to run, name → pool; `reports` gets an entry for each that is over."""
        return

    def on_start(self, name: str) -> None:
        """A node began."""
        return

    def on_output(self, name: str, text: str) -> None:
        """A node wrote something; never of one that was up to date."""
        return

    def progress(self, name: str, text: str) -> None:
        """What a node is at, in a few words: for a line that changes; no part of what it wrote."""
        return

    def on_finish(self, report: NodeReport, text: str) -> None:
        """A node ended; `text` is all that it wrote. Not called for what was up to date and silent."""
        return

    def on_text(self, text: str) -> None:
        """Whole lines that are no node's, such as those of a command that runs several graphs."""
        return

    def on_end(self, report: Report) -> None:
        """The run ended."""
        return

    def close(self) -> None:
        """Nothing more will be told; leave the place in order, also after an error. Safe to repeat."""
        return


class Silent(View):
    """Tells nobody."""

    explain = False
    stream = None
