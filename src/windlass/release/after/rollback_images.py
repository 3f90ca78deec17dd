"""Going back on the registries alone: floating tags move to an earlier version's manifest, and nothing is pulled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from windlass.builds.artifact_folder import Files
from windlass.channels import oci
from windlass.channels.protocol import Channel, Place
from windlass.errors import ConfigError
from windlass.model import Receipt, Reversal, State
from windlass.oci import Repository
from windlass.release import lock
from windlass.release.after import rollback
from windlass.release.after.rollback import Rollback
from windlass.release.context import ReleaseContext
from windlass.release.ledger import Record
from windlass.release.lock import Held


@dataclass(frozen=True)
class _OneChannel(ReleaseContext):
    """A site whose only channel stays open, so that what its plan read need not be read again."""

    registries: oci.Registries

    def channels(self, tag: str, held: Held | None = None) -> tuple[Channel, ...]:
        del tag, held
        return (self.registries,)


def registries(site: ReleaseContext) -> oci.Registries:
    """The project's registries.

    Raises:
        ConfigError: it pushes no image.
    """
    found = oci.open_channel(Place(site.project, site.git, Files(site.home)))
    if found is None:
        raise ConfigError(
            "this project pushes no image",
            facts={"project": site.project.name},
            remedy="set `registries` in [tool.windlass.image], and write a Dockerfile",
        )
    return found


def plan(site: ReleaseContext, channel: oci.Registries, to: str) -> Rollback:
    """Which floating tags would move where.

    Raises:
        VersionError: no such release stands, or a registry does not have it.
        ConflictError: its image is not whole there.
    """
    return rollback.plan(
        _OneChannel(site.project, site.git, site.ledger, site.home, site.say, site.ready_made, channel), to, "oci"
    )


def perform(site: ReleaseContext, channel: oci.Registries, planned: Rollback) -> tuple[Receipt, ...]:
    """Move them, under the lock; killed and run again, it finishes. What moved is recorded in the ledger."""
    entry = f"rollback of images to {planned.to.tag}"
    with lock.hold(site.git, entry, wait_s=60.0, say=site.say) as held:
        known = site.ledger.look()
        receipts = []
        for change in planned.changes:
            if change.state is State.SAME or change.reversal is Reversal.PERSON:
                continue
            held.check()
            receipts.append(channel.do(change))
        if receipts and planned.to.tag in known:
            site.ledger.append(planned.to.tag, *(Record("receipt", one.key, receipt=one) for one in receipts))
    return tuple(receipts)


def tags(channel: oci.Registries) -> dict[str, Any]:
    """The stable form of `docker.tags --json`: every tag of every registry."""
    return _shown(
        channel, {str(one.address): [(tag, one.look(tag), "") for tag in one.tags()] for one in channel.repositories}
    )


def moved(channel: oci.Registries, planned: Rollback) -> dict[str, Any]:
    """The stable form of `docker.rollback --json`: every floating tag, what it holds now and what it held."""
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for change in planned.changes:
        if change.reversal is Reversal.PERSON:
            continue
        address, _, tag = change.what.rpartition(":")
        rows.setdefault(address, []).append((tag, change.here, change.there))
    return _shown(channel, rows)


def _shown(channel: oci.Registries, rows: dict[str, list[tuple[str, str, str]]]) -> dict[str, Any]:
    return {
        "registries": [
            _registry(name, one, rows.get(str(one.address), []))
            for name, one in zip(channel.registries, channel.repositories, strict=True)
        ]
    }


def _registry(name: str, one: Repository, rows: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
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
