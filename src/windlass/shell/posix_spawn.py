"""The C library's `posix_spawn`, called while other threads go on.

Python's own ways of starting a program hold its global lock until the program has replaced the copy of this process,
which is a third of a millisecond in which no other thread does anything; and `os.posix_spawn` can't change folder.
"""

from __future__ import annotations

import ctypes
import functools
import os
import signal
from collections.abc import Mapping, Sequence

_SETPGROUP, _SETSIGDEF = 0x02, 0x04
"""POSIX_SPAWN_SETPGROUP and POSIX_SPAWN_SETSIGDEF. Source: spawn.h of glibc, musl and Apple's libc."""
_ROOM_BYTES = 1024
"""More than any C library needs for a `posix_spawnattr_t` (glibc 336), file actions (80) or `sigset_t` (128)."""
_ROOM = ctypes.c_char * _ROOM_BYTES
_MANY = 32
"""How many ways to start are kept."""


@functools.cache
def libc() -> ctypes.CDLL | None:
    """The C library; None where it can't spawn in another folder."""
    try:
        library = ctypes.CDLL(None, use_errno=False)
        _ = library.posix_spawn_file_actions_addchdir_np, library.posix_spawn
    except (OSError, AttributeError):
        return None
    return library


class Spawner:
    """Starts programs in one process group. For one thread at a time."""

    def __init__(self, library: ctypes.CDLL, group: int, null: int) -> None:
        """`group`: the process group that programs join; `null`: a descriptor of /dev/null, their standard input."""
        self._libc = library
        self._null = null
        self._attributes = _attributes(library, group)
        self._actions: dict[tuple[str, int, int], ctypes.Array[ctypes.c_char]] = {}
        self._env: Mapping[str, str] = {}
        self._envp = _strings([])

    def start(self, argv: Sequence[str], folder: str, env: Mapping[str, str], out: int, err: int) -> int:
        """Start the program whose path is `argv[0]`; its process id.

        Args:
            folder: where it starts.
            env: its whole environment.
            out: descriptor that is its standard output.
            err: the same for its standard error.

        Raises:
            OSError: as `os.posix_spawn`.
        """
        if env != self._env:
            self._env, self._envp = dict(env), _strings([f"{name}={value}" for name, value in env.items()])
        pid, path, actions = ctypes.c_int(), os.fsencode(argv[0]), self._file_actions(folder, out, err)
        spawned = self._libc.posix_spawn(ctypes.byref(pid), path, actions, self._attributes, _strings(argv), self._envp)
        _check_code(spawned, argv[0])
        return pid.value

    def _file_actions(self, folder: str, out: int, err: int) -> ctypes.Array[ctypes.c_char]:
        """What a program does before it is itself: the same few, as descriptors are used again."""
        wanted = (folder, out, err)
        if wanted not in self._actions:
            if len(self._actions) >= _MANY:
                self.close()
            self._actions[wanted] = _actions(self._libc, folder, (self._null, out, err))
        return self._actions[wanted]

    def close(self) -> None:
        """Give back what was kept; it can go on."""
        while self._actions:
            self._libc.posix_spawn_file_actions_destroy(self._actions.popitem()[1])


def _attributes(library: ctypes.CDLL, group: int) -> ctypes.Array[ctypes.c_char]:
    """A process group, and the signals that Python ignores and programs expect to die of."""
    attributes, defaults = _ROOM(), _ROOM()
    library.posix_spawnattr_init(attributes)
    library.sigemptyset(defaults)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        library.sigaddset(defaults, int(number))
    library.posix_spawnattr_setsigdefault(attributes, defaults)
    library.posix_spawnattr_setpgroup(attributes, group)
    library.posix_spawnattr_setflags(attributes, ctypes.c_short(_SETPGROUP | _SETSIGDEF))
    return attributes


def _actions(library: ctypes.CDLL, folder: str, descriptors: Sequence[int]) -> ctypes.Array[ctypes.c_char]:
    """Descriptors take the places 0, 1 and so on; then the folder changes."""
    actions = _ROOM()
    library.posix_spawn_file_actions_init(actions)
    try:
        for number, descriptor in enumerate(descriptors):
            _check_code(library.posix_spawn_file_actions_adddup2(actions, descriptor, number), folder)
        _check_code(library.posix_spawn_file_actions_addchdir_np(actions, os.fsencode(folder)), folder)
    except BaseException:
        library.posix_spawn_file_actions_destroy(actions)
        raise
    return actions


def _strings(words: Sequence[str]) -> ctypes.Array[ctypes.c_char_p]:
    encoded = [os.fsencode(word) for word in words]
    return (ctypes.c_char_p * (len(encoded) + 1))(*encoded, None)


def _check_code(code: int, name: str) -> None:
    if code:
        raise OSError(code, os.strerror(code), name)
