"""`docker.rollback`, `docs.rollback`: one channel goes back to an earlier version, the others stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.context import Context

from windlass.graph import task
from windlass.tasks import collection

_HELP = {
    "to": "The version to go back to, such as v1.2.2.",
    "dry_run": "Show the plan and stop.",
    "yes": "Don't ask.",
}


@task(name="rollback", help=_HELP, json=True, effect=True, pool="console")
def of_images(c: Context, to: str, dry_run: bool = False, yes: bool = False) -> dict[str, Any]:
    """Move the floating tags back to an earlier version, on every registry, without pulling anything."""
    from windlass.channels.oci import registry_tags
    from windlass.release.after import rollback_images
    from windlass.release.context import ReleaseContext
    from windlass.tasks.release import confirm

    context = ReleaseContext.open(Path(c.cwd), print, collection)
    channel = registry_tags.open_registries(context.project)
    planned = rollback_images.plan(context, channel, to)
    print("\n".join(planned.lines()))
    if not dry_run:
        confirm(f"go back to {planned.target}", yes)
        rollback_images.perform(context, channel, planned)
    form = rollback_images.rollback_json(channel, planned)
    channel.close()
    print("\n".join(registry_tags.lines(form)))
    return form


@task(name="rollback", help=_HELP, json=True, effect=True, pool="console")
def of_documentation(c: Context, to: str, dry_run: bool = False, yes: bool = False) -> dict[str, Any]:
    """Let the site's `latest` show an earlier version again; the other channels stay as they are."""
    from windlass.tasks.release import run_rollback

    return run_rollback(Path(c.cwd), to, "docs", dry_run=dry_run, yes=yes)


def namespace() -> tuple[Collection, ...]:
    """`docker.rollback`, `docs.rollback`."""
    return (Collection("docker", of_images), Collection("docs", of_documentation))
