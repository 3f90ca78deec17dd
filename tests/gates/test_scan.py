from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from windlass.errors import ConfigError, GateError
from windlass.gate_results import Finding, ScannerReport, ScanReport, Severity
from windlass.gates.scan import BUILT_IN, Scanner, check, judge, look
from windlass.project import Project

Projects = Callable[[str], Path]


def scan(project: Project, scanners: Sequence[Scanner] = BUILT_IN) -> ScanReport:
    report = judge(project, look(project, scanners))
    check(report)
    return report


def configured(root: Path, table: str = "") -> Project:
    with (root / "pyproject.toml").open("a") as file:
        file.write(f"\n{table}\n")
    return Project.load(root)


def test_a_sound_project_passes_and_says_how_much_was_read(project: Projects) -> None:
    report = scan(Project.load(project("sound")))
    assert report.scanned == {"bandit": 3}
    assert (report.below, report.accepted) == ((), ())


def test_findings_are_shown_worst_first_with_their_places(project: Projects) -> None:
    with pytest.raises(GateError) as raised:
        scan(Project.load(project("runs-a-shell")))
    assert str(raised.value) == (
        "the scan found 2 problems\n"
        "  findings: src/demo/__init__.py:7: B602 high: subprocess call with shell=True identified, security issue.\n"
        "            src/demo/__init__.py:3: B404 low: Consider possible security implications associated with the "
        "subprocess module.\n"
        "  fix:      correct them; or accept one with `# nosec RULE` or in tool.windlass.scan.accept, with the reason"
    )


def test_a_file_that_can_not_be_read_fails_the_scan(project: Projects) -> None:
    """bandit itself exits 0."""
    with pytest.raises(GateError) as raised:
        scan(Project.load(project("syntax-error")))
    assert str(raised.value) == (
        "bandit could not read every file\n"
        "  src/demo/broken.py: syntax error while parsing AST from file\n"
        "  fix:                correct these files; what is not read is not scanned"
    )


def test_nothing_to_scan_fails_the_scan(project: Projects) -> None:
    root = project("sound")
    (root / "src/demo/__init__.py").write_text("# nothing\n")
    with pytest.raises(GateError, match=r"^bandit had nothing to scan"):
        scan(Project.load(root))


def test_a_path_that_is_not_there_fails_the_scan(project: Projects) -> None:
    with pytest.raises(ConfigError, match=r"^what should be scanned is not there"):
        scan(configured(project("sound"), '[tool.windlass.scan]\npaths = ["source"]'))


def test_a_dot_bandit_file_does_not_silence_the_scan(project: Projects) -> None:
    root = project("runs-a-shell")
    for folder in (root, root / "src", root / "src/demo"):
        (folder / ".bandit").write_text("[bandit]\nskips = B602,B404\nexclude = /src\n")
    with pytest.raises(GateError, match=r"^the scan found 2 problems"):
        scan(Project.load(root))


def test_files_that_bandit_leaves_out_by_itself_fail_the_scan(project: Projects) -> None:
    root = project("sound")
    (root / "src/demo/.tox").mkdir()
    (root / "src/demo/.tox/hidden.py").write_text("import pickle\n")
    with pytest.raises(GateError) as raised:
        scan(Project.load(root))
    assert raised.value.facts == {"not scanned": "src/demo/.tox/hidden.py"}


def test_findings_under_the_severity_are_reported_and_do_not_fail(project: Projects) -> None:
    root = project("runs-a-shell")
    with pytest.raises(GateError, match=r"^the scan found 1 problem\n"):
        scan(configured(root, '[tool.windlass.scan]\nseverity = "medium"'))


def test_an_accepted_finding_passes_and_stays_in_the_report(project: Projects) -> None:
    rows = [("B602", "src/demo/__init__.py"), ("B404", "")]
    table = "".join(
        f'[[tool.windlass.scan.accept]]\nrule = "{rule}"\npath = "{path}"\nreason = "it is a fixture"\n'
        for rule, path in rows
    )
    report = scan(configured(project("runs-a-shell"), table))
    assert [finding.rule for finding in report.accepted] == ["B404", "B602"]


def test_a_finding_accepted_in_another_file_fails(project: Projects) -> None:
    table = '[[tool.windlass.scan.accept]]\nrule = "B602"\npath = "src/other.py"\nreason = "it is a fixture"\n'
    with pytest.raises(GateError, match=r"^the scan found 2 problems"):
        scan(configured(project("runs-a-shell"), table))


def test_accepting_without_a_reason_is_a_configuration_error(project: Projects) -> None:
    with pytest.raises(ConfigError, match=r"a table with reason"):
        configured(project("sound"), '[[tool.windlass.scan.accept]]\nrule = "B602"\n')


def test_another_scanner_is_one_entry_in_the_registry(project: Projects) -> None:
    found = Finding("src/demo/__init__.py", 1, "X1", Severity.MEDIUM, "no")

    def strict(root: Path, paths: Sequence[Path], timeout_s: float) -> ScannerReport:
        return ScannerReport("strict", "1", len(paths), 3, (found,))

    with pytest.raises(GateError, match=r"src/demo/__init__\.py:1: X1 medium: no"):
        scan(Project.load(project("sound")), (Scanner("strict", strict),))


def test_no_scanner_at_all_fails(project: Projects) -> None:
    with pytest.raises(GateError, match=r"^no scanner is registered"):
        scan(Project.load(project("sound")), ())
