"""The journal: what the last runs found, one line a record. It saves time and nothing else."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_SLACK = 4
"""It is rewritten when it has this many times more records than it has to have."""


class Journal:
    """Records by kind and name; the last one of each counts.

    A record is a JSON object with `kind` and `name`. One write appends one line (O_APPEND), so that runs side by side
    mix nothing; a line that a crash tore is passed over.

    Attributes:
        broken: why nothing can be written, such as `No space left on device`; empty while it can.
    """

    def __init__(self, path: Path) -> None:
        self.broken = ""
        self._path = path
        self._fd = -1
        self._lock = threading.Lock()
        lines = _lines(path)
        self._last: dict[tuple[str, str], dict[str, Any]] = {}
        for record in lines:
            with contextlib.suppress(KeyError, TypeError):
                self._last[record["kind"], record["name"]] = record
        if len(lines) > 1000 and len(lines) > _SLACK * len(self._last):
            self._compact()

    def last(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """The last record of this kind and name."""
        return self._last.get((kind, name))

    def of(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """The last records of a kind, by name."""
        return {name: record for (one, name), record in self._last.items() if one == kind}

    def add(self, kind: str, name: str, **facts: Any) -> None:
        """Append one record."""
        record = {"kind": kind, "name": name, **facts}
        self._last[kind, name] = record
        with self._lock:
            self._write(json.dumps(record, separators=(",", ":")).encode() + b"\n")

    def _write(self, line: bytes) -> None:
        if self.broken:
            return
        try:
            if self._fd < 0:
                self._fd = _appending(self._path)
            if os.write(self._fd, line) < len(line):
                os.write(self._fd, b"\n")  # torn by a full disk: closed off, so that the next record is whole
        except OSError as problem:
            self.broken = problem.strerror or str(problem)

    def _compact(self) -> None:
        scratch = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            scratch.write_bytes(b"".join(_encoded(self._last.values())))
            scratch.replace(self._path)

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _appending(path: Path) -> int:
    """The file, opened for appending, its last line whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    size = os.fstat(fd).st_size
    if size and os.pread(fd, 1, size - 1) != b"\n":
        os.write(fd, b"\n")
    return fd


def _encoded(records: Iterable[Mapping[str, Any]]) -> Iterable[bytes]:
    return (json.dumps(record, separators=(",", ":")).encode() + b"\n" for record in records)


def _lines(path: Path) -> list[dict[str, Any]]:
    """Every whole record of the file; none when there is no file."""
    try:
        content = path.read_bytes()
    except OSError:
        return []
    lines = content.splitlines()
    try:
        return list(json.loads(b"[" + b",".join(lines) + b"]"))  # one call: a tenth of the time of one a line
    except ValueError:
        return list(_one_by_one(lines))


def _one_by_one(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for line in lines:
        with contextlib.suppress(ValueError):
            record = json.loads(line)
            if isinstance(record, dict):
                yield record
