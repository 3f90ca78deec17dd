"""The namespace `release`, and what stands beside it: `rollback`, `hotfix`, `rehearse`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.context import Context

from windlass.errors import UsageError
from windlass.graph import task
from windlass.tasks import collection

_ASKED = {
    "part": "Which part to raise: auto (the commits decide), major, minor, patch or hotfix.",
    "pre": "Make it a pre-release: alpha, beta or rc.",
    "version": "Exactly this version, such as v1.3.0; an unfinished or existing one is finished.",
    "skip_tests": "Leave tests and scans out, in an emergency; recorded in the release.",
}


@task(help={**_ASKED, "dry_run": "Show the plan and stop: everything up to the lock is done, nothing is touched.",
            "yes": "Don't ask."}, json=True, effect=True, pool="console")  # fmt: skip
def release(
    c: Context,
    part: str = "auto",
    pre: str = "",
    version: str = "",
    dry_run: bool = False,
    skip_tests: bool = False,
    yes: bool = False,
) -> dict[str, Any]:
    """Release: test, build, seal, reserve, publish, verify and point, on every channel; or finish what was begun."""
    from windlass.graph import runs_so_far
    from windlass.release.context import ReleaseContext
    from windlass.release.flows.hotfix import back_merge
    from windlass.release.preflight_rules import NothingToRelease, ReleaseRequest
    from windlass.release.report import (
        LeftOut,
        Outcome,
        TimedRun,
        left_out,
        nothing_json,
        nothing_lines,
        plan_json,
        plan_lines,
        without_forge,
    )
    from windlass.release.transaction import perform, plan_release

    began = time.monotonic()
    context = ReleaseContext.open(Path(c.cwd), print, collection)
    prepared = plan_release(context, ReleaseRequest(part, pre, version, skip_tests))
    if isinstance(prepared, NothingToRelease):
        print("\n".join(nothing_lines(prepared)))
        return nothing_json(prepared)
    passed_over = (*(LeftOut(*one) for one in prepared.passed_over), *without_forge(context.forge))
    print("\n".join(plan_lines(prepared.release, prepared.changes, passed_over)))
    if dry_run:
        return plan_json(prepared.release.version, prepared.changes, passed_over)
    confirm(f"release {prepared.release.tag}", yes)
    done, _ = perform(context, prepared)
    ran = runs_so_far()
    runs = [TimedRun(one.began - began, one.report) for one in ran]
    entry = context.ledger.look()[done.release.tag]
    skipped = (*left_out(context.project.config, done.release.skipped, [one.report for one in ran]), *passed_over)
    outcome = Outcome(done.release, done.changes, entry, skipped, tuple(runs), time.monotonic() - began)
    print("\n".join([*outcome.lines(), *back_merge(context, done.release)]))
    return outcome.as_json()


@task(help=_ASKED, json=True, effect=True)
def plan(
    c: Context,
    part: str = "auto",
    pre: str = "",
    version: str = "",
    skip_tests: bool = False,
) -> dict[str, Any]:
    """Show what a release would change on every channel, having tested and built it; nothing is touched."""
    found: dict[str, Any] = release(c, part=part, pre=pre, version=version, dry_run=True, skip_tests=skip_tests)
    return found


@task(help={"version": "Only this one."}, json=True, effect=True)
def status(c: Context, version: str = "") -> dict[str, Any]:
    """Show every release by its ledger: finished, unfinished, taken back; and who holds the lock."""
    from windlass.release.after.status import Status
    from windlass.release.context import ReleaseContext

    found = Status.read(ReleaseContext.open(Path(c.cwd), print, collection), version)
    print("\n".join(found.lines()))
    return found.as_json()


@task(help={"to": "The version to go back to, such as v1.2.2; `none` takes every release back.",
            "dry_run": "Show the plan and stop.", "yes": "Don't ask.",
            "wait": "Wait so many minutes for what only a person can do."},
      json=True, effect=True, pool="console")  # fmt: skip
def rollback(c: Context, to: str, dry_run: bool = False, yes: bool = False, wait: int = 0) -> dict[str, Any]:
    """Take releases back: floating names return to an earlier version, the rest by each channel's reversal."""
    return run_rollback(Path(c.cwd), to, "", dry_run=dry_run, yes=yes, wait_s=wait * 60.0)


def run_rollback(root: Path, to: str, only: str, *, dry_run: bool, yes: bool, wait_s: float = 0.0) -> dict[str, Any]:
    """Plan, show, ask, and go back; on one channel where `only` names it. The JSON of `rollback`."""
    from windlass.release.after import rollback as back
    from windlass.release.context import ReleaseContext
    from windlass.release.report import change_lines, plan_json

    context = ReleaseContext.open(root, print, collection)
    planned = back.plan(context, to, only)
    print("\n".join(planned.lines()))
    if dry_run:
        return plan_json(planned.to.version if planned.to else "", planned.changes)
    confirm(f"go back to {planned.target}", yes)
    done, _ = back.perform(context, planned, only)
    if wait_s and done.for_a_person:
        print("\n".join([*done.person_lines(), f"waiting for that, at most {wait_s / 60:.0f} min"]))
    done = back.wait_for_person(context, done, wait_s, only=only)
    print("\n".join([done.result_line(), *change_lines(done.changes), *done.person_lines()]))
    return done.as_json()


