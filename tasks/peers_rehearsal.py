"""`inv peers.bench rehearsal`: how much of a rehearsal's time is work, and what an unchanged one takes."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from invoke.context import Context

from tasks.asked import Asked
from tasks.cpu_time import measured
from tasks.example import EXAMPLE, NO_ENGINE, copied, forget
from tasks.performance_page import publish, table
from windlass.graph.running.run import cores

BOUND = 1.25
"""How many times its bound a first rehearsal may take."""
UNCHANGED = 0.30
"""What share of the first an unchanged one may take."""


def bench(c: Context, _: Asked) -> str:
    """Measure, print, and write the rehearsal's section of docs/performance.md; the section."""
    root = Path(c.cwd)
    with tempfile.TemporaryDirectory(prefix="windlass-bench-") as folder:
        project = copied(root, Path(folder) / "project")
        _rehearsed(project)
        forget(project / ".windlass")
        first, second = _rehearsed(project), _rehearsed(project)
    text = "\n".join(_lines(first, second))
    print(text)
    publish(root / "docs" / "performance.md", "rehearsal", "The rehearsal", text)
    return text


def _rehearsed(project: Path) -> Mapping[str, Any]:
    """What it printed, and as `cpu_s` the CPU seconds that it took."""
    words = ["-m", "invoke", "rehearse", "--part", "minor", "--json"]
    spent = measured([sys.executable, *words], project, NO_ENGINE)
    return {**json.loads(spent.out), "cpu_s": spent.cpu_s}


def _lines(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    work = [sum(node["end_s"] - node["start_s"] for node in found["nodes"]) for found in (first, second)]
    bounds = [max(found["critical_path_s"], own / cores()) for found, own in zip((first, second), work, strict=True)]
    rows = zip(
        ("the first, environments made", "a second, nothing changed"),
        (f"{BOUND:.2f} times its bound", f"{UNCHANGED:.0%} of the first"),
        (first, second),
        work,
        bounds,
        strict=True,
    )
    share = second["wall_s"] / first["wall_s"]
    return [
        f"`inv rehearse --part minor` of {EXAMPLE}, without an image, on {cores()} cores. Its bound is the larger of",
        "the critical path and of the work shared out on all cores. Work is the time that its nodes ran, what they",
        "waited for a core included; CPU seconds are what all of it took of the cores.",
        "",
        *table(
            ["what", "seconds", "critical path", "work", "CPU seconds", "over its bound", "must reach"],
            [
                [
                    what,
                    f"{found['wall_s']:.1f}",
                    f"{found['critical_path_s']:.1f}",
                    f"{own:.1f}",
                    f"{found['cpu_s']:.1f}",
                    f"{found['wall_s'] / bound:.2f} times",
                    target,
                ]
                for what, target, found, own, bound in rows
            ],
        ),
        "",
        f"The second takes {share:.0%} of the first.",
    ]
