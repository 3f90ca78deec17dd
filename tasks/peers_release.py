"""`inv peers.bench release`: the example's whole release beside the same steps as a plain script, on equal stages."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from invoke.context import Context

from tasks.asked import Asked
from tasks.cpu_time import Spent, measured
from tasks.example import ENVIRONMENTS, EXAMPLE, NO_ENGINE, RESULTS, copied, forget
from tasks.performance_page import publish, table
from windlass import shell
from windlass.errors import GateError
from windlass.gates.interpreters import find, present
from windlass.graph.running.run import cores
from windlass.project import Project
from windlass.rehearsal.staged_release import Rehearsal, rehearsal
from windlass.shell.uv_program import uv_program

VERSION = "1.3.0"
COLD, KNOWN = 1.6, 5.0
"""How many times faster than the script windlass must be on two quiet cores: with nothing made, with gates known."""
SCRIPT = Path(__file__).with_name("plain_release.sh")
_DAY = "WINDLASS_DAY"
"""One for all of a benchmark: a release's changelog names it, so at midnight its commit becomes another one."""
_STEP = re.compile(r"^::: ([\d.]+) (.*)$", re.MULTILINE)
_SHOWN = 6
"""Parts of a release that are shown, the longest; and programs, the hungriest."""

Names = frozenset[tuple[str, str]]
"""Stand-in and name of all that a release left there."""


@dataclass(frozen=True)
class Released:
    """One release.

    Attributes:
        spent: what it took.
        parts: part → seconds, the longest first.
        path_s: the critical path, seconds.
        names: what it left on the stage.
    """

    spent: Spent
    parts: Mapping[str, float]
    path_s: float
    names: Names


def bench(c: Context, _: Asked) -> str:
    """Measure, print, and write the release's section of docs/performance.md; the section."""
    root = Path(c.cwd)
    with (
        tempfile.TemporaryDirectory(prefix="windlass-bench-") as folder,
        _environ({**NO_ENGINE, _DAY: f"{datetime.now(UTC):%Y-%m-%d}"}),
    ):
        project = Project.load(copied(root, Path(folder) / "project"))
        _download(project, Path(folder) / "downloaded")
        cold = _on_a_stage(project, _by_windlass, forgetful=True)
        script = _on_a_stage(project, _by_script)  # between the two that it is compared with
        known = _on_a_stage(project, _by_windlass)
    _compare(script.names, cold.names, known.names)
    text = "\n".join(_lines(script, cold, known))
    print(text)
    publish(root / "docs" / "performance.md", "release", "A whole release", text)
    return text


