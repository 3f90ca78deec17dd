"""What is unchanged is not done again and starts nothing; whatever a gate rests on changed, it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.stage

FIXTURE = Path(__file__).parents[1] / "fixtures" / "sound"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
UNIT = f"test.unit[python={PYTHON}]"
COMMAND = ("test", "scan", "build")
WATCHED = """
import sys
started = []
events = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec", "os.system"}
sys.addaudithook(lambda event, args: started.append(str(args[0:2])) if event in events else None)
from invoke.main import program
try:
    program.run(["inv", *sys.argv[1:]])
finally:
    print(started, file=sys.stderr)
"""
"""Invoke, in a process that tells which programs it started."""


def inv(root: Path, *words: str, **env: str) -> str:
    """What `inv` writes."""
    hidden = {"WINDLASS_REHEARSAL", "WINDLASS_STAGE", "SOURCE_DATE_EPOCH"}
    whole = {name: value for name, value in os.environ.items() if name not in hidden} | env
    argv = [sys.executable, "-m", "invoke", *words]
    ended = subprocess.run(argv, cwd=root, env=whole, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def git(root: Path, *words: str) -> None:
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", *words], cwd=root, check=True, env={**os.environ, **identity})


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of its own repository, of which everything is up to date; who changes it puts it back."""
    root = shutil.copytree(FIXTURE, tmp_path_factory.mktemp("settled") / "sound")
    (root / "tasks.py").write_text("from windlass import collection\n\nns = collection()\n")
    (root / "invoke.yaml").write_text("tasks:\n  executor_class: windlass.graph.Executor\n")
    with (root / "pyproject.toml").open("a") as file:
        file.write(f'\n[tool.windlass]\npythons = ["{PYTHON}"]\n')
    (root / ".gitignore").write_text("dist/\n.windlass/\n__pycache__/\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "feat: all"]):
        git(root, *words)
    inv(root, *COMMAND)
    return root


def outlook(root: Path, **env: str) -> dict[str, str]:
    """Node → why it would run or what it depends on, of those that are not up to date."""
    lines = [line.split(None, 1) for line in inv(root, *COMMAND, "--dry-run", **env).splitlines()]
    return {name: why for name, why in lines if why != "up to date"}


def test_an_unchanged_command_line_starts_no_program(settled: Path) -> None:
    words = [sys.executable, "-c", WATCHED, *COMMAND]
    for way in ([], ["--explain"]):  # from its memo; node by node
        ended = subprocess.run([*words, *way], cwd=settled, capture_output=True, text=True, check=False, timeout=120)
        assert (ended.returncode, ended.stderr.splitlines()[-1]) == (0, "[]")
        assert " done in " not in ended.stdout
        assert "9 up to date in " in ended.stdout


def test_the_answer_of_an_unchanged_command_line_is_that_of_the_first(settled: Path) -> None:
    for task in ("test", "scan", "build"):
        answers = [inv(settled, task, "--json", *way) for way in ([], ["--explain"], [], [])]
        assert json.loads(answers[0])["ok"] is True
        assert answers[1:] == [answers[0]] * 3


def test_nothing_would_run_where_nothing_changed(settled: Path) -> None:
    assert outlook(settled) == {}


@pytest.fixture
def changed(settled: Path) -> Iterator[Callable[[str], Path]]:
    """Adds a line to a file of the project for one test; the project."""
    before: dict[Path, str] = {}

    def change(name: str) -> Path:
        file = settled / name
        before[file] = file.read_text()
        file.write_text(before[file] + "# more\n")
        return settled

    yield change
    for file, text in before.items():
        file.write_text(text)


def test_a_changed_source_is_built_and_scanned_and_so_tested(changed: Callable[[str], Path]) -> None:
    found = outlook(changed("src/demo/__init__.py"))
    assert found["build.dist"] == found["scan.look"] == "runs: changed: src/demo/__init__.py"
    assert found[UNIT] == "depends on build.dist"


def test_a_changed_test_is_run(changed: Callable[[str], Path]) -> None:
    assert outlook(changed("tests/test_demo.py"))[UNIT] == "depends on build.dist"


def rebuilt(folder: Path) -> Path:
    """A folder with this Python as somebody else built it."""
    program = folder / f"python{PYTHON}"
    folder.mkdir()
    program.write_text(f'#!/bin/sh\n"{sys.executable}" "$@" | sed \'3s/$/ rebuilt/\'\n')
    program.chmod(0o755)
    return folder


def test_another_build_of_a_python_is_tested_on(settled: Path, tmp_path: Path) -> None:
    path = f"{rebuilt(tmp_path / 'bin')}:{os.environ['PATH']}"
    assert outlook(settled, PATH=path) == {UNIT: "runs: changed: interpreter", "test": f"depends on {UNIT}"}


@pytest.mark.parametrize(
    ("tool", "found"),
    [
        ("bandit", {"scan.look": "runs: changed: scanners", "scan": "depends on scan.look"}),
        ("cyclonedx-bom", {"build.sbom": "runs: changed: cyclonedx", "build": "depends on build.sbom"}),
    ],
)
def test_another_version_of_a_tool_is_asked_anew(
    settled: Path, tmp_path: Path, tool: str, found: dict[str, str]
) -> None:
    place = tmp_path / "packages" / f"{tool.replace('-', '_')}-99.0.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {tool}\nVersion: 99.0\n")
    assert outlook(settled, PYTHONPATH=str(place.parent)) == found


@pytest.mark.parametrize(
    ("moved", "back"),
    [
        (["commit", "-q", "--allow-empty", "-m", "fix: it"], ["reset", "-q", "--soft", "HEAD^"]),
        (["tag", "v9"], ["tag", "-d", "v9"]),
    ],
)
def test_where_the_history_moved_the_sources_are_archived_anew(
    settled: Path, moved: list[str], back: list[str]
) -> None:
    git(settled, *moved)
    try:
        assert outlook(settled) == {"build.source": "runs: changed: archived", "build": "depends on build.source"}
    finally:
        git(settled, *back)


def test_without_what_windlass_kept_the_result_is_the_same(settled: Path, tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in (settled / "dist").iterdir()}
    shutil.rmtree(settled / ".windlass")
    assert " up to date" not in inv(settled, "build", WINDLASS_JOBS="1")
    assert {path.name: path.read_bytes() for path in (settled / "dist").iterdir()} == first
