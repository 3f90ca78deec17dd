"""How long, and with how much memory, the installed package makes a page of a 10,000-cue transcript.

Prints one JSON object: seconds by name (the best of some rounds, which noise can only lengthen), and
`peak_memory_bytes`. Needs nothing but the package: `python benchmarks/speed.py`.
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from typing import Callable

from customer_snapshot import parse, summarise, to_html, to_markdown

CUES = 10_000
ROUNDS = 3
_SPEAKERS = ("Dana Reyes", "Tom Becker", "Priya Nair", "Ravi", "Mei Lin")
_LINES = (
    "The dashboard saved us two days a month in reporting for the auditors,",
    "and the single sign-on is what the plants are waiting for. Is it in the next release?",
    "I'll send you the sizing guide by Wednesday, and Tom will book the security review next week.",
    "We've agreed on ninety seats &amp; the volume price number {number}.",
    "Ravi, could you export the <i>rollout plan</i> of plant {number} by the end of the month?",
    "Right. On the renewal: the volume price depends on the seats, not on the plants.",
    "That makes sense to me, thank you.",
)


def transcript(cues: int) -> str:
    """A transcript of `cues` cues of four seconds: the same text on every machine."""
    blocks = ["WEBVTT - Generated\n"]
    for number in range(cues):
        said = _LINES[number % len(_LINES)].format(number=number)
        times = f"{_time(4 * number)} --> {_time(4 * number + 3)}"
        blocks.append(f"{number}\n{times} align:start\n<v {_SPEAKERS[number // 3 % 5]}>{said}</v>\n")
    return "\n".join(blocks)


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"


def _seconds(work: Callable[[], object]) -> float:
    """The best of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _peak_bytes(work: Callable[[], object]) -> int:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main() -> int:
    """Measures and prints."""
    text = transcript(CUES)
    read = parse(text)
    snapshot = summarise(read)
    figures = {
        "parse": _seconds(lambda: parse(text)),
        "summarise": _seconds(lambda: summarise(read)),
        "render": _seconds(lambda: (to_markdown(snapshot), to_html(snapshot))),
        "whole": _seconds(lambda: to_html(summarise(parse(text)))),
        "peak_memory_bytes": _peak_bytes(lambda: to_html(summarise(parse(text)))),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
