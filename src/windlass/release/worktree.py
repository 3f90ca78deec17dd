"""The scratch worktree: a release is made, tested and built in a tree of its own, never in the working copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from windlass.git import Git
from windlass.shell import processes


def home_of(root: Path) -> Path:
    """A project's `.windlass` folder, made so that git never sees it."""
    home = root / ".windlass"
    home.mkdir(exist_ok=True)
    ignore = home / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return home


@contextmanager
def worktree(git: Git, home: Path, commit: str) -> Iterator[Path]:
    """Check a commit out beside the working copy for the block; what killed runs left behind is cleared first.

    Yields:
        The project's root in that tree (a subfolder where the project is one of its repository).
    """
    within = git.root.resolve().relative_to(git.top.resolve())
    folder = home / "work" / f"{commit[:12]}.{os.getpid()}"
    _clear_dead(git, folder.parent)
    git.run("worktree", "add", "--force", "--detach", "--quiet", folder, commit)
    (folder / within / ".windlass").symlink_to(home.resolve())  # its tasks share the project's cache
    try:
        yield folder / within
    finally:
        _remove(git, folder)


def _clear_dead(git: Git, work: Path) -> None:
    for folder in work.glob("*.*"):
        if not processes.exists(int(folder.suffix[1:])):
            _remove(git, folder)


def _remove(git: Git, folder: Path) -> None:
    git.run("worktree", "remove", "--force", "--force", folder, ok=None)
    shutil.rmtree(folder, ignore_errors=True)
    git.run("worktree", "prune", ok=None)


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
    return git.commit(root, [parent], f"{subject(version)}\n", git.committer_of(parent))


def subject(version: str) -> str:
    """The first line of a release commit's message, and the title of its pull request."""
    return f"chore(release): {version}"