@task(help={**_ASKED, "project": "The project's folder; this one by default.", "faults": "Then break every effect "
            "in turn and run again.", "keep": "Keep the rehearsal's folder for a look.",
            "sample": "Only so many of the faults.",
            "seed": "Which of them, in which order; drawn by lot, and printed, for 0."}, json=True,
      effect=True)  # fmt: skip
def rehearse(
    c: Context,
    part: str = "minor",
    pre: str = "",
    version: str = "",
    project: str = "",
    skip_tests: bool = False,
    faults: bool = False,
    sample: int = 0,
    seed: int = 0,
    keep: bool = False,
) -> dict[str, Any]:
    """Rehearse a release and its rollback on this machine: a copy of the project, and stand-ins to publish to."""
    from windlass.graph.running.run import view_here
    from windlass.project import Project
    from windlass.rehearsal.rehearsal_run import rehearse

    words = {"--part": "" if version else part, "--pre": pre, "--version": version}
    options = [word for name, value in words.items() if value for word in (name, value)]
    options += ["--skip-tests"] if skip_tests else []
    found = Project.load(Path(c.cwd, project))
    view = view_here(whole=True)
    done = rehearse(found, options, view, keep=keep, faults=faults, sample=sample, seed=seed)
    print("\n".join(done.lines()))
    answer = done.as_json()
    if not done.ok:
        raise done.failure()
    return answer


def confirm(what: str, yes: bool) -> None:
    """Ask a person, unless told not to.

    Raises:
        UsageError: nobody is there to ask, or the answer is no.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(f"nobody is there to say whether to {what}", remedy="add --yes")
    if input(f"{what}? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise UsageError("not confirmed; nothing was touched", remedy="run it again, and answer y")


@task(help={"version": "Which one; the only unfinished one by default.", "yes": "Don't ask."}, json=True,
      effect=True, pool="console")  # fmt: skip
def abandon(c: Context, version: str = "", yes: bool = False) -> dict[str, Any]:
    """End a release that can't finish: its version is used up; shows what stays behind."""
    from windlass.release.after import abandon as giving_up
    from windlass.release.context import ReleaseContext

    context = ReleaseContext.open(Path(c.cwd), print, collection)
    entry = giving_up.candidate(context, version)
    confirm(f"abandon {entry.tag}", yes)
    done = giving_up.abandon(context, entry)
    print("\n".join(done.lines()))
    return done.as_json()


@task(help={name: _ASKED[name] for name in ("part", "pre", "version")}, json=True, effect=True)
def prepare(c: Context, part: str = "auto", pre: str = "", version: str = "") -> dict[str, Any]:
    """Propose a release: its commit on a branch of its own, and a pull request; for branches that take no pushes."""
    from windlass.release.context import ReleaseContext
    from windlass.release.flows.pull_request import propose
    from windlass.release.preflight_rules import NothingToRelease, ReleaseRequest
    from windlass.release.report import nothing_json, nothing_lines

    found = propose(ReleaseContext.open(Path(c.cwd), print, collection), ReleaseRequest(part, pre, version))
    if isinstance(found, NothingToRelease):
        print("\n".join(nothing_lines(found)))
        return nothing_json(found)
    print("\n".join(found.lines()))
    return found.as_json()


@task(help={"version": "Which one; the newest that was merged by default."}, json=True, effect=True)
def tag(c: Context, version: str = "") -> dict[str, Any]:
    """Tag a release commit that was merged, however it was merged, and push the tag."""
    from windlass.release.context import ReleaseContext
    from windlass.release.flows.tag_merged import tag as tagged

    found = tagged(ReleaseContext.open(Path(c.cwd), print, collection), version)
    print("\n".join(found.lines()))
    return found.as_json()


@task(help={"from_": "The version to mend, such as v1.2.3."}, json=True, effect=True)
def hotfix(c: Context, from_: str) -> dict[str, Any]:
    """Make the branch for the hotfix of a version, and check it out; `release --part hotfix` releases from it."""
    from windlass.release.context import ReleaseContext
    from windlass.release.flows.hotfix import start

    found = start(ReleaseContext.open(Path(c.cwd), print, collection), from_)
    print("\n".join(found.lines()))
    return found.as_json()


def namespace() -> tuple[Any, ...]:
    """`release` with its default task and what stands under it; beside it `rollback`, `hotfix` and `rehearse`."""
    inner = Collection("release")
    inner.add_task(release, "run", default=True)
    inner.add_task(plan, "plan")
    inner.add_task(prepare, "prepare")
    inner.add_task(tag, "tag")
    inner.add_task(status, "status")
    inner.add_task(abandon, "abandon")
    return inner, rollback, hotfix, rehearse
