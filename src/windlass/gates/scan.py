"""Scans: every scanner of the registry looks at the project; a finding from the severity on fails the gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from windlass.errors import ConfigError, GateError
from windlass.gate_results import Finding, ScannerReport, ScanReport, Severity, is_accepted
from windlass.gates.bandit import bandit, installed
from windlass.plugins import extensions
from windlass.project import Project


@dataclass(frozen=True)
class Scanner:
    """An entry of the registry.

    Attributes:
        name: what `inv scan` calls it.
        scan: looks at `paths` (relative to the root) within seconds; raises where it could not look.
        version: tells its version without starting it; empty where it is not installed.
    """

    name: str
    scan: Callable[[Path, Sequence[Path], float], ScannerReport]
    version: Callable[[], str] = str


BUILT_IN: tuple[Scanner, ...] = (Scanner("bandit", bandit, installed),)


def scanners() -> tuple[Scanner, ...]:
    """Every scanner: windlass's own, then those of other packages (entry points `windlass.scanners`).

    Raises:
        ConfigError: one of another package can't be loaded, or takes a name that is taken.
    """
    return (*BUILT_IN, *extensions("windlass.scanners", Scanner, tuple(own.name for own in BUILT_IN)))


def look(project: Project, scanners: Sequence[Scanner]) -> tuple[ScannerReport, ...]:
    """Let every scanner look at the project; what it found is for `judge` to weigh.

    Raises:
        ConfigError: what should be scanned is not there.
        GateError: a scanner could not read something, or had nothing to read.
    """
    timeout_s, paths = project.config.scan.timeout_s, scanned_paths(project)
    reports = tuple(_refuse_empty(one.scan(project.root, paths, timeout_s)) for one in scanners)
    if not reports:
        raise GateError("no scanner is registered", remedy="a gate that scans nothing can't pass")
    return reports


def judge(project: Project, reports: Sequence[ScannerReport]) -> ScanReport:
    """Weigh what was found by the project's severity and by what it accepts."""
    settings = project.config.scan
    findings = [finding for report in reports for finding in report.findings]
    ok = tuple(finding for finding in findings if is_accepted(finding, settings.accept))
    rest = [finding for finding in findings if finding not in ok]
    counts = Severity(settings.severity).order
    return ScanReport(
        scanned={report.scanner: report.lines for report in reports},
        failing=tuple(finding for finding in rest if finding.severity.order >= counts),
        below=tuple(finding for finding in rest if finding.severity.order < counts),
        accepted=ok,
    )


def check(report: ScanReport) -> None:
    """Pass or fail.

    Raises:
        GateError: there is a finding that counts.
    """
    if report.failing:
        raise _findings_error(report.failing)


def scanned_paths(project: Project) -> tuple[Path, ...]:
    """What is scanned, relative to the root: tool.windlass.scan.paths, or the packages.

    Raises:
        ConfigError: there is nothing, or a path is not there.
    """
    paths = tuple(Path(path) for path in project.config.scan.paths) or project.sources
    gone = [str(path) for path in paths if not (project.root / path).exists()]
    if gone or not paths:
        raise ConfigError(
            "what should be scanned is not there",
            facts={"looked for": ", ".join(gone) or "packages in src/ and in the root"},
            remedy="name folders or files in tool.windlass.scan.paths",
        )
    return paths


def _refuse_empty(report: ScannerReport) -> ScannerReport:
    if report.lines <= 0:
        raise GateError(
            f"{report.scanner} had nothing to scan",
            facts={"files": report.files, "lines of code": report.lines},
            remedy="name what to scan in tool.windlass.scan.paths; a gate that scans nothing can't pass",
        )
    return report


def _findings_error(findings: Sequence[Finding]) -> GateError:
    ordered = sorted(findings, key=lambda one: (-one.severity.order, one.file, one.line))
    shown = "\n".join(str(finding) for finding in ordered[:20]) + ("\n…" if len(ordered) > 20 else "")
    return GateError(
        f"the scan found {len(findings)} {'problem' if len(findings) == 1 else 'problems'}",
        facts={"findings": shown},
        remedy="correct them; or accept one with `# nosec RULE` or in tool.windlass.scan.accept, with the reason",
    )
