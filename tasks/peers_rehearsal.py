"""`inv peers.bench rehearsal`: how much of a rehearsal's time is work, and what an unchanged one takes."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from invoke.context import Context

from tasks.performance_page import publish
from windlass import shell
from windlass.graph.journal import NAME
from windlass.graph.memo import FOLDER
from windlass.graph.runs import cores
from windlass.stage.seed_cache import FOLDER as STAGES

EXAMPLE = "examples/customer-snapshot"
_DEADLINE_S = 1800.0
_NO_ENGINE = "unix:///nowhere/docker.sock"
"""Without an engine images are not rehearsed: what they take says more of emulation than of windlass."""
_RESULTS = ("cache", NAME, FOLDER, STAGES)
"""What holds results; environments stay: the rehearsal is warm."""


def bench(c: Context, _: str = "") -> str:
    """Measure, print, and write the rehearsal's section of docs/performance.md; the section."""
    root = Path(c.cwd)
    with tempfile.TemporaryDirectory(prefix="windlass-bench-") as folder:
        project = _copied(root / EXAMPLE, Path(folder) / "project")
        _rehearsed(project)
        _forget(project / ".windlass")
        first, second = _rehearsed(project), _rehearsed(project)
    text = "\n".join(_lines(first, second))
    print(text)
    publish(root / "docs" / "performance.md", "rehearsal", "The rehearsal", text)
    return text


def _copied(example: Path, project: Path) -> Path:
    shutil.copytree(example, project, ignore=shutil.ignore_patterns(".windlass", "__pycache__", "dist", "site"))
    who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for words in (["init", "-q", "-b", "main"], ["add", "--all"], [*who, "commit", "-q", "-m", "feat: all of it"]):
        shell.run(["git", *words], cwd=project)
    return project


def _rehearsed(project: Path) -> Mapping[str, Any]:
    words = ["-m", "invoke", "rehearse", "--part", "minor", "--json"]
    env = {**os.environ, "DOCKER_HOST": _NO_ENGINE}
    done = shell.run([sys.executable, *words], cwd=project, env=env, timeout_s=_DEADLINE_S)
    found: Mapping[str, Any] = json.loads(done.out)
    return found


def _forget(home: Path) -> None:
    for name in _RESULTS:
        place = home / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def _lines(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    work = [sum(node["end_s"] - node["start_s"] for node in found["nodes"]) for found in (first, second)]
    bounds = [max(found["critical_path_s"], own / cores()) for found, own in zip((first, second), work, strict=True)]
    rows = zip(
        ("the first, environments made", "a second, nothing changed"), (first, second), work, bounds, strict=True
    )
    share = second["wall_s"] / first["wall_s"]
    return [
        f"`inv rehearse --part minor` of {EXAMPLE}, without an image, on {cores()} cores. Its bound is the larger of",
        "the critical path and of the work shared out on all cores.",
        "",
        "| what | seconds | critical path | work | over its bound |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {what} | {found['wall_s']:.1f} | {found['critical_path_s']:.1f} | {own:.1f} "
            f"| {found['wall_s'] / bound:.2f} times |"
            for what, found, own, bound in rows
        ),
        "",
        f"The second takes {share:.0%} of the first.",
    ]
