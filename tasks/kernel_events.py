"""What Linux tells root of every process: where it came from, what it became, what it took. Exact, none left out.

Sources: the kernel's Documentation/accounting/taskstats.rst, include/uapi/linux/{taskstats,cn_proc,connector}.h,
drivers/connector/cn_proc.c (told to nobody in a container, silently), include/linux/proc_ns.h.
"""

from __future__ import annotations

import os
import select
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct("=IHHII")
_GENERIC = struct.Struct("=BBH")
_ATTRIBUTE = struct.Struct("=HH")
_NUMBERS = Path("/proc/self/ns/pid")
_FIRST = 0xEFFFFFFC  # PROC_PID_INIT_INO
_REQUEST = 1
_CONNECTOR = 11  # NETLINK_CONNECTOR
_OF_GENERIC = 16  # NETLINK_GENERIC, and its own family's number
_BUFFER_BYTES = 1 << 26
_FORCE = 33  # SO_RCVBUFFORCE

_PROCESSES = (1, 1)  # CN_IDX_PROC, CN_VAL_PROC
_LISTEN = 1  # PROC_CN_MCAST_LISTEN
_EVENT_AT = 16 + 20  # behind the netlink's header and the connector's
_FORK, _EXEC = 0x1, 0x2

_STATS = 3  # TASKSTATS_TYPE_STATS
_OF_THREAD = 4  # TASKSTATS_TYPE_AGGR_PID
_NAME = slice(80, 112)
_PID_AT, _TIMES_AT = 128, 152


@dataclass(frozen=True)
class Forked:
    """A process came from another; or a thread came into it."""

    parent: int
    process: int
    thread: int


@dataclass(frozen=True)
class Became:
    """A process runs another program: its words."""

    process: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """A thread (or a process of one) ended, having taken so many seconds of CPU; the kernel's name for its program."""

    thread: int
    cpu_s: float
    name: str


Event = Forked | Became | Ended


class Kernel:
    """Both of its channels, open.

    Raises:
        OSError: they are not for this user, not of this kernel, or not for a container.
        AttributeError: this is no Linux.
    """

    def __init__(self) -> None:
        if _NUMBERS.stat().st_ino != _FIRST:
            raise OSError("processes have other numbers in this container")
        self._births = _socket(_CONNECTOR, _PROCESSES[0])
        self._ends = _socket(_OF_GENERIC, 0)
        self._births.send(_message(3, struct.pack("=IIIIHHI", *_PROCESSES, 0, 0, 4, 0, _LISTEN)))
        self._family = _family(self._ends)
        processors = f"0-{max(os.cpu_count() or 1, 1) - 1}\0"
        self._ends.send(_message(self._family, _GENERIC.pack(1, 1, 0) + _attribute(3, processors.encode())))
        for one in (self._births, self._ends):
            one.setblocking(False)

    def wait(self, at_most_s: float) -> None:
        """Until a process was born."""
        select.select([self._births], [], [], at_most_s)

    def events(self) -> Iterator[Event]:
        """What has happened since the last call.

        Ends are fetched before births are, and told after them: the birth of whatever ended is known then.
        """
        ends = list(_waiting(self._ends))
        for data in _waiting(self._births):
            yield from _birth(data)
        for data in ends:
            yield from _end(data, self._family)

    def close(self) -> None:
        """Let go of both."""
        self._births.close()
        self._ends.close()


def _socket(protocol: int, groups: int) -> socket.socket:
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, protocol)
    made.setsockopt(socket.SOL_SOCKET, _FORCE, _BUFFER_BYTES)
    made.bind((0, groups))
    return made


def _message(kind: int, content: bytes) -> bytes:
    return _HEADER.pack(_HEADER.size + len(content), kind, _REQUEST, 0, 0) + content


def _attribute(kind: int, content: bytes) -> bytes:
    size = _ATTRIBUTE.size + len(content)
    return _ATTRIBUTE.pack(size, kind) + content + b"\0" * (-size % 4)


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(content):
        size, kind = _ATTRIBUTE.unpack_from(content, at)
        yield kind, content[at + _ATTRIBUTE.size : at + size]
        at += size + -size % 4


def _family(channel: socket.socket) -> int:
    """The number that this kernel gave to taskstats."""
    name = _GENERIC.pack(3, 1, 0) + _attribute(2, b"TASKSTATS\0")
    channel.send(_message(_OF_GENERIC, name))
    answer = dict(_attributes(channel.recv(1 << 13)[_HEADER.size + _GENERIC.size :]))
    if 1 not in answer:
        raise OSError("this kernel has no taskstats")
    return int.from_bytes(answer[1], "little")


def _waiting(channel: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            yield channel.recv(1 << 16)
        except BlockingIOError:
            return


def _birth(data: bytes) -> Iterator[Event]:
    what, *_ = struct.unpack_from("=IIQ", data, _EVENT_AT)
    first, second, third, fourth = struct.unpack_from("=IIII", data, _EVENT_AT + 16)
    if what == _FORK:
        yield Forked(parent=second, process=fourth, thread=third)
    elif what == _EXEC:
        yield Became(first, _words(first))


def _words(process: int) -> tuple[str, ...]:
    """A process's argv; empty where it has ended already."""
    try:
        return tuple(os.fsdecode(Path(f"/proc/{process}/cmdline").read_bytes()).rstrip("\0").split("\0"))
    except OSError:
        return ()


def _end(data: bytes, family: int) -> Iterator[Event]:
    _, kind, *_ = _HEADER.unpack_from(data)
    if kind != family:
        return
    for what, content in _attributes(data[_HEADER.size + _GENERIC.size :]):
        stats = dict(_attributes(content)).get(_STATS)
        if what == _OF_THREAD and stats:
            (thread,) = struct.unpack_from("=I", stats, _PID_AT)
            name = os.fsdecode(stats[_NAME].partition(b"\0")[0])
            yield Ended(thread, sum(struct.unpack_from("=QQ", stats, _TIMES_AT)) / 1e6, name)
