"""What pytest's JUnit XML says: counts, time, and which tests failed."""

from __future__ import annotations

# The file comes from tests that run with our rights already: it can do nothing that they can't.
import xml.etree.ElementTree as ET  # nosec B405
from dataclasses import dataclass
from pathlib import Path

from windlass.errors import GateError


@dataclass(frozen=True)
class Results:
    """The tests of one run.

    Attributes:
        tests: how many ran or were skipped.
        failed: names of those that failed or could not be set up, `tests.test_demo::test_twice`.
        skipped: how many were skipped.
        seconds: their time.
    """

    tests: int
    failed: tuple[str, ...]
    skipped: int
    seconds: float


def read(file: Path) -> Results:
    """The results in a JUnit XML file.

    Raises:
        GateError: there is no such file, or it is not whole: the run ended before it could say how it went.
    """
    try:
        root = ET.parse(file).getroot()  # noqa: S314 # nosec B314
    except (FileNotFoundError, ET.ParseError) as broken:
        raise GateError(
            "the tests ended without a report",
            facts={"problem": broken},
            remedy="see what ended them: a crash, os._exit, or the machine's memory",
        ) from broken
    suites = list(root.iter("testsuite"))
    cases = list(root.iter("testcase"))
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return Results(
        tests=sum(int(suite.get("tests", 0)) for suite in suites),
        failed=tuple(dict.fromkeys(_test_id(case) for case in failed)),
        skipped=sum(int(suite.get("skipped", 0)) for suite in suites),
        seconds=sum(float(suite.get("time", 0)) for suite in suites),
    )


def _test_id(case: ET.Element) -> str:
    return "::".join(filter(None, [case.get("classname"), case.get("name")]))
