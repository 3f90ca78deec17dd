"""A plan and an outcome, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from windlass.model import Change, Phase, Release, State
from windlass.release.converge import irreversible

_DOES = {
    Phase.SEAL: "fix",
    Phase.RESERVE: "reserve",
    Phase.PUBLISH: "publish",
    Phase.POINT: "point",
    Phase.RETRACT: "take back",
}


def plan_lines(release: Release, changes: Sequence[Change]) -> list[str]:
    """The plan of a release: what ships, then a line a change."""
    last = irreversible(changes)
    lines = [f"{release.project} {release.version} ({release.tag}) from {release.commit[:12]}", ""]
    lines += [f"  {a.name}  {a.sha256}  {a.size_bytes} bytes" for a in release.artifacts]
    lines += ["", *change_lines(changes), ""]
    if last is not None:
        lines.append(f"point of no return: {last.key} ({last.reversal.value})")
    return lines


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


def plan_json(version: str, changes: Sequence[Change]) -> dict[str, object]:
    """The stable form of `release.plan --json` and `rollback --dry-run --json`."""
    last = irreversible(changes)
    names = dict.fromkeys(change.channel for change in changes)
    return {
        "version": version,
        "channels": [
            {"name": name, "changes": [_row(change) for change in changes if change.channel == name]} for name in names
        ],
        "point_of_no_return": last.key if last is not None else None,
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
