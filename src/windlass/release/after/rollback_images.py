"""Going back on the registries alone: floating tags move to an earlier version's manifest, and nothing is pulled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from windlass.channels.oci import registry_tags
from windlass.channels.oci.oci_channel import Registries
from windlass.channels.protocol import Channel
from windlass.errors import VersionError
from windlass.model import Receipt, Reversal, State
from windlass.release import lock
from windlass.release.after import rollback
from windlass.release.after.rollback import Rollback
from windlass.release.context import ReleaseContext
from windlass.release.ledger import Record
from windlass.release.lock import HeldLock


@dataclass(frozen=True)
class _OneChannel(ReleaseContext):
    """A context whose only channel stays open, so that what its plan read need not be read again."""

    registries: Registries

    def channels(self, tag: str, held: HeldLock | None = None) -> tuple[Channel, ...]:
        del tag, held
        return (self.registries,)


def plan(context: ReleaseContext, channel: Registries, to: str) -> Rollback:
    """Which floating tags would move where.

    Raises:
        VersionError: no such release stands, or a registry does not have it.
        ConflictError: its image is not whole there.
    """
    one = _OneChannel(
        context.project, context.git, context.ledger, context.home, context.say, context.ready_made, channel
    )
    planned = rollback.plan(one, to, "oci")
    if planned.changes and all(change.reversal is Reversal.PERSON for change in planned.changes):
        where = ", ".join(str(repository.address) for repository in channel.repositories)
        raise VersionError(
            f"no registry has an image of {planned.target}; nothing was moved",
            facts={"registries": where, "left": ", ".join(change.what for change in planned.changes)},
            remedy="go back to a version that has one; `inv docker.tags` lists them",
        )
    return planned


def perform(context: ReleaseContext, channel: Registries, planned: Rollback) -> tuple[Receipt, ...]:
    """Move them, under the lock; killed and run again, it finishes. What moved is recorded in the ledger."""
    entry = f"rollback of images to {planned.target}"
    with lock.hold(context.git, entry, wait_s=60.0, say=context.say) as held:
        known = context.ledger.look()
        receipts = []
        for change in planned.changes:
            if change.state is State.SAME or change.reversal is Reversal.PERSON:
                continue
            held.check()
            receipts.append(channel.do(change))
        if receipts and planned.ledger_tag in known:
            context.ledger.append(planned.ledger_tag, *(Record("receipt", one.key, receipt=one) for one in receipts))
    return tuple(receipts)


def rollback_json(channel: Registries, planned: Rollback) -> dict[str, Any]:
    """The stable form of `docker.rollback --json`: every floating tag, what it holds now and what it held."""
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for change in planned.changes:
        if change.reversal is Reversal.PERSON:
            continue
        address, _, tag = change.what.rpartition(":")
        rows.setdefault(address, []).append((tag, change.here, change.there))
    return registry_tags.registries_json(channel, rows)
