"""What a release came to: the documented JSON, and the same for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from windlass import graph
from windlass.config import Config
from windlass.forge import UNKNOWN_FORGE_REMEDY, Forge, NoForge
from windlass.gate_results import TestReport
from windlass.model import Change, Phase, Release, State
from windlass.release.apply_changes import irreversible
from windlass.release.ledger import LedgerEntry
from windlass.release.preflight_rules import NothingToRelease


@dataclass(frozen=True)
class TimedRun:
    """A graph's run and when it began.

    Attributes:
        began_s: seconds after the whole began.
        report: how its nodes went.
    """

    began_s: float
    report: graph.Report


@dataclass(frozen=True)
class Outcome:
    """A finished release.

    Attributes:
        release: what was released.
        changes: every channel's plan as it stands afterwards: all SAME.
        entry: its ledger.
        left_out: what the gates left out.
        runs: the graphs that ran, one after the other.
        wall_s: how long it all took.
    """

    release: Release
    changes: tuple[Change, ...]
    entry: LedgerEntry
    left_out: tuple[LeftOut, ...]
    runs: tuple[TimedRun, ...]
    wall_s: float

    def as_json(self) -> dict[str, Any]:
        """The stable form of `release --json`."""
        return {
            "ok": True,
            "version": self.release.version,
            "tag": self.release.tag,
            "commit": self.release.commit,
            "artifacts": [
                {
                    "name": a.name,
                    "kind": a.kind,
                    "sha256": a.sha256,
                    "size_bytes": a.size_bytes,
                    **({"platforms": list(a.platforms)} if a.platforms else {}),
                }
                for a in self.release.artifacts
            ],
            "channels": channels_json(self.changes, self.entry),
            "skipped": list(self.release.skipped),
            "left_out": [one._asdict() for one in self.left_out],
            **timing_json(self.runs, self.wall_s),
        }

    def lines(self) -> list[str]:
        """What a person reads at the end."""
        verified = {record.subject for record in self.entry.records if record.kind == "verified"}
        lines = [f"released {self.release.tag} ({self.release.commit[:12]})"]
        for change in self.changes:
            seen = "verified" if change.key in verified else "done"
            lines.append(f"  {change.channel:<8} {seen:<8} {change.what}  {change.url}".rstrip())
        lines += [f"  left out: {one.what}: {one.why}" for one in self.left_out]
        return lines


def channels_json(changes: Iterable[Change], entry: LedgerEntry) -> list[dict[str, Any]]:
    """Each channel's state as it stands, whether all of it was verified, and its receipts."""
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.channel, []).append(change)
    verified = {record.subject for record in entry.records if record.kind == "verified"}
    receipts = [r.receipt for r in entry.records if r.kind == "receipt" and r.receipt is not None]
    return [
        {
            "name": name,
            "state": _state(own),
            "verified": all(change.key in verified for change in own),
            "receipt": [msgspec.to_builtins(receipt) for receipt in receipts if receipt.channel == name],
        }
        for name, own in grouped.items()
    ]


def _state(changes: Sequence[Change]) -> str:
    states = {change.state for change in changes}
    return next((s.value for s in (State.DIFFERS, State.ABSENT) if s in states), State.SAME.value)


def timing_json(runs: Iterable[TimedRun], wall_s: float) -> Mapping[str, Any]:
    """Wall time, critical path, and every node with its times counted from the beginning of the whole."""
    rows = list(runs)
    return {
        "wall_s": round(wall_s, 3),
        "critical_path_s": round(sum(run.report.critical_path_s for run in rows), 3),
        "nodes": [
            {
                "name": node.name,
                "start_s": round(run.began_s + node.start_s, 3),
                "end_s": round(run.began_s + node.end_s, 3),
                "state": node.state,
            }
            for run in rows
            for node in run.report.nodes
        ],
    }


_DOES = {
    Phase.SEAL: "fix",
    Phase.RESERVE: "reserve",
    Phase.PUBLISH: "publish",
    Phase.POINT: "point",
    Phase.RETRACT: "take back",
}


def plan_lines(release: Release, changes: Sequence[Change], passed_over: Iterable[LeftOut] = ()) -> list[str]:
    """The plan of a release: what ships, a line a change, and what was passed over."""
    last = irreversible(changes)
    lines = [f"{release.project} {release.version} ({release.tag}) from {release.commit[:12]}", ""]
    lines += [f"  {a.name}  {a.sha256}  {a.size_bytes} bytes" for a in release.artifacts]
    lines += ["", *change_lines(changes), ""]
    if last is not None:
        lines.append(f"point of no return: {last.key} ({last.reversal.value})")
    return [*lines, *(f"passed over: {one.what}: {one.why}" for one in passed_over)]


