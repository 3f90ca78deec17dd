"""`inv publish`: a version that was released, brought to one channel again, or to every one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import Task

from windlass.channels import ChannelDeclaration, own_declarations
from windlass.graph import task
from windlass.tasks import collection

HELP = {
    "version": "The released version, such as v1.3.0; the newest that stands by default.",
    "dry_run": "Show the plan and stop.",
    "yes": "Don't ask.",
}


@task(name="all", default=True, help=HELP, json=True, effect=True, pool="console")
def all_(c: Context, version: str = "", dry_run: bool = False, yes: bool = False) -> dict[str, Any]:
    """Bring a released version to every channel again: what is absent is sent, what is right stays."""
    return publish(Path(c.cwd), version, "", dry_run=dry_run, yes=yes)


def republish_task(channel: ChannelDeclaration) -> Task[Any]:
    """The task that brings a released version to one channel again, as its declaration has it."""

    def republish(c: Context, version: str = "", dry_run: bool = False, yes: bool = False) -> dict[str, Any]:
        return publish(Path(c.cwd), version, channel.name, dry_run=dry_run, yes=yes)

    republish.__doc__ = channel.republish_help
    name = channel.republish_task.rpartition(".")[2]
    made: Task[Any] = task(name=name, help=HELP, json=True, effect=True, pool="console")(republish)
    return made


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
    """`publish`, and a task for each channel: `publish.index`, `publish.images`, `publish.github`, `docs.deploy`."""
    parts = {"publish": Collection("publish", all_)}
    for channel in own_declarations():
        if channel.republish_help:
            group = channel.republish_task.partition(".")[0]
            parts.setdefault(group, Collection(group)).add_task(republish_task(channel))
    return tuple(parts.values())
