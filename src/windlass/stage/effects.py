"""What the stand-ins did: a history of state changes, numbered requests, and the faults fired at them.

Standard library only, and quick to import: the git remote's hook runs this file twice a push.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

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
    """One mutating request: `POST /legacy/` over HTTP, or a transaction of git refs."""

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
            `status` (answer with `status` and `headers`) or `lie` (say the opposite: 200 when nothing was
            applied, 500 when it was).
        pid: whom `kill` kills.
        status: what `status` answers.
        headers: what `status` answers with, such as `{"Retry-After": "1"}`.
    """

    at: int
    when: Literal["before", "during", "after"]
    action: Literal["kill", "cut", "hang", "status", "lie"]
    pid: int = 0
    status: int = 503
    headers: Mapping[str, str] = MappingProxyType({})


class Firing(NamedTuple):
    """A fault that fired, and the number of the request that it hit."""

    n: int
    fault: Fault


class Effects:
    """The records of one stage, shared by its server and its git hook.

    Attributes:
        home: the stage's folder: `history.jsonl`, `requests.jsonl`, `fired.jsonl`, and `fault.json` while one
            is armed.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._fault = home / "fault.json"

    def record(self, stand_in: str, what: str, kind: Kind, was: str | None, now: str | None) -> None:
        """Append a change of state; nothing when nothing changed."""
        if was == now:
            return
        change = {"stand_in": stand_in, "what": what, "kind": kind, "was": was, "now": now}
        self._append("history.jsonl", lambda n: {"n": n, "at": time.time(), **change})

    def request(self, stand_in: str, request: str) -> int:
        """Append a mutating request that is about to be served; its number."""
        return self._append("requests.jsonl", lambda n: {"n": n, "stand_in": stand_in, "request": request})

    def arm(self, fault: Fault) -> None:
        """Let a fault wait for its request.

        Raises:
            ValueError: it counts from below 1, or is to kill no process in particular.
        """
        if fault.at < 1 or (fault.action == "kill" and fault.pid <= 1):
            raise ValueError(f"a fault that can't fire: {fault}")
        with self._locked():
            since = len(_lines(self.home / "requests.jsonl"))
            row = {**fault._asdict(), "headers": dict(fault.headers), "since": since}
            scratch = self._fault.with_suffix(".new")
            scratch.write_text(json.dumps(row))
            scratch.replace(self._fault)

    def disarm(self) -> bool:
        """Take an armed fault away; whether there was one."""
        with suppress(FileNotFoundError):
            self._fault.unlink()
            return True
        return False

    def due(self, n: int) -> Fault | None:
        """The fault armed for request `n`."""
        try:
            row = json.loads(self._fault.read_bytes())
        except FileNotFoundError:
            return None
        return _fault(row) if row["since"] + row["at"] == n else None

    def fired(self, n: int, fault: Fault) -> None:
        """Record that a fault fires, just before it does, and disarm it."""
        row = {"at": time.time(), "request": n, "fault": {**fault._asdict(), "headers": dict(fault.headers)}}
        self._append("fired.jsonl", lambda number: {"n": number, **row})
        self.disarm()

    def history(self) -> tuple[Effect, ...]:
        """Every change of state, in order."""
        return tuple(Effect(**row) for row in self._rows("history.jsonl"))

    def requests(self) -> tuple[Request, ...]:
        """Every mutating request, in order."""
        return tuple(Request(**row) for row in self._rows("requests.jsonl"))

    def firings(self) -> tuple[Firing, ...]:
        """Every fault that fired, in order."""
        return tuple(Firing(row["request"], _fault(row["fault"])) for row in self._rows("fired.jsonl"))

    def _append(self, name: str, row: Callable[[int], Mapping[str, Any]]) -> int:
        path = self.home / name
        with self._locked():
            lines = _lines(path)
            n = len(lines) + 1
            # A writer that was killed may have left half a line: end it, so that this one stands alone.
            start = b"\n" if lines and not lines[-1].endswith(b"\n") else b""
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(file, start + json.dumps(row(n)).encode() + b"\n")
            finally:
                os.close(file)
        return n

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        for line in _lines(self.home / name):
            with suppress(ValueError):  # half a line
                yield json.loads(line)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.home / "effects.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # let go by the kernel, however its holder ends
            yield


def kill(pid: int) -> None:
    """SIGKILL a process, if it still is there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _fault(row: Mapping[str, Any]) -> Fault:
    return Fault(**{name: row[name] for name in Fault._fields})


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
