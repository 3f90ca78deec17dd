"""Trials: a release (or a rollback) broken at every one of its effects in turn, run again, and judged by the stage's
histories."""

from __future__ import annotations

import os
import queue
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from windlass import deadline, shell
from windlass.release.scratch import home_of
from windlass.stage import Stage, thief
from windlass.stage.copy import replicate, share_cache
from windlass.stage.effects import Effects, Fault, Request
from windlass.stage.history import exactly_once, pointers
from windlass.stage.rehearsal import Rehearsal, settle

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
_START_WHEN_TOLD = 'read -r _; exec "$@"'
_RUN_TIMEOUT_S = 600.0
_DEADLINE_S = "8"
"""What a call may take in a run that is broken: long enough for all that answers."""


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
        return f"{self.how:<23} {self.request}{f' [{self.at}]' if self.at > 1 else ''}"


@dataclass(frozen=True)
class Trial:
    """One fault and what came of it.

    Attributes:
        breaking: the fault.
        forget: whether `.windlass` was deleted before the next run.
        fired: whether the fault was reached.
        code: exit code of the run that was broken; negative for a signal.
        again: exit code of the run after it.
        problems: what was wrong in the end, in words; empty when it finished exactly once.
    """

    breaking: Break
    forget: bool = False
    fired: bool = False
    code: int = 0
    again: int = 0
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        ended = "; ".join(self.problems) or ("finished, exactly once" if self.fired else "not reached")
        return f"{self.breaking}{' (.windlass deleted)' if self.forget else ''}: ended with {self.code}; {ended}"


class Trials:
    """Faults for one command, each from the same beginning.

    Attributes:
        rehearsal: prepared: the stage seeded, the copy ready; its folder is the beginning of every trial.
        words: the task that is broken, such as `("release", "--part", "minor", "--yes")`.
        breaks: every way to break each effect that it had when it was run unbroken.
    """

    def __init__(self, rehearsal: Rehearsal, words: Sequence[str], name: str = "prepared") -> None:
        self.rehearsal = rehearsal
        self.words = tuple(words)
        self.breaks: tuple[Break, ...] = ()
        self._beginning = rehearsal.home / name
        self._expected: dict[str, Any] = {}
        self._moves: dict[str, list[str | None]] = {}

    def enumerate(self) -> tuple[Break, ...]:
        """Run the command once unbroken, and tell the ways to break each effect that it had."""
        self.save()
        before = len(self.rehearsal.stage.effects.requests())
        self.rehearsal.inv(*self.words)
        settle(self.rehearsal.stage)
        effects = self.rehearsal.stage.effects
        self._expected = _held(effects)
        self._moves = pointers(effects.history())
        named = _named(effects.requests()[before:])
        self.breaks = tuple(
            Break(how, request, at)
            for how, fault in HOWS.items()
            for request, at in named
            if at == 1 or fault.action in _EVERYWHERE
        )
        return self.breaks

    def run(self, breaks: Sequence[Break], say: Callable[[str], None]) -> tuple[Trial, ...]:
        """Try them all; every fourth with `.windlass` deleted before the next run."""
        trials = []
        for number, breaking in enumerate(breaks):
            trial = self.one(breaking, forget=number % 4 == 3)
            say(f"{number + 1}/{len(breaks)} {trial}")
            trials.append(trial)
        return tuple(trials)

    def one(self, breaking: Break, *, forget: bool = False) -> Trial:
        """Begin anew, break the command with one fault, run it again, and judge."""
        self.restore()
        effects = self.rehearsal.stage.effects
        fired = len(effects.firings())
        code = self.broken(breaking)
        if forget:
            self._forget()
        done = self.again()
        return Trial(
            breaking,
            forget,
            fired=len(effects.firings()) > fired,
            code=code,
            again=done.code,
            problems=self.judge(done),
        )

    def broken(self, breaking: Break) -> int:
        """Run the command with the fault armed for its process; its exit code, negative for a signal."""
        argv = ["/bin/sh", "-c", _START_WHEN_TOLD, "sh", *self.rehearsal.command(*self.words)]
        log = (self.rehearsal.home / "broken.log").open("wb")
        process = subprocess.Popen(
            argv,
            cwd=self.rehearsal.git.root,
            env={**os.environ, **self.rehearsal.environment(), deadline.VARIABLE: _DEADLINE_S},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            process_group=shell.group().id,
        )
        fault = HOWS[breaking.how]._replace(at=breaking.at, of=breaking.request, pid=process.pid)
        meddle = self._forget if breaking.how == ".windlass deleted" else self._take_lock
        self.rehearsal.stage.effects.arm(fault._replace(meddle=meddle))
        try:
            process.communicate(b"\n", timeout=_RUN_TIMEOUT_S)
        finally:
            process.kill()
            log.close()
            self.rehearsal.stage.effects.disarm()
        return process.wait()

    def _forget(self) -> None:
        """Delete what windlass keeps for this project; what every project shares (cache, environments) stays."""
        shutil.rmtree(self.rehearsal.git.root / ".windlass", ignore_errors=True)
        share_cache(home_of(self.rehearsal.project.root), home_of(self.rehearsal.git.root))

    def _take_lock(self) -> None:
        thief.take_lock(self.rehearsal.stage.repository)

    def again(self) -> shell.Done:
        """Run the command as it is."""
        argv = self.rehearsal.command(*self.words)
        env = self.rehearsal.environment()
        return shell.run(argv, cwd=self.rehearsal.git.root, env=env, timeout_s=_RUN_TIMEOUT_S, ok=None)

    def judge(self, done: shell.Done) -> tuple[str, ...]:
        """What is wrong after the last run, compared with the unbroken one; in words."""
        effects = self.rehearsal.stage.effects
        settle(self.rehearsal.stage)
        problems = list(exactly_once(effects.history()))
        if done.code != 0:
            said = " | ".join((done.err or done.text).strip().splitlines()[-12:])
            problems.append(f"the next run ended with {done.code}: {said}")
        problems += _differing("holds", _held(effects), self._expected)
        problems += _differing("went through", pointers(effects.history()), self._moves)
        return tuple(problems)

    def save(self) -> None:
        """Keep copy and stage as they are for a beginning."""
        with _closed(self.rehearsal.stage):
            shutil.rmtree(self._beginning, ignore_errors=True)
            for name in ("copy", "stage"):
                replicate(self.rehearsal.home / name, self._beginning / name)

    def restore(self) -> None:
        """Put copy and stage back to the beginning."""
        with _closed(self.rehearsal.stage):
            for name in ("copy", "stage"):
                shutil.rmtree(self.rehearsal.home / name, ignore_errors=True)
                replicate(self._beginning / name, self.rehearsal.home / name)


