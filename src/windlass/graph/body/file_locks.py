"""One maker of a node's files at a time, among all runs on one checkout."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from windlass.digest import text_key
from windlass.graph.body.node_execution import Job

_LOOK_S = 0.02


class Locks:
    """A locked file for each node that is made right now; the kernel lets go of it however its process ends.

    Where the folder can't be written there are no locks: the work is done all the same.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root

    @contextlib.contextmanager
    def exclusive(self, job: Job) -> Iterator[None]:
        """In this block no other run makes this node's files; waits for one that does.

        A run inside the node's own body may make them: it is part of the node.

        Raises:
            CancelledError: the job was told to end meanwhile.
        """
        path = self._folder / text_key(f"{self._root}\0{job.node.name}")[:32]
        if path in job.holds:
            yield
            return
        held = self._acquire(path, job)
        job.holds = job.holds | {path}
        try:
            yield
        finally:
            if held >= 0:
                with contextlib.suppress(OSError):
                    path.unlink()
                os.close(held)

    def _acquire(self, path: Path, job: Job) -> int:
        """A descriptor of the locked file; -1 where there can be none."""
        told = False
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            while (held := _try_lock(path)) is None:
                if not told:
                    job.output.write(f"waiting for another run, which makes {job.node.name}\n")
                    told = True
                job.pause(_LOOK_S)
        except OSError:
            return -1
        return held


def _try_lock(path: Path) -> int | None:
    """A descriptor of the file, locked; None while another has it."""
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino == os.fstat(held).st_ino:
            return held
    except (BlockingIOError, FileNotFoundError):  # held, or removed by who held it
        pass
    except OSError:
        os.close(held)
        raise
    os.close(held)
    return None
