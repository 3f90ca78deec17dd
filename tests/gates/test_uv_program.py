"""Nodes of one run look for uv at the same time, and all find it."""

from __future__ import annotations

import sys
import textwrap

from windlass import shell

_ALL_AT_ONCE = textwrap.dedent("""
    import sys, threading, uv
    from concurrent.futures import ThreadPoolExecutor
    from windlass.uv_program import uv_program

    sys.setswitchinterval(1e-6)
    start = threading.Barrier(16)

    def look(_):
        start.wait()
        return uv_program()

    with ThreadPoolExecutor(16) as pool:
        print(*set(pool.map(look, range(16))))
""")


def test_threads_that_look_at_once_all_find_it() -> None:
    """In a fresh process: only the first look of one is at stake."""
    found = shell.run([sys.executable, "-c", _ALL_AT_ONCE]).text
    assert found.endswith("uv")
    assert " " not in found
