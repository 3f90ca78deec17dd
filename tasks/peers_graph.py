"""`inv peers.bench graph`: the task graph beside doit, go-task, make, ninja and plain Invoke, all in one run."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from invoke.context import Context

from tasks.asked import Asked
from tasks.made_graph import INVOKE, PEERS, WINDLASS, Shape, Tool, write
from tasks.peer_tools import programs
from tasks.performance_page import publish, table
from windlass import shell
from windlass.errors import ToolError

VERSIONS = {"doit": "0.37.0", "go-task-bin": "3.54.0", "ninja": "1.13.2", "invoke": "3.0.3"}
COPIES = "cp in/{i} out/{i}"
SIZES = (1_000, 10_000)
TRUES = 1_000
HALVED = 1_000
_ROUNDS = 5
_DEADLINE_S = 600.0
_LIMIT_S = 2.0
"""How long a sibling of a failure goes on by itself."""
_SIBLING = f"""if [ "$1" = 0 ]; then
  until [ -s shell.pid ] && [ -s child.pid ]; do sleep 0.01; done
  date +%s.%N > failed
  exit 1
fi
sleep {_LIMIT_S:g} & echo $! > child.pid
echo $$ > shell.pid
wait
"""
"""Node 0 fails once the other runs; the other is a shell that waits for a child."""


@dataclass(frozen=True)
class Bench:
    """Where the tools are, and where they work.

    Attributes:
        ours, theirs: the folders of programs of windlass and of its peers.
        home: a folder for projects.
    """

    ours: Path
    theirs: Path
    home: Path

    def project(self, tool: Tool, shape: Shape, **script: str) -> Path:
        """A fresh one."""
        place = self.home / tool.name.replace(" ", "-")
        shutil.rmtree(place, ignore_errors=True)
        return write(place, tool, shape, script)

    def argv(self, words: Sequence[str], tool: Tool) -> list[str]:
        """The whole command."""
        programs = self.ours if tool is WINDLASS else self.theirs
        path = programs / words[0]
        return [str(path) if path.exists() else shell.which(words[0]), *words[1:]]

    def took(
        self, place: Path, tool: Tool, words: Sequence[str] | None = None, ok: Sequence[int] | None = (0,)
    ) -> float:
        """Seconds of one run to its end, start-up included."""
        began = time.perf_counter()
        shell.run(self.argv(words or tool.argv, tool), cwd=place, timeout_s=_DEADLINE_S, ok=ok)
        return time.perf_counter() - began


Row = dict[str, float]
"""Tool → what was measured."""


def bench(c: Context, _: Asked) -> str:
    """Measure, print, and write the graph's section of docs/performance.md; the section."""
    root = Path(c.cwd)
    home = root / ".windlass" / "peers"
    bench = Bench(*programs(root, home, "graph", VERSIONS), home / "graphs")
    tools = (WINDLASS, *PEERS)
    idle = {size: [_idle(bench, tool, size) for tool in tools] for size in SIZES}
    trues = {tool.name: _trues(bench, tool) for tool in (*tools, INVOKE)}
    lines = [
        "Seconds, start-up included, the best of a run's rounds; in brackets how many times faster windlass is (below",
        "1: slower). Two nodes side by side where there is something to do.",
        "",
        *table(
            ["what", *(tool.name for tool in tools)],
            [
                _row(f"{size:,} nodes, {what}", {tool.name: row[at] for tool, row in zip(tools, rows, strict=True)})
                for at, what in ((0, "all up to date"), (1, "one input changed"))
                for size, rows in idle.items()
            ],
        ),
        "",
        *_true_lines(trues),
        "",
        *_failure_lines({tool.name: _failure(bench, tool) for tool in tools}),
        "",
        *_half_lines({tool.name: _half(bench, tool) for tool in tools}),
        "",
        _list_line(bench),
    ]
    text = "\n".join(lines)
    print(text)
    publish(root / "docs" / "performance.md", "graph", "The task graph", text)
    return text


# ---- up to date


def _idle(bench: Bench, tool: Tool, size: int) -> tuple[float, float]:
    """Nothing to do, and one of all to do."""
    place = bench.project(tool, Shape(size, COPIES))
    bench.took(place, tool)
    nothing = min(bench.took(place, tool, tool.few()) for _ in range(_ROUNDS))
    return nothing, min(_changed(bench, tool, place, f"round {i}") for i in range(_ROUNDS))


def _changed(bench: Bench, tool: Tool, place: Path, text: str) -> float:
    (place / "in" / "7").write_text(text.ljust(1024, "y"))
    took = bench.took(place, tool, tool.few())
    if not (place / "out" / "7").read_text().startswith(text):
        raise ToolError(f"{tool.name} did not see that an input changed", remedy="see whether its graph is right")
    return took


# ---- nothing but programs


def _trues(bench: Bench, tool: Tool) -> tuple[float, float]:
    """Seconds of 1,000 × `true`, whole and after start-up (what one node takes)."""
    rounds = 1 if tool is INVOKE else _ROUNDS
    place = bench.project(tool, Shape(1, "true", files=False))
    start = min(bench.took(place, tool) for _ in range(_ROUNDS))
    place = bench.project(tool, Shape(TRUES, "true", files=False))
    whole = min(bench.took(place, tool) for _ in range(rounds))
    return whole, whole - start


