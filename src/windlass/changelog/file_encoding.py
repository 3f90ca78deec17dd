"""A text file's bytes as text and back, in the encoding that its first bytes name."""

from __future__ import annotations

import codecs

from msgspec import Struct

from windlass.errors import ConfigError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""What begins a file → its encoding; the longer ones first, as one begins with another."""


class EncodedText(Struct, frozen=True):
    """A text, and how it is written.

    Attributes:
        text: without the mark that names its encoding; that of UTF-8 is left in it.
        encoding: as Python calls it.
    """

    text: str
    encoding: str = "utf-8"

    def replaced(self, text: str) -> bytes:
        """Another text's bytes, written as this one is."""
        mark = next((mark for mark, encoding in _MARKS if encoding == self.encoding), b"")
        return mark + text.encode(self.encoding)


def decoded(raw: bytes, name: str) -> EncodedText:
    """A file's text: UTF-8, or what its first bytes name.

    Args:
        name: the file's, for the error.

    Raises:
        ConfigError: it is neither. No encoding is guessed: what was written in it would be spoilt.
    """
    mark, encoding = next(((mark, one) for mark, one in _MARKS if raw.startswith(mark)), (b"", "utf-8"))
    try:
        return EncodedText(raw[len(mark) :].decode(encoding), encoding)
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise ConfigError(
            f"{name} is not written in UTF-8, and says no other encoding",
            facts={"file": name, "line": line, "problem": problem.reason},
            remedy=f"write it in UTF-8, and commit: iconv -f ISO-8859-1 -t UTF-8 {name} > new && mv new {name}",
        ) from problem
