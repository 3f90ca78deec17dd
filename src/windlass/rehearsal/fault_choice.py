"""Breaks: every way in which one request of a release is broken, and which of them a run tries, in which order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from windlass.digest import text_key
from windlass.stage.state_history import Fault, Request

HOWS: Mapping[str, Fault] = {
    "killed before": Fault(1, "before", "kill"),
    "killed during": Fault(1, "during", "kill"),
    "killed after": Fault(1, "after", "kill"),
    "connection reset before": Fault(1, "before", "cut"),
    "connection reset during": Fault(1, "during", "cut"),
    "reply lost": Fault(1, "after", "cut"),
    "no answer, not done": Fault(1, "before", "hang"),
    "no answer, done": Fault(1, "after", "hang"),
    "429": Fault(1, "before", "status", status=429, headers={"Retry-After": "1"}),
    "500, not done": Fault(1, "before", "status", status=500),
    "500, done": Fault(1, "after", "lie"),
    "503": Fault(1, "before", "status", status=503),
    "201 that lied": Fault(1, "before", "lie"),
    "token expired": Fault(1, "before", "status", status=401, lasts=True),
    "lock taken": Fault(1, "before", "meddle"),
    ".windlass deleted": Fault(1, "before", "meddle"),
}
"""Every way in which a request is broken: its name → the fault."""
_EVERYWHERE = frozenset({"kill", "cut"})
"""What is tried at every single request; the rest, at the first of those with the same words."""
_DIGEST = re.compile(r"(?<![0-9a-f])([0-9a-f]{12})[0-9a-f]{0,52}(?![0-9a-f])")
_A_QUARTER = 4


class Break(NamedTuple):
    """One fault, told before it is tried.

    Attributes:
        how: one of `HOWS`.
        request: the effect's request, as `STAND_IN: WORDS`.
        at: which of those with the same words, from 1.
    """

    how: str
    request: str
    at: int

    def __str__(self) -> str:
        request = _DIGEST.sub(r"\1", self.request)
        return f"{self.how:<23} {request}{f' [{self.at}]' if self.at > 1 else ''}"


class Choice(NamedTuple):
    """One fault that a run tries.

    Attributes:
        task: what is broken: `release` or `rollback`.
        breaking: the fault.
        forget: whether `.windlass` is deleted before the next run.
    """

    task: str
    breaking: Break
    forget: bool

    def __str__(self) -> str:
        return f"{self.task:<8} {self.breaking}{' (.windlass deleted)' if self.forget else ''}"


def breaks_of(requests: Sequence[Request]) -> tuple[Break, ...]:
    """Every way to break what an unbroken run asked of the stand-ins."""
    named = _numbered_requests(requests)
    return tuple(
        Break(how, request, at)
        for how, fault in HOWS.items()
        for request, at in named
        if at == 1 or fault.action in _EVERYWHERE
    )


def choose(breaks: Mapping[str, Sequence[Break]], count: int, seed: int) -> tuple[Choice, ...]:
    """The faults to try, in order: every way in turn, at requests drawn by lot, a quarter with `.windlass` deleted.

    The same seed gives the same order, and fewer are the beginning of more. Each fault has its own lot, so that one
    request more or less (retries, receipts that went together) moves no other.

    Args:
        breaks: task → its faults. Of what `release` is to `rollback`, every fourth is of the latter while it has any.
        count: how many; 0 for all.
        seed: of the lot.
    """
    waiting = {task: _in_turn(own, seed) for task, own in breaks.items()}
    order: list[Choice] = []
    while any(waiting.values()):
        wanted = "rollback" if len(order) % _A_QUARTER == _A_QUARTER - 1 else "release"
        task = wanted if waiting.get(wanted) else next(name for name, left in waiting.items() if left)
        breaking = waiting[task].pop()
        order.append(Choice(task, breaking, int(_lot(seed, task, breaking)[:8], 16) % _A_QUARTER == 0))
    return tuple(order[: count or None])


def _in_turn(breaks: Sequence[Break], seed: int) -> list[Break]:
    """Drawn by lot, each way in its turn; the last is the first to try."""
    ways: dict[str, list[Break]] = {}
    for one in sorted(breaks, key=lambda one: (_lot(seed, one), one)):
        ways.setdefault(one.how, []).append(one)
    turns = sorted(ways, key=lambda how: _lot(seed, how))
    rounds = zip_longest(*(ways[how] for how in turns))
    return [one for row in rounds for one in row if one is not None][::-1]


def _lot(seed: int, *words: object) -> str:
    """Hexadecimal digits; digests in the words don't count, as they are others on another day."""
    text = _DIGEST.sub("", "\n".join(map(str, (seed, *words))))
    return text_key(text)


def _numbered_requests(requests: Sequence[Request]) -> list[tuple[str, int]]:
    """Each request by its words, and which of those with the same words it is."""
    seen: Counter[str] = Counter()
    named = []
    for request in requests:
        words = f"{request.stand_in}: {request.request}"
        seen[words] += 1
        named.append((words, seen[words]))
    return named
