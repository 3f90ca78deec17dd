"""Bandit: finds insecure Python. It exits 0 on files that it could not read, so its report is checked instead."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from windlass import shell
from windlass.errors import GateError, ToolError, ToolMissingError
from windlass.gate_results import Finding, ScannerReport, Severity


def bandit(root: Path, paths: Sequence[Path], timeout_s: float) -> ScannerReport:
    """Scan Python files.

    Args:
        paths: folders and files below `root`, relative to it.

    Raises:
        ToolMissingError: bandit is not installed.
        ToolError: it wrote no report.
        GateError: it could not read a file, or left one out.
    """
    version = installed()
    if not version:
        raise ToolMissingError(
            "bandit is not installed", remedy="install windlass with it: pip install 'windlass[scan]'"
        )
    expected = _python_files(root, paths)
    with tempfile.TemporaryDirectory(prefix="windlass-scan-") as scratch:
        report = Path(scratch, "bandit.json")
        empty = Path(scratch, "none.ini")  # or it would obey a .bandit file that it comes across
        empty.write_text("[bandit]\n")
        asked = ["-q", "-r", "-f", "json", "-o", str(report), "--ini", str(empty), *map(str, paths)]
        done = shell.run([sys.executable, "-m", "bandit", *asked], cwd=root, ok=None, timeout_s=timeout_s)
        if done.code not in {0, 1} or not report.is_file():
            raise shell.failure(done)
        return _parse_report(expected, version, msgspec.json.decode(report.read_bytes()))


def installed() -> str:
    """Its version; empty where it is not installed."""
    try:
        return metadata.version("bandit")
    except metadata.PackageNotFoundError:
        return ""


def _parse_report(expected: set[Path], version: str, report: dict[str, Any]) -> ScannerReport:
    if report["errors"]:
        raise GateError(
            "bandit could not read every file",
            facts={error["filename"]: error["reason"] for error in report["errors"]},
            remedy="correct these files; what is not read is not scanned",
        )
    read = {Path(name) for name in report["metrics"] if name != "_totals"}
    if left_out := sorted(str(path) for path in expected - read):
        raise GateError(
            "bandit left files out",
            facts={"not scanned": ", ".join(left_out[:10])},
            remedy="see that they are readable, and that their paths are not among bandit's exclusions",
        )
    try:
        findings = tuple(_finding(result) for result in report["results"])
    except (KeyError, ValueError) as odd:
        raise ToolError("bandit's report has another form", facts={"version": version, "problem": odd}) from odd
    lines = int(report["metrics"]["_totals"]["loc"])
    return ScannerReport(scanner="bandit", version=version, files=len(read), lines=lines, findings=findings)


def _python_files(root: Path, paths: Sequence[Path]) -> set[Path]:
    folders = [path for path in paths if (root / path).is_dir()]
    below = {file.relative_to(root) for folder in folders for file in (root / folder).rglob("*.py")}
    return below | {path for path in paths if path not in folders}


def _finding(result: dict[str, Any]) -> Finding:
    return Finding(
        file=Path(result["filename"]).as_posix(),
        line=result["line_number"],
        rule=result["test_id"],
        severity=Severity(result["issue_severity"].lower()),
        text=result["issue_text"],
    )
