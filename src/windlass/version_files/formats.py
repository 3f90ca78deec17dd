"""Finders that know a file's syntax: TOML and Python are parsed, so that only the version itself is ever touched."""

from __future__ import annotations

import ast
import copy
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from windlass.errors import ConfigError
from windlass.version_files.version_location import VersionSpan

_PROBE = "0.0.0+windlass.probe"


@dataclass(frozen=True)
class TomlKey:
    """A string in a TOML file, by its path.

    Attributes:
        keys: names, and positions in lists: `("project", "version")`.
    """

    keys: tuple[str | int, ...]

    def spans(self, text: str) -> tuple[VersionSpan, ...]:
        """The string's place; empty when there is none.

        The text is not scanned by a TOML grammar of our own: of all places where the value could stand, it is the one
        whose replacement changes just this key for the TOML parser.
        """
        document = _toml(text)
        value = _value_at(document, self.keys)
        if not isinstance(value, str):
            return ()
        wanted = _with_value_at(document, self.keys, _PROBE)
        for span in _candidates(text, value):
            if _parses_to(text[: span.start] + _PROBE + text[span.end :], wanted):
                return (span,)
        return ()

    def __str__(self) -> str:
        return ".".join(map(str, self.keys))


def _candidates(text: str, value: str) -> Iterator[VersionSpan]:
    for found in re.finditer(re.escape(value), text):
        if text[found.start() - 1 : found.start()] in ('"', "'"):
            yield VersionSpan(found.start(), found.end())


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as mistake:
        raise ConfigError(
            "a TOML file can't be read", facts={"problem": mistake}, remedy="correct the file"
        ) from mistake


def _parses_to(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _value_at(document: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _with_value_at(document: dict[str, Any], keys: tuple[str | int, ...], value: str) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    _value_at(changed, keys[:-1])[keys[-1]] = value
    return changed


@dataclass(frozen=True)
class PythonName:
    """A string that a Python module gives a name on its top level: `__version__ = "1.3.0"`.

    Attributes:
        name: the name.
    """

    name: str = "__version__"

    def spans(self, text: str) -> tuple[VersionSpan, ...]:
        """The string's place, without its quotes; empty when the module gives the name nothing, or no plain string."""
        try:
            module = ast.parse(text)
        except (SyntaxError, ValueError):
            return ()
        return tuple(span for node in module.body for span in self._span(node, text))

    def _span(self, node: ast.stmt, text: str) -> Iterator[VersionSpan]:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            return
        named = any(isinstance(target, ast.Name) and target.id == self.name for target in targets)
        if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
            start = _position(text, value.lineno, value.col_offset)
            at = text.find(value.value, start)
            if value.value and text[start:at].strip("rRuUbB") in ('"', "'", '"""', "'''"):
                yield VersionSpan(at, at + len(value.value))

    def __str__(self) -> str:
        return self.name


def _position(text: str, line: int, column_bytes: int) -> int:
    """Position in a text of Python's line (from 1) and column (in bytes of UTF-8)."""
    # Python's lines end at \n, \r\n and \r alone, where str.splitlines knows more.
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    before = sum(map(len, lines[: line - 1]))
    return before + len(lines[line - 1].encode()[:column_bytes].decode())
