"""Where in a TOML text each key, table and array element stands; tomllib tells values, not lines."""

from __future__ import annotations

import re
from bisect import bisect_right

KeyPath = tuple[str | int, ...]
"""Keys and array positions from the top: `("tool", "windlass", "image", "platforms", 1)`."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def line_of(text: str, path: KeyPath) -> int:
    """The line (from 1) on which `path` begins, or else the nearest thing around it; 1 when nothing is.

    Args:
        text: TOML that tomllib accepts.
    """
    found = lines(text)
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


def lines(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every table header, key and array element of a TOML text that tomllib accepts."""
    return _Scan(text).document()


class _Scan:
    """One pass over a text that is known to be valid, so that it needs to recognise, never to judge."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.starts = [0, *(newline.end() for newline in re.finditer("\n", text))]
        self.found: dict[KeyPath, int] = {}
        self.tables: dict[KeyPath, int] = {}  # array of tables → position of its newest element

    def document(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self.skip(_SPACE) < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
        return self.found

    def header(self) -> KeyPath:
        """`[a.b]` or `[[a.b]]`; gives the path that the keys below it belong to."""
        start, many = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        *above, last = self.key()
        path = (*self.inside(tuple(above)), last)
        if many:
            self.tables[path] = self.tables.get(path, -1) + 1
        path = self.inside((last,), path[:-1])
        for length in range(1, len(path) + 1):
            self.note(path[:length], start)
        self.at = self.text.index("]", self.at) + (2 if many else 1)
        return path

    def inside(self, keys: tuple[str, ...], path: KeyPath = ()) -> KeyPath:
        """`path` and `keys`, each array of tables on the way entered at its newest element."""
        for key in keys:
            path = (*path, key)
            if path in self.tables:
                path = (*path, self.tables[path])
        return path

    def pair(self, table: KeyPath) -> None:
        start, path = self.at, table
        for part in self.key():
            path = (*path, part)
            self.note(path, start)
        self.at = self.text.index("=", self.at) + 1
        self.skip(_BLANK)
        self.value(path)

    def key(self) -> list[str]:
        parts = []
        while True:
            self.skip(_BLANK)
            parts.append(self.one_key())
            if not self.text.startswith(".", self.skip(_BLANK)):
                return parts
            self.at += 1

    def one_key(self) -> str:
        if self.text[self.at] in "\"'":
            start = self.at
            self.string()
            return self.text[start + 1 : self.at - 1]
        start = self.at
        self.skip(_BARE)
        return self.text[start : self.at]

    def value(self, path: KeyPath) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self.array(path)
        elif opening == "{":
            self.inline_table(path)
        elif opening in "\"'":
            self.string()
        else:
            self.skip(_SCALAR)

    def array(self, path: KeyPath) -> None:
        self.at += 1
        position = 0
        while self.text[self.skip(_SPACE)] != "]":
            self.note((*path, position), self.at)
            self.value((*path, position))
            position += 1
            if self.text[self.skip(_SPACE)] == ",":
                self.at += 1
        self.at += 1

    def inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self.text[self.skip(_SPACE)] != "}":
            self.pair(path)
            if self.text[self.skip(_SPACE)] == ",":
                self.at += 1
        self.at += 1

    def string(self) -> None:
        for form in _STRINGS:
            if match := form.match(self.text, self.at):
                self.at = match.end()
                return

    def skip(self, what: re.Pattern[str]) -> int:
        match = what.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def note(self, path: KeyPath, at: int) -> None:
        self.found.setdefault(path, bisect_right(self.starts, at))
