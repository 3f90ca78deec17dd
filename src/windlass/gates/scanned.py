"""What one scanner looked at, and what it found there."""

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
