"""The release commit: the version written wherever it stands, the changelog prepended; the same anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from windlass.git import Git
from windlass.release.worktree import worktree


def make(git: Git, home: Path, parent: str, version: str, write: Callable[[Path], Sequence[str]]) -> str:
    """Write the release commit's object (no ref); its object id, which depends on the arguments alone.

    Args:
        parent: what it builds on, whose author and dates it takes.
        version: SemVer, for the message.
        write: changes the project in a tree, and says which paths, relative to it.
    """
    with worktree(git, home, parent) as tree:
        paths = write(tree)
        here = Git(tree)
        here.run("add", "--force", "--", *paths)
        root = here.run("write-tree").text
    return git.commit(root, [parent], f"{subject(version)}\n", git.author_of(parent))


def subject(version: str) -> str:
    """The first line of a release commit's message, and the title of its pull request."""
    return f"chore(release): {version}"
