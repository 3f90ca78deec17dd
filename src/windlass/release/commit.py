"""The release commit: the version written wherever it stands, the changelog prepended; the same anywhere."""

from __future__ import annotations

from pathlib import Path

from windlass.git import Git
from windlass.release.scratch import worktree


def make(git: Git, home: Path, parent: str, version: str, edits: dict[str, bytes]) -> str:
    """Write the release commit's object (no ref); its object id, which depends on the arguments alone.

    Args:
        parent: what it builds on, whose author and dates it takes.
        version: SemVer, for the message.
        edits: path relative to the project's root → whole new contents.
    """
    with worktree(git, home, parent) as tree:
        for path, content in edits.items():
            (tree / path).write_bytes(content)
        here = Git(tree)
        here.run("add", "--force", "--", *edits)
        root = here.run("write-tree").text
    return git.commit(root, [parent], f"chore(release): {version}\n", git.author_of(parent))
