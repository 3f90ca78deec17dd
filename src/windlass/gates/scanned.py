"""What scanners looked at, and what they found there: values, light to import."""

from __future__ import annotations

from dataclasses import dataclass

from windlass.gates.finding import Finding


@dataclass(frozen=True)
class Scanned:
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
