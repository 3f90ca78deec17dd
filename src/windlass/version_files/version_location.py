"""A place in a file where the version stands: found in the text, read, replaced."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from windlass.errors import ConfigError, VersionError
from windlass.versions.version import Version
from windlass.versions.version import read as semver

_FORMS = {
    "version": r"[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?",
    "pep440": r"[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc)[0-9]+)?(?:\.post[0-9]+)?(?:\.dev[0-9]+)?",
    "major": "[0-9]+",
    "line": r"[0-9]+\.[0-9]+",
}


@dataclass(frozen=True)
class VersionSpan:
    """Where a version stands in a text.

    Attributes:
        start: position of its first letter.
        end: position after its last.
        form: `version` (SemVer), `pep440`, `line` (`1.3`) or `major` (`1`).
    """

    start: int
    end: int
    form: str = "pep440"


class Finder(Protocol):
    """Something that finds the version in a file's text."""

    def spans(self, text: str) -> tuple[VersionSpan, ...]:
        """Where it stands, first to last; empty when nowhere."""
        ...

    def __str__(self) -> str:
        """What it looks for, in a person's words."""
        ...


@dataclass(frozen=True)
class Pattern:
    """Text around a version: `image: demo:{version}`; `{pep440}`, `{line}` and `{major}` stand for other forms.

    Attributes:
        text: one line, literal but for one placeholder.
    """

    text: str

    def spans(self, text: str) -> tuple[VersionSpan, ...]:
        """Every place in the text; a form that is only part of a longer version is not one."""
        before, form, after = self._parts()
        ends = r"(?![0-9A-Za-z])" if not after else ""
        starts = r"(?<![0-9A-Za-z.])" if not before else ""
        found = re.finditer(f"{starts}{re.escape(before)}({_FORMS[form]}){ends}{re.escape(after)}", text)
        return tuple(VersionSpan(match.start(1), match.end(1), form) for match in found)

    def _parts(self) -> tuple[str, str, str]:
        found = re.findall(r"\{(version|pep440|line|major)\}", self.text)
        if len(found) != 1 or "\n" in self.text:
            raise ConfigError(
                "a version's pattern needs one placeholder, on one line",
                facts={"pattern": self.text},
                remedy="write the text around the version, such as `image: demo:{version}`",
            )
        before, _, after = self.text.partition("{" + found[0] + "}")
        return before, found[0], after

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Place:
    """A file, and what finds the version in it.

    Attributes:
        path: relative to the project's root, with `/`.
        finder: what finds it.
    """

    path: str
    finder: Finder


@dataclass(frozen=True)
class VersionOccurrence:
    """A version as it stands somewhere.

    Attributes:
        path: relative to the project's root.
        line: from 1.
        text: as written.
        form: `version`, `pep440`, `line` or `major`.
    """

    path: str
    line: int
    text: str
    form: str

    @property
    def version(self) -> Version | None:
        """What it says; None for a part of a version, or one that windlass would not release (`1.3.0.dev0`)."""
        if self.form == "version":
            return semver(self.text)
        if self.form != "pep440":
            return None
        try:
            return Version.from_pep440(self.text)
        except VersionError:
            return None

    def says(self, version: Version) -> bool:
        """Whether it says this version, in its own form."""
        if self.version is not None:
            return self.version == version
        return self.text == _version_text(version, self.form)


def _version_text(version: Version, form: str) -> str:
    forms = {
        "version": str(version),
        "line": f"{version.major}.{version.minor}",
        "major": str(version.major),
    }
    return version.pep440 if form == "pep440" else forms[form]


def read(root: Path, places: Iterable[Place]) -> tuple[VersionOccurrence, ...]:
    """Every standing of the version, in the order of the places.

    Raises:
        ConfigError: a file is not there or holds no version where one should stand.
    """
    return tuple(standing for place in places for standing in _occurrences(root, place))


def _occurrences(root: Path, place: Place) -> list[VersionOccurrence]:
    text = _text(root, place)
    return [
        VersionOccurrence(place.path, text.count("\n", 0, span.start) + 1, text[span.start : span.end], span.form)
        for span in _spans(place, text)
    ]


def agreed_version(standings: Iterable[VersionOccurrence]) -> Version | None:
    """The version that all places name; None when there is no place.

    Raises:
        VersionError: two places name different versions; the error lists every place.
    """
    standings = tuple(standings)
    named = next((standing.version for standing in standings if standing.version is not None), None)
    if named is not None and all(standing.says(named) for standing in standings):
        return named
    if not standings:
        return None
    texts = {f"{standing.path}:{standing.line}": standing.text for standing in standings}
    problem = "the files name different versions" if named else "no file names a version that could be released"
    raise VersionError(problem, facts=texts, remedy="make them agree, and commit")


def rewrite(root: Path, places: Iterable[Place], version: Version) -> tuple[str, ...]:
    """Write a version wherever it stands; all else in the files stays as it is, to the byte.

    Returns:
        The paths of the files that changed, relative to the root, sorted.

    Raises:
        ConfigError: a file is not there or holds no version where one should stand; then nothing was written.
    """
    texts: dict[str, str] = {}
    before: dict[str, str] = {}
    for place in places:
        before.setdefault(place.path, _text(root, place))
        text = texts.get(place.path) or before[place.path]
        texts[place.path] = _replace(text, _spans(place, text), version)
    changed = {path: text for path, text in texts.items() if text != before[path]}
    for path, text in changed.items():
        (root / path).write_bytes(text.encode(encoding_of(root / path)))
    return tuple(sorted(changed))


def encoding_of(file: Path) -> str:
    """How a file is written: UTF-8, or what a Python module says in its first lines (PEP 263)."""
    if file.suffix != ".py":
        return "utf-8"
    try:
        with file.open("rb") as raw:
            return tokenize.detect_encoding(raw.readline)[0].removesuffix("-sig")  # its mark is part of the text
    except (SyntaxError, OSError):
        return "utf-8"


def file_text(file: Path) -> str:
    """A file's text, what can't be read replaced; empty where there is no such file."""
    return file.read_bytes().decode(encoding_of(file), "replace") if file.is_file() else ""


def _replace(text: str, spans: Iterable[VersionSpan], version: Version) -> str:
    for span in sorted(spans, key=lambda span: -span.start):
        text = text[: span.start] + _version_text(version, span.form) + text[span.end :]
    return text


def _text(root: Path, place: Place) -> str:
    try:
        return (root / place.path).read_bytes().decode(encoding_of(root / place.path))
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            "a file that should hold the version can't be read",
            facts={"file": place.path, "problem": problem},
            remedy="correct tool.windlass.version.files, or the file",
        ) from problem


def _spans(place: Place, text: str) -> tuple[VersionSpan, ...]:
    spans = place.finder.spans(text)
    if not spans:
        raise ConfigError(
            "a file that should hold the version does not",
            facts={"file": place.path, "looked for": place.finder},
            remedy="correct tool.windlass.version.files, or the file",
        )
    return spans
