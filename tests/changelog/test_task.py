"""`inv changelog` and `inv version` as a person calls them, in a small project of their own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import forkserver
from windlass.testing.git_history import MadeHistory

TASKS = "from windlass import collection\n\nns = collection()\n"
YAML = "tasks:\n  executor_class: windlass.graph.Executor\n"
PYPROJECT = """[project]
name = "demo"
version = "1.2.0"

[tool.windlass]
packages = ["demo"]

[tool.windlass.github]
repository = "owner/demo"
"""


@pytest.fixture
def project(made: MadeHistory) -> MadeHistory:
    files = {"tasks.py": TASKS, "invoke.yaml": YAML, "pyproject.toml": PYPROJECT, "demo.py": '__version__ = "1.2.0"\n'}
    made.commit("feat: begin", files=files)
    made.tag("v1.2.0")
    made.commit("fix: close files (#3)")
    made.git("checkout", "-q", "-f", "main")
    return made


def inv(made: MadeHistory, *words: str) -> subprocess.CompletedProcess[str]:
    return forkserver.run("invoke", *words, cwd=made.root)


def test_the_version_is_shown_with_the_places_where_it_stands(project: MadeHistory) -> None:
    assert json.loads(inv(project, "version", "--json").stdout) == {
        "version": "1.2.0",
        "pep440": "1.2.0",
        "tag": "v1.2.0",
        "source": "",
        "places": [
            {"path": "pyproject.toml", "line": 3, "text": "1.2.0"},
            {"path": "demo.py", "line": 1, "text": "1.2.0"},
        ],
        "passed_over": [],
    }


def test_places_that_differ_end_with_the_version_s_exit_code(project: MadeHistory) -> None:
    (project.root / "demo.py").write_text('__version__ = "1.1.0"\n')
    done = inv(project, "version")
    assert done.returncode == 22
    assert "the files name different versions" in done.stderr


def test_the_next_version_is_shown_with_the_commits_that_decide(project: MadeHistory) -> None:
    oid = project.tip()
    assert json.loads(inv(project, "version.next", "--json").stdout) == {
        "current": "1.2.0",
        "next": "1.2.1",
        "pep440": "1.2.1",
        "tag": "v1.2.1",
        "part": "patch",
        "reasons": [{"commit": oid, "subject": "fix: close files (#3)", "part": "patch"}],
        "passed_over": [],
    }
    asked = json.loads(inv(project, "version.next", "--part", "minor", "--pre", "rc", "--json").stdout)
    assert (asked["next"], asked["pep440"], asked["tag"]) == ("1.3.0-rc.1", "1.3.0rc1", "v1.3.0-rc.1")


def test_the_unreleased_notes_are_those_of_the_next_final_version(project: MadeHistory) -> None:
    project.commit("feat: in the candidate")
    project.tag("v1.3.0-rc.1")
    project.commit("fix: after it")
    shown = inv(project, "changelog").stdout
    assert "in the candidate" in shown.lower()
    assert "after it" in shown.lower()


def test_the_unreleased_notes_and_the_whole_are_shown_or_written(project: MadeHistory) -> None:
    project.on("main")
    text = inv(project, "changelog").stdout
    assert "## [Unreleased]" in text
    assert "- close files ([#3](https://github.com/owner/demo/issues/3)" in text
    assert inv(project, "changelog", "--all", "--output", "CHANGES.md").returncode == 0
    whole = (project.root / "CHANGES.md").read_text()
    assert whole.startswith("# Changelog\n\n## [Unreleased]\n")
    assert "\n## [1.2.0] - 2023-11-14\n" in whole


def test_the_check_names_commits_that_break_the_convention_and_fails(project: MadeHistory) -> None:
    assert "all follow Conventional Commits: 1 looked at" in inv(project, "changelog", "--check").stdout
    oid = project.commit("did things")
    done = inv(project, "changelog", "--check", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "ok": False,
        "commits": 2,
        "faults": [{"commit": oid, "line": "did things", "problem": "does not begin with `type: ` or `type(scope): `"}],
    }
    assert "1 commit does not follow Conventional Commits" in done.stderr
    assert inv(project, "changelog", "--check", "--since", oid).returncode == 0
    assert json.loads(inv(project, "changelog", "--check", "--all", "--json").stdout)["commits"] == 3


def test_a_file_that_can_t_be_written_and_options_that_contradict_are_clear_errors(project: MadeHistory) -> None:
    done = inv(project, "changelog", "--output", "gone/CHANGES.md")
    assert done.returncode == 24
    assert "the notes can't be written" in done.stderr
    assert "Traceback" not in done.stderr
    for words in (["--check", "--output", "x"], ["--check", "--all", "--since", "HEAD"], ["--json"]):
        assert inv(project, "changelog", *words).returncode == 24


def test_sections_and_contributors_are_as_configured(project: MadeHistory) -> None:
    with (project.root / "pyproject.toml").open("a") as file:
        file.write('\n[tool.windlass.changelog]\ncontributors = false\nsections = { fix = "Repairs" }\n')
    text = inv(project, "changelog").stdout
    assert "### Repairs" in text
    assert "Contributors" not in text


def test_a_broken_template_ends_with_the_configuration_s_exit_code(project: MadeHistory) -> None:
    with (project.root / "pyproject.toml").open("a") as file:
        file.write('\n[tool.windlass.changelog]\ntemplate = "notes.md.j2"\n')
    assert inv(project, "changelog").returncode == 20, "it is not there"
    (project.root / "notes.md.j2").write_text("## {{ version }}\n{{ 1 / 0 }}\n")
    done = inv(project, "changelog", "--all")
    assert done.returncode == 20
    assert "division by zero" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_repository_the_error_is_clear(tmp_path: Path) -> None:
    for name, text in {"tasks.py": TASKS, "invoke.yaml": YAML, "pyproject.toml": PYPROJECT}.items():
        (tmp_path / name).write_text(text)
    done = forkserver.run("invoke", "version.next", cwd=tmp_path)
    assert done.returncode == 23
    assert "this folder is in no git repository" in done.stderr
