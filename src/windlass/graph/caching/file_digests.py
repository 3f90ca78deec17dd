"""Files below a root: globs to paths, and digests of contents with git's shortcut by stat."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from windlass.errors import GraphError

Stat = tuple[int, int, int, int]
"""size in bytes, mtime_ns, ctime_ns, inode."""

_RACY_NS = 20_000_000
"""A file that changed this shortly before it was read may change again unseen: clocks of file systems are coarse.

Source: git's Documentation/technical/racy-git.
"""
_MAGIC = re.compile(r"[*?\[]")


def refuse_outside_root(root: Path, glob: str, which: str, name: str) -> None:
    """See that a glob of a node (`which`: `inputs` or `outputs`) stays below the root.

    Raises:
        GraphError: it is absolute or leads out by `..`, or it is no glob.
    """
    if not glob.startswith("/") and ".." not in glob and glob.strip("!/"):
        if "[" in glob:
            _matcher(glob.removeprefix("!"))
        return
    if glob.startswith("/") or ".." in glob.removeprefix("!").split("/") or not glob.strip("!/"):
        raise GraphError(
            f"{glob!r} of the {which} of {name} leads out of the project",
            facts={"root": root},
            remedy="name files below the root; what lies outside is a tool, an environment variable or a need",
        )


def globs_match(globs: Iterable[str], path: str) -> bool:
    """Whether globs mean a path below the root, whether it is there or not."""
    found = False
    for glob in globs:
        if glob.startswith("!"):
            if _without(glob[1:]).fullmatch(path):
                return False
        elif is_glob(glob):
            found = found or _matcher(glob.strip("/")).fullmatch(path) is not None
        else:
            found = found or path == glob.strip("/") or path.startswith(glob.strip("/") + "/")
    return found


def is_glob(pattern: str) -> bool:
    """Whether it has wildcards (or takes away), so that the file system must be asked which files it means."""
    return pattern.startswith("!") or _MAGIC.search(pattern) is not None


def stat_of(path: str) -> Stat | None:
    """Size, times and inode of a file (symlinks followed); None when it is no file."""
    try:
        found = os.stat(path)  # noqa: PTH116 - called for every file of a graph
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def to_find(globs: Sequence[str], paths: Sequence[str]) -> bool:
    """Whether the file system must be asked if globs still mean just these paths; no, where they name each of them."""
    if len(globs) == 1 == len(paths) and globs[0] == paths[0]:
        return is_glob(globs[0])  # the most common case, told first
    return paths != sorted(globs) or any(map(is_glob, globs))


@functools.lru_cache(maxsize=4096)
def _matcher(glob: str) -> re.Pattern[str]:
    """`**` any folders, `*` and `?` within a name (but no leading dot), `[…]` as in fnmatch."""
    parts = []
    for part in glob.strip("/").split("/"):
        if part == "**":
            parts.append(r"(?:(?!\.)[^/]+/)*")
            continue
        body = "".join(_piece_pattern(piece) for piece in re.findall(r"\[!?\]?[^\]]*\]|.", part))
        parts.append(("" if part.startswith(".") else r"(?!\.)") + body + "/")
    pattern = "".join(parts)
    try:
        return re.compile(pattern + r"(?!\.)[^/]+" if pattern.endswith(")*") else pattern.removesuffix("/"))
    except re.error as bad:
        fix = "correct it; a bracket itself is written [[]"
        raise GraphError(f"{glob!r} is no glob: {bad.msg}", remedy=fix) from bad


def _piece_pattern(piece: str) -> str:
    if piece == "*":
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece.startswith("[") and len(piece) > 1:
        return "[" + piece[1:].replace("!", "^", 1) if piece[1] == "!" else piece
    return re.escape(piece)


_PASSED_OVER = frozenset({".git", ".windlass", "__pycache__"})
UNFINISHED = ".windlass-"
"""What the names of files begin with that are still being written, and of those that a crash left so."""


SMALL_BYTES = 65536
"""Up to this size a file is read sooner than it is found among all that earlier runs saw."""
_FEW = 64
"""How many small files are read so in a run, before what earlier runs saw is read after all."""


class Tree:
    """The files below one root, looked at once a run where possible.

    Attributes:
        root: absolute.
    """

    def __init__(self, root: Path, known: Callable[[], Mapping[str, tuple[Stat, str]]] = dict) -> None:
        """`known` gives what earlier runs saw: path → stat and digest; asked for when first needed."""
        self.root = root
        self._at = str(root) + os.sep
        self._earlier: Callable[[], Mapping[str, tuple[Stat, str]]] | None = known
        self._known: dict[str, tuple[Stat, str]] = {}
        self._to_read = _FEW

    def stat(self, path: str) -> Stat | None:
        """Size, times and inode of a file below the root; None when it is no file."""
        return stat_of(self._at + path)

    def changed_rows(self, rows: Iterable[Any]) -> list[Any]:
        """Of rows of path, stat and digest, those whose file has not the stat that it was seen with."""
        at, look = self._at, os.stat
        found = []
        for row in rows:
            seen = row[1]
            try:
                now = look(at + row[0])
            except OSError:
                found.append(row)
                continue
            if (
                now.st_mtime_ns != seen[1]
                or now.st_ctime_ns != seen[2]
                or now.st_size != seen[0]
                or now.st_ino != seen[3]
            ):
                found.append(row)
        return found

    def digest(self, path: str) -> str:
        """`sha256:<hex>` of a file; not read again while its stat is the one it was last read with.

        Raises:
            FileNotFoundError: there is no such file.
        """
        return self.stat_and_digest(path)[1]

    def stat_and_digest(self, path: str) -> tuple[Stat, str]:
        """A file's stat and digest; the stat is zeros where it can't be relied on next time.

        Raises:
            FileNotFoundError: there is no such file.
        """
        now = self.stat(path)
        if now is None:
            raise FileNotFoundError(path)
        known, earlier = self._known.get(path), self._earlier
        if known is None and earlier is not None and not self._cheap(now):
            self._known, self._earlier = {**earlier(), **self._known}, None
            known = self._known.get(path)
        if known is not None and known[0] == now:
            return known
        read_at = time.time_ns()
        with open(self._at + path, "rb") as file:  # noqa: PTH123 - called for every file of a graph
            digest = "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
        after = self.stat(path)
        steady = after == now and max(now[1], now[2]) < read_at - _RACY_NS
        found = (now if steady else (0, 0, 0, 0), digest)
        self._known[path] = found
        return found

    def _cheap(self, now: Stat) -> bool:
        """Whether a file is sooner read than all that earlier runs saw: a few small ones are."""
        self._to_read -= 1
        return self._to_read >= 0 and now[0] <= SMALL_BYTES

    def find(self, globs: Iterable[str]) -> list[str]:
        """The files that these globs mean, sorted; a glob with `!` takes away from all."""
        globs = list(globs)
        leave_out = [_without(glob[1:]) for glob in globs if glob.startswith("!")]
        found: set[str] = set()
        for glob in globs:
            if not glob.startswith("!"):
                found.update(self._find_one(glob))
        return sorted(path for path in found if not any(one.fullmatch(path) for one in leave_out))

    def _find_one(self, glob: str) -> Iterable[str]:
        plain = glob.strip("/")
        if not _MAGIC.search(plain):
            if (self.root / plain).is_dir():
                return self._below(plain)
            return [plain] if self.stat(plain) is not None else []
        parts = plain.split("/")
        fixed = _fixed_folders(parts)
        depth = None if "**" in parts else len(parts) - len(fixed)
        hidden = any(part.startswith(".") for part in parts[len(fixed) :])
        matcher = _matcher(plain)
        return [path for path in self._below("/".join(fixed), depth, hidden) if matcher.fullmatch(path)]

    def _below(self, folder: str, depth: int | None = None, hidden: bool = True) -> Iterable[str]:
        """Every file below a folder, `depth` levels deep at most; no caches and nothing of git's or ours."""
        todo = [(folder, depth)]
        for at, left in todo:
            try:
                entries = list(os.scandir(self._at + at))
            except OSError:
                continue
            prefix = at + "/" if at else ""
            for entry in entries:
                if entry.name in _PASSED_OVER or entry.name.startswith(UNFINISHED if hidden else "."):
                    continue
                if entry.is_dir() and not entry.is_symlink():
                    if left is None or left > 1:
                        todo.append((prefix + entry.name, None if left is None else left - 1))
                elif entry.is_file():
                    yield prefix + entry.name


@functools.lru_cache(maxsize=4096)
def _without(glob: str) -> re.Pattern[str]:
    """What `!glob` takes away: what matches, and all that is below a folder that matches."""
    return re.compile(_matcher(glob).pattern + "(?:/.*)?")


def _fixed_folders(parts: list[str]) -> list[str]:
    """The folders of a glob before its first wildcard."""
    fixed: list[str] = []
    for part in parts[:-1]:
        if _MAGIC.search(part):
            break
        fixed.append(part)
    return fixed
