"""`--json`, which `@task(json=True)` adds: what was asked for is answered, alone on standard output."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from invoke.context import Context

from tests import forkserver
from windlass.errors import GraphError
from windlass.graph import answer, task

TASKS = """
from windlass.graph import answer, need, task

@task(inputs=["in.txt"], json="Show what was counted as JSON.")
def counted(c):
    with open("ran", "a") as ran:
        ran.write("once ")
    answer({"count": 3})
    return 3

@task(effect=True, json=True)
def shown(c, jest: str = "", n: int = need(counted)):
    print("words for a person")
    return {"n": n}

@task(effect=True, json=True)
def broken(c):
    answer({"ok": False})
    raise ValueError("it broke")

@task(effect=True, json=True)
def calling(c):
    return {"called": counted(c)}

@task(effect=True)
def by_hand(c, json: bool = False):
    if json:
        answer("asked for")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "invoke.yaml").write_text("tasks: {executor_class: windlass.graph.Executor}\n")
    (tmp_path / "in.txt").write_text("")
    return tmp_path


def inv(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return forkserver.run("invoke", *words, cwd=project)


def test_what_a_task_returns_is_its_json_and_its_words_go_aside(project: Path) -> None:
    done = inv(project, "shown", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"n": 3})
    assert "words for a person" in done.stderr


def test_only_the_task_that_was_given_the_option_answers_not_what_it_needs_nor_what_stands_beside_it(
    project: Path,
) -> None:
    assert json.loads(inv(project, "shown", "--json", "counted").stdout) == {"n": 3}
    assert json.loads(inv(project, "shown", "counted", "--json").stdout) == {"count": 3}
    assert "count" not in inv(project, "counted").stdout


def test_asking_for_json_is_no_reason_to_run_again(project: Path) -> None:
    inv(project, "counted")
    assert json.loads(inv(project, "counted", "--json").stdout) == {"count": 3}
    assert (project / "ran").read_text() == "once "


def test_what_was_given_answer_is_printed_also_when_the_body_fails(project: Path) -> None:
    done = inv(project, "broken", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"ok": False})
    assert "it broke" in done.stderr


def test_a_task_called_as_a_function_does_not_answer_for_the_body_that_calls_it(project: Path) -> None:
    assert json.loads(inv(project, "calling", "--json").stdout) == {"called": 3}


def test_a_parameter_of_that_name_is_heard_too(project: Path) -> None:
    assert inv(project, "by-hand", "--json").stdout == '"asked for"\n'


def test_it_is_there_without_the_executor_of_the_graph(project: Path) -> None:
    (project / "invoke.yaml").unlink()
    assert json.loads(inv(project, "shown", "--json").stdout) == {"n": 3}


def test_the_help_has_its_words_and_a_letter_that_is_free(project: Path) -> None:
    counted, shown = (" ".join(inv(project, "--help", name).stdout.split()) for name in ("counted", "shown"))
    assert "-j, --json Show what was counted as JSON." in counted
    assert "-j STRING, --jest=STRING" in shown
    assert "-s, --json Print the result as JSON, alone on standard output." in shown


def test_a_body_called_as_a_function_answers_nobody() -> None:
    @task(json=True)
    def told(c: Context) -> int:
        answer({"n": 1})
        return 1

    assert told(Context()) == 1


def test_the_option_and_a_parameter_of_its_name_are_an_error() -> None:
    with pytest.raises(GraphError) as caught:

        @task(json=True)
        def twice(c: Context, json: bool = False) -> None: ...

    assert str(caught.value) == (
        "twice has the option --json, and takes a parameter json too\n"
        "  fix: take the parameter out: a task gives its JSON whether or not it was asked for"
    )
