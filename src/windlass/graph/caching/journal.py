"""The journal: what the last runs found, one line a record. It saves time and nothing else."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from windlass.graph.caching.file_digests import Stat, stat_of

NAME = "journal.jsonl"
"""What its file is called in `.windlass`."""
_ENOUGH = 500
"""Below so many lines it is not worth while to look for those that no longer count."""
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
"""Made once: `json.dumps` makes one for every record."""
_WORD = rb'"([^"\\]*(?:\\.[^"\\]*)*)"'
_LINE = re.compile(rb'^\{"kind":%b,"name":%b,"is":.*\}$' % (_WORD, _WORD), re.MULTILINE)
"""A whole record. One that a crash tore does not end with its brace, or runs into the next one."""


class Journal:
    """Records by kind and name; the last one of each counts.

    Each is a line `{"kind": …, "name": …, "is": …}`, appended by a single write (O_APPEND), so that runs side by side
    mix nothing; a line that a crash tore is passed over. What a record says is read when it is asked for.

    Attributes:
        broken: why nothing can be written, such as `No space left on device`; empty while it can.
    """

    def __init__(self, path: Path, write: Callable[[int, bytes], int] = os.write) -> None:
        """`write` puts a line into the open file, whole, and gives the number of bytes that it wrote."""
        self.broken = ""
        self._put = write
        self._path = path
        self._fd = -1
        self._lock = threading.Lock()
        self._lines: dict[bytes, dict[bytes, bytes]] = {}
        self._read: dict[str, dict[str, Any]] = {}
        count = 0
        content = _content(path)
        self._bytes = len(content)
        for count, found in enumerate(_LINE.finditer(content), 1):  # noqa: B007 - its last value is used
            kind, name = found.group(1, 2)
            self._lines.setdefault(kind, {})[name] = found.group()
        if count > _ENOUGH and count > 2 * sum(map(len, self._lines.values())):
            self._compact()

    def last(self, kind: str, name: str) -> Any:
        """What the last record of this kind and name says; None when there is none."""
        read = self._read.setdefault(kind, {})
        if name not in read:
            line = self._lines.get(_text(kind), {}).get(_text(name))
            read[name] = None if line is None else _parse_value(line)
        return read[name]

    def read_ahead(self, kind: str) -> None:
        """Read every record of a kind, in a tenth of the time that it takes one by one."""
        import msgspec

        lines = self._lines.get(_text(kind), {}).values()
        try:
            whole = msgspec.json.decode(b"[%b]" % b",".join(lines))
            self._read.setdefault(kind, {}).update({one["name"]: one["is"] for one in whole})
        except (msgspec.MsgspecError, ValueError, KeyError):  # one is damaged or no UTF-8: each is read when asked for
            return

    def stat(self) -> Stat | None:
        """The file's stat, where all that it holds was read or written here."""
        found = stat_of(str(self._path))
        return found if found is not None and found[0] == self._bytes else None

    def of(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Name and last record of everything of a kind."""
        for raw in list(self._lines.get(_text(kind), ())):
            name = str(json.loads(b'"' + raw + b'"'))
            yield name, self.last(kind, name)

    def add(self, kind: str, name: str, says: Any) -> None:
        """Append one record; `says` is anything that encodes to JSON."""
        text = _ENCODER.encode(says).encode("utf-8", "surrogatepass")
        with self._lock:
            key, value = _text(kind), _text(name)
            line = b'{"kind":"%b","name":"%b","is":%b}' % (key, value, text)
            self._lines.setdefault(key, {})[value] = line
            self._read.setdefault(kind, {})[name] = says
            self._write(line + b"\n")

    def _write(self, line: bytes) -> None:
        if self.broken:
            return
        try:
            if self._fd < 0:
                self._fd = _open_for_append(self._path)
            while line:  # more than once only where there is no room: then the second time says why
                written = self._put(self._fd, line)
                self._bytes += written
                line = line[written:]
        except OSError as problem:
            self.broken = problem.strerror or str(problem)

    def _compact(self) -> None:
        """Write what counts into a new file; not while another run has this one open, or has written since."""
        scratch = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        content = b"".join(line + b"\n" for kind in self._lines.values() for line in kind.values())
        with contextlib.suppress(OSError), self._path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_size == self._bytes and os.path.samestat(
                os.fstat(file.fileno()), self._path.stat()
            ):
                scratch.write_bytes(content)
                scratch.replace(self._path)
                self._bytes = len(content)
        scratch.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _open_for_append(path: Path) -> int:
    """The file, opened for appending, its last line ended; others know by a shared lock that it is open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(fd, fcntl.LOCK_SH)
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(fd).st_ino:
                break
        os.close(fd)  # replaced while we waited
    size = os.fstat(fd).st_size
    if size and os.pread(fd, 1, size - 1) != b"\n":
        os.write(fd, b"\n")
    return fd


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _parse_value(line: bytes) -> Any:
    try:
        return json.loads(line)["is"]
    except (ValueError, KeyError):  # damaged inside
        return None


def _text(word: str) -> bytes:
    """A kind or name as it stands in a line, between the quotes."""
    if word.isascii() and word.isprintable() and '"' not in word and "\\" not in word:
        return word.encode()
    return json.dumps(word, ensure_ascii=True)[1:-1].encode()
