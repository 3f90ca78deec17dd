"""A commit's files, written out as the commit has them: every one, its bytes and nothing else.

No checkout: that one asks the user's settings (line ends, filters, sparse folders, hooks) what to write.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from windlass.errors import RepositoryError
from windlass.git import Git
from windlass.git.large_files import contents
from windlass.git.submodules import submodule_at

_BATCH_BYTES = 32 << 20
"""How much is held in memory at once, one large file apart."""
_MODES = {"100644": 0o644, "100755": 0o755, "100664": 0o644}
_LINK, _SUBMODULE = "120000", "160000"


class Entry(NamedTuple):
    """One file of a tree: its mode, object and size (0 for a submodule), and its path from the repository's top."""

    mode: str
    oid: str
    size_bytes: int
    path: str

    @property
    def is_submodule(self) -> bool:
        """Whether it is a commit of another repository."""
        return self.mode == _SUBMODULE


def entries(git: Git, commit: str) -> tuple[Entry, ...]:
    """Every file, link and submodule of a commit."""
    listing = os.fsdecode(git.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit).out)
    rows = (row.split("\t", 1) for row in listing.split("\0") if row)
    found = []
    for about, path in rows:
        mode, _, oid, size = about.split()
        found.append(Entry(mode, oid, int(size) if size.isdigit() else 0, path))
    return tuple(found)


def write_files(git: Git, commit: str, folder: Path) -> tuple[str, ...]:
    """Write a commit's files into an empty folder, those of its submodules included.

    Modes and times are the same on any machine: the user's umask and the clock have no part in them.

    Returns:
        The files whose bytes are not the commit's blobs: those that Git LFS keeps, submodules' apart.

    Raises:
        RepositoryError: a submodule or a large file is not here, or a name can't be on this machine.
    """
    epoch = git.epoch_of(commit)
    return _Writer(folder, epoch).write(git, commit, "")


class _Writer:
    """Writes files below one folder, each once."""

    def __init__(self, folder: Path, epoch: int) -> None:
        self._folder = folder
        self._epoch = epoch
        self._made = {""}

    def write(self, git: Git, commit: str, below: str) -> tuple[str, ...]:
        listed = entries(git, commit)
        for batch in _batches([entry for entry in listed if not entry.is_submodule]):
            blobs = git.blobs(entry.oid for entry in batch)
            for entry in batch:
                self._write_one(entry, blobs[entry.oid].content, below)
        for entry in listed:
            if entry.is_submodule:
                self._folder_of(f"{below}{entry.path}/x")
                self.write(submodule_at(git, commit, entry.path, entry.oid), entry.oid, f"{below}{entry.path}/")
        return self._fill_in_large_files(git, listed, below)

    def _write_one(self, entry: Entry, content: bytes, below: str) -> None:
        path = self._folder_of(below + entry.path) / entry.path.rpartition("/")[2]
        try:
            if entry.mode == _LINK:
                path.symlink_to(os.fsdecode(content))
                return
            with path.open("xb") as file:
                file.write(content)
        except OSError as problem:
            raise _unwritable_error(below + entry.path, problem) from problem
        path.chmod(_MODES.get(entry.mode, 0o644))
        os.utime(path, (self._epoch, self._epoch))

    def _folder_of(self, path: str) -> Path:
        """The folder of a path, made part by part: no link on the way leads out."""
        parts = path.split("/")
        if any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts):
            raise _unwritable_error(path, "a name that git itself refuses")
        for depth in range(1, len(parts)):
            below = "/".join(parts[:depth])
            if below not in self._made:
                try:
                    (self._folder / below).mkdir(mode=0o755)
                except OSError as problem:
                    raise _unwritable_error(path, problem) from problem
                (self._folder / below).chmod(0o755)
                self._made.add(below)
        return self._folder / "/".join(parts[:-1])

    def _fill_in_large_files(self, git: Git, listed: Sequence[Entry], below: str) -> tuple[str, ...]:
        """Files that Git LFS keeps elsewhere: a commit has their digests, which say what their bytes are."""
        found = tuple(contents(git, self._folder / below, [entry.path for entry in listed]))
        for path, source in found:
            target = self._folder / (below + path)
            target.write_bytes(source.read_bytes())
            os.utime(target, (self._epoch, self._epoch))
        return tuple(path for path, _ in found)


def _batches(listed: Sequence[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size_bytes = 0
    for entry in listed:
        if batch and size_bytes + entry.size_bytes > _BATCH_BYTES:
            yield batch
            batch, size_bytes = [], 0
        batch.append(entry)
        size_bytes += entry.size_bytes
    if batch:
        yield batch


def _unwritable_error(path: str, problem: object) -> RepositoryError:
    return RepositoryError(
        "a file of the commit can't be written on this machine",
        facts={"file": path, "problem": problem},
        remedy="rename it (two names may differ in case alone), or release on another machine",
    )
