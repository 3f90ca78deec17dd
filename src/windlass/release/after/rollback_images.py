"""Going back on the registries alone: floating tags move to an earlier version's manifest, and nothing is pulled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from windlass.builds.artifact_folder import Files
from windlass.channels.oci import oci_channel
from windlass.channels.protocol import Channel, ChannelContext
from windlass.errors import ConfigError, VersionError
from windlass.model import Receipt, Reversal, State
from windlass.oci import ImageRepository
from windlass.release import lock
from windlass.release.after import rollback
from windlass.release.after.rollback import Rollback
from windlass.release.context import ReleaseContext
from windlass.release.ledger import Record
from windlass.release.lock import HeldLock


@dataclass(frozen=True)
class _OneChannel(ReleaseContext):
    """A context whose only channel stays open, so that what its plan read need not be read again."""

    registries: oci_channel.Registries

    def channels(self, tag: str, held: HeldLock | None = None) -> tuple[Channel, ...]:
        del tag, held
        return (self.registries,)


def registries(context: ReleaseContext) -> oci_channel.Registries:
    """The project's registries.

    Raises:
        ConfigError: it pushes no image.
    """
    found = oci_channel.open_channel(ChannelContext(context.project, context.git, Files(context.home)))
    if found is None:
        raise ConfigError(
            "this project pushes no image",
            facts={"project": context.project.name},
            remedy="set `registries` in [tool.windlass.image], and write a Dockerfile",
        )
    return found


def plan(context: ReleaseContext, channel: oci_channel.Registries, to: str) -> Rollback:
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


def perform(context: ReleaseContext, channel: oci_channel.Registries, planned: Rollback) -> tuple[Receipt, ...]:
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


def tags(channel: oci_channel.Registries) -> dict[str, Any]:
    """The stable form of `docker.tags --json`: every tag of every registry."""
    return _registries_json(
        channel, {str(one.address): [(tag, one.look(tag), "") for tag in one.tags()] for one in channel.repositories}
    )


def rollback_json(channel: oci_channel.Registries, planned: Rollback) -> dict[str, Any]:
    """The stable form of `docker.rollback --json`: every floating tag, what it holds now and what it held."""
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for change in planned.changes:
        if change.reversal is Reversal.PERSON:
            continue
        address, _, tag = change.what.rpartition(":")
        rows.setdefault(address, []).append((tag, change.here, change.there))
    return _registries_json(channel, rows)


def _registries_json(channel: oci_channel.Registries, rows: dict[str, list[tuple[str, str, str]]]) -> dict[str, Any]:
    return {
        "registries": [
            _registry(name, one, rows.get(str(one.address), []))
            for name, one in zip(channel.registries, channel.repositories, strict=True)
        ]
    }


def _registry(name: str, one: ImageRepository, rows: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    shown = [
        {"tag": tag, "digest": digest, "was": was or None, "platforms": list(one.manifest(digest).platforms)}
        for tag, digest, was in rows
    ]
    return {"name": name, "tags": shown, "requests": one.traffic.requests, "bytes": one.traffic.size_bytes}


def lines(form: dict[str, Any]) -> list[str]:
    """The same for people: a line a tag."""
    found = []
    for registry in form["registries"]:
        found.append(f"{registry['name']} ({registry['requests']} requests, {registry['bytes']} bytes)")
        found += [
            f"  {row['tag']}  {row['digest']}  {', '.join(row['platforms'])}"
            + (f"  (was {row['was']})" if row["was"] and row["was"] != row["digest"] else "")
            for row in registry["tags"]
        ]
    return found