def sample(breaks: Sequence[Break], count: int, seed: int) -> tuple[Break, ...]:
    """Some of the faults, the same for the same seed, in order; all when there are no more than `count`."""
    if count <= 0 or count >= len(breaks):
        return tuple(breaks)
    chosen = random.Random(seed).sample(range(len(breaks)), count)  # noqa: S311 - a choice to repeat, no secret
    return tuple(breaks[index] for index in sorted(chosen))


def _named(requests: Sequence[Request]) -> list[tuple[str, int]]:
    """Each request by its words, and which of those with the same words it is."""
    seen: Counter[str] = Counter()
    named = []
    for request in requests:
        words = f"{request.stand_in}: {request.request}"
        seen[words] += 1
        named.append((words, seen[words]))
    return named


def _held(effects: Effects) -> dict[str, str | None]:
    """What every name holds in the end, bookkeeping and moments apart: digests alone."""
    held: dict[str, str | None] = {}
    for effect in effects.history():
        if effect.kind in {"immutable", "pointer"}:
            held[f"{effect.stand_in}:{effect.what}"] = effect.now
    return held


def _differing(verb: str, now: Mapping[str, object], unbroken: Mapping[str, object]) -> list[str]:
    return [
        f"{name} {verb} {now.get(name)}, unbroken {unbroken.get(name)}"
        for name in sorted(unbroken.keys() | now.keys())
        if now.get(name) != unbroken.get(name)
    ]


@contextmanager
def _closed(stage: Stage) -> Iterator[None]:
    """The stage's server stopped for the block, so that its folder may be replaced."""
    stage.__exit__(None, None, None)
    try:
        yield
    finally:
        stage.__enter__()


def try_all(
    rehearsals: Sequence[Rehearsal], options: Sequence[str], say: Callable[[str], None], count: int, seed: int
) -> tuple[Trial, ...]:
    """Break the release, then the rollback of what it released, at every effect.

    Afterwards the first rehearsal stands where it stood before.

    Args:
        rehearsals: of one project, prepared alike: each has one fault at a time; as many are tried side by side.
        count: how many faults to try, a quarter of them on the rollback; 0 for all.
        seed: which.
    """
    rollbacks = max(count // 4, 1) if count else 0
    releases = max(count - rollbacks, 1) if count else 0
    release = [Trials(one, ("release", *options, "--yes")) for one in rehearsals]
    tried = _side_by_side(release, releases, seed, say)
    for trials in release:
        trials.restore()
    back = [Trials(one, ("rollback", "--to", one.seed, "--yes"), "released") for one in rehearsals]
    with ThreadPoolExecutor(len(rehearsals)) as pool:
        list(pool.map(lambda one: one.inv("release", *options, "--yes"), rehearsals))
    tried += _side_by_side(back, rollbacks, seed, say)
    release[0].restore()
    return tried


def _side_by_side(several: Sequence[Trials], count: int, seed: int, say: Callable[[str], None]) -> tuple[Trial, ...]:
    """Try faults of what all of these do, each on whichever is free; every fourth with `.windlass` deleted."""
    free: queue.SimpleQueue[Trials] = queue.SimpleQueue()
    with ThreadPoolExecutor(len(several)) as pool:
        enumerated = tuple(pool.map(Trials.enumerate, several))
        chosen = sample(enumerated[0], count, seed)
        for trials in several:
            free.put(trials)

        def one(number: int) -> Trial:
            trials = free.get()
            try:
                trial = trials.one(chosen[number], forget=number % 4 == 3)
            finally:
                free.put(trials)
            say(f"{number + 1}/{len(chosen)} {trial}")
            return trial

        return tuple(pool.map(one, range(len(chosen))))
