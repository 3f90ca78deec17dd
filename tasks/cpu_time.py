"""CPU seconds of a command and of all that it starts, and which programs took them."""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from windlass import shell

HOW = """CPU seconds are what the kernel counted for the command and everything that it started (`getrusage`, orphans
adopted); by program they are shares of that sum, told for every thread that ended (taskstats, which root may hear)."""
_DEADLINE_S = 4 * 3600.0
_COUNTED = """import sys
sys.path[0] = sys.argv[1]
from tasks.counted import count
sys.exit(count(sys.argv[2], sys.argv[3:]))
"""
"""The command's parent: nothing else is its child, so what it takes can't be mistaken for what this process does."""


@dataclass(frozen=True)
class Share:
    """What one program had of it: how often it was started, and its CPU seconds, all of its processes together."""

    started: int
    cpu_s: float


@dataclass(frozen=True)
class Spent:
    """What a command took.

    Attributes:
        code: its exit code.
        wall_s: seconds from its start to its end.
        cpu_s: CPU seconds of it and of everything that it started and that ended.
        others_s: CPU seconds that the machine spent on something else meanwhile; 0 where nobody can tell.
        programs: program → its share; None where the kernel tells nobody but root of no container, or is not Linux.
        out: what it printed.
        err: what it said on standard error.
    """

    code: int
    wall_s: float
    cpu_s: float
    others_s: float
    programs: Mapping[str, Share] | None
    out: str = field(default="", repr=False)
    err: str = field(default="", repr=False)


def measured(argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None) -> Spent:
    """Run a command to its end and add up what it took, as `HOW` says.

    By the clock's ticks, as the kernel tells them, a single short program may seem to take nothing: figures by program
    are right for many of them or for long ones.

    Args:
        env: added to this process's environment.

    Raises:
        ToolError: there is no such program; it takes hours, or was killed together with what counts.
    """
    with tempfile.TemporaryDirectory(prefix="windlass-cpu-") as folder:
        report, root = Path(folder) / "report.json", Path(__file__).parent.parent
        ours, busy = _ours_s(), _busy_s()
        counted = [sys.executable, "-c", _COUNTED, root, report, *argv]
        done = shell.run(counted, cwd=cwd, env=env, timeout_s=_DEADLINE_S, ok=None)
        others_s = max(_busy_s() - busy - (_ours_s() - ours), 0.0)
        if not report.exists():
            raise shell.failure(done)
        found = json.loads(report.read_bytes())
    programs = found.pop("programs")
    shares = None if programs is None else {name: Share(*one) for name, one in programs.items()}
    return Spent(**found, code=done.code, others_s=others_s, programs=shares, out=done.text, err=done.err)


def _ours_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


def _busy_s() -> float:
    """CPU seconds that the machine has spent on anything. Source: proc_stat(5)."""
    try:
        user, nice, system, *_ = Path("/proc/stat").read_text().split()[1:]
    except OSError:
        return 0.0
    return (int(user) + int(nice) + int(system)) / float(os.sysconf("SC_CLK_TCK"))
