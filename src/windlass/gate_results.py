"""What a build of an sdist and a wheel gives: a value, light to import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from windlass.model import Artifact

if TYPE_CHECKING:
    from windlass.config import Accepted

NO_EPOCH = 315_532_800
"""SOURCE_DATE_EPOCH where no release sets one, so that the bytes follow from the files alone.

Source: the zip format, and so a wheel, knows no time before 1980.
"""

TAG_VARIABLE = "WINDLASS_TAG"
"""The environment variable that names the tag which is being released, where builds take their version from it."""

VERSION_VARIABLE = "WINDLASS_VERSION"
"""The environment variable that names the version (PEP 440) which is being released, for projects whose files don't."""


@dataclass(frozen=True)
class Dists:
    """What was built.

    Attributes:
        folder: where the files lie.
        artifacts: the sdist, then the wheels.
    """

    folder: Path
    artifacts: tuple[Artifact, ...]

    @property
    def wheel(self) -> Artifact:
        """The wheel (the first one, by name, where a project builds several)."""
        return next(artifact for artifact in self.artifacts if artifact.kind == "wheel")

    @property
    def sdist(self) -> Artifact:
        """The sdist."""
        return next(artifact for artifact in self.artifacts if artifact.kind == "sdist")


@dataclass(frozen=True)
class Proof:
    """What an image showed on one platform.

    Attributes:
        platform: such as `linux/arm64`.
        printed: what its command printed.
        health: `healthy`; `passed` for the check of a program that is no service; `none` without a HEALTHCHECK.
    """

    platform: str
    printed: str
    health: str


class Severity(StrEnum):
    """How bad a finding is, in this order."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def order(self) -> int:
        """Position among the severities, from 0."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Finding:
    """One thing that a scanner found.

    Attributes:
        file: relative to the project's root; for a dependency, its name and version.
        line: from 1; 0 where there is none.
        rule: the scanner's name for it, such as `B602`.
    """

    file: str
    line: int
    rule: str
    severity: Severity
    text: str

    def __str__(self) -> str:
        """As compilers write it, so that editors can go there."""
        return f"{self.file}:{self.line}: {self.rule} {self.severity}: {self.text}"


def is_accepted(finding: Finding, accepts: Iterable[Accepted]) -> bool:
    """Whether the project's configuration accepts this finding: the rule, and the file where it names one."""
    return any(finding.rule == one.rule and one.path in {"", finding.file} for one in accepts)


@dataclass(frozen=True)
class TestReport:
    """How one suite went on one Python; made only when it passed.

    Attributes:
        suite: `unit` or `integration`.
        python: its version, such as `3.11.7`; empty when the project has no such suite.
        tests: how many ran or were skipped.
        failed: how many failed; 0, as a failure is an error.
        skipped: how many were skipped.
        seconds: their time.
        wheel: digest of the wheel that was tested.
        imported: package → its file below the environment's site-packages.
        left_out: how many tests were left out as they are marked `rehearsal`, and this was one.
        coverage_percent: lines covered, where the tests' requirements bring pytest-cov.
    """

    suite: str
    python: str
    tests: int
    failed: int
    skipped: int
    seconds: float
    wheel: str
    imported: Mapping[str, str]
    coverage_percent: float | None = None
    left_out: int = 0

    __test__: ClassVar[bool] = False  # or pytest takes it for a class of tests


@dataclass(frozen=True)
class ScannerReport:
    """A scanner's report, read.

    Attributes:
        scanner: its name.
        version: its version.
        files: how many files it read.
        lines: how many lines of code; 0 means that it looked at nothing.
        findings: everything that it found, of every severity.
    """

    scanner: str
    version: str
    files: int
    lines: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ScanReport:
    """A scan, weighed; it passes when nothing is failing.

    Attributes:
        scanned: scanner → lines of code that it looked at.
        failing: findings that count.
        below: findings under the project's severity.
        accepted: findings that the project's configuration accepts.
    """

    scanned: dict[str, int]
    failing: tuple[Finding, ...]
    below: tuple[Finding, ...]
    accepted: tuple[Finding, ...]
