"""Whole rehearsals as people see them: on a terminal of 80 columns, and through a pipe."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

from windlass.graph.body.pty import PtyProcess

pytestmark = pytest.mark.stage

ROOT = Path(__file__).parents[2]
ADOPTED = {
    "tasks.py": "from windlass import collection\n\nns = collection()\n",
    "invoke.yaml": "tasks:\n  executor_class: windlass.graph.Executor\n",
}
LINE = re.compile(r" *\d+ s  (\S.*?)(?:  |$)")
"""What runs: seconds, name, newest words."""
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def environment() -> dict[str, str]:
    """No engine: an image takes minutes, and is shown as anything else is."""
    hidden = {"WINDLASS_REHEARSAL", "WINDLASS_STAGE", "SOURCE_DATE_EPOCH"}
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**env, "DOCKER_HOST": "unix:///nowhere.sock", "TERM": "xterm"}


def frames(project: Path, *words: str) -> Iterator[list[str]]:
    """`inv WORDS` on a terminal of 80 columns: all that stands there after each piece of output, above it included."""
    command = " ".join(["exec", sys.executable, "-m", "invoke", *words])
    program = PtyProcess("/bin/sh", command, str(project), environment(), (80, 24))
    screen = pyte.HistoryScreen(80, 24, history=10_000)
    stream = pyte.ByteStream(screen)
    try:
        while piece := _read(program):
            stream.feed(piece)
            above = ["".join(line[column].data for column in range(80)).rstrip() for line in screen.history.top]
            yield [*above, *(line.rstrip() for line in screen.display)]
        assert program.wait() == 0
    finally:
        program.end()


def _read(program: PtyProcess) -> bytes:
    """A piece of output; nothing once the program has ended."""
    import select

    while True:
        ready, _, _ = select.select([program.fd], [], [], 0.2)
        if ready:
            try:
                return os.read(program.fd, 65_536)
            except OSError:
                return b""
        if program.process.poll() is not None:
            return b""


def test_the_example_on_a_terminal_of_80_columns(tmp_path: Path) -> None:
    project = tmp_path / "customer-snapshot"
    shutil.copytree(ROOT / "examples/customer-snapshot", project, ignore=shutil.ignore_patterns(".windlass", ".venv"))
    live: set[str] = set()
    last: list[str] = []
    for last in frames(project, "rehearse", "--part", "minor", "--skip-tests"):
        running = [line for line in last if " over, " in line]
        assert len(running) <= 1, "the lines that change are taken away before they are drawn anew"
        live.update(found[1] for line in last if (found := LINE.match(line)))
    steps = ("copy", "seed", "release", "rollback")
    assert {"seed", "gates", "release", "rollback"} <= live
    assert {"seed › build.dist", "gates › build.dist", "gates › docs.build"} <= live
    text = "\n".join(last)
    assert " over, " not in text
    at = [text.index(f"── {step} done in ") for step in steps]
    assert at == sorted(at)
    assert text.index("── release › point of no return") < text.index("── release done in")
    assert "  not rehearsed: image: " in text
    assert "  not rehearsed: test: left out by --skip-tests" in text
    assert "  not rehearsed: scan: left out by --skip-tests" in text


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose only test fails."""
    root = shutil.copytree(ROOT / "tests/fixtures/failing-test", tmp_path / "project")
    for name, text in ADOPTED.items():
        (root / name).write_text(text)
    with (root / "pyproject.toml").open("a") as file:
        file.write(f'\n[tool.windlass]\npythons = ["{PYTHON}", "3.99"]\n')
    return root


def rehearse(project: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "invoke", "rehearse", *words]
    return subprocess.run(
        argv, cwd=project, env={**environment(), **env}, capture_output=True, text=True, check=False, timeout=600
    )


def test_a_test_that_fails_has_the_last_word_once_and_on_github_too(project: Path) -> None:
    done = rehearse(project)
    unit = f"test.unit[python={PYTHON}]"
    assert done.returncode == 1
    shown = done.stdout + done.stderr
    assert shown.count("assert 4 == 5") == 2, "in pytest's report, where it stands twice"
    assert "4 == 5" not in done.stdout
    assert f"── gates › {unit} FAILED after " in done.stdout
    assert "── release" not in done.stdout, "it would fail at the same"
    assert done.stdout.count("── seed › build.dist done in ") == 1
    first, *_, last = done.stderr.strip().splitlines()
    assert first == "`inv release --part minor --dry-run --json` ended with 1 in the rehearsal"
    assert last == "  fix:     mend that, and rehearse again: a release would have ended the same way"
    kept = next(line for line in done.stdout.splitlines() if line.startswith("rehearsal: kept for a look: "))
    shutil.rmtree(kept.rpartition(": ")[2])
    job = rehearse(project, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(project.parent / "summary.md"))
    assert "::group::release › build.dist\n" in job.stdout, "the stage is seeded by now, so nothing runs beside it"
    assert job.stdout.count("::error title=") == 1
    assert "| release › test&#46;unit" in (project.parent / "summary.md").read_text()


def test_with_json_the_answer_is_alone_and_names_what_was_not_rehearsed(project: Path) -> None:
    (project / "tests/test_demo.py").write_text("import demo\n\n\ndef test_it() -> None:\n    assert demo\n")
    done = rehearse(project, "--json")
    assert done.returncode == 0, done.stderr
    unit = f"test.unit[python={PYTHON}]"
    assert f"── gates › {unit} done in " in done.stderr
    assert f"── release › {unit}" not in done.stderr, "up to date by then, and shown already"
    assert done.stderr.count("demo 1.3.0 (v1.3.0) from ") == 1, "the plan is the release's to show"
    found = json.loads(done.stdout)
    ran = {node["name"]: node for node in found["nodes"]}
    assert ran[unit]["state"] == "done"
    assert ran["seed"]["start_s"] < ran[unit]["start_s"] < ran["git:refs/tags/v1.3.0"]["start_s"]
    assert found["critical_path_s"] <= found["wall_s"]
    assert [one["name"] for one in found["channels"]] == ["git", "index"], "the stage's GitHub is not this project's"
    assert found["not_rehearsed"] == [
        {
            "what": "release page",
            "why": "there is no remote origin: [tool.windlass.github] repository names one on GitHub",
        },
        {"what": "Python 3.99", "why": "not installed here"},
    ]


def test_a_project_s_own_release_is_never_run_and_all_that_is_wrong_is_told_at_once(project: Path) -> None:
    done_for_real = project.parent / "released-for-real"
    (project / "tasks.py").write_text(
        "from pathlib import Path\n\nfrom invoke import Collection, task\nfrom windlass import collection\n\n\n"
        f"@task\ndef release(c):\n    Path({str(done_for_real)!r}).touch()\n\n\n"
        'ns = Collection(release)\nns.add_collection(collection(), "windlass")\n'
    )
    (package,) = (project / "src").iterdir()
    with (package / "__init__.py").open("a") as module:
        module.write("\nexec('1')\n")
    argv = [sys.executable, "-m", "invoke", "windlass.rehearse"]
    done = subprocess.run(
        argv, cwd=project, env=environment(), capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 1, done.stderr
    assert not done_for_real.exists()
    shown = done.stdout + done.stderr
    assert "assert 4 == 5" in shown
    assert "B102" in shown
    kept = next(line for line in done.stdout.splitlines() if line.startswith("rehearsal: kept for a look: "))
    shutil.rmtree(kept.rpartition(": ")[2])
