"""The worktree: a release is made, tested and built in a tree of its own, never in the working copy."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from windlass.errors import RepositoryError
from windlass.git import Git
from windlass.git.borrowed_repository import RELEASING, borrowed_repository, hold_as_committed
from windlass.git.commit_files import write_files
from windlass.git.submodules import lend_submodules
from windlass.release.repository_state import TAGS
from windlass.shell import processes

_OURS = re.compile(r"[0-9a-f]{12}\.([0-9]+)\.[^.]+")
"""The names of worktrees: commit, process, and something that no other has."""
_open: set[Path] = set()


def home_of(root: Path) -> Path:
    """A project's `.windlass` folder, made so that git never sees it."""
    home = root / ".windlass"
    home.mkdir(exist_ok=True)
    ignore = home / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return home


@contextmanager
def worktree(git: Git, home: Path, commit: str, *, releasing: str = "") -> Iterator[Path]:
    """Write a commit's files beside the working copy for the block; what killed runs left behind is cleared first.

    It is a repository of its own with the remote's tags: nothing that the user set up for theirs reaches it, and
    nothing that is done in it reaches theirs.

    Args:
        releasing: the tag that the commit is to get; empty where that is of no matter to what is done.

    Yields:
        The project's root in that tree (a subfolder where the project is one of its repository).

    Raises:
        RepositoryError: a part of the commit is not on this machine.
    """
    within = git.root.resolve().relative_to(git.top.resolve())
    work = home / "work"
    work.mkdir(exist_ok=True)
    _clear_dead(work)
    folder = Path(tempfile.mkdtemp(prefix=f"{commit[:12]}.{os.getpid()}.", dir=work)).resolve()
    _open.add(folder)
    try:
        _fill(git, folder, commit, releasing)
        _share_cache(folder / within, home)
        yield folder / within
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _open.discard(folder)


def _share_cache(tree: Path, home: Path) -> None:
    """Let the tasks of a tree use the project's own `.windlass`."""
    try:
        (tree / ".windlass").symlink_to(home.resolve())
    except FileExistsError:
        raise RepositoryError(
            "files of .windlass are committed, and are windlass's own: they belong to one machine",
            facts={"folder": ".windlass"},
            remedy="git rm -r --cached .windlass, and commit",
        ) from None


def _fill(git: Git, folder: Path, commit: str, releasing: str) -> None:
    folder.chmod(0o755)
    made = borrowed_repository(git, folder, tags=TAGS)
    made.run("update-ref", "--no-deref", "HEAD", commit)
    if releasing:
        made.run("update-ref", f"{RELEASING}{releasing}", commit)
    large = write_files(git, commit, folder)
    lend_submodules(git, commit, folder / ".git")
    made.run("read-tree", "HEAD")
    hold_as_committed(made, large)
    made.run("update-index", "-q", "--refresh", ok=None)


def _clear_dead(work: Path) -> None:
    """Remove what runs that are no more left; anything else there is somebody else's, and stays."""
    for folder in work.iterdir():
        found = _OURS.fullmatch(folder.name)
        if found is None or folder.resolve() in _open:
            continue
        if int(found[1]) == os.getpid() or not processes.exists(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)
