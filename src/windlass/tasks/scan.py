"""`inv scan`: every scanner looks at the project, and what it found is weighed."""

from __future__ import annotations

from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context

from windlass.gate_results import ScannerReport, ScanReport
from windlass.graph import answer, need, task

_DAY_S = 86_400.0
"""How long a look serves: what a scanner knows of may come from elsewhere."""
_JSON = "Show what was found as JSON."


def scanners() -> str:
    """Every scanner with its version."""
    from windlass.gates import scan

    return ", ".join(f"{one.name} {one.version() or '(missing)'}" for one in scan.scanners())


@task(
    name="scan.look",
    inputs=["**/*.py", "pyproject.toml", "!dist/**", "!build/**", "!site/**"],
    tools=[scanners],
    ttl_s=_DAY_S,
)
def scanner_reports(c: Context) -> tuple[ScannerReport, ...]:
    """Let the scanners look; kept also where they found something, so that only a change is scanned again."""
    from windlass.gates.scan import look, scanners
    from windlass.project import Project

    reports = look(Project.load(Path(c.cwd)), scanners())
    for report in reports:
        print(f"{report.scanner} {report.version} read {report.lines} lines of code")
    return reports


@task(inputs=["pyproject.toml"], json=_JSON)
def code(c: Context, reports: tuple[ScannerReport, ...] = need(scanner_reports)) -> ScanReport:
    """Scan the packages' code for what is insecure."""
    return _judge(c, reports)


@task(default=True, name="all", inputs=["pyproject.toml"], json=_JSON)
def all_(c: Context, reports: tuple[ScannerReport, ...] = need(scanner_reports)) -> ScanReport:
    """Run every scan."""
    return _judge(c, reports)


def _judge(c: Context, reports: tuple[ScannerReport, ...]) -> ScanReport:
    from windlass.gates.scan import check, judge
    from windlass.project import Project

    report = judge(Project.load(Path(c.cwd)), reports)
    nodes = [{"name": name, "lines": lines} for name, lines in report.scanned.items()]
    found = {"findings": [*report.failing, *report.below], "accepted": report.accepted, "verdicts": []}
    answer({"ok": not report.failing, "nodes": nodes, **found})
    for finding in report.below:
        print(f"under the severity that counts: {finding}")
    print(f"{len(report.accepted)} accepted, {len(report.below)} under the severity that counts")
    check(report)
    return report


def namespace() -> tuple[Collection, ...]:
    """`scan`, `scan.code`."""
    return (Collection("scan", all_, code),)