def nothing_lines(nothing: NothingToRelease) -> list[str]:
    """Why there is nothing to release, and what was passed over."""
    passed_over = [f"passed over: {one.what}: {one.why}" for one in nothing.passed_over]
    return [f"nothing to release: {nothing.reason}", *passed_over]


def nothing_json(nothing: NothingToRelease) -> dict[str, Any]:
    """The stable form of `release --json` where there is nothing to release."""
    passed_over = [one._asdict() for one in nothing.passed_over]
    return {"ok": True, "version": None, "reason": nothing.reason, "passed_over": passed_over}


def change_lines(changes: Iterable[Change]) -> list[str]:
    """A line a change: channel, state, what, and how it can be taken back."""
    rows = [(c.channel, _progress(c), f"{_DOES[c.phase]} {c.what}", c.reversal.value) for c in changes]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return [
        "  " + "  ".join([*(row[i].ljust(widths[i]) for i in range(3)), f"(taken back: {row[3]})"]).rstrip()
        for row in rows
    ]


def _progress(change: Change) -> str:
    if change.state is State.SAME:
        return "done"
    return "moves" if change.state is State.DIFFERS and change.phase is Phase.POINT else "to do"


def plan_json(version: str, changes: Sequence[Change], passed_over: Iterable[LeftOut] = ()) -> dict[str, object]:
    """The stable form of `release.plan --json` and `rollback --dry-run --json`."""
    last = irreversible(changes)
    names = dict.fromkeys(change.channel for change in changes)
    return {
        "version": version,
        "channels": [
            {"name": name, "changes": [_row(change) for change in changes if change.channel == name]} for name in names
        ],
        "point_of_no_return": last.key if last is not None else None,
        "passed_over": [one._asdict() for one in passed_over],
    }


def _row(change: Change) -> dict[str, str]:
    return {
        "what": change.what,
        "phase": change.phase.value,
        "state": change.state.value,
        "here": change.here,
        "there": change.there,
        "reversal": change.reversal.value,
    }


_SUITES = frozenset({"test.unit", "test.integration"})


class LeftOut(NamedTuple):
    """Something that was not done, in words, and why."""

    what: str
    why: str


def without_forge(forge: Forge | NoForge) -> tuple[LeftOut, ...]:
    """What a release of a project goes without whose remote may have a forge that windlass does not know."""
    if not isinstance(forge, NoForge) or forge.known:
        return ()
    return (LeftOut("a release page, and links in the notes", f"{forge.why}; {UNKNOWN_FORGE_REMEDY}"),)


def left_out(config: Config, skipped: Iterable[str], reports: Iterable[graph.Report]) -> tuple[LeftOut, ...]:
    """Gates that were skipped, the project's Pythons that nothing was tested on, and tests that a rehearsal leaves out.

    Args:
        skipped: gates, as `Release.skipped` has them.
        reports: of the runs that the gates were part of; without one, as of what was sealed before, nothing is known.
    """
    tested = [one for report in reports for one in _test_reports(report)]
    here = {one.python.rpartition(".")[0] for one in tested}
    absent = [python for python in config.pythons if python not in here] if here else []
    return (
        *(LeftOut(gate, "left out by --skip-tests") for gate in skipped),
        *(LeftOut(f"Python {python}", "not installed here") for python in absent),
        *_rehearsals(tested),
    )


def _test_reports(report: graph.Report) -> Iterable[TestReport]:
    names = [name for name in report.values if name.partition("[")[0] in _SUITES]
    found = (report.values[name] for name in names)
    return (one for one in found if isinstance(one, TestReport) and one.python)


def _rehearsals(tested: Iterable[TestReport]) -> Iterable[LeftOut]:
    """Tests that rehearse a release themselves: as many as in the suite on the Python that left most of them out."""
    most: dict[str, int] = {}
    for one in tested:
        most[one.suite] = max(most.get(one.suite, 0), one.left_out)
    if count := sum(most.values()):
        yield LeftOut(f"{count} tests" if count > 1 else "1 test", "marked `rehearsal`: not run inside one")
