"""Withdrawing: what nobody saw of a release is removed. Before its tag is out, its version is then free again."""

from __future__ import annotations

from windlass.errors import WindlassError
from windlass.model import Receipt, Release
from windlass.release.context import ReleaseContext
from windlass.release.lock import HeldLock


def is_reserved(context: ReleaseContext, release: Release) -> bool:
    """Whether the release's tag is out, by a fresh look: from then on somebody may have seen it.

    A tag of that name on another commit is somebody else's: this release can't have got further than its seal.
    """
    ref = f"refs/tags/{release.tag}"
    there = context.git.ls_remote(ref, f"{ref}^{{}}")
    return there.get(f"{ref}^{{}}", there.get(ref, "")) == release.commit


def remove_unseen(context: ReleaseContext, release: Release, held: HeldLock) -> tuple[Receipt, ...]:
    """Remove drafts and holding tags. A receipt whose facts have `stays` is of something that could not be removed.

    Raises:
        LockedError, ConflictError: the lock was lost; somebody else may be at this release.
        WindlassError: a remote did not answer; run again, the rest is removed then.
    """
    held.push_with_advance()  # proves that the lock is ours now, not a while ago
    receipts = []
    for channel in context.channels(release.tag, held):
        for change in channel.withdrawal_changes(release):
            held.check()
            receipts.append(channel.do(change))
    return tuple(receipts)


def withdraw(context: ReleaseContext, release: Release, held: HeldLock) -> tuple[Receipt, ...]:
    """Remove what nobody saw, and put the seal aside: the version is free, as if the release had never begun.

    Raises:
        WindlassError: as `remove_unseen`; the seal then stays, so that the next run comes back to it.
    """
    receipts = remove_unseen(context, release, held)
    context.ledger.withdraw(release.tag, held.push_with_advance)
    return receipts


def withdraw_refused(context: ReleaseContext, release: Release, held: HeldLock, problem: WindlassError) -> None:
    """After the reservation was refused: clean up, and let the error tell what became of the release."""
    try:
        if is_reserved(context, release):
            return
        receipts = withdraw(context, release, held)
    except WindlassError as other:
        problem.facts["left as it was"] = f"{release.tag} stays sealed: {other.problem}"
        return
    problem.facts["cleaned up"] = f"nobody saw this {release.tag}: its draft and its seal are gone"
    if stays := stays_in_words(receipts):
        problem.facts["stays"] = stays


def stays_in_words(receipts: tuple[Receipt, ...]) -> str:
    """What could not be removed, and why."""
    return ", ".join(f"{r.what} ({r.facts.stays})" for r in receipts if r.facts.stays)
