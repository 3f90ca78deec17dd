"""What trials found: one after the other while they run, then all of them as a value, as JSON and for people."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from windlass.graph.display.wording import duration
from windlass.rehearsal.fault_choice import HOWS, Choice


@dataclass(frozen=True)
class Trial:
    """One fault and what came of it.

    Attributes:
        choice: the fault, and what it broke.
        fired: whether the fault was reached.
        code: exit code of the run that was broken; negative for a signal.
        problems: what was wrong in the end, in words; empty when it finished exactly once.
        wall_s: how long it took.
    """

    choice: Choice
    fired: bool = False
    code: int = 0
    problems: tuple[str, ...] = ()
    wall_s: float = 0.0

    def __str__(self) -> str:
        ended = "; ".join(self.problems) or ("finished exactly once" if self.fired else "not reached")
        return f"{self.choice}: ended with {self.code}; {ended}"


@dataclass(frozen=True)
class TrialReport:
    """Every fault that was tried, and what came of it.

    Attributes:
        trials: in the order in which they were chosen.
        known: how many faults there are.
        seed: by which they were chosen.
        wall_s: how long all of them took.
    """

    trials: tuple[Trial, ...]
    known: int
    seed: int
    wall_s: float

    @property
    def failures(self) -> tuple[Trial, ...]:
        """Those that did not finish exactly once."""
        return tuple(trial for trial in self.trials if trial.problems)

    def as_json(self) -> dict[str, Any]:
        """The stable form of `faults` in `rehearse --json`."""
        fired = [trial for trial in self.trials if trial.fired]
        return {
            "known": self.known,
            "tried": len(self.trials),
            "injected": len(fired),
            "finished": sum(not trial.problems for trial in fired),
            "seed": self.seed,
            "wall_s": self.wall_s,
            "kinds": [{"name": name, **counts} for name, counts in self._kinds().items()],
            "violations": [str(trial) for trial in self.failures],
        }

    def lines(self) -> list[str]:
        """What a person reads: how many of each kind."""
        found = self.as_json()
        kinds = [
            f"    {name:<23} {counts['finished']:>4} of {counts['injected']}{_unreached_text(counts)}"
            for name, counts in self._kinds().items()
        ]
        each_s = self.wall_s / max(len(self.trials), 1)
        return [
            f"  faults: {found['injected']} injected, {found['finished']} finished exactly once, of {self.known} there "
            f"are (seed {self.seed}); {duration(self.wall_s)}, {each_s:.1f} s each",
            *kinds,
        ]

    def _kinds(self) -> Mapping[str, Mapping[str, int]]:
        kinds = {}
        for how in HOWS:
            own = [trial for trial in self.trials if trial.choice.breaking.how == how]
            fired = [trial for trial in own if trial.fired]
            if own:
                finished = sum(not trial.problems for trial in fired)
                kinds[how] = {"tried": len(own), "injected": len(fired), "finished": finished}
        return kinds


class Tally:
    """Says how trials go, a line each, with an estimate of the time left; safe to use from several threads.

    Attributes:
        at: is told what it is at, in a few words, each in place of those before.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        at: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is tried yet.

        Args:
            say: prints a line.
            at: see above.
            clock: the time, in seconds.
        """
        self._say, self.at, self._clock = say, at, clock
        self._began = 0.0
        self._known = self._seed = self._all = self._left = 0
        self._mutex = threading.Lock()

    def begin(self, chosen: int, known: int, seed: int, stages: int) -> None:
        """Say what is going to be tried.

        Args:
            chosen: how many faults.
            known: of how many.
            seed: by which they were chosen.
            stages: how many are tried side by side.
        """
        self._began = self._clock()
        self._known, self._seed = known, seed
        self._all = self._left = chosen
        sampled = f"{chosen} of {known}" if chosen < known else f"all {known}"
        again = f"--sample {chosen} --seed {seed}" if chosen < known else f"--seed {seed}"
        self._say(f"rehearsal: faults: {sampled}, {stages} side by side; {again} tries the same again")

    def add(self, trial: Trial) -> None:
        """Say what came of a fault, and about how long the rest will take."""
        with self._mutex:
            self._left -= 1
            done = self._all - self._left
            left_s = (self._clock() - self._began) / done * self._left
            left = f"{duration(left_s)} left" if self._left else "the last"
            self._say(f"{done:>{len(str(self._all))}}/{self._all} {trial.wall_s:5.1f} s, {left:<18} {trial.choice}")
            self.at(f"{done} of {self._all}, {left}")
            for problem in trial.problems:
                self._say(f"    violation: {problem}")
            if not trial.fired and not trial.problems:
                self._say("    not reached")

    def report(self, trials: tuple[Trial, ...]) -> TrialReport:
        """All of them."""
        return TrialReport(trials, self._known, self._seed, round(self._clock() - self._began, 3))


def _unreached_text(counts: Mapping[str, int]) -> str:
    left = counts["tried"] - counts["injected"]
    return f", {left} not reached" if left else ""
