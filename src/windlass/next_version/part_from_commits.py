"""Commits to a part: what a release has to be, and which commits make it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from windlass.errors import VersionError
from windlass.printable_text import legible

if TYPE_CHECKING:
    from windlass.history.commit import Commit

TYPES: Mapping[str, str] = {
    "feat": "minor",
    "fix": "patch",
    "perf": "patch",
    "security": "patch",
    "deps": "patch",
    "revert": "patch",
}
"""Type of a commit → the part that it asks for; every other type asks for none, a breaking change for `major`."""

_RANK = {"": 0, "patch": 1, "minor": 2, "major": 3}


class Reason(Struct, frozen=True):
    """A commit that asks for a part.

    Attributes:
        commit: object id.
        subject: the message's first line, as written: text from outside.
        part: `major`, `minor` or `patch`; `release-as` for one that names the version.
    """

    commit: str
    subject: str
    part: str


class Decision(Struct, frozen=True):
    """What commits ask for.

    Attributes:
        part: `major`, `minor`, `patch`; empty when nothing asks for a release.
        reasons: the commits that ask for something, the highest part first, newest first within.
        release_as: the version that the newest `Release-As` trailer names, as written; None without one.
    """

    part: str
    reasons: tuple[Reason, ...]
    release_as: str | None = None


class AlmostReason(Struct, frozen=True):
    """A commit that seems to ask for a part, and does not by the convention.

    Attributes:
        commit: object id.
        subject: the message's first line, as written: text from outside.
        type: the type that it seems to have, such as `feat`.
    """

    commit: str
    subject: str
    type: str


def almost_reasons(commits: Sequence[Commit]) -> tuple[AlmostReason, ...]:
    """The commits that would ask for a release if their subjects followed the convention, newest first."""
    from windlass.history.reverts import remaining

    kept = remaining(commits)
    return tuple(AlmostReason(one.id, one.subject, kind) for one in kept if (kind := one.almost_type))


def decide(commits: Sequence[Commit], types: Mapping[str, str] = TYPES) -> Decision:
    """The part that commits ask for; a commit and its revert cancel.

    Args:
        commits: since the last release, newest first.

    Raises:
        VersionError: a line looks like a BREAKING CHANGE footer or a Release-As trailer but is none, so that the
            version would be a guess.
    """
    from windlass.history.reverts import remaining

    kept = remaining(commits)
    _clear(kept)
    reasons = [Reason(commit.id, commit.subject, part) for commit in kept if (part := _part(commit, types))]
    reasons.sort(key=lambda reason: -_RANK[reason.part])
    named = [commit for commit in kept if commit.release_as is not None]
    if named:
        reasons.insert(0, Reason(named[0].id, named[0].subject, "release-as"))
    part = max((reason.part for reason in reasons if reason.part in _RANK), key=_RANK.__getitem__, default="")
    return Decision(part, tuple(reasons), named[0].release_as if named else None)


def _part(commit: Commit, types: Mapping[str, str]) -> str:
    parts = ["major" if entry.breaking else types.get(entry.type, "") for entry in commit.entries]
    return max(parts, key=_RANK.__getitem__, default="")


def _clear(commits: Sequence[Commit]) -> None:
    for commit in commits:
        if commit.almost_type.endswith("!"):
            raise VersionError(
                "a commit may or may not declare a breaking change",
                facts={"commit": f"{commit.short} {legible(commit.subject)}"},
                remedy="a breaking change is written `type(scope)!: summary`; as the commit is made, say which it is: "
                "--part major, --part minor or --part patch",
            )
        if commit.doubtful:
            raise VersionError(
                "a commit may or may not declare a breaking change",
                facts={"commit": f"{commit.short} {legible(commit.subject)}", "line": legible(commit.doubtful[0])},
                remedy="a footer is written `BREAKING CHANGE: what breaks`, in upper case; as the commit is made, say "
                "which it is: --part major, --part minor or --part patch",
            )
        if commit.doubtful_release:
            raise VersionError(
                "a commit may or may not name the next version",
                facts={
                    "commit": f"{commit.short} {legible(commit.subject)}",
                    "line": legible(commit.doubtful_release[0]),
                },
                remedy="the trailer is written `Release-As: 1.4.0`; as the commit is made, choose the version "
                "yourself: --version, or --part",
            )
