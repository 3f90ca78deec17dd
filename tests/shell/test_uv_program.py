"""Nodes of one run look for uv at the same time, and all find it."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from windlass import shell

_NOT_TWO_AT_ONCE = textwrap.dedent("""
    import threading, time

    inside = threading.Lock()

    def find_uv_bin():
        assert inside.acquire(blocking=False), "two threads at once"
        for _ in range(50):
            time.sleep(0)  # lets others run
        inside.release()
        return "/somewhere/uv"
""")
_ALL_AT_ONCE = textwrap.dedent("""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier
    from windlass.shell.uv_program import uv_program

    start = Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        print(*set(pool.map(lambda _: start.wait() and None or uv_program(), range(8))))
""")


def test_threads_that_look_at_once_all_find_it(tmp_path: Path) -> None:
    """As sysconfig, which uv asks, can't be asked by two at once for the first time."""
    (tmp_path / "uv.py").write_text(_NOT_TWO_AT_ONCE)
    found = shell.run([sys.executable, "-c", _ALL_AT_ONCE], env={"PYTHONPATH": str(tmp_path)})
    assert found.text == "/somewhere/uv"


def test_uv_is_asked_again_where_somebody_else_s_thread_had_only_begun(tmp_path: Path) -> None:
    """As uv ends where sysconfig, which another thread asked first, does not know yet how programs end."""
    begun = "tries = []\n\n\ndef find_uv_bin():\n    tries.append(1)\n    return '/uv' + ('' if tries[2:] else None)\n"
    (tmp_path / "uv.py").write_text(begun)
    program = "from windlass.shell.uv_program import uv_program; print(uv_program())"
    assert shell.run([sys.executable, "-c", program], env={"PYTHONPATH": str(tmp_path)}).text == "/uv"
