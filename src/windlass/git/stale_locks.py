"""Lock files that a killed git left: those that are known to be nobody's any more are cleared, so that work goes on.

A lock file says nothing of its owner. A git that is alive holds one for a moment, and gives it up or changes it; where
no git works in the repository, and the file stays as it is, nobody will come back to it.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_NAMED = re.compile(r"Unable to create '([^'\n]+\.lock)': File exists")
_OWN = "/refs/windlass/"
_LOOKS, _PAUSE_S = 12, 0.25
"""A transaction of git's on many refs holds its locks for about a second."""


def clear(said: str, folders: Sequence[Path], wait: Callable[[float], None]) -> bool:
    """Clear the lock files that git was stopped by; whether it is worth another try.

    Args:
        said: what git said.
        folders: the repository's own and its working copies', to know which gits work in them.
        wait: waits so many seconds.
    """
    locks = _with_those_beside([Path(name) for name in _NAMED.findall(said)])
    before = {lock: _state(lock) for lock in locks}
    for _ in range(_LOOKS):
        if not locks or any(_state(lock) != before[lock] for lock in locks):
            return bool(locks)  # its owner is alive: git may have more luck now
        wait(_PAUSE_S)
    # Of windlass's own refs all are copies, made anew by the next look; of any other lock the owner must be known gone.
    if all(_OWN in lock.as_posix() for lock in locks) or not _git_works_in(folders):
        for lock in locks:
            lock.unlink(missing_ok=True)
        return True
    return False


def _state(lock: Path) -> tuple[int, int, int] | None:
    with contextlib.suppress(OSError):
        now = lock.stat()
        return now.st_ino, now.st_mtime_ns, now.st_size
    return None


def _with_those_beside(locks: Sequence[Path]) -> list[Path]:
    """With every other lock of windlass's own refs: a git that is killed leaves those of its whole transaction."""
    own = next((lock for lock in locks if _OWN in lock.as_posix()), None)
    if own is None:
        return list(locks)
    below = next(folder for folder in own.parents if folder.as_posix().endswith(_OWN.rstrip("/")))
    return sorted({*locks, *below.rglob("*.lock")})  # no ref's name ends so


def _git_works_in(folders: Sequence[Path]) -> bool:
    """Whether a git works in one of these folders, or in one that can't be told; also where no processes are seen."""
    if not Path("/proc/self/stat").exists():
        return True
    known = [folder.resolve() for folder in folders]
    return any(at is None or any(at.is_relative_to(folder) for folder in known) for at in _folders_of_gits())


def _folders_of_gits() -> Iterator[Path | None]:
    """Where each git of this machine works; None for one of which that can't be told."""
    for name in os.listdir("/proc"):  # noqa: PTH208 - a Path for each of hundreds of processes is slow
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if name.isdigit() and Path(f"/proc/{name}/comm").read_text().startswith("git"):
                try:
                    yield Path(os.readlink(f"/proc/{name}/cwd"))  # noqa: PTH115 - what the kernel says, unresolved
                except PermissionError:
                    yield None
