"""Giving a release up: one that can't finish is ended, so that the next can begin. What it left behind is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from windlass.errors import UsageError, VersionError
from windlass.model import Change, State
from windlass.release import lock
from windlass.release.converge import plan
from windlass.release.decide import unfinished
from windlass.release.ledger import Entry, Record
from windlass.release.show import change_lines
from windlass.release.site import Site
from windlass.versions import Version, from_tag


@dataclass(frozen=True)
class Abandoned:
    """A release that was given up.

    Attributes:
        tag: its tag.
        left: what it had already made on the channels, which stays.
    """

    tag: str
    left: tuple[Change, ...]

    def lines(self) -> list[str]:
        """As a person reads it."""
        if not self.left:
            return [f"{self.tag} is abandoned; no channel holds anything of it"]
        return [f"{self.tag} is abandoned; this stays behind:", *change_lines(self.left)]

    def as_json(self) -> dict[str, Any]:
        """The stable form of `release.abandon --json`."""
        left = [{"channel": change.channel, "what": change.what, "url": change.url} for change in self.left]
        return {"ok": True, "tag": self.tag, "left": left}


def candidate(site: Site, version: str = "") -> Entry:
    """The unfinished release that is to be given up.

    Args:
        version: which one, with or without the tag's prefix; empty where there is only one.

    Raises:
        UsageError: none is unfinished, or several are.
        VersionError: this one is not.
    """
    pending = unfinished(site.look())
    if version:
        prefix = site.project.config.tag_prefix
        tag = (from_tag(version, prefix) or Version.parse(version)).tag(prefix)
        found = next((entry for entry in pending if entry.tag == tag), None)
        if found is None:
            raise VersionError(f"{tag} is not unfinished", remedy="`inv release.status` lists what is")
        return found
    if len(pending) != 1:
        names = ", ".join(entry.tag for entry in pending) or "(none)"
        raise UsageError("it is not clear what to abandon", facts={"unfinished": names}, remedy="name it: --version")
    return pending[0]


def abandon(site: Site, entry: Entry) -> Abandoned:
    """Record, under the lock, that a release ends unfinished: its version is used up, and nothing will point to it.

    Raises:
        LockedError: somebody works on it.
    """
    with lock.hold(site.git, f"abandon {entry.tag}"):
        site.ledger.look()
        site.ledger.append(entry.tag, Record("abandoned", entry.release.version))
    changes = plan(site.channels(entry.tag), entry.release)
    return Abandoned(entry.tag, tuple(change for change in changes if change.state is State.SAME))
