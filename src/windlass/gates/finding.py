"""What scanners find, in one form for all of them, and which findings a project has accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from windlass.config import Accepted


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


def accepted(finding: Finding, accepts: Iterable[Accepted]) -> bool:
    """Whether the project's configuration accepts this finding: the rule, and the file where it names one."""
    return any(finding.rule == one.rule and one.path in {"", finding.file} for one in accepts)
