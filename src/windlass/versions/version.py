"""A version: a SemVer value with its order, and the PEP 440 spelling that keeps that order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, total_ordering

from windlass.errors import VersionError

_NUMBER = "0|[1-9][0-9]*"
_IDENTIFIER = f"(?:{_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_SEMVER = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})"
    rf"(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
)
_PEP440 = re.compile(rf"({_NUMBER})(?:\.({_NUMBER}))?(?:\.({_NUMBER}))?(?:(a|b|rc)({_NUMBER})|\.post([1-9][0-9]*))?")
_LETTERS = {"alpha": "a", "beta": "b", "rc": "rc"}
_WORDS = {letters: word for word, letters in _LETTERS.items()}
_LONGEST = 200
"""Characters; longer is no version but an attack on whatever stores it."""

Identifier = int | str


@total_ordering
@dataclass(frozen=True, eq=False)
class Version:
    """A SemVer version. Equality and order are SemVer's precedence, so build metadata counts for neither.

    Attributes:
        pre: the identifiers after `-`, numbers as int: `("rc", 1)`; empty for a final version.
        build: what stands after `+`; empty for none.

    Source: https://semver.org/spec/v2.0.0.html, items 2, 9, 10 and 11.
    """

    major: int
    minor: int
    patch: int
    pre: tuple[Identifier, ...] = ()
    build: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read `1.3.0-rc.1`: SemVer, whole and without a prefix.

        Raises:
            VersionError: it is not SemVer; the error says what is wrong with it.
        """
        version = read(text)
        if version is None:
            raise VersionError(
                "this is no SemVer version",
                facts={"version": safe_text(text), "because": _flaw(text)},
                remedy="write MAJOR.MINOR.PATCH, and -alpha.N, -beta.N or -rc.N for a pre-release, such as 1.3.0-rc.1",
            )
        return version

    @classmethod
    def from_pep440(cls, text: str) -> Version:
        """Read `1.3.0rc1`, as Python packages spell it; `1.3` is 1.3.0, and `1.2.3.post1` is 1.2.4-hotfix.1.

        Raises:
            VersionError: it is not PEP 440, or nothing in SemVer sorts as it does (epochs, local and development
                versions, more than three numbers).
        """
        found = _PEP440.fullmatch(text) if len(text) <= _LONGEST else None
        if found is None:
            return cls._from_loose_pep440(text)
        major, minor, patch = (int(number or 0) for number in found.group(1, 2, 3))
        if found[6]:
            return cls(major, minor, patch + 1, ("hotfix", int(found[6])))
        if found[4] is None:
            return cls(major, minor, patch)
        number = int(found[5])
        return cls(major, minor, patch, (_WORDS[found[4]], *([number] if number else [])))

    @classmethod
    def _from_loose_pep440(cls, text: str) -> Version:
        """Read a spelling that PEP 440 allows but does not write, such as `v1.3.0-RC1`."""
        from packaging.version import InvalidVersion
        from packaging.version import Version as Packaged

        try:
            normal = str(Packaged(text)) if len(text) <= _LONGEST else ""
        except (InvalidVersion, ValueError):
            normal = ""
        if not _PEP440.fullmatch(normal):
            raise VersionError(
                "this Python version has no SemVer version that sorts as it does",
                facts={"version": safe_text(text)},
                remedy="write MAJOR.MINOR.PATCH, and aN, bN or rcN for a pre-release, such as 1.3.0rc1",
            )
        return cls.from_pep440(normal)

    def __str__(self) -> str:
        """SemVer without a prefix: `1.3.0-rc.1`."""
        pre = f"-{'.'.join(map(str, self.pre))}" if self.pre else ""
        build = f"+{self.build}" if self.build else ""
        return f"{self.major}.{self.minor}.{self.patch}{pre}{build}"

    @property
    def pep440(self) -> str:
        """As Python packages spell it, in the form that PEP 440 calls normal: `1.3.0rc1`.

        Raises:
            VersionError: no PEP 440 version sorts as this one does; the error names the rule.
        """
        flaw = self.pep440_problem
        if flaw:
            raise VersionError(
                "this version has no Python spelling that sorts as it does",
                facts={"version": self, "because": flaw},
                remedy="use MAJOR.MINOR.PATCH, and -alpha.N, -beta.N or -rc.N (N from 1) for a pre-release",
            )
        core = f"{self.major}.{self.minor}.{self.patch}"
        if not self.pre:
            return core
        if self.hotfix:
            return f"{self.major}.{self.minor}.{self.patch - 1}.post{self.hotfix}"
        return f"{core}{_LETTERS[str(self.pre[0])]}{self.number}"

    @property
    def pep440_problem(self) -> str:
        """Why no PEP 440 version sorts as this one does; empty when one does."""
        if self.build:
            return "build metadata (+…) has no place in SemVer's order, but has one in PEP 440's"
        if not self.pre or (self.hotfix and self.patch):
            return ""
        if self.hotfix:
            return "a hotfix follows a patch version, so its own patch number is above 0"
        if self.channel not in _LETTERS:
            return f"pre-releases are alpha, beta or rc, not {'.'.join(map(str, self.pre))}"
        if len(self.pre) > 2 or not isinstance(self.number, int):
            return f"after {self.channel} comes one number"
        if self.pre[1:] == (0,):
            return f"pre-releases count from 1; {self.channel}.0 and a bare {self.channel} would be the same version"
        return ""

    @property
    def channel(self) -> str:
        """`alpha`, `beta`, `rc`, or whatever first word the pre-release has; empty for a final version."""
        return str(self.pre[0]) if self.pre else ""

    @property
    def number(self) -> Identifier:
        """What follows the channel: 1 of `rc.1`; 0 when nothing does."""
        return self.pre[1] if len(self.pre) > 1 else 0

    @property
    def hotfix(self) -> int:
        """N of the suffix form `1.2.4-hotfix.N`; 0 for any other version."""
        is_hotfix = len(self.pre) == 2 and self.pre[0] == "hotfix" and isinstance(self.pre[1], int)
        return int(self.pre[1]) if is_hotfix else 0

    @property
    def prerelease(self) -> bool:
        """Whether this is a pre-release; a hotfix in the suffix form comes after a release, so it is none."""
        return bool(self.pre) and not self.hotfix

    @property
    def core(self) -> Version:
        """The final version that a pre-release leads to; itself when it is final."""
        return Version(self.major, self.minor, self.patch)

    @property
    def line(self) -> tuple[int, int]:
        """Major and minor: what a maintenance branch is named after."""
        return self.major, self.minor

    def tag(self, prefix: str) -> str:
        """The git tag: `v1.3.0-rc.1`."""
        return f"{prefix}{self}"

    @cached_property
    def order(self) -> tuple[object, ...]:
        """What sorts as the version does, and much faster where there are many."""
        # A final version sorts after its pre-releases; numbers before words; a shorter list before its longer.
        pre = tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in self.pre)
        return self.major, self.minor, self.patch, not self.pre, pre

    def __eq__(self, other: object) -> bool:
        return self.order == other.order if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: Version) -> bool:
        return self.order < other.order if isinstance(other, Version) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.order)


def read(text: str) -> Version | None:
    """The SemVer version that this text is, whole; None when it is none."""
    found = _SEMVER.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    major, minor, patch, pre, build = found.groups()
    parts = tuple(int(part) if part.isdigit() else part for part in pre.split(".")) if pre else ()
    return Version(int(major), int(minor), int(patch), parts, build or "")


def _flaw(text: str) -> str:
    """What keeps this text from being SemVer, in words."""
    if len(text) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if read(text[1:]) and text[:1] in "vV":
        return "it has a prefix, which belongs to the tag"
    numbers = re.split("[-+]", text, maxsplit=1)[0].split(".")
    if not all(re.fullmatch("[0-9]+", number) for number in numbers):
        return "its numbers are not plain digits between dots"
    if len(numbers) != 3:
        return f"it has {len(numbers)} number{'s' * (len(numbers) != 1)} where SemVer has three"
    if any(len(number) > 1 and number[0] == "0" for number in numbers):
        return "a number has a leading zero"
    return "what follows the numbers is neither a pre-release nor build metadata"


def safe_text(text: str) -> str:
    """Text from outside, cut short and safe to print."""
    return ascii(text[:80])[1:-1] + ("…" if len(text) > 80 else "")
