"""What was seen and not recognised on the way to the next version: said, so that nobody takes it for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from windlass.next_version.part_from_commits import AlmostReason, almost_reasons
from windlass.printable_text import legible

if TYPE_CHECKING:
    from windlass.history.commit import Commit

_SHOWN = 10
"""Commits that are named one by one."""


class PassedOver(NamedTuple):
    """Something that was seen and left out, in words, and why."""

    what: str
    why: str


def passed_over_commits(commits: Sequence[Commit], *, nothing: bool) -> tuple[PassedOver, ...]:
    """The commits that ask for nothing because they only almost follow the convention.

    Args:
        nothing: whether there is nothing to release; then commits that follow no convention at all are counted too.
    """
    almost = almost_reasons(commits)
    said = [_almost(one) for one in almost[:_SHOWN]]
    if len(almost) > _SHOWN:
        said.append(PassedOver(f"{len(almost) - _SHOWN} more commits", _WHY))
    unheard = sum(not commit.conventional for commit in commits)
    if nothing and unheard > len(almost):
        count = f"{unheard} of {len(commits)} commits" if len(commits) > 1 else "1 commit"
        said.append(
            PassedOver(count, "no convention is followed, so nothing is asked for; `--part` decides without it")
        )
    return tuple(said)


def passed_over_files(unrecognised: Iterable[tuple[str, str]]) -> tuple[PassedOver, ...]:
    """What may be the version in a file, and is not written by a release: the file, and why."""
    return tuple(PassedOver(path, why) for path, why in unrecognised)


_WHY = "almost follow the convention, so they ask for nothing"


def _almost(one: AlmostReason) -> PassedOver:
    form = f"`{one.type}: …` or `{one.type}(scope): …`"
    return PassedOver(
        f"{one.commit[:7]} {legible(one.subject)}",
        f"almost follows the convention, so it asks for nothing; the form is {form}",
    )
