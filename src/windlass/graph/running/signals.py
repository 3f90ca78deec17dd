"""Ctrl-C and SIGTERM end a run in order: told first, killed after the grace, at once the second time."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from windlass.graph.running.scheduler import Stop

_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP"}


class FirstSignal:
    """Attributes: signal: the first signal that came, or 0."""

    signal = 0


@contextlib.contextmanager
def end_on_signals(stop: Callable[[Stop], None]) -> Iterator[FirstSignal]:
    """In this block the signals that end a process end the run instead; only in the main thread, else nothing."""
    first = FirstSignal()

    def hear(number: int, _: FrameType | None) -> None:
        again = bool(first.signal)
        first.signal = first.signal or number
        stop(Stop(_NAMES[signal.Signals(number)], at_once=again))

    if threading.current_thread() is not threading.main_thread():
        yield first
        return
    before = {number: signal.getsignal(number) for number in _NAMES}
    ours = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in ours:
        signal.signal(number, hear)
    try:
        yield first
    finally:
        for number in ours:
            signal.signal(number, before[number])
