"""What a piece of work is at, in a few words, for whoever shows it: nothing that decides anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from windlass.shell.inherited_thread_locals import InheritedVariable

_heard: InheritedVariable[Callable[[str], None]] = InheritedVariable("windlass-progress")

_PIECE = 256 * 1024


def progress(text: str) -> None:
    """Say what the work is at: `7 of 40 MB`, `waiting for the index`.

    In a node's body it is shown beside the node's name where that has a line that changes, and is no part of what the
    node wrote. Elsewhere it is shown nowhere.
    """
    heard = _heard.get()
    if heard is not None:
        heard(text)


def heard_by(heard: Callable[[str], None]) -> AbstractContextManager[None]:
    """In this block (in this thread and those that it starts) `heard` is told."""
    return _heard.set_in_block(heard)


@dataclass(frozen=True)
class MeteredContent:
    """Content on its way out, which tells how much of it went; it can be read again and again.

    Attributes:
        content: all of it, or its pieces.
        size_bytes: its length.
    """

    content: bytes | Iterable[bytes]
    size_bytes: int

    def __iter__(self) -> Iterator[bytes]:
        sent, told = 0, ""
        for piece in self._pieces():
            yield piece
            sent += len(piece)
            text = f"sent {megabytes(sent, self.size_bytes)}"
            if text != told:
                told = text
                progress(text)

    def _pieces(self) -> Iterable[bytes]:
        if not isinstance(self.content, bytes):
            return self.content
        whole = self.content
        return (whole[start : start + _PIECE] for start in range(0, len(whole), _PIECE))


def megabytes(part: int, whole: int) -> str:
    """Such as `7 of 40 MB`; below 10 MB with one decimal."""
    digits = 0 if whole >= 10_000_000 else 1
    return f"{part / 1e6:.{digits}f} of {whole / 1e6:.{digits}f} MB"
