"""`inv peers.bench unchanged`: gates and builds with nothing to do, and what they start, beside `inv --list`."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from invoke.context import Context

from tasks.asked import Asked
from tasks.cpu_time import HOW, Spent, measured
from tasks.example import EXAMPLE, NO_ENGINE, copied
from tasks.performance_page import publish, table
from windlass.errors import GateError

_TASKS = ("test", "scan", "build")
_LISTING = ("--list",)
MORE_S = 0.25
"""CPU seconds over the list's that nothing to do may take."""
_ROUNDS = 5


def bench(c: Context, _: Asked) -> str:
    """Measure, print, and write the section of docs/performance.md; the section."""
    root = Path(c.cwd)
    with tempfile.TemporaryDirectory(prefix="windlass-bench-") as folder:
        project = copied(root, Path(folder) / "project")
        first = _inv(project, *_TASKS)
        _inv(project, *_TASKS)  # compares what the first left behind
        pairs = [(_inv(project, *_LISTING), _inv(project, *_TASKS)) for _ in range(_ROUNDS)]
    listings, unchanged = ([pair[at] for pair in pairs] for at in (0, 1))
    text = "\n".join(_lines(first, _best(listings), _best(unchanged)))
    print(text)
    publish(root / "docs" / "performance.md", "unchanged", "Nothing to do", text)
    return text


def _inv(project: Path, *words: str) -> Spent:
    spent = measured([sys.executable, "-m", "invoke", *words], project, NO_ENGINE)
    if spent.code != 0:
        raise GateError(f"`inv {' '.join(words)}` of the example failed", facts={"it said": spent.err[-1500:]})
    return spent


def _best(rounds: list[Spent]) -> Spent:
    return min(rounds, key=lambda spent: spent.cpu_s)


def _lines(first: Spent, listing: Spent, unchanged: Spent) -> list[str]:
    rows = [
        (f"`inv {' '.join(_TASKS)}`, the first", first),
        ("the same again, nothing changed", unchanged),
        (f"`inv {' '.join(_LISTING)}`", listing),
    ]
    return [
        f"`inv {' '.join(_TASKS)}` of {EXAMPLE}, the best of {_ROUNDS} rounds by CPU time.",
        HOW,
        "",
        *table(["what", "CPU seconds", "seconds"], [[what, f"{s.cpu_s:.2f}", f"{s.wall_s:.2f}"] for what, s in rows]),
        "",
        f"With nothing to do it takes {unchanged.cpu_s - listing.cpu_s:.2f} s of CPU more than the list does (at most",
        f"{MORE_S} s is wanted, and no program but git), and starts {_started(unchanged)}; the list starts",
        f"{_started(listing)}.",
    ]


def _started(spent: Spent) -> str:
    """The programs, how often each; the command's own process, which is invoke's, apart."""
    if spent.programs is None:
        return "programs that only root could count here"
    counts = Counter({name: share.started for name, share in spent.programs.items()})
    counts -= Counter({"invoke": 1})
    return ", ".join(f"{count} × {name}" for name, count in counts.most_common()) or "no program"
