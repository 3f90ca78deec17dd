"""Text from commits, made harmless in Markdown: no HTML, no mention, no link that the author of a commit chose."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9 ,.;:()'\"/+=%?$-]*")
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_CODE = re.compile(r"(?<!`)(`[^`\n]+`)(?!`)")
_ADDRESS = re.compile(
    r"(?:\b[A-Za-z][A-Za-z0-9+.-]*://|\bwww\.|\b(?:mailto|javascript|data|xmpp):)[^\s`]+", re.IGNORECASE
)
_SPECIAL = re.compile(r"[\\`*\[\]~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|<|&(?=#?\w+;)|@(?=[A-Za-z0-9_-])")
_LEADING = re.compile(r"^(?:([#>+-])|([0-9]{1,9})([.)]))")
_ENTITIES = {"<": "&lt;", "&": "&amp;", "@": "@&#8203;", "~": "&#126;"}


def text(raw: str) -> str:
    """Text of a commit as Markdown that shows just that text, on one line.

    `Code spans` stay; addresses become code spans, so that they can be read but lead nowhere; a mention gets a
    zero-width space after its @, so that it calls nobody; letters that hide or turn text are removed.
    """
    if _PLAIN.fullmatch(raw) and "://" not in raw and "www." not in raw and not _LEADING.match(raw):
        return raw
    line = _HIDDEN.sub("", " ".join(raw.split()))
    pieces = _CODE.split(line)
    made = [piece if position % 2 else _outside(piece) for position, piece in enumerate(pieces)]
    return _LEADING.sub(_escape_line_start, "".join(made))


def _outside(piece: str) -> str:
    """Text outside of code spans."""
    made, start = [], 0
    for found in _ADDRESS.finditer(piece):
        made += [_SPECIAL.sub(_harmless, piece[start : found.start()]), f"`{found[0]}`"]
        start = found.end()
    return "".join([*made, _SPECIAL.sub(_harmless, piece[start:])])


def _harmless(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0], f"\\{found[0]}")


def _escape_line_start(found: re.Match[str]) -> str:
    """A beginning that would be a heading, a quote or a list, as plain text."""
    return f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"
