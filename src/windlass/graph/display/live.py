"""Showing a run on a terminal: lines for what runs, which change; above them, whole blocks of what finished."""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TextIO

from windlass.graph.display import wording
from windlass.graph.display.screen import Screen, on_coming_back
from windlass.graph.node import CACHED, FAILED, NodeReport
from windlass.printable_text import printable, without_escapes

if TYPE_CHECKING:
    from windlass.graph.report import Report

_EVERY_S = 0.1
_MOST = 12
"""How many running nodes have a line of their own, on a screen that has room."""
_RED, _BOLD, _DIM, _PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"
_LAST = 400
"""Characters of a node's newest line that are remembered."""


class Live:
    """Lines at the bottom of a terminal, drawn ten times a second; a run of a single node shows its words only.

    Blocks are written with the next drawing, so that a thousand short nodes cost no thousand drawings.
    """

    def __init__(
        self,
        screen: Screen,
        explain: bool = False,
        every_s: float = _EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`every_s`: seconds between two drawings; 0 for none but those that `draw` is called for."""
        self.explain = explain
        self.stream: TextIO | None = screen.stream
        self._screen = screen
        self._every_s = every_s
        self._clock = clock
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._pools: Mapping[str, str] = {}
        self._alone = False
        self._aside = ""  # the node that has the terminal for itself
        self._began = clock()
        self._running: dict[str, _Running] = {}
        self._reports: Mapping[str, NodeReport] = {}
        self._failed = 0
        self._blocks: list[str] = []  # what is to be written with the next drawing
        self._drawn: list[str] = []  # the lines that stand at the bottom now
        self._fresh = True  # what was written directly ended its line
        self._came_back: Callable[[], None] = lambda: None

    def on_plan(self, pools: Mapping[str, str], reports: Mapping[str, NodeReport]) -> None:
        """Nothing is drawn before the first tenth of a second is over."""
        self._pools = pools
        self._reports = reports
        self._alone = len(pools) == 1
        if not self._alone and self._every_s:
            threading.Thread(target=self._keep_drawing, daemon=True, name="windlass-live").start()
            self._came_back = on_coming_back(self.forget)

    def on_start(self, name: str) -> None:
        """It gets a line; one that may ask a person gets the terminal."""
        with self._lock:
            self._running[name] = _Running(name, self._clock())
            if self._pools[name] == "console" and not self._alone:
                self._blocks.append(self._paint(_BOLD, wording.heading(name)))
                self.draw()
                self._erase()
                self._aside = name

    def on_output(self, name: str, text: str) -> None:
        """Its newest line is shown beside its name."""
        with self._lock:
            if self._alone or name == self._aside:
                self._screen.write(text)
                self._fresh = text.endswith("\n")
            elif name in self._running:
                self._running[name].hear(text)

    def progress(self, name: str, text: str) -> None:
        """It is shown beside its name."""
        with self._lock:
            if name in self._running:
                self._running[name].hear(f"\n{text}\n")

    def on_text(self, text: str) -> None:
        """Written above the lines with the next drawing."""
        with self._lock:
            if self._alone or self._aside:
                self._screen.write(text)
                self._fresh = text.endswith("\n")
            else:
                self._blocks.append(text)

    def on_finish(self, report: NodeReport, text: str) -> None:
        """Its block is written."""
        with self._lock:
            began = self._running.pop(report.name, None)
            self._failed += report.state == FAILED
            if self._alone:
                self._screen.write("" if began else text)  # what began was shown as it wrote
            elif report.name == self._aside:
                self._aside = ""
                self._blocks.append(("" if self._fresh else "\n") + self._verdict(report))
            else:
                self._blocks.append(self._block(report, text))

    def on_end(self, report: Report) -> None:
        """What is left to say is said, and the lines go."""
        with self._lock:
            if not self._alone:
                self._blocks.append(wording.summary(report))
            self.close()

    def close(self) -> None:
        """The lines go."""
        self._came_back()
        with self._lock:
            self._over.set()
            self._running.clear()
            self.draw()

    # ---- drawing

    def _keep_drawing(self) -> None:
        while not self._over.wait(self._every_s):
            self.draw()

    def draw(self) -> None:
        """Take the lines away, write the blocks that came, and draw the lines anew: all in one go."""
        with self._lock:
            if self._aside or self._alone:
                return
            columns, rows = self._screen.size()
            lines = self._lines(columns, rows)
            if not self._blocks and lines == self._drawn:
                return
            new = "".join(self._blocks)
            self._screen.write(self._erasure(columns) + new + "\n".join(lines) + ("\r" if lines else ""))
            self._blocks.clear()
            self._drawn = lines

    def forget(self) -> None:
        """What was drawn is out of reach (the shell wrote below it, after Ctrl-Z): it stays, and is drawn anew."""
        self._drawn = []

    def _erase(self) -> None:
        self._screen.write(self._erasure(self._screen.size()[0]))
        self._drawn = []

    def _erasure(self, columns: int) -> str:
        """What takes the lines away. The cursor stands at the beginning of the last one."""
        if not self._drawn:
            return ""
        above = len(self._drawn) - 1
        if self._screen.reflows:  # a line that no longer fits has become several
            above = sum(max(-(-cells(line) // columns), 1) for line in self._drawn[:-1])
        return f"\r\x1b[{above}A\x1b[J" if above else "\r\x1b[J"

    def _lines(self, columns: int, rows: int) -> list[str]:
        """One for each node that runs, the longest first, and one for the whole."""
        if not self._running:
            return []
        now = self._clock()
        room = max(min(rows - 3, _MOST), 0)
        shown = list(self._running.values())[:room]
        lines = [one.line(now, columns - 1) for one in shown]
        return [*lines, clip(self._whole(now, len(self._running) - len(shown)), columns - 1)]

    def _whole(self, now: float, hidden: int) -> str:
        more = f", {hidden} of them not shown" if hidden else ""
        bad = f", {self._failed} failed" if self._failed else ""
        over = f"{len(self._reports)} of {len(self._pools)} over{bad}"
        return f"── {over}, {len(self._running)} running{more}, {wording.whole_seconds(now - self._began)}"

    def _block(self, report: NodeReport, text: str) -> str:
        if not text:
            return self._verdict(report) if self.explain or report.state != CACHED else ""
        ended = "" if text.endswith("\n") else "\n"
        return self._paint(_BOLD, wording.heading(report.name)) + text + self._reset(ended) + self._verdict(report)

    def _verdict(self, report: NodeReport) -> str:
        return self._paint(_RED if report.state == FAILED else _DIM, wording.verdict(report, self.explain))

    def _paint(self, colour: str, line: str) -> str:
        return f"{colour}{line[:-1]}{_PLAIN}\n" if line and self._screen.colour else line

    def _reset(self, text: str) -> str:
        """A node's colours end with its words."""
        return f"{_PLAIN}{text}" if self._screen.colour else text


class _Running:
    """A node that runs, and the newest line that it wrote."""

    def __init__(self, name: str, start: float) -> None:
        self._name = printable(name)
        self._start = start
        self._last = ""
        self._open = ""  # a line that is not complete

    def hear(self, text: str) -> None:
        lines = (self._open + text[-4 * _LAST :]).replace("\r", "\n").split("\n")
        self._open = lines[-1][-_LAST:]
        said = [line for line in lines if line.strip()]
        if said:
            self._last = said[-1][:_LAST]

    def line(self, now: float, columns: int) -> str:
        """Seconds, name, newest words; as wide as the columns at most."""
        last = without_escapes(self._last).expandtabs(1)
        words = "".join(one for one in last if one.isprintable())
        return clip(f"{wording.whole_seconds(now - self._start):>6}  {self._name}  {words}", columns)


def cells(text: str) -> int:
    """How many columns a terminal needs for it."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(one: str) -> int:
    if unicodedata.combining(one) or unicodedata.category(one) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1


def clip(text: str, columns: int) -> str:
    """As much of it as fits."""
    if cells(text) <= columns:
        return text.rstrip()
    kept, used = [], 0
    for one in text:
        used += _cells(one)
        if used > columns - 1:
            break
        kept.append(one)
    return "".join(kept).rstrip() + "…" if columns > 0 else ""
