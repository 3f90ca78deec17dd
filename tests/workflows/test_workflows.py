"""The workflows: well formed, safe by zizmor's rules, and every step that does work is one call of ./inv."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import check_jsonschema
import pytest
import yaml  # type: ignore[import-untyped]
from click.testing import CliRunner

from windlass import shell

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
_ONE_CALL = re.compile(r"(\./inv [a-z][^\n;&|`]*|\.ci/[a-z]+)\n?")
_PINNED = re.compile(r"uses: ([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$")


def _jobs(workflow: Path) -> dict[str, dict[str, Any]]:
    jobs: dict[str, dict[str, Any]] = yaml.safe_load(workflow.read_text())["jobs"]
    return jobs


def _steps(workflow: Path) -> Iterator[dict[str, Any]]:
    for job in _jobs(workflow).values():
        yield from job["steps"]


each_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)


def test_there_are_the_three_workflows_of_the_design() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci-cd.yml", "release.yml", "test.yml"]


def test_zizmor_finds_nothing_even_when_pedantic() -> None:
    words = ["--offline", "--no-progress", "--persona", "pedantic", *map(str, WORKFLOWS)]
    shell.run([Path(sys.executable).with_name("zizmor"), *words], timeout_s=120)


def test_githubs_own_schema_accepts_them() -> None:
    words = ["--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)]
    done = CliRunner().invoke(check_jsonschema.main, words)
    assert done.exit_code == 0, done.output


@each_workflow
def test_every_step_that_does_work_is_one_call_of_inv(workflow: Path) -> None:
    runs = [step["run"] for step in _steps(workflow) if "run" in step]
    assert runs
    assert [run for run in runs if not _ONE_CALL.fullmatch(run)] == []


@each_workflow
def test_every_action_is_pinned_by_its_commit_with_the_version_beside_it(workflow: Path) -> None:
    lines = [line.strip() for line in workflow.read_text().splitlines() if "uses:" in line]
    assert lines
    assert [line for line in lines if not _PINNED.fullmatch(line)] == []


def test_an_action_has_one_version_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for action, commit in re.findall(r"uses: (\S+)@([0-9a-f]{40})", path.read_text()):
            pins.setdefault(action, set()).add(commit)
    assert {action: commits for action, commits in pins.items() if len(commits) > 1} == {}


@each_workflow
def test_every_job_has_its_own_permissions_and_a_deadline(workflow: Path) -> None:
    assert yaml.safe_load(workflow.read_text())["permissions"] == {}
    for job in _jobs(workflow).values():
        assert job["permissions"]
        assert job["timeout-minutes"] <= 120


@each_workflow
def test_every_checkout_has_the_whole_history(workflow: Path) -> None:
    checkouts = [step["with"] for step in _steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(options["fetch-depth"] == 0 for options in checkouts)


def test_only_the_releasing_job_may_write_and_keeps_its_credentials() -> None:
    writing = [
        (path.name, name)
        for path in WORKFLOWS
        for name, job in _jobs(path).items()
        if "write" in job["permissions"].values()
    ]
    keeping = [
        (path.name, name)
        for path in WORKFLOWS
        for name, job in _jobs(path).items()
        if any(step.get("with", {}).get("persist-credentials") for step in job["steps"])
    ]
    assert writing == keeping == [("release.yml", "release")]


def test_secrets_are_seen_only_behind_an_environment() -> None:
    for path in WORKFLOWS:
        for name, job in _jobs(path).items():
            assert ("secrets." in yaml.safe_dump(job)) == ("environment" in job), f"{path.name}: {name}"


def test_pull_requests_get_no_secret_and_no_release() -> None:
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text()
    assert "secrets." not in text
    assert "inv release" not in text
    assert "pull_request_target" not in text


def test_one_release_runs_at_a_time_and_is_never_cancelled() -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    assert release["concurrency"] == {"group": "release", "cancel-in-progress": False}
