"""A rehearsal as it goes: shown as one run, whose nodes are the steps and, under each, what runs inside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from windlass.errors import CancelledError
from windlass.graph import Report
from windlass.graph.body.node_execution import current
from windlass.graph.display import wording
from windlass.graph.display.plain import Plain
from windlass.graph.display.view import View
from windlass.graph.node import DONE, ENDED, FAILED, NodeReport
from windlass.graph.report import RunRecord
from windlass.printable_text import printable

_LULLS_S = (5.0, 10.0, 20.0, 40.0, 60.0)
"""After so many seconds without a word, text says what runs; each time later, until something else is shown."""
_LOOK_S = 0.5
_NAMED = 6
"""How many running nodes are named then at most."""


def under(step: str, name: str) -> str:
    """What a node is called that runs inside a step."""
    return f"{step} › {name}"


@dataclass
class _Running:
    """A node that runs: since when, and what it is at."""

    start_s: float
    at: str = ""


class StepNodes(NamedTuple):
    """What ran inside a step, as a rehearsal's clock has it.

    Attributes:
        nodes: those that ended, by their own names.
        critical_path_s: seconds of what bounded them.
    """

    nodes: tuple[NodeReport, ...] = ()
    critical_path_s: float = 0.0


class Display:
    """Tells a view of a rehearsal; safe to use from several threads.

    A view with lines for what runs needs no more. Text, which shows a node when it has ended, is told now and then
    what it waits for.
    """

    def __init__(
        self,
        view: View,
        steps: Iterable[str],
        clock: Callable[[], float] = time.monotonic,
        look_s: float = _LOOK_S,
    ) -> None:
        """`steps`: those that are known already; `look_s`: how often to see whether text waits; 0 for never."""
        self._view = view
        self._clock = clock
        self.began = self._shown = clock()
        self._lulls = 0
        self._lock = threading.Lock()
        self._pools = dict.fromkeys(steps, "net")
        self._steps = set(self._pools)
        self._reports: dict[str, NodeReport] = {}
        self._critical_s: dict[str, float] = {}  # step → that of the runs inside it
        self._running: dict[str, _Running] = {}
        self._texts: set[int] = set()  # hashes of what nodes were seen to say
        self._over = threading.Event()
        view.on_plan(self._pools, self._reports)
        if look_s and isinstance(view, Plain):
            threading.Thread(target=self._look, args=(look_s,), daemon=True, name="windlass-lull").start()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A part of the rehearsal, for the block."""
        self._steps.add(name)
        self.on_text(wording.heading(name))
        self.on_start(name)
        start_s, state = self.now(), FAILED
        try:
            yield
            state = DONE
        except CancelledError:
            state = ENDED
            raise
        finally:
            self.on_finish(NodeReport(name, start_s, self.now(), state), "")

    def close(self) -> None:
        """The rehearsal is over, well or not: how many nodes went which way; all of it into the outer run's trace."""
        with self._lock:
            self._over.set()
            everything = tuple(self._reports.values())
            nodes = tuple(one for one in everything if one.name not in self._steps)
            self._view.on_end(Report({}, nodes or everything, self.now(), (), 0.0))
            self._view.close()
        outer = current()
        if outer is not None:
            outer.runs.append(RunRecord(self.began, Report({}, everything, self.now(), (), 0.0), {}))

    # ---- what happens in it

    def now(self) -> float:
        """Seconds since it began."""
        return self._clock() - self.began

    def on_plan(self, names: Iterable[str]) -> None:
        """More nodes that are to run."""
        with self._lock:
            self._pools.update(dict.fromkeys(names, "net"))

    def over(self, reports: Iterable[NodeReport]) -> None:
        """Nodes that ended, shown or not."""
        with self._lock:
            self._reports.update((report.name, report) for report in reports)

    def on_start(self, name: str) -> None:
        """A node began."""
        with self._lock:
            self._pools.setdefault(name, "net")
            self._running[name] = _Running(self.now())
            self._view.on_start(name)

    def on_output(self, name: str, text: str) -> None:
        """A node wrote something."""
        with self._lock:
            self._view.on_output(name, text)

    def progress(self, name: str, text: str) -> None:
        """What a node is at."""
        with self._lock:
            if name in self._running:
                self._running[name].at = text
            self._view.progress(name, text)

    def on_finish(self, report: NodeReport, text: str) -> None:
        """A node ended; `text` is what is shown of what it wrote."""
        with self._lock:
            self._reset_lull()
            self._running.pop(report.name, None)
            self._reports[report.name] = report
            self._texts.add(hash(text))
            self._view.on_finish(report, text)

    def was_shown(self, text: str) -> bool:
        """Whether a node that ended said just this."""
        with self._lock:
            return hash(text) in self._texts

    def on_text(self, text: str) -> None:
        """Whole lines that are no node's."""
        with self._lock:
            self._reset_lull()
            self._view.on_text(text)

    def on_end(self, step: str, critical_path_s: float) -> None:
        """A run inside a step ended."""
        with self._lock:
            self._critical_s[step] = self._critical_s.get(step, 0.0) + critical_path_s

    def nodes_of(self, step: str) -> StepNodes:
        """What ran inside a step; nothing where there was none."""
        start = under(step, "")
        with self._lock:
            own = [one for one in self._reports.values() if one.name.startswith(start)]
            nodes = tuple(one._replace(name=one.name.removeprefix(start)) for one in own)
            return StepNodes(nodes, self._critical_s.get(step, 0.0))

    def say(self, line: str) -> None:
        """A line that is no node's."""
        self.on_text(f"{line}\n")

    # ---- while nothing is shown

    def lull(self) -> None:
        """Where nothing was shown for a while, say what runs."""
        with self._lock:
            patience_s = _LULLS_S[min(self._lulls, len(_LULLS_S) - 1)]
            if self._over.is_set() or not self._running or self._clock() - self._shown < patience_s:
                return
            self._lulls += 1
            self._shown = self._clock()
            self._view.on_text(self._waiting())

    def _look(self, every_s: float) -> None:
        while not self._over.wait(every_s):
            self.lull()

    def _reset_lull(self) -> None:
        self._shown, self._lulls = self._clock(), 0

    def _waiting(self) -> str:
        """What runs; a step only where nothing inside it does."""
        now = self.now()
        inside = {name: one for name, one in self._running.items() if name not in self._steps} or self._running
        named = [
            f"{printable(name)} ({wording.whole_seconds(now - one.start_s)}{f': {one.at}' if one.at else ''})"
            for name, one in list(inside.items())[:_NAMED]
        ]
        more = f" and {len(inside) - len(named)} more" if len(inside) > len(named) else ""
        return f"── after {wording.whole_seconds(now)}: {', '.join(named)}{more}\n"
