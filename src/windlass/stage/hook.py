"""The `reference-transaction` hook of the stage's git remote: records what pushes change, and fires faults.

Run by path, as `python -S -E hook.py HOME STATE`, with git's lines on standard input; of windlass it loads
the file beside it and nothing else. Source: githooks(5), reference-transaction.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from windlass.stage.effects import Effects, Fault, Kind, kill
else:
    from effects import Effects, Fault, kill

_HANG_S = 120.0
"""The longest that a hanging remote hangs: the client's deadline is to come first."""


class Update(NamedTuple):
    """One ref of a transaction; None for "does not exist"."""

    ref: str
    was: str | None
    now: str | None


def main(home: Path, state: str, lines: list[str]) -> int:
    """Serve one call of the hook; what it exits with: in `prepared`, other than 0 aborts the transaction."""
    effects = Effects(home)
    marker = home / f"push-{os.getppid()}.open"  # by git's process, which is the same for both states
    if state == "prepared":
        return _prepared(effects, marker, [update for update in _updates(lines) if not _packing(update)])
    return _committed(effects, marker, _updates(lines))


def _prepared(effects: Effects, marker: Path, updates: list[Update]) -> int:
    if not updates:
        return 0
    n = effects.request("git", _words(updates))
    fault = effects.due(n)
    if fault and fault.when != "after":
        effects.fired(n, fault)
        _fire(fault)
        return 1
    marker.write_text(f"{n} {_words(updates)}")
    return 0


def _committed(effects: Effects, marker: Path, updates: list[Update]) -> int:
    if not updates or not marker.exists():  # git's own housekeeping
        return 0
    n, _, words = marker.read_text().partition(" ")
    if words != _words(updates):
        return 0
    marker.unlink()
    for update in updates:
        effects.record("git", update.ref, _kind(update.ref), update.was, update.now)
    fault = effects.due(int(n))
    if fault:
        effects.fired(int(n), fault)
        _fire(fault)
    return 0


def _updates(lines: list[str]) -> list[Update]:
    """What changes: lines of packed refs (nothing to nothing) and symbolic refs are left out."""
    words = [line.split(" ") for line in lines]
    rows = [Update(ref, _oid(was), _oid(now)) for was, now, ref in words if not now.startswith("ref:")]
    return sorted(row for row in rows if row.ref.startswith("refs/") and row.was != row.now)


def _oid(hexadecimal: str) -> str | None:
    return hexadecimal if hexadecimal.strip("0") else None


def _packing(update: Update) -> bool:
    """Whether this only moves a ref between its own file and `packed-refs`: the file holds it all along."""
    loose = Path(update.ref)
    return None in (update.was, update.now) and loose.is_file() and _is_packed_or_new(update, loose.read_text().strip())


def _is_packed_or_new(update: Update, loose: str) -> bool:
    if update.was is None:
        return loose == update.now
    packed = Path("packed-refs")
    return packed.is_file() and f"{loose} {update.ref}\n" in packed.read_text()


def _words(updates: list[Update]) -> str:
    return "push " + ", ".join(f"{ref} {(was or '-')[:10]}..{(now or '-')[:10]}" for ref, was, now in updates)


def _kind(ref: str) -> Kind:
    if ref.startswith("refs/tags/"):
        return "immutable"
    return "record" if ref.startswith("refs/windlass/") else "pointer"


def _fire(fault: Fault) -> None:
    """Do what the fault says. A hook can't make git lie or answer: short of that, the connection is cut."""
    git = os.getppid()
    if fault.action == "kill":
        _kill_when_gone(fault.pid, git)
    elif fault.action == "hang":
        client, until = _parent(git), time.monotonic() + _HANG_S
        while _parent(git) == client and time.monotonic() < until:
            time.sleep(0.05)
    elif fault.action == "cut" or fault.when == "after":
        os.kill(git, signal.SIGTERM)  # at which git removes its lock files; a remote that crashed is another fault


def _parent(pid: int) -> str:
    """The id of a process's parent: of git's side here, the client, until it gives up."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        return stat.read_text().rpartition(")")[2].split()[1]
    with os.popen(f"ps -o ppid= -p {pid:d}") as listing:  # noqa: S605 - a number
        return listing.read().strip()


def _kill_when_gone(pid: int, git: int) -> None:
    """Stop a process now, and kill it once git has finished or undone this transaction.

    A remote on another machine outlives its client. This one runs among the client's children: were the
    client killed now, whatever ends its children would end git too, half way, with its lock files left.
    """
    os.kill(pid, signal.SIGSTOP)
    end = os.pidfd_open(git) if hasattr(os, "pidfd_open") else None
    if os.fork():
        return
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    _wait_for_end(git, end)
    kill(pid)
    os._exit(0)


def _wait_for_end(pid: int, end: int | None, bound_s: float = 10.0) -> None:
    """Wait until a process has ended, by its descriptor where the system has those: then zombies count."""
    if end is not None:
        import select

        select.select([end], [], [], bound_s)
        return
    until = time.monotonic() + bound_s
    with suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.kill(pid, 0)
            time.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.stdin.read().splitlines()))
