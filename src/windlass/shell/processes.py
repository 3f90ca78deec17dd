"""The processes of this machine: who runs, in which group, and how a whole tree of them ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple


class Process(NamedTuple):
    """One of them: its id, its parent's, and its process group's."""

    pid: int
    parent: int
    group: int


def running() -> list[Process]:
    """Every process that runs on this machine, zombies apart."""
    if not Path("/proc/self/stat").exists():
        return _told_by_ps()
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - a Path for each of hundreds of processes is slow
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                state, parent, group = file.read().rpartition(b")")[2].split()[:3]
                if state not in {b"Z", b"X"}:
                    found.append(Process(int(name), int(parent), int(group)))
    return found


def _told_by_ps() -> list[Process]:
    listing = subprocess.run(["ps", "-A", "-o", "stat=,pid=,ppid=,pgid="], capture_output=True, text=True, check=False)
    rows = [line.split() for line in listing.stdout.splitlines()]
    return [Process(int(row[1]), int(row[2]), int(row[3])) for row in rows if not row[0].startswith("Z")]


def kill_tree(pid: int) -> None:
    """SIGKILL a process and all of its descendants that have not moved away; safe when it is gone."""
    children: dict[int, list[int]] = {}
    for process in running():
        children.setdefault(process.parent, []).append(process.pid)
    doomed = [pid]
    for one in doomed:
        doomed.extend(children.get(one, ()))
    for one in doomed:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL)


def exists(pid: int) -> bool:
    """Whether there is a process with this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
