"""What belongs to a thread and to all threads that it starts: whose output, whose programs, which job."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class InheritedVariable(Generic[T]):
    """A context variable that new threads inherit, as Python's own do not.

    Threads are looked after from the first `set_in_block` on. One that was started outside has nothing.
    """

    def __init__(self, name: str) -> None:
        self._own: ContextVar[T | None] = ContextVar(name, default=None)
        _all.append(self)

    def get(self) -> T | None:
        """What this thread has, by itself or from the thread that started it."""
        own = self._own.get()
        if own is None and _heirs:
            return cast("T | None", _heirs.get(threading.current_thread(), {}).get(self))
        return own

    @contextlib.contextmanager
    def set_in_block(self, value: T) -> Iterator[None]:
        """In this block this thread, and those that it starts, have `value`."""
        if not _plain_start:
            _look_after_threads()
        token = self._own.set(value)
        try:
            yield
        finally:
            self._own.reset(token)


_all: list[InheritedVariable[Any]] = []
_heirs: weakref.WeakKeyDictionary[threading.Thread, Mapping[InheritedVariable[Any], Any]] = weakref.WeakKeyDictionary()
"""Thread → what the one that started it had then."""
_lock = threading.Lock()
_plain_start: list[Callable[[threading.Thread], None]] = []


def _look_after_threads() -> None:
    """From now on every thread that starts is noted, for as long as this process lives.

    Python 3.12 and later tell audit hooks of it; 3.11 tells nobody, so `start` itself has to.
    """
    with _lock:
        if not _plain_start:
            _plain_start.append(threading.Thread.start)
            threading.Thread.start = _start  # type: ignore[method-assign]


def _start(self: threading.Thread) -> None:
    has = {one: value for one in _all if (value := one.get()) is not None}
    if has:
        _heirs[self] = has
    _plain_start[0](self)
