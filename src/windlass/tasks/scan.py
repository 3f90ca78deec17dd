"""`inv scan`: every scanner looks at the project."""

from __future__ import annotations

from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context

from windlass.gates.scanned import ScanReport
from windlass.graph import answer, need, task

_DAY_S = 86_400.0
"""How long a result serves: another version of a scanner may find more."""


@task(inputs=["**/*.py", "pyproject.toml", "!dist/**", "!build/**", "!site/**"], ttl_s=_DAY_S)
def code(c: Context) -> ScanReport:
    """Scan the packages' code for what is insecure."""
    from windlass.gates.scan import scan
    from windlass.project import Project

    report = scan(Project.load(Path(c.cwd)))
    for scanner, lines in report.scanned.items():
        print(f"{scanner} read {lines} lines of code")
    for finding in report.below:
        print(f"under the severity that counts: {finding}")
    for finding in report.accepted:
        print(f"accepted: {finding}")
    return report


@task(default=True, name="all", help={"json": "Show what was found as JSON."})
def all_(_: Context, json: bool = False, report: ScanReport = need(code)) -> ScanReport:
    """Run every scan."""
    if json:
        nodes = [{"name": name, "lines": lines} for name, lines in report.scanned.items()]
        answer({"ok": True, "nodes": nodes, "findings": report.below, "accepted": report.accepted, "verdicts": []})
    return report


def namespace() -> tuple[Collection, ...]:
    """`scan`, `scan.code`."""
    return (Collection("scan", all_, code),)
