"""A run as plain text: a block a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TextIO

from windlass.graph.display import wording
from windlass.graph.node import CACHED, NodeReport

if TYPE_CHECKING:
    from windlass.graph.report import Report


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

    def on_plan(self, pools: Mapping[str, str], reports: Mapping[str, NodeReport]) -> None:
        """A run of one node needs no headings."""
        self._pools = pools
        self._alone = len(pools) == 1

    def on_start(self, name: str) -> None:
        """Nothing is shown of a node before it writes, unless it may ask a person: then it is alone."""
        if self._pools[name] == "console" and not self._floor and not self._whole:
            self._take(name)

    def on_output(self, name: str, text: str) -> None:
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

    def on_finish(self, report: NodeReport, text: str) -> None:
        """The block is closed; the floor goes to whoever has waited longest."""
        self._kept.pop(report.name, None)
        if report.name == self._floor:
            self._tail(report)
            self._pass_on()
        elif self._floor:
            self._closed.append((report, text))
        else:
            self._block(report, text)

    def on_text(self, text: str) -> None:
        """Shown at once, or as soon as nobody has the floor."""
        if self._floor:
            self._closed.append((None, text))
        else:
            self._line(self._clean(text))

    def on_end(self, report: Report) -> None:
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
                self.on_text(text)
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
