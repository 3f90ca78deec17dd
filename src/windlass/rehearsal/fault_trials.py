"""Trials: a release (or a rollback) broken at every one of its effects in turn, run again, and judged by the stage's
histories."""

from __future__ import annotations

import json
import queue
import shutil
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from windlass import deadline, shell, verified_digest_cache
from windlass.errors import ToolError
from windlass.git import Git
from windlass.rehearsal.fault_choice import HOWS, Break, Choice, breaks_of, choose
from windlass.rehearsal.inner_run import command_error
from windlass.rehearsal.project_copy import replicate, share_cache
from windlass.rehearsal.staged_release import Rehearsal
from windlass.rehearsal.trial_report import Tally, Trial, TrialReport
from windlass.release import lock
from windlass.release.worktree import home_of
from windlass.shell import environment
from windlass.stage import Stage
from windlass.stage.exactly_once_check import exactly_once, pointers
from windlass.stage.state_history import Effects

_START_WHEN_TOLD = 'read -r _; exec "$@"'
_RUN_TIMEOUT_S = 600.0
_DEADLINE_S = "8"
"""What a call may take in a run that is broken: long enough for all that answers."""


class Trials:
    """Faults for one command, each from the same beginning.

    Attributes:
        rehearsal: prepared: the stage seeded, the copy ready; its folder is the beginning of every trial.
        task: `release` or `rollback`.
        words: the whole command, such as `("release", "--part", "minor", "--yes")`.
    """

    def __init__(self, rehearsal: Rehearsal, *words: str) -> None:
        self.rehearsal = rehearsal
        self.task = words[0]
        self.words = words
        self._beginning = rehearsal.home / f"before-{self.task}"
        self._expected: dict[str, Any] = {}
        self._moves: dict[str, list[str | None]] = {}

    def enumerate(self) -> tuple[Break, ...]:
        """Run the command once unbroken, from what is now the beginning, and tell the ways to break each effect of it.

        Raises:
            GateError: it failed; its words are in it.
        """
        self.save()
        before = len(self.rehearsal.stage.effects.requests())
        done = self.again()
        if done.code != 0:
            raise command_error(self.words, done)
        self.rehearsal.stage.settle()
        effects = self.rehearsal.stage.effects
        self._expected = _final_digests(effects)
        self._moves = pointers(effects.history())
        return breaks_of(effects.requests()[before:])

    def one(self, choice: Choice) -> Trial:
        """Begin anew, break the command with one fault, run it again, and judge."""
        began = time.monotonic()
        self.restore()
        effects = self.rehearsal.stage.effects
        fired = len(effects.firings())
        code = self.run_with_fault(choice.breaking)
        if choice.forget:
            self._forget()
        problems = self.judge(self.again())
        reached = len(effects.firings()) > fired
        return Trial(choice, reached, code, problems, round(time.monotonic() - began, 3))

    def run_with_fault(self, breaking: Break) -> int:
        """Run the command with the fault armed for its process; its exit code, negative for a signal."""
        argv = ["/bin/sh", "-c", _START_WHEN_TOLD, "sh", *self.rehearsal.command(*self.words)]
        log = (self.rehearsal.home / "broken.log").open("wb")
        process = shell.group().start(
            argv,
            cwd=self.rehearsal.git.root,
            env={**environment.without_credentials(), **self._environment(), deadline.VARIABLE: _DEADLINE_S},
            stdin=shell.PIPE,
            stdout=log,
            stderr=log,
        )
        fault = HOWS[breaking.how]._replace(at=breaking.at, of=breaking.request, pid=process.pid)
        meddle = self._forget if breaking.how == ".windlass deleted" else self._take_lock
        self.rehearsal.stage.effects.arm(fault._replace(meddle=meddle))
        try:
            with suppress(shell.TimeoutExpired):  # killed then, which its exit code says
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
        take_lock(self.rehearsal.stage.repository)

    def _environment(self) -> dict[str, str]:
        """What points windlass at the stand-ins, and at what other trials proved."""
        return {**self.rehearsal.environment(), verified_digest_cache.VARIABLE: self.rehearsal.stage.proofs}

    def again(self) -> shell.ProgramResult:
        """Run the command as it is; a run that does not end is killed, which its exit code says."""
        argv, env = self.rehearsal.command(*self.words), self._environment()
        try:
            return shell.run(argv, cwd=self.rehearsal.git.root, env=env, timeout_s=_RUN_TIMEOUT_S, ok=None)
        except ToolError as late:
            return shell.ProgramResult(tuple(argv), -signal.SIGKILL, b"", late.problem)

    def judge(self, done: shell.ProgramResult) -> tuple[str, ...]:
        """What is wrong after the last run, compared with the unbroken one; in words."""
        effects = self.rehearsal.stage.effects
        self.rehearsal.stage.settle()
        problems = list(exactly_once(effects.history()))
        if done.code != 0:
            said = " | ".join((done.err or done.text).strip().splitlines()[-12:])
            problems.append(f"the next run ended with {done.code}: {said}")
        problems += _differences("holds", _final_digests(effects), self._expected)
        problems += _differences("went through", pointers(effects.history()), self._moves)
        return tuple(problems)

    def save(self) -> None:
        """Keep copy and stage as they are for a beginning."""
        with _server_down(self.rehearsal.stage):
            shutil.rmtree(self._beginning, ignore_errors=True)
            for name in ("copy", "stage"):
                replicate(self.rehearsal.home / name, self._beginning / name)

    def restore(self) -> None:
        """Put copy and stage back to the beginning."""
        with _server_down(self.rehearsal.stage):
            for name in ("copy", "stage"):
                shutil.rmtree(self.rehearsal.home / name, ignore_errors=True)
                replicate(self._beginning / name, self.rehearsal.home / name)


