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
    from windlass.next_version.from_working_copy import next_release
    from windlass.next_version.lower_versions import passed_over_tags
    from windlass.next_version.passed_over import passed_over_commits, passed_over_files
    from windlass.printable_text import legible
    from windlass.project import Project
    from windlass.version_files.configured import configured_search, standing
    from windlass.versions import VersionRules

    project = Project.load(Path(c.cwd))
    config = project.config
    rules = VersionRules(config.version.hotfix, config.version.major_below_one)
    options, files = config.changelog, standing(project.root, config)
    release = next_release(
        project.root,
        config.tag_prefix,
        config.branch,
        part=part,
        pre=pre or None,
        rules=rules,
        names=project.tag_names,
        standing=files,
        remote=config.remote,
        first_parent=options.first_parent,
        paths=options.paths,
    )
    found = release.following
    passed_over = (
        *passed_over_commits(release.commits, nothing=found.next is None),
        *passed_over_files(configured_search(project.root, config).unrecognised),
        *passed_over_tags(found.next, release.base, project.tag_names, files),
    )
    print(found.next or "nothing to release: no commit since the last release asks for one")
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
