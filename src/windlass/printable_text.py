"""Text from outside as a terminal may have it."""

from __future__ import annotations

import re


def legible(text: str, longest: int = 200) -> str:
    r"""Text on one line, cut short, in which whatever is not seen is written out: `\x1b` for an escape, `\u202e` …

    Args:
        longest: characters to keep.
    """
    line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text[:longest])
    return line + "…" * (len(text) > longest)


_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.")


def printable(name: str) -> str:
    """A name that can do nothing to a terminal or a log: what is no letter, mark or space stands as its escape."""
    if name.isprintable():
        return name
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in name)


def without_escapes(text: str) -> str:
    """Text without what colours it or moves the cursor."""
    return _ESCAPES.sub("", text)
