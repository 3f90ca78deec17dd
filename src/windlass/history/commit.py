"""A commit: what `git log` says of it, and what its message means."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from windlass.history import footers
from windlass.history.malformed_commit_header import almost_type
from windlass.history.merge_titles import title
from windlass.history.message import TYPES, CommitEntry, entries
from windlass.history.quoted_words import own_words


class Commit(Struct, frozen=True, dict=True):
    """A commit; its texts come from outside and are shown only escaped.

    Attributes:
        id: object id, 40 (or 64) hex digits.
        parents: object ids; two and more for a merge.
        at: when it was written, seconds since 1970.
        author: a name; undecodable bytes are U+FFFD, as in the texts below.
        email: their address.
        subject: the message's first line.
        body: the rest of the message.
        tags: short names of the tags on it.
        mainline: whether it was read with first-parent, so that a merge stands for its branch.
    """

    id: str
    parents: tuple[str, ...]
    at: int
    author: str
    email: str
    subject: str
    body: str = ""
    tags: tuple[str, ...] = ()
    mainline: bool = False

    @cached_property
    def entries(self) -> tuple[CommitEntry, ...]:
        """What it did: one entry, several for a squash commit, none for a plain merge."""
        return entries(self.subject, self._own_body, merge=len(self.parents) > 1, mainline=self.mainline)

    @property
    def short(self) -> str:
        """The first 7 digits of its id: for people."""
        return self.id[:7]

    @cached_property
    def release_as(self) -> str | None:
        """The version that a `Release-As` trailer asks for, as written; None without one."""
        return footers.release_as(self._own_body, self._lowercase_text)

    @property
    def conventional(self) -> bool:
        """Whether it follows the convention, with a type that is known; a plain merge says nothing, so it does."""
        return not self.entries or any(entry.breaking or entry.type in TYPES for entry in self.entries)

    @property
    def almost_type(self) -> str:
        """The type that its subject seems to have and has not, such as `feat` for `feat (api): x`; empty for none."""
        return "" if self.conventional else almost_type(title(self.subject))

    @property
    def people(self) -> tuple[str, ...]:
        """Names of the author and of those in `Co-authored-by`."""
        if "uthored-" not in self.body:
            return (self.author,)
        return self.author, *(name for name, _ in footers.co_authors(self.body))

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Lines that look like a BREAKING CHANGE footer and are none."""
        breaks = any(entry.breaking for entry in self.entries)
        return () if breaks else footers.doubtful(f"{self.subject}\n{self._own_body}", self._lowercase_text)

    @property
    def doubtful_release(self) -> tuple[str, ...]:
        """Lines that look like a Release-As trailer and are none."""
        return footers.doubtful_release(self._own_body, self._lowercase_text) if self.release_as is None else ()

    @cached_property
    def _own_body(self) -> str:
        """The body without what other people said."""
        return own_words(self.subject, self.body)

    @cached_property
    def _lowercase_text(self) -> str:
        return f"{self.subject}\n{self.body}".lower()
