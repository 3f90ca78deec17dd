"""What a rehearsal found: a value, as JSON and for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from windlass.errors import GateError

if TYPE_CHECKING:
    from windlass.rehearsal.trial_report import TrialReport


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
        faults: every fault that was tried, and what came of it; None where none were to be.
    """

    release: Mapping[str, Any]
    rollback: Mapping[str, Any]
    not_rehearsed: tuple[Mapping[str, str], ...] = ()
    violations: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    faults: TrialReport | None = None

    @property
    def ok(self) -> bool:
        """Whether all that was rehearsed went well."""
        broken = self.violations or (self.faults and self.faults.failures)
        return bool(self.release.get("ok") and self.rollback.get("ok") and not broken)

    def as_json(self) -> dict[str, Any]:
        """The stable form of `rehearse --json`."""
        image = next((a for a in self.release["artifacts"] if a["kind"] == "image"), None)
        began = next(step.start_s for step in self.steps if step.name == "release")
        parts = [step for step in self.steps if step.name != "release"]  # its own nodes stand in its place
        nodes = [{"name": s.name, "start_s": s.start_s, "end_s": s.end_s, "state": "done"} for s in parts]
        inner = [
            {**n, "start_s": round(n["start_s"] + began, 3), "end_s": round(n["end_s"] + began, 3)}
            for n in self.release["nodes"]
        ]
        around = sum(step.end_s - step.start_s for step in parts)
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
            "critical_path_s": round(around + self.release["critical_path_s"], 3),
            "nodes": sorted([*nodes, *inner], key=lambda node: node["start_s"]),
        }

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


def _verification_text(channel: Mapping[str, Any]) -> str:
    return "verified" if channel["verified"] else "not verified"
