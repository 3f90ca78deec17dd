"""The journal: what the last runs found, one line a record. It saves time and nothing else."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Mapping
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
        self._last: dict[str, dict[str, dict[str, Any]]] = {}
        records = _records(path)
        for record in records:
            self._last.setdefault(record["kind"], {})[record["name"]] = record
        if len(records) > 1000 and len(records) > _SLACK * sum(map(len, self._last.values())):
            self._compact()

    def last(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """The last record of this kind and name."""
        return self._last.get(kind, {}).get(name)

    def of(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """The last records of a kind, by name."""
        return self._last.get(kind, {})

    def add(self, kind: str, name: str, **facts: Any) -> None:
        """Append one record."""
        record = {"kind": kind, "name": name, **facts}
        self._last.setdefault(kind, {})[name] = record
        with self._lock:
            self._write(_encoded(record))

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
            scratch.write_bytes(b"".join(map(_encoded, (one for kind in self._last.values() for one in kind.values()))))
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


def _encoded(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def _records(path: Path) -> list[dict[str, Any]]:
    """Every whole record of the file; none when there is no file."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    try:
        records = json.loads(b"[" + b",".join(lines) + b"]")  # one call: a tenth of the time of one a line
    except ValueError:
        records = [record for line in lines if (record := _record(line)) is not None]
    return [record for record in records if isinstance(record, dict) and "kind" in record and "name" in record]


def _record(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:  # torn
        return None
