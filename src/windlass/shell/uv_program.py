"""uv's program: looked up once, whichever thread asks first."""

from __future__ import annotations

import functools
import threading

_TRIES = 5
_one_at_a_time = threading.Lock()


PYTHON_VARIABLES = ("PATH", "UV_PYTHON", "VIRTUAL_ENV")
"""The environment variables that decide which Python an environment that uv makes is of."""


def uv_program() -> str:
    """Its path.

    One thread at a time: uv asks sysconfig, which in some Pythons (3.11.7 is one) shows other threads what it has only
    begun to fill. Source: github.com/python/cpython/issues/92452.

    Raises:
        UvNotFound: the package `uv` is here, and its program is not.
    """
    with _one_at_a_time:
        return _looked_up()


@functools.cache
def _looked_up() -> str:
    import uv

    for _ in range(_TRIES - 1):
        try:
            return uv.find_uv_bin()
        except TypeError:  # somebody else's thread was the one that began to fill it
            continue
    return uv.find_uv_bin()
