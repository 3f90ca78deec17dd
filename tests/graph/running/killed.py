"""A small graph, run in children that are killed: at every record of the journal, and in every body. Prints JSON.

A program of its own, so that it has no threads when it forks.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from invoke.context import Context

from windlass.graph import Node
from windlass.graph.caching.journal import Journal
from windlass.graph.display.view import Silent
from windlass.graph.running.run import attempt

NEEDS = {"a": (), "b": (), "c": ("a", "b"), "d": ("c",), "e": ("c", "b")}
WAYS = ("before", "torn", "after")


def body(c: Context, name: str) -> str:
    """Write a file of what the needs' files say; first note that it ran."""
    root = Path(c.cwd)
    with (root / "ran").open("a") as ran:
        ran.write(name + "\n")
    if (root / "die").exists() and (root / "die").read_text() == name:
        (root / "die").unlink()
        die()
    made = "".join((root / need).read_text() for need in NEEDS[name]) + (root / "in" / name).read_text()
    (root / name).write_text(made)
    return made


NODES = tuple(
    Node(name, body, needs=needs, inputs=(f"in/{name}", *needs), outputs=(name,), args={"name": name}, code=json.dumps)
    for name, needs in NEEDS.items()
)


"""Their `code` is a function that imports little: of `body` each module of windlass would be a record."""


def die() -> None:
    """SIGKILL, as from outside."""
    os.kill(os.getpid(), signal.SIGKILL)


def dying(at: int, way: str) -> Callable[[int, bytes], int]:
    """Writes records, but for one (counted from 0): killed before it, in the middle of it, or after it."""
    left = [at]

    def write(fd: int, line: bytes) -> int:
        left[0] -= 1
        if left[0] != -1:
            return os.write(fd, line)
        os.write(fd, {"before": b"", "torn": line[: len(line) // 2], "after": line}[way])
        die()
        raise AssertionError

    return write


def ran(root: Path, write: Callable[[int, bytes], int] = os.write) -> tuple[int, list[str], dict[str, object]]:
    """Run the graph in a child: how it ended, whose bodies ran, and the values."""
    (root / "ran").write_text("")
    child = os.fork()
    if not child:
        home = root / ".windlass"
        report = attempt(
            NODES, root=root, home=home, jobs=1, view=Silent(), journal=Journal(home / "journal.jsonl", write)
        )
        (root / "values").write_text(json.dumps(dict(report.values)))
        os._exit(0 if report.ok else 1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    values = json.loads((root / "values").read_text()) if code == 0 else {}
    return code, (root / "ran").read_text().split(), values


def project(root: Path) -> Path:
    """Its inputs."""
    (root / "in").mkdir(parents=True)
    for name in NEEDS:
        (root / "in" / name).write_text(name)
    return root


def case(root: Path, write: Callable[[int, bytes], int] = os.write) -> dict[str, object]:
    """Killed, run again, and once more."""
    first, second, third = ran(root, write), ran(root), ran(root)
    files = {name: (root / name).read_text() for name in NEEDS}
    return {"first": first, "second": second, "third": third, "files": files}


def main(home: Path) -> dict[str, object]:
    whole = project(home / "whole")
    ran(whole)
    records = len((whole / ".windlass" / "journal.jsonl").read_text().splitlines())
    found: dict[str, object] = {"records": records}
    for at in range(records):
        for way in WAYS:
            found[f"{way} record {at}"] = case(project(home / f"{way}-{at}"), dying(at, way))
    for name in NEEDS:
        root = project(home / f"in-{name}")
        (root / "die").write_text(name)
        found[f"in {name}"] = case(root)
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
