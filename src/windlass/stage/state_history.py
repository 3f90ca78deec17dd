"""What the stand-ins did: a history of state changes, numbered requests, and the faults fired at them."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Literal, NamedTuple

Kind = Literal["immutable", "pointer", "draft", "record"]


class Effect(NamedTuple):
    """One change of a stand-in's state.

    Attributes:
        n: its number in the history, from 1.
        at: when, seconds since 1970.
        stand_in: `git`, `index`, `registry`, `forge` or `pages`.
        what: the name that changed; a draft's name is `NAME#ID`, where NAME is what it would be published as.
        kind: `immutable` (set once), `pointer` (may move), `draft` (private) or `record` (bookkeeping).
        was: digest or value before; None when it did not exist.
        now: digest or value after; None when it is gone.
    """

    n: int
    at: float
    stand_in: str
    what: str
    kind: Kind
    was: str | None
    now: str | None


class Request(NamedTuple):
    """One mutating request: `POST /index/legacy/`, or `push refs/heads/main, refs/tags/v1.3.0 (new)`.

    The same request of another run has the same words: what is drawn by lot in an address is left out.
    """

    n: int
    stand_in: str
    request: str


class Fault(NamedTuple):
    """What goes wrong at one mutating request.

    Attributes:
        at: which request, counted from arming, from 1.
        when: `before` (nothing read, nothing applied), `during` (read in part, nothing applied) or `after`
            (applied; the reply is never sent).
        action: `kill` (SIGKILL of `pid`), `cut` (the connection), `hang` (until the client gives up),
            `status` (answer with `status` and `headers`), `lie` (say the opposite: 201 when nothing was applied,
            500 when it was) or `meddle` (call `meddle`, then serve as if nothing had happened).
        pid: whom `kill` kills.
        status: what `status` answers.
        headers: what `status` answers with, such as `{"Retry-After": "1"}`.
        lasts: whether every later request to the same stand-in meets it too, until it is disarmed.
        of: count only requests to this stand-in with these words, as `STAND_IN: REQUEST`; empty for all.
        meddle: what happens meanwhile, by somebody else's hand.
    """

    at: int
    when: Literal["before", "during", "after"]
    action: Literal["kill", "cut", "hang", "status", "lie", "meddle"]
    pid: int = 0
    status: int = 503
    headers: Mapping[str, str] = MappingProxyType({})
    lasts: bool = False
    of: str = ""
    meddle: Callable[[], object] = lambda: None


class Firing(NamedTuple):
    """A fault that fired, and the number of the request that it hit."""

    n: int
    fault: Fault


class Effects:
    """The records of one stage; safe to use from several threads of the process that holds it open.

    Attributes:
        home: the stage's folder: `history.jsonl` and `requests.jsonl`.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._mutex = threading.Lock()
        self._armed: _ArmedFault | None = None
        self._due: dict[int, Fault] = {}
        self._firings: list[Firing] = []
        self._counts: dict[str, _FileLength] = {}

    def record(self, stand_in: str, what: str, kind: Kind, was: str | None, now: str | None) -> None:
        """Append a change of state; nothing when nothing changed."""
        if was == now:
            return
        change = {"stand_in": stand_in, "what": what, "kind": kind, "was": was, "now": now}
        with self._mutex:
            self._append("history.jsonl", {"at": time.time(), **change})

    def request(self, stand_in: str, request: str) -> int:
        """Append a mutating request that is about to be served; its number."""
        with self._mutex:
            n = self._append("requests.jsonl", {"stand_in": stand_in, "request": request})
            if self._armed is not None and self._armed.meets(stand_in, request):
                self._due[n] = self._armed.fault
            return n

    def arm(self, fault: Fault) -> None:
        """Let a fault wait for its request, in place of any other.

        Raises:
            ValueError: it counts from below 1, or is to kill no process in particular.
        """
        if fault.at < 1 or (fault.action == "kill" and fault.pid <= 1):
            raise ValueError(f"a fault that can't fire: {fault}")
        with self._mutex:
            self._armed = _ArmedFault(fault)

    def disarm(self) -> bool:
        """Take an armed fault away; whether there was one."""
        with self._mutex:
            armed, self._armed = self._armed, None
            return armed is not None

    def due(self, n: int) -> Fault | None:
        """The fault that request `n` meets."""
        return self._due.get(n)

    def record_firing(self, n: int, fault: Fault) -> None:
        """Record that a fault fires, just before it does; unless it lasts, it is disarmed."""
        with self._mutex:
            self._due.pop(n, None)
            self._firings.append(Firing(n, fault))
            if not fault.lasts:
                self._armed = None

    def history(self) -> tuple[Effect, ...]:
        """Every change of state, in order."""
        return tuple(Effect(**row) for row in self._rows("history.jsonl"))

    def requests(self) -> tuple[Request, ...]:
        """Every mutating request, in order."""
        return tuple(Request(**row) for row in self._rows("requests.jsonl"))

    def firings(self) -> tuple[Firing, ...]:
        """Every fault that fired, in order."""
        return tuple(self._firings)

    def _append(self, name: str, row: Mapping[str, Any]) -> int:
        with (self.home / name).open("ab") as file:
            n = self._count(name, file) + 1
            file.write(json.dumps({"n": n, **row}).encode() + b"\n")
            file.flush()
            self._counts[name] = _FileLength(os.fstat(file.fileno()), n)
        return n

    def _count(self, name: str, file: IO[bytes]) -> int:
        """How many lines the file has; counted again only where it is not as this left it."""
        known = self._counts.get(name)
        if known is not None and known.is_of(os.fstat(file.fileno())):
            return known.lines
        lines = _lines(self.home / name)
        if lines and not lines[-1].endswith(b"\n"):  # a writer was killed: end its half, so that the next stands alone
            file.write(b"\n")
        return len(lines)

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        for line in _lines(self.home / name):
            with suppress(ValueError):  # half a line
                yield json.loads(line)


class _FileLength(NamedTuple):
    """A file as it was left, and how many lines it had."""

    stat: os.stat_result
    lines: int

    def is_of(self, now: os.stat_result) -> bool:
        """Whether it still is that file, and as long."""
        return (self.stat.st_ino, self.stat.st_size) == (now.st_ino, now.st_size)


class _ArmedFault:
    """A fault that waits, and how many requests of its kind it has seen."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._count = 0
        self._hit = ""

    def meets(self, stand_in: str, request: str) -> bool:
        """Count a request; whether the fault is due."""
        if self._hit:
            return self.fault.lasts and stand_in == self._hit
        if self.fault.of in ("", f"{stand_in}: {request}"):
            self._count += 1
        if self._count < self.fault.at:
            return False
        self._hit = stand_in
        return True


def kill(pid: int) -> None:
    """SIGKILL a process, if it still is there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
