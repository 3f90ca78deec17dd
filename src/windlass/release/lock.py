"""The lock: a ref on the remote that keeps two releases from wasting work. Safety does not rest on it."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from windlass.errors import ConflictError, LockedError, WindlassError
from windlass.git import Git, Identity, RefUpdate

REF = "refs/windlass/lock"
TTL_S = 120.0
"""How long a holder may be silent; it renews every third of this."""
NOBODY = Identity("windlass", "windlass@localhost", 0)


@dataclass(frozen=True)
class Holder:
    """Who holds the lock.

    Attributes:
        what: what it does, such as `release v1.3.0`.
        host: its machine's name.
        boot_id: which boot of that machine.
        pid: its process.
        started: the process's start, by the kernel's count, so that a reused pid is told apart.
        time: when it took or last renewed the lock, Unix seconds by its own clock.
        nonce: makes every value of the ref one of a kind.
        since: when it took the lock, by the same clock. Clocks are for people to read: nothing is decided by them.
    """

    what: str
    host: str
    boot_id: str
    pid: int
    started: str
    time: float
    nonce: str
    since: float = 0.0

    def is_gone(self) -> bool:
        """Whether it ran on this very boot of this very machine and is no more."""
        here = (socket.gethostname(), _boot_id())
        return (self.host, self.boot_id) == here and _start_time(self.pid) != self.started

    def is_here(self) -> bool:
        """Whether it runs on this machine now."""
        return self.host == socket.gethostname() and self.boot_id == _boot_id() and not self.is_gone()


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _start_time(pid: int) -> str:
    """The start time of a process by the kernel's count; empty when there is none such (or it is a zombie)."""
    if not Path("/proc/self/stat").exists():
        return _started_without_proc(pid)
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state == "Z" else fields[18]


def _started_without_proc(pid: int) -> str:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "unknown"


def this_process(what: str, since: float = 0.0) -> Holder:
    """This process as a holder; `since` when it took the lock, now by default."""
    pid, now = os.getpid(), time.time()
    return Holder(what, socket.gethostname(), _boot_id(), pid, _start_time(pid), now, uuid.uuid4().hex, since or now)


@dataclass
class HeldLock:
    """The lock while this process holds it; renewed by a thread of its own.

    Attributes:
        oid: the ref's present value.
    """

    git: Git
    what: str
    oid: str
    ttl_s: float = TTL_S
    clock: Callable[[], float] = time.monotonic
    _mutex: threading.Lock = field(default_factory=threading.Lock)
    _renewed: float = 0.0
    _since: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._renewed, self._since = self.clock(), time.time()
        threading.Thread(target=self._renew_for_ever, name="lock", daemon=True).start()

    def check(self) -> None:
        """Before every effect.

        Raises:
            LockedError: the lock was lost, or could not be renewed in time.
        """
        silent_s = self.clock() - self._renewed
        if silent_s > self.ttl_s * 2 / 3:
            raise LockedError(
                "the release lock could not be renewed, so this run stops before its next effect",
                facts={"silent for": f"{silent_s:.0f} s"},
                remedy="see that the git remote can be reached, then run the same again: it finishes the release",
            )

    def push_with_advance(self, *updates: RefUpdate) -> None:
        """Push refs and the lock's advance together, so that a holder which lost the lock is refused whole.

        Raises:
            LockedError: somebody else has the lock now; nothing was changed.
            ConflictError, RemoteRefusedError, RemoteUnreachableError: as `Git.push`.
        """
        with self._mutex:
            new = _write(self.git, this_process(self.what, self._since), self.oid)
            asked = self.clock()  # others may count from here on, however late the answer is
            try:
                self.git.push(*updates, RefUpdate(REF, new, self.oid))
            except ConflictError as moved:
                there = self.git.ls_remote(REF).get(REF, "")
                if there == self.oid:
                    raise
                self._renewed = float("-inf")
                raise _lost_error(read(self.git, there) if there else None) from moved
            self.oid, self._renewed = new, asked

    def delete(self) -> None:
        """Delete the ref, where it is still ours; a lock that can't be deleted expires by itself."""
        self._stop.set()
        with self._mutex:
            try:
                self.git.append(RefUpdate(REF, "", self.oid))
            except WindlassError:
                return

    def _renew_for_ever(self) -> None:
        while not self._stop.wait(self.ttl_s / 3):
            try:
                self.push_with_advance()
            except LockedError:
                return
            except WindlassError:
                continue  # tried again; `check` stops the release when it lasts


