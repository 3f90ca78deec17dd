"""A release's number: found from the commits, written wherever it stands, and checked to be what the files say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from windlass import places
from windlass.errors import VersionError
from windlass.project import Project
from windlass.release import notes
from windlass.release.decide import Request, current, versions
from windlass.release.facts import Facts
from windlass.release.scratch import worktree
from windlass.release.site import Site
from windlass.versions import Following, Rules, Version, following


def after(site: Site, facts: Facts, request: Request) -> Following:
    """The version that comes next, and the commits that make it so.

    Raises:
        VersionError: the commits contradict each other or the rules, or the version is taken.
    """
    prefix = site.project.config.tag_prefix
    now = current(facts, prefix)
    merged = versions(facts.merged, prefix)
    final = max((item for item in merged.items() if not item[0].prerelease), default=None)
    fresh = now is None or facts.tags[now[1]] != facts.head
    return following(
        now[0] if now else None,
        notes.commits(site, facts, final[1] if final else "", facts.head),
        request.part,
        request.pre or None,
        rules(site.project),
        final=final[0] if final else None,
        fresh=fresh,
        first=_first(site.project),
        taken=tuple(versions({**facts.tags, **dict.fromkeys(facts.entries, "")}, prefix)),
    )


def rules(project: Project) -> Rules:
    """How the project counts."""
    config = project.config.version
    return Rules(hotfix=config.hotfix, major_below_one=config.major_below_one)


def write(project: Project, tree: Path, version: Version) -> Sequence[str]:
    """Write a version wherever it stands in a tree; the paths that changed."""
    return places.rewrite(tree, _places(project, tree), version)


def check_named(site: Site, commit: str, version: Version) -> None:
    """The files of a commit name a version, where they name one at all.

    Raises:
        VersionError: they name another.
    """
    with worktree(site.git, site.home, commit) as tree:
        standings = places.read(tree, _places(site.project, tree))
        wrong = {f"{s.path}:{s.line}": s.text for s in standings if not s.says(version)}
    if wrong:
        raise VersionError(
            f"the tag says {version}, and its files do not",
            facts=wrong,
            remedy="a tag is set on the commit that `inv release.prepare` made; release the next version",
        )


def _places(project: Project, tree: Path) -> tuple[places.Place, ...]:
    config = project.config
    files = [(file.path, file.pattern) for file in config.version.files]
    return places.find(tree, files=files, packages=config.packages)


def _first(project: Project) -> Version | None:
    """The version that the files name before there is any tag."""
    standing = places.agreed(places.read(project.root, _places(project, project.root)))
    return standing if standing is not None and not standing.prerelease else None
