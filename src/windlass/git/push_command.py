"""A push as git's words: leased, and nothing besides what was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from windlass.git.object_types import RefUpdate


def push_words(remote: str, updates: Sequence[RefUpdate]) -> tuple[str, ...]:
    """git's words for one leased push: several refs all or none."""
    leases = [f"--force-with-lease={update.ref}:{update.expected}" for update in updates]
    whole = ["--atomic"] if len(updates) > 1 else []
    refspecs = [f"{update.new}:{update.ref}" for update in updates]
    return (*plain_push_words(remote), *whole, *leases, "--", remote, *refspecs)


def plain_push_words(remote: str) -> tuple[str, ...]:
    """A remote that is set up as a mirror takes no refs by name, unless it is told that it is none."""
    no_mirror = ["-c", f"remote.{remote}.mirror=false"] if "/" not in remote and "=" not in remote else []
    return (*no_mirror, "push", "--no-verify", "--porcelain")
