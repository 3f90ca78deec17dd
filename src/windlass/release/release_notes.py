"""A release's notes: what was committed since the version before it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from windlass import changelog, history
from windlass.changelog.file_encoding import decoded
from windlass.changelog.style import style
from windlass.errors import ConfigError
from windlass.history import Commit
from windlass.release.context import ReleaseContext
from windlass.release.preflight_rules import ExistingTag, NewRelease
from windlass.release.repository_state import RepositoryState
from windlass.versions import Version
from windlass.versions.tags import tagged_versions

FILE = "CHANGELOG.md"


def commits(context: ReleaseContext, since: str | None, until: str) -> tuple[Commit, ...]:
    """The commits between two of them (None: from the beginning), as configured."""
    config = context.project.config.changelog
    return history.read(context.project.root, since, until, first_parent=config.first_parent, paths=tuple(config.paths))


def release_notes(context: ReleaseContext, state: RepositoryState, target: NewRelease | ExistingTag) -> str:
    """The notes of a release, heading first; of an existing tag, what its changelog says, where it says something."""
    if isinstance(target, ExistingTag) and (section := written_section(context, target.commit, target.version)):
        return section + "\n"
    until = target.parent if isinstance(target, NewRelease) else target.commit
    since = target.since if isinstance(target, NewRelease) else _before(context, state, target)
    made = commits(context, state.tags[since] if since else None, until)
    return changelog.notes(target.version, day(), made, style(context.project), tag=target.tag, previous=since)


def written_section(context: ReleaseContext, commit: str, version: Version) -> str:
    """What the changelog of a commit says of a version; empty where it says nothing, or nothing that can be read."""
    raw = context.git.show(commit, path(context)) or b""
    try:
        return changelog.section(decoded(raw, FILE).text, version)
    except ConfigError:  # committed long ago, so nobody can mend it: the notes are made from the commits
        return ""


def write(tree: Path, text: str) -> Sequence[str]:
    """Prepend notes to the changelog of a tree; the path that changed.

    Raises:
        ConfigError: nobody can tell how the changelog is encoded, or it is a link to where no release can write.
    """
    file = tree / FILE
    _refuse_stray_link(tree, file)
    existing = decoded(file.read_bytes() if file.exists() else b"", FILE)
    file.write_bytes(existing.replaced(changelog.prepend(existing.text, text)))
    return (FILE,)


def _refuse_stray_link(tree: Path, file: Path) -> None:
    """A changelog that is a link lies in the repository, in a folder that is there."""
    top = next((folder for folder in (tree, *tree.parents) if (folder / ".git").exists()), tree).resolve()
    real = file.resolve()
    if not real.is_relative_to(top) or not real.parent.is_dir():
        raise ConfigError(
            "the changelog is a link that leads out of the repository, or to a folder that is not there",
            facts={"file": FILE, "leads to": str(file.readlink())},
            remedy="put the file itself there",
        )


def day() -> str:
    """The day of a release, UTC, `2026-11-23`; WINDLASS_DAY sets another, so that a release can be made again."""
    return os.environ.get("WINDLASS_DAY") or datetime.now(UTC).strftime("%Y-%m-%d")


def _before(context: ReleaseContext, state: RepositoryState, target: ExistingTag) -> str:
    """The newest version below one that is tagged, on its own history; empty when there is none.

    A final version's reader comes from the final version before it.
    """
    prefix = context.project.config.tag_prefix
    older = {
        version: tag
        for version, tag in tagged_versions(state.tags, prefix).items()
        if version < target.version
        and (target.version.prerelease or not version.prerelease)
        and context.git.is_ancestor(state.tags[tag], target.commit)
    }
    return max(older.items(), default=(None, ""))[1]


def path(context: ReleaseContext) -> str:
    """The changelog's path within the repository."""
    within = context.git.root.resolve().relative_to(context.git.top.resolve())
    return (within / FILE).as_posix()


def pathspecs(context: ReleaseContext) -> tuple[str, ...]:
    """What a commit that changes the changelog touches, for git: the file, and where it lies behind a link."""
    top = context.git.top.resolve()
    real = (context.git.root / FILE).resolve()
    names = {path(context), *([real.relative_to(top).as_posix()] if real.is_relative_to(top) else [])}
    return tuple(f":(top,literal){name}" for name in sorted(names))
