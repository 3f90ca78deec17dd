"""`inv peers.bench suites`: CPU seconds of every suite and of what it starts, now and at an earlier revision."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from invoke.context import Context

from tasks.asked import Asked
from tasks.cpu_time import HOW, Share, Spent, measured
from tasks.example import EXAMPLE
from tasks.performance_page import publish, table
from windlass import shell
from windlass.errors import GateError, UsageError

REHEARSAL = "rehearsal"
_FIRST = ("lint", "test")
_SHOWN = 6
"""Programs of a suite that are shown, the hungriest."""
_PLAIN = {"PYTHONDONTWRITEBYTECODE": ""}
"""Or every program that a suite starts compiles windlass anew."""


@dataclass(frozen=True)
class Side:
    """One state of this repository.

    Attributes:
        title: what the page calls it.
        tree: its files' object id in git: which figures are about it.
        root: a clone with just these files.
    """

    title: str
    tree: str
    root: Path

    def command(self, suite: str) -> list[str]:
        """What runs a suite of it."""
        rehearsal = ["rehearse", "--part", "minor", "--project", EXAMPLE]
        return ["./inv", *(rehearsal if suite == REHEARSAL else [suite])]

    def suites(self) -> tuple[str, ...]:
        """The suites that it has, in the order in which they are run; makes its environment."""
        done = shell.run(["./inv", "--list", "--list-format", "json"], cwd=self.root, env=_PLAIN)
        groups = {group["name"]: group for group in json.loads(done.out)["collections"]}
        return (*_FIRST, *(f"suite.{one['name']}" for one in groups["suite"]["tasks"]), REHEARSAL)


Rows = dict[str, dict[str, Spent]]
"""Suite → tree → what it took."""


def bench(c: Context, asked: Asked) -> str:
    """Measure, print, and write the section of docs/performance.md after every suite; the section.

    A suite's figures of both sides are of one run. Those of other suites are kept from earlier runs as long as they are
    about the same two trees, so that a run of hours can be had in parts.

    Raises:
        UsageError: no such suite on either side.
        GateError: a suite failed; its time is not that of the whole suite.
    """
    root = Path(c.cwd)
    with tempfile.TemporaryDirectory(prefix="windlass-bench-") as folder, _sides(root, asked, Path(folder)) as sides:
        has = {side.tree: side.suites() for side in sides}
        wanted = _wanted(asked.suites, has)
        kept = _Kept(root / ".windlass" / "peers" / "suites.json", tuple(side.tree for side in sides))
        rows, text = kept.read(), ""
        for suite in wanted:
            rows[suite] = {side.tree: _ran(side, suite) for side in sides if suite in has[side.tree]}
            kept.write(rows)
            text = "\n".join(_lines(sides, rows))
            publish(root / "docs" / "performance.md", "suites", "The suites", text)
    print(text)
    _check(rows, wanted)
    return text


def _wanted(asked: Sequence[str], has: Mapping[str, Sequence[str]]) -> list[str]:
    known = list(dict.fromkeys(suite for suites in has.values() for suite in suites))
    for suite in asked:
        if suite not in known:
            raise UsageError(f"there is no suite {suite}", remedy=f"one of {', '.join(known)}")
    return list(asked) or known


# ---- both sides


@contextmanager
def _sides(root: Path, asked: Asked, home: Path) -> Iterator[tuple[Side, ...]]:
    earlier = (_at(root, asked.against, home / "before"),) if asked.against else ()
    yield (*earlier, _now(root, home / "now"))


def _at(root: Path, revision: str, place: Path) -> Side:
    commit = shell.run(["git", "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"], cwd=root).text
    _clone(root, place)
    shell.run(["git", "checkout", "--quiet", "--force", commit], cwd=place)
    return Side(revision, shell.run(["git", "rev-parse", "HEAD^{tree}"], cwd=place).text, place)


def _now(root: Path, place: Path) -> Side:
    """The working copy, what is not committed yet included."""
    _clone(root, place)
    listed = shell.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root)
    for name in filter(None, listed.out.decode().split("\0")):
        if (root / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, place / name, follow_symlinks=False)
    shell.run(["git", "add", "--all"], cwd=place)
    return Side("now", shell.run(["git", "write-tree"], cwd=place).text, place)


def _clone(root: Path, place: Path) -> None:
    """A clone without files: tests ask it for its history."""
    shell.run(["git", "clone", "--quiet", "--shared", "--no-checkout", "--", root, place])
    shell.run(["git", "read-tree", "--empty"], cwd=place)


def _ran(side: Side, suite: str) -> Spent:
    print(f"{side.title}: {suite}", flush=True)
    spent = measured(side.command(suite), side.root, _PLAIN)
    if spent.code != 0:
        print(f"{(spent.out + spent.err)[-3000:]}\n{side.title}: {suite} failed", flush=True)
    return spent


def _check(rows: Rows, wanted: Sequence[str]) -> None:
    failed = [suite for suite in wanted if any(spent.code for spent in rows[suite].values())]
    if failed:
        raise GateError(
            "suites failed, and what they took says little",
            facts={"failed": ", ".join(failed)},
            remedy="mend them, or see what they need that is not here; then `--suite` measures them alone",
        )


# ---- kept figures


@dataclass(frozen=True)
class _Kept:
    """Figures of earlier runs, which hold for one pair of trees."""

    file: Path
    trees: tuple[str, ...]

    def read(self) -> Rows:
        if not self.file.exists():
            return {}
        kept = json.loads(self.file.read_bytes())
        if tuple(kept["trees"]) != self.trees:
            return {}
        return {suite: {tree: _spent(one) for tree, one in row.items()} for suite, row in kept["suites"].items()}

    def write(self, rows: Rows) -> None:
        found = {suite: {tree: _plain(spent) for tree, spent in row.items()} for suite, row in rows.items()}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps({"trees": self.trees, "suites": found}, indent=2))


def _plain(spent: Spent) -> dict[str, object]:
    return {**asdict(spent), "out": "", "err": ""}


def _spent(plain: dict[str, object]) -> Spent:
    programs = plain.pop("programs")
    shares = {name: Share(**one) for name, one in programs.items()} if isinstance(programs, dict) else None
    return Spent(**plain, programs=shares)  # type: ignore[arg-type]


# ---- the page


def _lines(sides: Sequence[Side], rows: Rows) -> list[str]:
    both = [row for row in rows.values() if len(row) == len(sides)]
    total = ["all of these", *_figures(sides, {side.tree: _sum([row[side.tree] for row in both]) for side in sides})]
    return [
        "Every suite of windlass itself, one after the other in a fresh clone, each side after the other.",
        HOW,
        "",
        *table(
            ["suite", *_heads(sides, "CPU seconds"), *(["share"] if len(sides) > 1 else []), *_heads(sides, "seconds")],
            [
                *([suite, *_figures(sides, row)] for suite, row in rows.items()),
                *([total] if len(both) > 1 else []),
            ],
        ),
        "",
        "What they start, the hungriest programs of each; a Python is called by what it runs:",
        "",
        *table(
            ["suite, program", *_heads(sides, "started"), *_heads(sides, "CPU seconds")],
            [line for suite, row in rows.items() for line in _programs(suite, sides, row)],
        ),
    ]


def _heads(sides: Sequence[Side], what: str) -> list[str]:
    return [f"{what}, {side.title}" for side in sides]


def _figures(sides: Sequence[Side], row: Mapping[str, Spent]) -> list[str]:
    cpu = [_cell(row.get(side.tree)) for side in sides]
    wall = [f"{row[side.tree].wall_s:.0f}" if side.tree in row else "" for side in sides]
    if len(sides) == 1:
        return [*cpu, *wall]
    before, now = (row.get(side.tree) for side in sides)
    share = f"{now.cpu_s / before.cpu_s:.0%}" if before and now and before.cpu_s else ""
    return [*cpu, share, *wall]


def _cell(spent: Spent | None) -> str:
    if spent is None:
        return ""
    return f"{spent.cpu_s:.0f}" + (" (failed)" if spent.code else "")


def _sum(all_spent: Sequence[Spent]) -> Spent:
    return Spent(
        max((one.code for one in all_spent), default=0),
        sum(one.wall_s for one in all_spent),
        sum(one.cpu_s for one in all_spent),
        0.0,
        None,
    )


def _programs(suite: str, sides: Sequence[Side], row: Mapping[str, Spent]) -> list[list[str]]:
    shares = [dict((row[side.tree].programs if side.tree in row else None) or {}) for side in sides]
    names = sorted({*shares[-1], *shares[0]}, key=lambda name: -max(_of(one, name).cpu_s for one in shares))
    return [
        [
            f"{suite}, {name}",
            *(f"{_of(one, name).started:,}" for one in shares),
            *(f"{_of(one, name).cpu_s:.1f}" for one in shares),
        ]
        for name in names[:_SHOWN]
    ]


def _of(shares: Mapping[str, Share], name: str) -> Share:
    return shares.get(name, Share(0, 0.0))
