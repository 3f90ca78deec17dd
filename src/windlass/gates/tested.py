"""What a run of tests gives: a value, light to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


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
