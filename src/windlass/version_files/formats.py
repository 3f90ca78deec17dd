"""Finders that know a file's syntax: its own parser says where the version stands, so that nothing else is touched."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from windlass.errors import ConfigError
from windlass.version_files.version_location import VersionSpan

_PROBE = "0.0.0+windlass.probe."
_QUOTES = ('"', "'")


@dataclass(frozen=True)
class TomlKey:
    """A string in a TOML file, by its path.

    Attributes:
        keys: names, and positions in lists: `("project", "version")`.
    """

    keys: tuple[str | int, ...]

    def spans(self, text: str) -> tuple[VersionSpan, ...]:
        """The string's place; empty when there is none."""
        value = _value_at(_toml(text), self.keys)
        candidates = [span for span in _places_of(text, value) if text[span.start - 1 : span.start] in _QUOTES]
        return _probed(text, candidates, lambda changed: _value_at(tomllib.loads(changed), self.keys))

    def __str__(self) -> str:
        return ".".join(map(str, self.keys))


@dataclass(frozen=True)
class IniKey:
    """An option of an INI file.

    Attributes:
        section: its section's name.
        option: its own.
    """

    section: str
    option: str

    def spans(self, text: str) -> tuple[VersionSpan, ...]:
        """The value's place; empty when there is none."""
        candidates = _places_of(text, self.value(text))
        return _probed(text, candidates, self.value)

    def value(self, text: str) -> str:
        """What stands there; empty for nothing."""
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(text)
        except configparser.Error:
            return ""
        return parser.get(self.section, self.option, fallback="")

    def __str__(self) -> str:
        return f"[{self.section}] {self.option}"


@dataclass(frozen=True)
class LockEntry:
    """A project's own entry in the lock file of its folder (uv's, cargo's), which its tool compares with the project.

    The file is cut at its `[[package]]` lines, and only what may be the entry is parsed: it may be large, and nothing
    else in it is the project's.

    Attributes:
        name: the project's, as the lock writes it.
        folder: the project's, from the lock's, which the entry of uv names; empty where entries have no source (cargo).
    """

    name: str
    folder: str = "."

    def spans(self, text: str) -> tuple[VersionSpan, ...]:
        """The version's place in the entry; empty when there is no such entry."""
        for start, block in self._blocks(text):
            entry = _toml(block).get("package", [{}])[0]
            if entry.get("name") == self.name and self._is_here(entry.get("source")):
                inside = TomlKey(("package", 0, "version")).spans(block)
                return tuple(VersionSpan(start + span.start, start + span.end) for span in inside)
        return ()

    def _is_here(self, source: object) -> bool:
        here = [{kind: self.folder} for kind in ("editable", "virtual", "directory")]
        return source in here if self.folder else source is None

    def _blocks(self, text: str) -> Iterator[tuple[int, str]]:
        """Where an entry of this name begins, and its text."""
        line = f'name = "{self.name}"'
        at = text.find(line)
        while at >= 0:
            start, end = text.rfind("[[package]]", 0, at), text.find("\n[[package]]", at)
            if start >= 0 and text[at - 1 : at] == "\n":
                yield start, text[start : end if end >= 0 else len(text)]
            at = text.find(line, at + 1)

    def __str__(self) -> str:
        return f"the entry of {self.name}"


@dataclass(frozen=True)
class SearchPattern:
    """A regular expression as a build backend searches a file with: its first match counts.

    Attributes:
        pattern: with a group for the version.
        group: the group's name.
    """

    pattern: str
    group: str = "version"

    def spans(self, text: str) -> tuple[VersionSpan, ...]:
        """The group's place; empty where nothing matches, or the pattern is none."""
        try:
            found = re.search(self.pattern, text, re.MULTILINE)
            return (VersionSpan(*found.span(self.group)),) if found and found[self.group] else ()
        except (re.error, IndexError):
            return ()

    def __str__(self) -> str:
        return self.pattern


def _places_of(text: str, value: object) -> list[VersionSpan]:
    """Everywhere that a value stands in a text."""
    if not isinstance(value, str) or not value:
        return []
    return [VersionSpan(found.start(), found.end()) for found in re.finditer(re.escape(value), text)]


def _probed(text: str, candidates: list[VersionSpan], look: Callable[[str], object]) -> tuple[VersionSpan, ...]:
    """The candidate that a file's own parser reads: each gets another text, and the parser says which it finds.

    So the text is parsed once more, however many candidates there are, and not scanned by a grammar of our own.
    """
    if not candidates:
        return ()
    changed, last = [], 0
    for number, span in enumerate(candidates):
        changed += [text[last : span.start], f"{_PROBE}{number}"]
        last = span.end
    try:
        found = look("".join([*changed, text[last:]]))
    except (tomllib.TOMLDecodeError, configparser.Error):
        return ()
    which = str(found).removeprefix(_PROBE)
    return (candidates[int(which)],) if str(found).startswith(_PROBE) and which.isdigit() else ()


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as mistake:
        raise ConfigError(
            "a TOML file can't be read", facts={"problem": mistake}, remedy="correct the file"
        ) from mistake


def _value_at(document: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return None
    return document