@contextmanager
def _environ(given: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(given)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _download(project: Project, folder: Path) -> None:
    """Let uv's cache have what the tests need, so that neither pays for the network."""
    for python in _pythons(project):
        shell.run([uv_program(), "venv", "-q", "--no-project", "--clear", "--python", python, folder])
        shell.run([uv_program(), "pip", "install", "-q", "--python", folder / "bin" / "python", "pytest"])


def _pythons(project: Project) -> list[Path]:
    return [find(python).path for python in present(project.config.pythons)]


def _on_a_stage(project: Project, release: Callable[[Rehearsal], Released], *, forgetful: bool = False) -> Released:
    """Release on a stage of its own that holds the version before; `forgetful`: without any result or environment."""
    with rehearsal(project, lambda _: None) as prepared:
        if forgetful:
            for home in (project.home, prepared.git.root / ".windlass"):
                _empty(home)
        made = release(prepared)
        prepared.stage.settle()
        return made


def _empty(home: Path) -> None:
    """Forget, though some of its folders may be links to another's."""
    linked = [name for name in (*RESULTS, ENVIRONMENTS) if (home / name).is_symlink()]
    forget(home, [name for name in (*RESULTS, ENVIRONMENTS) if name not in linked])
    for name in linked:
        (home / name).resolve().mkdir(parents=True, exist_ok=True)


def _by_windlass(prepared: Rehearsal) -> Released:
    spent = measured(
        prepared.command("release", "--version", f"v{VERSION}", "--yes", "--json"),
        prepared.git.root,
        {**prepared.environment(), _DAY: os.environ[_DAY]},
    )
    _ended_well("inv release", spent)
    found = json.loads(spent.out)
    parts = {node["name"]: node["end_s"] - node["start_s"] for node in found["nodes"]}
    return Released(spent, _longest(parts), found["critical_path_s"], _names(prepared))


def _by_script(prepared: Rehearsal) -> Released:
    spent = measured(["bash", SCRIPT], prepared.git.root, _told(prepared))
    _ended_well(SCRIPT.name, spent)
    marks = [(float(at), name) for at, name in _STEP.findall(spent.out)]
    parts = {name: after - at for (at, name), (after, _) in pairwise(marks)}
    return Released(spent, _longest(parts), spent.wall_s, _names(prepared))


def _told(prepared: Rehearsal) -> dict[str, str]:
    """What the script reads; `python` and `uv` are those that windlass runs with."""
    environment = prepared.environment()
    addresses: dict[str, Any] = json.loads(Path(environment["WINDLASS_STAGE"]).read_text())
    programs = Path(sys.executable).parent
    return {
        **environment,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "VERSION": VERSION,
        "PYTHONS": " ".join(map(str, _pythons(prepared.project))),
        "INDEX": addresses["index"]["url"],
        "API": addresses["github"]["api_url"],
        "REPOSITORY": addresses["github"]["repository"],
        "SITE": addresses["docs"]["url"].rstrip("/"),
    }


def _ended_well(what: str, spent: Spent) -> None:
    if spent.code != 0:
        raise GateError(
            f"{what} failed on the stage", facts={"exit code": spent.code, "it said": (spent.out + spent.err)[-3000:]}
        )


def _longest(parts: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(parts.items(), key=lambda part: -part[1])[:_SHOWN])


def _names(prepared: Rehearsal) -> Names:
    """What readers of this version find, by its name on every stand-in; windlass's own bookkeeping is none of it."""
    prepared.stage.settle()
    history = prepared.stage.effects.history()
    return frozenset(
        (effect.stand_in, effect.what)
        for effect in history
        if effect.kind == "immutable" and effect.now is not None and "refs/windlass/" not in effect.what
    )


def _compare(script: Names, *others: Names) -> None:
    """See that all of them released the same.

    Raises:
        GateError: one left out something.
    """
    for other in others:
        if script != other:
            facts = {"the script alone": sorted(script - other), "windlass alone": sorted(other - script)}
            raise GateError("the two did not release the same, so their times say nothing", facts=facts)


# ---- the page


def _lines(script: Released, cold: Released, known: Released) -> list[str]:
    rows = [("nothing made before", COLD, cold), ("the gates up to date", KNOWN, known)]
    return [
        f"The release of {EXAMPLE} without an image, from its last commit to what a reader finds, on",
        f"{cores()} cores and on a stage with the version before: `inv release` beside tasks/plain_release.sh, which",
        "runs the same gates, builds, uploads and looks with the same tools, one after the other. Both find downloads",
        "in uv's cache. The gates are up to date where this very commit was tested before, as it is after",
        "`inv rehearse` or `inv release --dry-run`; the script then does all of it again.",
        "",
        *table(
            ["what", "seconds", "times faster than the script", "must reach", "CPU seconds", "others, cores"],
            [
                *(
                    [
                        f"windlass, {what}",
                        *_cells(own, f"{script.spent.wall_s / own.spent.wall_s:.2f}", f"{target:.1f}"),
                    ]
                    for what, target, own in rows
                ),
                ["the script", *_cells(script, "", "")],
            ],
        ),
        "",
        '"Others" is what the machine did besides, in cores, while each ran: on a busy machine what works',
        "side by side gains less. Where the time goes, the longest parts (side by side in windlass):",
        "",
        f"- windlass, nothing made before (critical path {cold.path_s:.1f} s): {_where(cold)}",
        f"- windlass, the gates up to date (critical path {known.path_s:.1f} s): {_where(known)}",
        f"- the script: {_where(script)}",
    ]


def _cells(released: Released, *ratio: str) -> list[str]:
    spent = released.spent
    return [f"{spent.wall_s:.1f}", *ratio, f"{spent.cpu_s:.1f}", f"{spent.others_s / spent.wall_s:.1f}"]


def _where(released: Released) -> str:
    parts = ", ".join(f"{name} {took:.1f}" for name, took in released.parts.items())
    programs = list((released.spent.programs or {}).items())[:_SHOWN]
    shares = ", ".join(f"{name} {share.cpu_s:.1f} ({share.started})" for name, share in programs)
    return f"{parts}" + (f"; CPU by program (how often it was started): {shares}" if shares else "")
