"""Trials: a release (or a rollback) broken at every one of its effects in turn, run again, and judged by the stage's
histories."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from windlass import shell
from windlass.stage import Stage
from windlass.stage.effects import Effects, Fault
from windlass.stage.history import exactly_once, pointers
from windlass.stage.rehearsal import Rehearsal, settle

_KILLED: tuple[Literal["before", "during", "after"], ...] = ("before", "during", "after")
_CUT: tuple[Literal["before", "after"], ...] = ("before", "after")
"""A connection cut after the effect is a reply that was lost."""
_START_WHEN_TOLD = 'read -r _; exec "$@"'
_RUN_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Trial:
    """One fault and what came of it.

    Attributes:
        request: the effect's request, as the first run made it.
        fault: what was done to it; its `at` is the request's number.
        forget: whether `.windlass` was deleted before the next run.
        fired: whether the fault was reached.
        code: exit code of the run that was broken; negative for a signal.
        again: exit code of the run after it.
        problems: what was wrong in the end, in words; empty when it finished exactly once.
    """

    request: str
    fault: Fault
    forget: bool = False
    fired: bool = False
    code: int = 0
    again: int = 0
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        how = f"{self.fault.action} {self.fault.when}"
        ended = "; ".join(self.problems) or ("finished, exactly once" if self.fired else "not reached")
        return f"{how:<14} {self.request}{' (.windlass deleted)' if self.forget else ''}: {ended}"


class Trials:
    """Faults for one command, each from the same beginning.

    Attributes:
        rehearsal: prepared: the stage seeded, the copy ready; its folder is the beginning of every trial.
        words: the task that is broken, such as `("release", "--part", "minor", "--yes")`.
    """

    def __init__(self, rehearsal: Rehearsal, words: Sequence[str], name: str = "prepared") -> None:
        self.rehearsal = rehearsal
        self.words = tuple(words)
        self._beginning = rehearsal.home / name
        self._expected: dict[str, Any] = {}
        self._moves: dict[str, list[str | None]] = {}
        self._requests: tuple[str, ...] = ()

    def enumerate(self) -> tuple[Fault, ...]:
        """Run the command once unbroken, and make a fault of every effect that it had: killed at three moments, its
        reply lost, its connection cut."""
        self._save()
        before = len(self.rehearsal.stage.effects.requests())
        self.rehearsal.inv(*self.words)
        settle(self.rehearsal.stage)
        made = self.rehearsal.stage.effects.requests()[before:]
        self._requests = tuple(f"{request.stand_in}: {request.request}" for request in made)
        self._expected = _held(self.rehearsal.stage.effects)
        self._moves = pointers(self.rehearsal.stage.effects.history())
        numbers = range(1, len(made) + 1)
        kills = [Fault(number, when, "kill") for number in numbers for when in _KILLED]
        cuts = [Fault(number, when, "cut") for number in numbers for when in _CUT]
        return (*kills, *cuts)

    def run(self, faults: Sequence[Fault], say: Callable[[str], None]) -> tuple[Trial, ...]:
        """Try every fault; every fourth with `.windlass` deleted before the next run."""
        trials = []
        for number, fault in enumerate(faults):
            trial = self.one(fault, forget=number % 4 == 3)
            say(f"{number + 1}/{len(faults)} {trial}")
            trials.append(trial)
        return tuple(trials)

    def one(self, fault: Fault, *, forget: bool = False) -> Trial:
        """Begin anew, break the command with one fault, run it again, and judge."""
        self.restore()
        stage = self.rehearsal.stage
        code = self._broken(stage, fault)
        stage.effects.disarm()
        if forget:
            shutil.rmtree(self.rehearsal.git.root / ".windlass", ignore_errors=True)
        done = self._again()
        return Trial(
            self._requests[fault.at - 1],
            fault,
            forget,
            fired=bool(stage.effects.firings()),
            code=code,
            again=done.code,
            problems=self._judge(stage.effects, done),
        )

    def _broken(self, stage: Stage, fault: Fault) -> int:
        """Run the command with the fault armed for its process; its exit code."""
        argv = ["/bin/sh", "-c", _START_WHEN_TOLD, "sh", *self.rehearsal.command(*self.words)]
        log = (self.rehearsal.home / "broken.log").open("wb")
        process = subprocess.Popen(
            argv,
            cwd=self.rehearsal.git.root,
            env={**os.environ, **self.rehearsal.environment()},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            process_group=shell.group().id,
        )
        stage.effects.arm(fault._replace(pid=process.pid))
        try:
            process.communicate(b"\n", timeout=_RUN_TIMEOUT_S)
        finally:
            process.kill()
            log.close()
        return process.wait()

    def _again(self) -> shell.Done:
        argv = self.rehearsal.command(*self.words)
        env = self.rehearsal.environment()
        return shell.run(argv, cwd=self.rehearsal.git.root, env=env, timeout_s=_RUN_TIMEOUT_S, ok=None)

    def _judge(self, effects: Effects, done: shell.Done) -> tuple[str, ...]:
        settle(self.rehearsal.stage)
        problems = list(exactly_once(effects.history()))
        if done.code != 0:
            said = " | ".join((done.err or done.text).strip().splitlines()[-6:])
            problems.append(f"the next run ended with {done.code}: {said}")
        held = _held(effects)
        problems += [
            f"{name} holds {held.get(name)}, unbroken it holds {self._expected.get(name)}"
            for name in sorted(self._expected.keys() | held.keys())
            if held.get(name) != self._expected.get(name)
        ]
        moved = pointers(effects.history())
        problems += [
            f"{name} went through {moved.get(name)}, unbroken through {self._moves.get(name)}"
            for name in sorted(self._moves.keys() | moved.keys())
            if moved.get(name) != self._moves.get(name)
        ]
        return tuple(problems)

    def _save(self) -> None:
        with _closed(self.rehearsal.stage):
            self._copy_beginning()

    def _copy_beginning(self) -> None:
        shutil.rmtree(self._beginning, ignore_errors=True)
        self._beginning.mkdir()
        for name in ("copy", "stage"):
            shutil.copytree(self.rehearsal.home / name, self._beginning / name, symlinks=True)

    def restore(self) -> None:
        """Put copy and stage back to the beginning."""
        with _closed(self.rehearsal.stage):
            self._copy_back()

    def _copy_back(self) -> None:
        for name in ("copy", "stage"):
            shutil.rmtree(self.rehearsal.home / name, ignore_errors=True)
            shutil.copytree(self._beginning / name, self.rehearsal.home / name, symlinks=True)


def sample(faults: Sequence[Fault], count: int, seed: int) -> tuple[Fault, ...]:
    """Some of the faults, the same for the same seed, in order; all when there are no more than `count`."""
    if count <= 0 or count >= len(faults):
        return tuple(faults)
    chosen = random.Random(seed).sample(range(len(faults)), count)  # noqa: S311 - a choice to repeat, no secret
    return tuple(faults[index] for index in sorted(chosen))


def _held(effects: Effects) -> dict[str, str | None]:
    """What every name holds in the end, bookkeeping and moments apart: digests alone."""
    held: dict[str, str | None] = {}
    for effect in effects.history():
        if effect.kind in {"immutable", "pointer"}:
            held[f"{effect.stand_in}:{effect.what}"] = effect.now
    return held


@contextmanager
def _closed(stage: Stage) -> Iterator[None]:
    """The stage's server stopped for the block, so that its folder may be replaced."""
    stage.__exit__(None, None, None)
    try:
        yield
    finally:
        stage.__enter__()


def try_all(
    rehearsal: Rehearsal, options: Sequence[str], say: Callable[[str], None], count: int, seed: int
) -> tuple[Trial, ...]:
    """Break the release, then the rollback of what it released, at every effect (or a sample of them).

    Afterwards the rehearsal stands where it stood before.
    """
    release = Trials(rehearsal, ("release", *options, "--yes"))
    tried = release.run(sample(release.enumerate(), count, seed), say)
    release.restore()
    rehearsal.inv("release", *options, "--yes")
    back = Trials(rehearsal, ("rollback", "--to", rehearsal.seed, "--yes"), "released")
    tried += back.run(sample(back.enumerate(), count, seed), say)
    release.restore()
    return tried
