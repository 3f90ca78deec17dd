"""Waiting, and trying again ever less often: one way for every remote, which ends with the run that it is in."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from windlass.progress import progress
from windlass.shell.inherited_thread_locals import InheritedVariable

_pausing: InheritedVariable[Callable[[float], None]] = InheritedVariable("windlass-pause")


def pause(seconds: float) -> None:
    """Wait. In a node's body it ends with the run.

    Raises:
        CancelledError: the run is ending.
    """
    (_pausing.get() or time.sleep)(seconds)


def paused_by(wait: Callable[[float], None]) -> AbstractContextManager[None]:
    """In this block (in this thread and those that it starts) `pause` waits in this way."""
    return _pausing.set_in_block(wait)


class Backoff:
    """Pauses between tries of one thing, each twice as long as the one before, within a bound that begins now."""

    def __init__(
        self,
        bound_s: float,
        *,
        first_s: float,
        longest_s: float,
        tries: int = 0,
        room_s: float = 0.0,
        wait: Callable[[float], None] = pause,
    ) -> None:
        """How patient it is.

        Args:
            bound_s: seconds for all tries and pauses.
            first_s: the first pause, and the shortest.
            longest_s: the longest, unless the remote asks for more.
            tries: how often it is tried at most; 0 for as often as there is time.
            room_s: what another try needs: every pause ends so long before the bound.
            wait: how to wait; tests pass their own.
        """
        self._bound_s = bound_s
        self._began = time.monotonic()
        self._first_s = first_s
        self._next_s = first_s
        self._longest_s = longest_s
        self._tries_left = tries if tries else None
        self._room_s = room_s
        self._wait = wait
        self._waited_s = 0.0

    @property
    def left_s(self) -> float:
        """Seconds until the bound."""
        return max(self._bound_s - max(time.monotonic() - self._began, self._waited_s), 0.0)

    @property
    def is_over(self) -> bool:
        """Whether that was the last try, or no time is left for another."""
        return self._tries_left == 1 or self.left_s <= self._room_s

    def again(self, why: str, asked_s: float | None = None) -> bool:
        """Wait, and say whether to try once more; False at once where there is no time, or was the last try.

        Args:
            why: what is waited for, in a few words, for whoever looks on.
            asked_s: how long the remote asks to wait (`Retry-After`): never shortened, and kept where there is time.
        """
        time_s = self.left_s - self._room_s
        pause_s = min(self._next_s, time_s) if asked_s is None else max(asked_s, self._first_s)
        if self.is_over or pause_s > time_s:
            return False
        if self._tries_left is not None:
            self._tries_left -= 1
        progress(f"{why}: asking again in {pause_s:.0f} s")
        self._wait(pause_s)
        self._waited_s += pause_s
        self._next_s = min(self._next_s * 2, self._longest_s)
        return True
