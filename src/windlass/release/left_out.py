"""What a release left out of its gates, and why: told at its end, so that nobody takes it for passed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from windlass import graph
from windlass.config import Config
from windlass.gates.tested import TestReport

_SUITES = frozenset({"test.unit", "test.integration"})


class LeftOut(NamedTuple):
    """Something that was not done, in words, and why."""

    what: str
    why: str


def left_out(config: Config, skipped: Iterable[str], reports: Iterable[graph.Report]) -> tuple[LeftOut, ...]:
    """Gates that were skipped, the project's Pythons that nothing was tested on, and tests that a rehearsal leaves out.

    Args:
        skipped: gates, as `Release.skipped` has them.
        reports: of the runs that the gates were part of; without one, as of what was sealed before, nothing is known.
    """
    tested = [one for report in reports for one in _tested(report)]
    here = {one.python.rpartition(".")[0] for one in tested}
    absent = [python for python in config.pythons if python not in here] if here else []
    return (
        *(LeftOut(gate, "left out by --skip-tests") for gate in skipped),
        *(LeftOut(f"Python {python}", "not installed here") for python in absent),
        *_rehearsals(tested),
    )


def _tested(report: graph.Report) -> Iterable[TestReport]:
    names = [name for name in report.values if name.partition("[")[0] in _SUITES]
    found = (report.values[name] for name in names)
    return (one for one in found if isinstance(one, TestReport) and one.python)


def _rehearsals(tested: Iterable[TestReport]) -> Iterable[LeftOut]:
    """Tests that rehearse a release themselves: as many as in the suite on the Python that left most of them out."""
    most: dict[str, int] = {}
    for one in tested:
        most[one.suite] = max(most.get(one.suite, 0), one.left_out)
    if count := sum(most.values()):
        yield LeftOut(f"{count} tests" if count > 1 else "1 test", "marked `rehearsal`: not run inside one")
