"""The built files before they are uploaded: what the index and the consumer would say afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.channels.index.test_upload_rules import GOOD, SDIST
from windlass.builds.artifact_folder import Files
from windlass.channels.index.built_file_check import refuse_breaches, run_built
from windlass.channels.index.configuration import IndexTable
from windlass.channels.index.rehearsal import IndexRehearsal
from windlass.errors import GateError
from windlass.project import Project

PYPROJECT = """\
[project]
name = "demo-pkg"
version = "1.0"
{project}
[tool.windlass.index]
{index}
"""
_PROGRAM = b"[console_scripts]\ndemo-pkg = demo_pkg:main\n"


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Project]:
    def made(index: str = "", project: str = "") -> Project:
        (tmp_path / "pyproject.toml").write_text(PYPROJECT.format(index=index, project=project))
        return Project.load(tmp_path)

    return made


def wheel(folder: Path, code: str, *requires: str, filename: str = GOOD.filename) -> Files:
    """A wheel with one program, whose code this is."""
    (folder / "dist").mkdir()
    members = {"{info}/entry_points.txt": _PROGRAM, "demo_pkg.py": code.encode()}
    made = type(GOOD)(filename=filename, members=members, metadata=tuple(f"Requires-Dist: {one}" for one in requires))
    made.written(folder / "dist")
    return Files(folder / "dist")


def built(files: Files, project: Project) -> str:
    name = next(files.folder.glob("*.whl")).name
    return run_built(project, files, [files.artifact(name, "wheel")])


def test_what_pypi_would_refuse_is_told_of_every_file_with_both_ways_out(
    tmp_path: Path, project: Callable[..., Project]
) -> None:
    broken = ("Classifier: No Such",)
    for one in (GOOD, SDIST):
        type(GOOD)(filename=one.filename, metadata=broken).written(tmp_path)
    files = Files(tmp_path)
    artifacts = [files.artifact(GOOD.filename, "wheel"), files.artifact(SDIST.filename, "sdist")]
    with pytest.raises(GateError) as refused:
        refuse_breaches(project(), files, artifacts)
    assert refused.value.problem == "the package index would refuse what was built"
    assert refused.value.facts == dict.fromkeys(
        [GOOD.filename, SDIST.filename], "classifiers: No Such is no classifier of PyPI's"
    )
    assert '`rules = "basic"`' in refused.value.remedy
    assert refuse_breaches(project('rules = "basic"'), files, artifacts) > 0
    assert refuse_breaches(project("enabled = false"), files, artifacts) == 0


@pytest.mark.parametrize(
    ("upload_url", "rules", "pypi"),
    [
        ("https://upload.pypi.org/legacy/", "auto", True),
        ("https://test.pypi.org/legacy/", "auto", True),
        ("https://pypi.example.org/upload/", "auto", False),
        ("https://notpypi.org/", "auto", False),
        ("https://pypi.example.org/upload/", "pypi", True),
        ("https://upload.pypi.org/legacy/", "basic", False),
    ],
)
def test_the_rules_are_those_of_where_it_is_uploaded_unless_somebody_says(
    upload_url: str, rules: str, pypi: bool
) -> None:
    assert IndexTable(upload_url=upload_url, rules=rules).has_pypis_rules is pypi  # type: ignore[arg-type]


def test_the_stages_index_has_the_rules_of_the_one_that_it_stands_for_and_the_basic_ones_for_the_version_before() -> (
    None
):
    stage = {"index": {"url": "http://here/index", "upload_url": "http://here/index/legacy/"}}
    basic = {"index": {"upload_url": "http://here/index/basic/", "rules": "basic"}}
    assert IndexRehearsal(pypi=True).settings(stage) == {}
    assert IndexRehearsal(pypi=False).settings(stage) == basic
    assert IndexRehearsal(pypi=True).seed_settings(stage) == basic


@pytest.mark.stage
def test_a_program_that_answers_with_its_version_passes(tmp_path: Path, project: Callable[..., Project]) -> None:
    files = wheel(tmp_path, "def main():\n    print('demo-pkg 1.0')\n")
    assert built(files, project("enabled = false")) == "demo-pkg 1.0"


@pytest.mark.stage
@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def main():\n    import sys\n    sys.exit(len(sys.argv))\n", "the installed package does not run"),
        ("def main():\n    import iniconfig\n", "the installed package does not run"),
        ("def main():\n    print('demo-pkg 0.9')\n", "`demo-pkg --version` does not print the version"),
        ("other = 1\n", "the installed package does not run"),
    ],
    ids=["it knows no --version", "it needs what is not installed", "it names another version", "it is not there"],
)
def test_what_a_consumer_could_not_run_is_told_before_it_is_out(
    tmp_path: Path, project: Callable[..., Project], code: str, problem: str
) -> None:
    with pytest.raises(GateError) as failed:
        built(wheel(tmp_path, code), project("enabled = false"))
    assert failed.value.problem.startswith(f"{GOOD.filename}: {problem}")
    assert failed.value.remedy == ("mend it, or say what is to be run: `[tool.windlass.smoke] command`. Nothing is out")


@pytest.mark.stage
@pytest.mark.parametrize(("prints", "passes"), [("demo-pkg 0.9", False), ("usage: demo-pkg", True)])
def test_a_program_of_the_project_that_prints_a_version_prints_the_wheels(
    tmp_path: Path, project: Callable[..., Project], prints: str, passes: bool
) -> None:
    """`[project.scripts]` says which program is asked, and not that it knows how to answer."""
    files = wheel(tmp_path, f"def main():\n    print({prints!r})\n")
    named = project("enabled = false", '[project.scripts]\ndemo-pkg = "demo_pkg:main"\n')
    if passes:
        assert built(files, named) == prints
        return
    with pytest.raises(GateError, match="does not print the version that was installed"):
        built(files, named)


@pytest.mark.stage
def test_a_wheel_that_needs_what_no_index_has_is_told(tmp_path: Path, project: Callable[..., Project]) -> None:
    with pytest.raises(GateError, match="can't be installed"):
        built(wheel(tmp_path, "def main(): ...\n", "iniconfig==99.0"), project("enabled = false"))


@pytest.mark.stage
def test_settings_of_this_machine_that_hide_versions_do_not_count(
    tmp_path: Path, project: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_EXCLUDE_NEWER", "2001-01-01T00:00:00Z")
    files = wheel(tmp_path, "def main():\n    print('1.0')\n", "iniconfig")
    assert built(files, project("enabled = false")) == "1.0"
