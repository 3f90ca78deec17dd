"""The cache: a folder of results, found by key and checked by digest whenever one is read."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import stat
from pathlib import Path
from typing import NamedTuple

from windlass.digest import RunningDigest, content_digest
from windlass.graph.caching.file_digests import UNFINISHED

_COPY_BYTES = 1 << 20
_DIGEST = re.compile("sha256:[0-9a-f]{64}")


class OutputFile(NamedTuple):
    """A file that a node made.

    Attributes:
        path: below the root, with `/`.
        digest: `sha256:<hex>` of its contents.
        mode: permission bits.
    """

    path: str
    digest: str
    mode: int


class CacheEntry(NamedTuple):
    """What a node left behind.

    Attributes:
        key: `sha256:<hex>`: what went in.
        node: the node's name, for people.
        value: its value as JSON text; empty when the value can't be written as JSON.
        outputs: the files that it made.
        log: its output.
        made_at: when, seconds since the epoch.
        seconds: how long it took.
        answer: what its body gave `answer`, as JSON text; empty for nothing.
    """

    key: str
    node: str
    value: str
    outputs: tuple[OutputFile, ...]
    log: str
    made_at: float
    seconds: float
    answer: str = ""


class Cache:
    """A folder, safe for several writers: everything is written beside its place and renamed into it.

    Attributes:
        broken: why nothing can be written, such as `Read-only file system`; empty while it can.
        refused: keys and digests of entries that did not match their digest.
    """

    def __init__(self, folder: Path) -> None:
        self.broken = ""
        self.refused: list[str] = []
        self._folder = folder
        self._unique = f"{os.urandom(4).hex()}-"
        self._count = itertools.count()

    def find(self, key: str) -> CacheEntry | None:
        """The entry of a key; None when there is none, or one that is damaged or was tampered with (it is removed)."""
        path = self._path("entries", key)
        try:
            digest, _, body = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if content_digest(body).encode() != digest:
            self._refuse(path, key)
            return None
        entry = _entry(body)
        if entry is None or entry.key != key:
            self._refuse(path, key)
            return None
        return entry

    def store(self, entry: CacheEntry, root: Path) -> bool:
        """Keep an entry and its files; False when the folder can't be written (see `broken`)."""
        try:
            for made in entry.outputs:
                self._store_file(root / made.path, made.digest)
            body = json.dumps(entry._asdict(), separators=(",", ":")).encode()
            self._write(self._path("entries", entry.key), content_digest(body).encode() + b"\n" + body)
        except OSError as problem:
            self.broken = self.broken or problem.strerror or str(problem)
            return False
        return True

    def fetch(self, made: OutputFile, to: Path) -> bool:
        """Put a file in its place; False when the cache does not have it whole (then it is removed).

        Raises:
            OSError: the place can't be written.
        """
        source = self._path("files", made.digest)
        try:
            reader = source.open("rb")
        except OSError:
            return False
        scratch = self._scratch(to)
        try:
            whole = RunningDigest()
            with reader, scratch.open("wb") as writer:
                while chunk := reader.read(_COPY_BYTES):
                    whole.add(chunk)
                    writer.write(chunk)
            if str(whole) != made.digest:
                self._refuse(source, made.digest)
                return False
            scratch.chmod(made.mode)
            scratch.replace(to)
        finally:
            scratch.unlink(missing_ok=True)
        return True

    def _path(self, kind: str, digest: str) -> Path:
        name = digest.removeprefix("sha256:")
        return self._folder / kind / name[:2] / name[2:]

    def _store_file(self, path: Path, digest: str) -> None:
        place = self._path("files", digest)
        if place.exists():
            return
        scratch = self._scratch(place)
        try:
            shutil.copyfile(path, scratch)
            scratch.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH)
            scratch.replace(place)
        finally:
            scratch.unlink(missing_ok=True)

    def _write(self, place: Path, content: bytes) -> None:
        scratch = self._scratch(place)
        try:
            scratch.write_bytes(content)
            scratch.replace(place)
        finally:
            scratch.unlink(missing_ok=True)

    def _scratch(self, place: Path) -> Path:
        """Where a file is written that is to be in `place`: beside it, under a name that no other run has."""
        place.parent.mkdir(parents=True, exist_ok=True)
        return place.with_name(f"{UNFINISHED}{self._unique}{next(self._count)}")

    def _refuse(self, path: Path, name: str) -> None:
        self.refused.append(name)
        with contextlib.suppress(OSError):
            path.unlink()


def _entry(body: bytes) -> CacheEntry | None:
    """What an entry's file says; None where it does not say it."""
    try:
        raw = json.loads(body)
        outputs = tuple(OutputFile(str(path), str(digest), int(mode) & 0o777) for path, digest, mode in raw["outputs"])
        whole = all(_DIGEST.fullmatch(made.digest) for made in outputs)
        return CacheEntry(**{**raw, "outputs": outputs}) if whole else None
    except (ValueError, TypeError, KeyError):
        return None


def mode_of(path: Path) -> int:
    """A file's permission bits."""
    return stat.S_IMODE(path.stat().st_mode)