def _final_digests(effects: Effects) -> dict[str, str | None]:
    """What every name holds in the end, bookkeeping and moments apart: digests alone."""
    held: dict[str, str | None] = {}
    for effect in effects.history():
        if effect.kind in {"immutable", "pointer"}:
            held[f"{effect.stand_in}:{effect.what}"] = effect.now
    return held


def _differences(verb: str, now: Mapping[str, object], unbroken: Mapping[str, object]) -> list[str]:
    return [
        f"{name} {verb} {now.get(name)}, unbroken {unbroken.get(name)}"
        for name in sorted(unbroken.keys() | now.keys())
        if now.get(name) != unbroken.get(name)
    ]


@contextmanager
def _server_down(stage: Stage) -> Iterator[None]:
    """The stage's server stopped for the block, so that its folder may be replaced."""
    stage.__exit__(None, None, None)
    try:
        yield
    finally:
        stage.__enter__()


def try_all(
    rehearsals: Sequence[Rehearsal], options: Sequence[str], tally: Tally, count: int, seed: int
) -> TrialReport:
    """Break the release, and the rollback of what it released, at every effect; each fault on whichever stage is free.

    Afterwards the first rehearsal stands where it stood before.

    Args:
        rehearsals: of one project, prepared alike: each has one fault at a time; as many are tried side by side.
        tally: is told how it goes.
        count: how many faults to try; 0 for all.
        seed: which, and in which order.
    """
    hands = [_hand(one, options) for one in rehearsals]
    tally.at("the release and the rollback, unbroken")
    known = _enumerate_breaks(hands[0])  # alone: what it tests, builds and proves, the others find
    with ThreadPoolExecutor(len(hands)) as pool:
        list(pool.map(_enumerate_breaks, hands[1:]))
    choices = choose(known, count, seed)
    tally.begin(len(choices), sum(map(len, known.values())), seed, len(hands))
    tried = _side_by_side(hands, choices, tally)
    hands[0]["release"].restore()
    return tried


def _hand(rehearsal: Rehearsal, options: Sequence[str]) -> dict[str, Trials]:
    """The commands that are broken on one stage, in the order in which they follow each other."""
    release = Trials(rehearsal, "release", *options, "--yes")
    return {"release": release, "rollback": Trials(rehearsal, "rollback", "--to", rehearsal.seed, "--yes")}


def _enumerate_breaks(hand: Mapping[str, Trials]) -> dict[str, tuple[Break, ...]]:
    return {task: trials.enumerate() for task, trials in hand.items()}


def _side_by_side(hands: Sequence[Mapping[str, Trials]], choices: Sequence[Choice], tally: Tally) -> TrialReport:
    free: queue.SimpleQueue[Mapping[str, Trials]] = queue.SimpleQueue()
    for hand in hands:
        free.put(hand)

    def one(choice: Choice) -> Trial:
        hand = free.get()
        try:
            trial = hand[choice.task].one(choice)
        finally:
            free.put(hand)
        tally.add(trial)
        return trial

    with ThreadPoolExecutor(len(hands)) as pool:
        try:
            return tally.report(tuple(pool.map(one, choices)))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


_SKEW_S = 5 * 3600.0


def take_lock(repository: Path) -> None:
    """Put another holder into the lock of a bare repository: one that died since, and whose clock was hours ahead."""
    holder = lock.this_process("another release")
    gone = asdict(holder) | {"pid": 1, "started": "never", "time": time.time() + _SKEW_S, "host": socket.gethostname()}
    git = Git(repository)
    tree = git.tree({"holder.json": json.dumps(gone).encode()})
    git.run("update-ref", lock.REF, git.commit(tree, [], "lock: another release", lock.NOBODY))
