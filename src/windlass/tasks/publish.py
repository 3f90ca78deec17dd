"""`inv publish`: a version that was released, brought to one channel again, or to every one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.context import Context

from windlass.graph import task
from windlass.tasks import collection

HELP = {
    "version": "The released version, such as v1.3.0; the newest that stands by default.",
    "dry_run": "Show the plan and stop.",
    "yes": "Don't ask.",
    "json": "Print the result as JSON, alone on standard output.",
}


@task(name="all", default=True, help=HELP, effect=True, pool="console")
def all_(c: Context, version: str = "", dry_run: bool = False, yes: bool = False, json: bool = False) -> dict[str, Any]:
    """Bring a released version to every channel again: what is absent is sent, what is right stays."""
    del json  # the graph prints what is returned
    return publish(Path(c.cwd), version, "", dry_run=dry_run, yes=yes)


@task(help=HELP, effect=True, pool="console")
def index(
    c: Context, version: str = "", dry_run: bool = False, yes: bool = False, json: bool = False
) -> dict[str, Any]:
    """Bring a released version to the package index: files that are absent are uploaded."""
    del json
    return publish(Path(c.cwd), version, "index", dry_run=dry_run, yes=yes)


@task(help=HELP, effect=True, pool="console")
def images(
    c: Context, version: str = "", dry_run: bool = False, yes: bool = False, json: bool = False
) -> dict[str, Any]:
    """Bring a released version's image to every registry, its tags and the floating ones that go to it."""
    del json
    return publish(Path(c.cwd), version, "oci", dry_run=dry_run, yes=yes)


@task(help=HELP, effect=True, pool="console")
def github(
    c: Context, version: str = "", dry_run: bool = False, yes: bool = False, json: bool = False
) -> dict[str, Any]:
    """Bring a released version to GitHub: the release, its files, and "latest" where it goes to it."""
    del json
    return publish(Path(c.cwd), version, "github", dry_run=dry_run, yes=yes)


def publish(root: Path, version: str, only: str, *, dry_run: bool, yes: bool) -> dict[str, Any]:
    """Plan, show, ask, and publish; on one channel where `only` names it. The JSON of `publish`."""
    from windlass.release.after import republish as again
    from windlass.release.context import ReleaseContext
    from windlass.release.report import plan_json
    from windlass.tasks.release import confirm

    context = ReleaseContext.open(root, print, collection)
    planned = again.plan_publication(context, version, only)
    print("\n".join(planned.lines()))
    if dry_run:
        return plan_json(planned.release.version, planned.changes)
    if planned.to_do:
        confirm(f"publish {planned.release.tag}", yes)
    done, _ = again.perform(context, planned)
    print("\n".join(done.lines() if planned.to_do else [f"{done.release.tag}: verified"]))
    return done.as_json()


def namespace() -> tuple[Collection, ...]:
    """`publish`, `publish.index`, `publish.images`, `publish.github`."""
    return (Collection("publish", all_, index, images, github),)
