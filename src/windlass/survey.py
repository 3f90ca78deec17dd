"""What a channel was seen to hold of many releases at once: values for an audit to judge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """One name of one release on a channel.

    Attributes:
        tag: the release's tag.
        what: the name: a ref, a file, a tag, a folder.
        wanted: digest that was sealed; empty where nothing was (a version from before windlass).
        there: digest that is there, or in words what is there in its place; empty for nothing.
        url: where an outsider can look.
    """

    tag: str
    what: str
    wanted: str
    there: str
    url: str = ""


@dataclass(frozen=True)
class Mark:
    """Something that a channel says of a release to its readers.

    Attributes:
        tag: the release's tag.
        name: `yanked`, `pre-release` or `taken back`.
        on: what carries the mark; with a release of one name, that name.
        off: what does not.
        url: where it can be changed.
    """

    tag: str
    name: str
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    url: str = ""

    @classmethod
    def of(cls, tag: str, name: str, what: str, is_on: bool, url: str = "") -> Mark:
        """The mark of a release that has one name on the channel."""
        return cls(tag, name, (what,), (), url) if is_on else cls(tag, name, (), (what,), url)


@dataclass(frozen=True)
class Pointer:
    """A floating name and where it leads.

    Attributes:
        name: `latest`, `1` or `1.3`.
        where: what the channel calls it.
        there: the tag of the release that it leads to; otherwise in words what is there; empty for nothing.
    """

    name: str
    where: str
    there: str


@dataclass(frozen=True)
class Survey:
    """All that was seen on one channel."""

    seen: tuple[Seen, ...] = ()
    marks: tuple[Mark, ...] = ()
    pointers: tuple[Pointer, ...] = ()
