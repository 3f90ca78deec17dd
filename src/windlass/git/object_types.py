"""What git's objects and refs are made of, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """Who and when, for an object that must come out the same anywhere.

    Attributes:
        name: a person's name.
        email: their address, without brackets.
        epoch: seconds since 1970, UTC.
    """

    name: str
    email: str
    epoch: int

    def environment(self) -> dict[str, str]:
        """Author and committer alike, as git's variables."""
        pairs = {"NAME": self.name, "EMAIL": self.email, "DATE": f"@{self.epoch} +0000"}
        return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in pairs.items()}


@dataclass(frozen=True)
class RefUpdate:
    """One compare-and-swap of a remote ref.

    Attributes:
        ref: full name, `refs/…`.
        new: object id to set; empty to delete.
        expected: object id that must be there; empty for "must not exist".
    """

    ref: str
    new: str
    expected: str


@dataclass(frozen=True)
class Blob:
    """A file's object id and its bytes."""

    oid: str
    content: bytes
