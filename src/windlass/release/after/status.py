"""The state of every release, by its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from windlass.errors import VersionError
from windlass.model import Receipt
from windlass.release import lock
from windlass.release.context import ReleaseContext
from windlass.release.ledger import LedgerEntry, unreadable_error
from windlass.release.lock import Holder
from windlass.versions import Version
from windlass.versions.tags import asked_version


@dataclass(frozen=True)
class Status:
    """What the ledgers and the lock say.

    Attributes:
        entries: the ledgers, newest version first.
        holder: who holds the lock; None when nobody does.
        unreadable: tag → why its ledger can't be read.
    """

    entries: tuple[LedgerEntry, ...]
    holder: Holder | None
    unreadable: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, context: ReleaseContext, version: str = "") -> Status:
        """Look at the remote.

        Args:
            version: only this one, with or without the tag's prefix; empty for all.

        Raises:
            VersionError: that version was never sealed.
        """
        entries = sorted(context.ledger.look().values(), key=lambda e: Version.parse(e.release.version), reverse=True)
        if version:
            prefix = context.project.config.tag_prefix
            tag = asked_version(version, prefix).tag(prefix)
            entries = [entry for entry in entries if entry.tag == tag]
            if not entries and tag in context.ledger.unreadable:
                raise unreadable_error({tag: context.ledger.unreadable[tag]}, context.git.remote)
            if not entries:
                raise VersionError(f"{tag} has no ledger", remedy="`inv release.status` lists those that have")
        oid = context.git.ls_remote(lock.REF).get(lock.REF, "")
        holder = lock.read(context.git, oid) if oid else None
        return cls(tuple(entries), holder, {} if version else dict(context.ledger.unreadable))

    def lines(self) -> list[str]:
        """As a person reads it: a line a release, then the lock."""
        lines = []
        for entry in self.entries:
            lines.append(f"{entry.tag:<16} {state(entry):<12} {_last(entry)}")
            lines += [f"  {line}" for line in _open_ends(entry)]
        lines += [f"{tag:<16} {'unreadable':<12} {why}" for tag, why in self.unreadable.items()]
        lines += [f"for a person to do: {asked.what}: {asked.url}" for asked in self.open_requests]
        if self.holder is not None:
            lines.append(f"locked: {self.holder.what} on {self.holder.host}, process {self.holder.pid}")
        return lines or ["no release has a ledger yet"]

    @property
    def open_requests(self) -> tuple[Receipt, ...]:
        """What people were asked to do, in rollbacks, and were not seen to have done."""
        return tuple(receipt for entry in self.entries for receipt in entry.open_requests)

    def as_json(self) -> dict[str, Any]:
        """The stable form of `release.status --json`."""
        return {
            "releases": [
                {
                    "version": entry.release.version,
                    "tag": entry.tag,
                    "commit": entry.release.commit,
                    "state": state(entry),
                    "records": [{"kind": r.kind, "subject": r.subject, "at": r.at, "by": r.by} for r in entry.records],
                }
                for entry in self.entries
            ],
            "unreadable": [{"tag": tag, "why": why} for tag, why in self.unreadable.items()],
            "for_a_person": [{"what": asked.what, "url": asked.url} for asked in self.open_requests],
            "lock": {"holder": self.holder.what, "host": self.holder.host, "pid": self.holder.pid}
            if self.holder is not None
            else None,
        }


def state(entry: LedgerEntry) -> str:
    """`released`, `unfinished`, `taking back` (a rollback is unfinished), `taken back` or `abandoned`."""
    if entry.rolling_back_to:
        return "taking back"
    if entry.says("taken-back"):
        return "taken back"
    if entry.says("abandoned"):
        return "abandoned"
    return "released" if entry.says("done") else "unfinished"


def _open_ends(entry: LedgerEntry) -> list[str]:
    """What is still to be done about a release, and by what."""
    if entry.rolling_back_to:
        return [f"`inv rollback --to {entry.rolling_back_to}` finishes taking it back"]
    if entry.open:
        return [f"`inv release --version {entry.tag}` finishes it; `inv release.abandon` ends it"]
    return []


def _last(entry: LedgerEntry) -> str:
    return f"{entry.records[-1].at} {entry.records[-1].kind} {entry.records[-1].subject}" if entry.records else "sealed"
