"""What a release came to: the documented JSON, and the same for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from windlass import graph
from windlass.model import Change, Release, State
from windlass.release.ledger import Entry
from windlass.release.left_out import LeftOut


@dataclass(frozen=True)
class Timed:
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
    entry: Entry
    left_out: tuple[LeftOut, ...]
    runs: tuple[Timed, ...]
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


def channels_json(changes: Iterable[Change], entry: Entry) -> list[dict[str, Any]]:
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


def timing_json(runs: Iterable[Timed], wall_s: float) -> Mapping[str, Any]:
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
