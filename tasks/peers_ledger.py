"""`inv peers.bench ledger`: what looks at every release of a project, by how many releases there are."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from invoke.context import Context

from tasks import made_ledgers
from tasks.asked import Asked
from tasks.cpu_time import HOW, Spent, measured
from tasks.performance_page import publish, table
from windlass.errors import GateError

_SIZES = (10, 100, 300, 1000)
_COMMANDS = {
    "release.status": ("release.status",),
    "audit": ("audit",),
    "rollback": ("rollback", "--to", "v1.0.8", "--dry-run"),
    "version.next": ("version.next",),
}
_WANTED_S = 1.0
_AT = 300
_ROUNDS = 3


def bench(c: Context, _: Asked) -> str:
    """Measure, print, and write the section of docs/performance.md; the section."""
    root = Path(c.cwd)
    found = {size: _measure(size) for size in _SIZES}
    text = "\n".join(_lines(found))
    print(text)
    publish(root / "docs" / "performance.md", "ledger", "Many releases", text)
    return text


def _measure(size: int) -> dict[str, Spent]:
    with tempfile.TemporaryDirectory(prefix="windlass-bench-") as folder:
        project = made_ledgers.write(Path(folder), size)
        listing = _best(project, ("--list",))
        return {"--list": listing, **{name: _best(project, words) for name, words in _COMMANDS.items()}}


def _best(project: Path, words: tuple[str, ...]) -> Spent:
    rounds = [measured([sys.executable, "-m", "invoke", *words], project) for _ in range(_ROUNDS)]
    failed = next((one for one in rounds if one.code != 0 and words[0] != "audit"), None)
    if failed is not None:
        raise GateError(f"`inv {' '.join(words)}` failed", facts={"it said": failed.err[-1500:]})
    return min(rounds, key=lambda one: one.wall_s)


def _own_s(spent: Spent, listing: Spent) -> float:
    """Seconds that a command takes over the list, the programs that it waits for included."""
    return spent.wall_s - listing.wall_s


def _lines(found: dict[int, dict[str, Spent]]) -> list[str]:
    rows = []
    for size, by_name in found.items():
        cells = [f"{_own_s(by_name[name], by_name['--list']):.2f} s, {_programs(by_name[name])}" for name in _COMMANDS]
        rows.append([f"{size}", *cells])
    worst = max(_own_s(found[_AT][name], found[_AT]["--list"]) for name in _COMMANDS)
    return [
        "A project with so many releases of windlass, each with its ledger on a remote on this machine; seconds that a",
        f"command takes over `inv --list`, git's own included, the best of {_ROUNDS}, and the programs that it starts.",
        HOW,
        "",
        *table(["releases", *(f"`inv {name}`" for name in _COMMANDS)], rows),
        "",
        f"With {_AT} releases the slowest takes {worst:.2f} s (under {_WANTED_S:.0f} s is wanted).",
    ]


def _programs(spent: Spent) -> str:
    if spent.programs is None:
        return "programs uncounted"
    return f"{sum(share.started for name, share in spent.programs.items() if name == 'git')} × git"