def _true_lines(trues: dict[str, tuple[float, float]]) -> list[str]:
    return table(
        ["what", *trues],
        [
            _row(f"{TRUES:,} × `true`", {name: whole for name, (whole, _) in trues.items()}),
            _row("the same, start-up apart", {name: apart for name, (_, apart) in trues.items()}),
        ],
    )


# ---- a failure


def _failure(bench: Bench, tool: Tool) -> tuple[float, float]:
    """Seconds from a failure until the last sibling is dead, and until the tool is."""
    found = [_failed(bench, tool) for _ in range(_ROUNDS)]
    return min(dead for dead, _ in found), min(ended for _, ended in found)


def _failed(bench: Bench, tool: Tool) -> tuple[float, float]:
    place = bench.project(tool, Shape(2, "sh sibling.sh {i}", files=False), **{"sibling.sh": _SIBLING})
    running = _started(bench, tool, place)
    try:
        _until(lambda: (place / "failed").exists() and (place / "failed").read_text().endswith("\n"))
        siblings = [int((place / f"{name}.pid").read_text()) for name in ("shell", "child")]
        _until(lambda: not any(map(_alive, siblings)))
        dead = time.time()
        running.wait(_DEADLINE_S)
        failed = float((place / "failed").read_text())
        return max(dead - failed, 0.0), time.time() - failed
    finally:
        _end(running)


def _failure_lines(failures: dict[str, tuple[float, float]]) -> list[str]:
    return [
        f"After a failure, seconds until the last program of a sibling is dead (by itself it takes {_LIMIT_S:g}), and",
        "until the tool has ended:",
        "",
        *table(
            ["what", *failures],
            [
                ["siblings dead", *(f"{dead:.2f}" for dead, _ in failures.values())],
                ["ended", *(f"{ended:.2f}" for _, ended in failures.values())],
            ],
        ),
    ]


# ---- killed at half


def _half(bench: Bench, tool: Tool) -> tuple[int, int, float]:
    """Killed at half and run again: nodes that ran twice, outputs that are wrong then, seconds of the second run."""
    place = bench.project(tool, Shape(HALVED, f"echo {{i}} >> ran/{{i}} && {COPIES}"))
    (place / "ran").mkdir()  # a file each: not every tool's own shell appends a line at once
    running = _started(bench, tool, place)
    try:
        _until(lambda: sum(1 for _ in os.scandir(place / "out")) >= HALVED // 2)
    finally:
        _end(running)
    again = bench.took(place, tool)
    twice = sum(len(one.read_text().split()) for one in (place / "ran").iterdir()) - HALVED
    wrong = sum(not _equal(place / "in" / str(i), place / "out" / str(i)) for i in range(HALVED))
    return twice, wrong, again


def _equal(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


def _half_lines(halves: dict[str, tuple[int, int, float]]) -> list[str]:
    return [
        f"Killed (SIGKILL) when half of {HALVED:,} nodes were done, and run again:",
        "",
        *table(
            ["what", *halves],
            [
                ["nodes that ran twice", *(str(twice) for twice, _, _ in halves.values())],
                ["outputs that are wrong then", *(str(wrong) for _, wrong, _ in halves.values())],
                _row("seconds of the second run", {name: seconds for name, (_, _, seconds) in halves.items()}),
            ],
        ),
    ]


# ---- start-up


def _list_line(bench: Bench) -> str:
    """`inv --list` of the whole ready-made collection, over plain Invoke's with an empty tasks.py."""
    places = [bench.home / "list-all", bench.home / "list-none"]
    for place, text in zip(places, ("from windlass import collection\n\nns = collection()\n", ""), strict=True):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "tasks.py").write_text(text)
    (places[0] / "invoke.yaml").write_text("tasks:\n  executor_class: windlass.graph.Executor\n")
    words = ("inv", "--list")
    ok = (0, 1)  # Invoke says of an empty tasks.py that there are no tasks, and exits with 1
    pairs = [
        (bench.took(places[0], WINDLASS, words), bench.took(places[1], INVOKE, words, ok)) for _ in range(4 * _ROUNDS)
    ]
    ours, plain = (min(times) for times in zip(*pairs, strict=True))
    return (
        f"`inv --list` of every ready-made task takes {ours * 1000:.0f} ms, plain Invoke's of an empty tasks.py "
        f"{plain * 1000:.0f} ms: {(ours - plain) * 1000:.0f} ms more."
    )


# ---- processes


def _started(bench: Bench, tool: Tool, place: Path) -> subprocess.Popen[bytes]:
    """The tool, in a process group of its own, as a job of CI is."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        bench.argv(tool.argv, tool), cwd=place, stdin=quiet, stdout=quiet, stderr=quiet, process_group=0
    )


def _end(running: subprocess.Popen[bytes]) -> None:
    """SIGKILL it and its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + _DEADLINE_S
    while not true():
        if time.monotonic() > until:
            raise ToolError("a benchmark waited too long", facts={"seconds": _DEADLINE_S})
        time.sleep(0.001)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


# ---- the page


def _row(what: str, times: Row) -> list[str]:
    own = times[WINDLASS.name]
    cells = [
        f"{took:.2f}" if name == WINDLASS.name else f"{took:.2f} ({took / own:.1f})" for name, took in times.items()
    ]
    return [what, *cells]
