"""The namespace `version`: what the version is, and what comes next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.context import Context

from windlass.graph import task

_JSON = "Print it as JSON, alone on standard output."


@task(json=_JSON, effect=True)
def version(c: Context) -> dict[str, Any]:
    """Show the version, and every place where it stands; they must agree."""
    from windlass import version_files
    from windlass.history.version_tags import base
    from windlass.project import Project
    from windlass.version_files.configured import agreed_standing, configured_search

    project = Project.load(Path(c.cwd))
    config = project.config
    places, unrecognised = configured_search(project.root, project.config)
    standings = version_files.read(project.root, places)
    newest = base(project.root, config.tag_prefix, config.branch).current
    files = agreed_standing(standings)
    found = files.version if files else newest.version if newest else None
    if found is not None and found.pep440_problem:
        found = None  # a development version, which no release is
    source = version_files.dynamic_source(project.root)
    print(found or (files.text if files else "no version yet"))
    for standing in standings:
        print(f"  {standing.path}:{standing.line}  {standing.text}")
    if source is not None and source.from_tag:
        print(f"  from the tag, by {source.tool}")
    for one in unrecognised:
        print(f"passed over: {one.path}: {one.why}")
    return {
        "version": str(found) if found else None,
        "pep440": found.pep440 if found else files.text if files else None,
        "tag": newest.name if newest else None,
        "source": source.tool if source else "",
        "places": [{"path": s.path, "line": s.line, "text": s.text} for s in standings],
        "passed_over": [{"what": one.path, "why": one.why} for one in unrecognised],
    }


@task(
    name="next",
    help={
        "part": "Which part to raise: auto (the commits decide), major, minor, patch or hotfix.",
        "pre": "Make it a pre-release: alpha, beta or rc.",
    },
    json=_JSON,
    effect=True,
)
def next_(c: Context, part: str = "auto", pre: str = "") -> dict[str, Any]:
    """Show the version that comes next, and the commits that decide it."""
    from windlass.git import Git
    from windlass.next_version.from_working_copy import asked_base, next_release
    from windlass.printable_text import legible
    from windlass.project import Project
    from windlass.release.ledger import Ledger, used_up

    project = Project.load(Path(c.cwd))
    config = project.config
    here, differing = asked_base(project.root, config.tag_prefix, config.branch, config.remote)
    seen = Ledger(Git(project.root, config.remote), prefix=config.tag_prefix).last_seen()
    release = next_release(
        project.root, project.version_settings(), here, part=part, pre=pre, sealed=used_up(seen, config.tag_prefix)
    )
    found, passed_over = release.following, (*differing, *release.passed_over)
    print(found.next or f"nothing to release: {release.nothing}")
    for reason in found.reasons:
        print(f"  {reason.part:<10}  {reason.commit[:7]}  {legible(reason.subject)}")
    for one in passed_over:
        print(f"passed over: {one.what}: {one.why}")
    return {
        "current": str(found.current) if found.current else None,
        "next": str(found.next) if found.next else None,
        "pep440": found.next.pep440 if found.next else None,
        "tag": found.next.tag(config.tag_prefix) if found.next else None,
        "part": found.part,
        "reasons": found.reasons,
        "passed_over": [one._asdict() for one in passed_over],
    }


def namespace() -> tuple[Collection, ...]:
    """`version`, `version.next`."""
    own = Collection("version")
    own.add_task(version, name="show", default=True)
    own.add_task(next_, name="next")
    return (own,)
