"""Text from outside as a terminal may have it."""

from __future__ import annotations


def legible(text: str, longest: int = 200) -> str:
    r"""Text on one line, cut short, in which whatever is not seen is written out: `\x1b` for an escape, `\u202e` …

    Args:
        longest: characters to keep.
    """
    line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text[:longest])
    return line + "…" * (len(text) > longest)
