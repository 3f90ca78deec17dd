"""What a rehearsal found: a value, as JSON and for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from windlass.errors import GateError
from windlass.graph.node import CACHED, DONE
from windlass.rehearsal.display import StepNodes

if TYPE_CHECKING:
    from windlass.rehearsal.trial_report import TrialReport

_MADE_OF_NODES = ("gates", "release")
"""The parts whose own nodes stand in their place."""


@dataclass(frozen=True)
class Step:
    """One part of a rehearsal and how long it took; times in seconds since the rehearsal began."""

    name: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class RehearsalReport:
    """What a rehearsal found.

    Attributes:
        release: what `inv release --json` printed.
        rollback: what `inv rollback --json` printed; `ok` false with `why` when there was nothing to go back to.
        not_rehearsed: what did not happen and would in a release: `{"what", "why"}`.
        violations: what in the stand-ins' histories is not "exactly once".
        steps: the parts, in order.
        early: gates and builds that ran while the stage was seeded.
        faults: every fault that was tried, and what came of it; None where none were to be.
    """

    release: Mapping[str, Any]
    rollback: Mapping[str, Any]
    not_rehearsed: tuple[Mapping[str, str], ...] = ()
    violations: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    early: StepNodes = field(default_factory=StepNodes)
    faults: TrialReport | None = None

    @property
    def ok(self) -> bool:
        """Whether all that was rehearsed went well."""
        broken = self.violations or (self.faults and self.faults.failures)
        return bool(self.release.get("ok") and self.rollback.get("ok") and not broken)

    def as_json(self) -> dict[str, Any]:
        """The stable form of `rehearse --json`."""
        image = next((a for a in self.release["artifacts"] if a["kind"] == "image"), None)
        return {
            "ok": self.ok,
            **{key: self.release[key] for key in ("version", "tag", "commit", "artifacts", "channels")},
            "image": {
                "rehearsed": image is not None,
                "digest": image["sha256"] if image else None,
                "platforms": image.get("platforms", []) if image else [],
            },
            "rollback": self.rollback,
            "not_rehearsed": list(self.not_rehearsed),
            "violations": list(self.violations),
            **({} if self.faults is None else {"faults": self.faults.as_json()}),
            "wall_s": self.steps[-1].end_s,
            "critical_path_s": round(self._critical_path_s(), 3),
            "nodes": sorted(self._nodes(), key=lambda node: node["start_s"]),
        }

    def _nodes(self) -> Iterator[Mapping[str, Any]]:
        """The parts, and in the release's place its own nodes, each where it ran: ahead of the release, or in it."""
        began = next(step.start_s for step in self.steps if step.name == "release")
        for step in self.steps:
            if step.name not in _MADE_OF_NODES:
                yield _node_json(step.name, step.start_s, step.end_s, DONE)
        early = {node.name: node for node in self.early.nodes if node.state == DONE}
        for node in self.release["nodes"]:
            if node["state"] == CACHED and node["name"] in early:
                ran = early[node["name"]]
                yield _node_json(ran.name, ran.start_s, ran.end_s, DONE)
            else:
                yield _node_json(node["name"], node["start_s"] + began, node["end_s"] + began, node["state"])

    def _critical_path_s(self) -> float:
        """What bounds it: one part after the other, but early gates beside the seed."""
        took = {step.name: step.end_s - step.start_s for step in self.steps if step.name not in _MADE_OF_NODES}
        seed_s = max(took.pop("seed", 0.0), self.early.critical_path_s)
        return seed_s + sum(took.values()) + float(self.release["critical_path_s"])

    def lines(self) -> list[str]:
        """What a person reads."""
        lines = [f"rehearsed {self.release['tag']} ({self.release['commit'][:12]})", ""]
        lines += [f"  {a['kind']:<7} {a['name']}  {a['sha256']}" for a in self.release["artifacts"]]
        lines += [f"  {own['name']:<7} {own['state']}, {_verification_text(own)}" for own in self.release["channels"]]
        for channel in self.rollback.get("channels", []):
            lines += [f"  back    {channel['name']}: {c['what']}: {c['state']}" for c in channel["changes"]]
        for person in self.rollback.get("for_a_person", []):
            lines.append(f"  back    for a person to do: {person['what']}: {person['url']}")
        lines += [f"  not rehearsed: {missing['what']}: {missing['why']}" for missing in self.not_rehearsed]
        lines += [f"  violation: {violation}" for violation in self.violations]
        lines += self.faults.lines() if self.faults is not None else []
        return [*lines, "", *(f"  {step.name:<9} {step.end_s - step.start_s:6.1f} s" for step in self.steps)]

    def failure(self) -> GateError:
        """The error for a rehearsal that did not go well."""
        broken = [str(trial) for trial in self.faults.failures] if self.faults is not None else []
        facts = {f"violation {n}": text for n, text in enumerate([*self.violations, *broken], 1)}
        problem = "the rehearsal found what a release would have met"
        return GateError(problem, facts=facts, remedy="mend it, and rehearse again")


def _node_json(name: str, start_s: float, end_s: float, state: str) -> Mapping[str, Any]:
    return {"name": name, "start_s": round(start_s, 3), "end_s": round(end_s, 3), "state": state}


def _verification_text(channel: Mapping[str, Any]) -> str:
    return "verified" if channel["verified"] else "not verified"