def _quiet(_: str) -> None:
    """Nobody is told."""


@contextmanager
def hold(
    git: Git, what: str, *, wait_s: float = 0.0, ttl_s: float = TTL_S, say: Callable[[str], None] = _quiet
) -> Iterator[HeldLock]:
    """Hold the lock for the block.

    Args:
        what: what for, for others to read.
        wait_s: how long to wait for a holder that is alive.
        say: is told whom this run waits for.

    Raises:
        LockedError: somebody else holds it, with holder, age and state.
    """
    held = HeldLock(git, what, _take(git, what, wait_s, ttl_s, say), ttl_s)
    try:
        yield held
    finally:
        held.delete()


def _take(git: Git, what: str, wait_s: float, ttl_s: float, say: Callable[[str], None]) -> str:
    """Take the lock: when free, when its holder is gone, or when its value stood still for twice its time-to-live.

    A holder on another machine is watched until it either renews (it is alive) or has been silent for that long.
    """
    from windlass.backoff import pause

    begin = since = time.monotonic()
    seen, renewals, told = None, -1, ""
    while True:
        there = git.ls_remote(REF).get(REF, "")
        if there != seen:
            seen, since, renewals = there, time.monotonic(), renewals + 1
        silent_s = time.monotonic() - since
        holder = read(git, there) if there else None
        if holder is None or holder.is_gone() or silent_s > 2 * ttl_s:
            new = _write(git, this_process(what), there)
            try:
                git.append(RefUpdate(REF, new, there))
            except ConflictError:
                continue  # another was quicker: look at who
            return new
        state = _state(holder, renewals > 0, silent_s, ttl_s)
        if (holder.is_here() or renewals > 0) and time.monotonic() - begin >= wait_s:
            raise _locked_error(holder, state)
        if holder.what != told:
            told = holder.what
            say(f"waiting for {holder.what} ({holder.host}, process {holder.pid}; {state})")
        pause(1.0)


def _state(holder: Holder, renewed: bool, silent_s: float, ttl_s: float) -> str:
    if holder.is_here():
        return "running on this machine"
    if renewed:
        return "running on another machine: it renewed the lock while this run looked"
    return f"on another machine, silent for {silent_s:.0f} s; taken over from after {2 * ttl_s:.0f} s of silence"


def read(git: Git, oid: str) -> Holder | None:
    """The holder that a value of the ref names; None when it can't be had or read (then it counts as nobody's)."""
    if not git.has(oid):
        git.fetch(REF)
    raw = git.show(oid, "holder.json")
    try:
        return Holder(**json.loads(raw or b""))
    except (ValueError, TypeError):
        return None


def _write(git: Git, holder: Holder, parent: str) -> str:
    tree = git.tree({"holder.json": json.dumps(asdict(holder)).encode()})
    return git.commit(tree, [parent] if parent else [], f"lock: {holder.what}", NOBODY)


def _lost_error(holder: Holder | None) -> LockedError:
    facts = _holder_facts(holder) if holder is not None else {"holder": "(nobody that can be read)"}
    return LockedError(
        "the release lock was taken over by another run; nothing was changed",
        facts=facts,
        remedy="wait until that one is done, then run the same again: a release that was begun is finished",
    )


def _locked_error(holder: Holder, state: str) -> LockedError:
    return LockedError(
        "another release holds the lock; this run touched nothing",
        facts={**_holder_facts(holder), "state": state},
        remedy="wait until it is done and run the same again; a holder that died is taken over from",
    )


def _holder_facts(holder: Holder) -> dict[str, str]:
    now = time.time()
    return {
        "holder": holder.what,
        "where": f"{holder.host}, process {holder.pid}",
        "age": f"held for {max(now - holder.since, 0):.0f} s, renewed {max(now - holder.time, 0):.0f} s ago",
    }
