"""What trials say while they run, and what they found in the end."""

from __future__ import annotations

from dataclasses import replace

from windlass.rehearsal.fault_choice import Break, Choice
from windlass.rehearsal.report import RehearsalReport
from windlass.rehearsal.trial_report import Tally, Trial, TrialReport


def trial(how: str, *problems: str, fired: bool = True) -> Trial:
    choice = Choice("release", Break(how, "index: POST /index/legacy/", 1), forget=False)
    return Trial(choice, fired, -9, problems, wall_s=3.14)


def test_each_trial_is_a_line_with_its_number_seconds_and_about_how_long_the_rest_takes() -> None:
    said: list[str] = []
    at: list[str] = []
    times = iter([100.0, 104.0, 110.0, 110.0])
    tally = Tally(said.append, at.append, lambda: next(times))
    tally.begin(2, 800, 7, 2)
    tally.add(trial("429"))
    tally.add(trial("killed during", "it holds two digests"))
    assert said == [
        "rehearsal: faults: 2 of 800, 2 side by side; --sample 2 --seed 7 tries the same again",
        "1/2   3.1 s, 4.00 s left        release  429                     index: POST /index/legacy/",
        "2/2   3.1 s, the last           release  killed during           index: POST /index/legacy/",
        "    violation: it holds two digests",
    ]
    assert at == ["1 of 2, 4.00 s left", "2 of 2, the last"]
    assert tally.report(()).wall_s == 10.0


def test_a_fault_that_was_not_reached_is_said_to_be_so() -> None:
    said: list[str] = []
    tally = Tally(said.append)
    tally.begin(1, 1, 7, 1)
    tally.add(trial("429", fired=False))
    assert said[0] == "rehearsal: faults: all 1, 1 side by side; --seed 7 tries the same again"
    assert said[-1] == "    not reached"


def test_in_the_end_each_kind_has_its_counts() -> None:
    tried = TrialReport((trial("429"), trial("429", fired=False), trial("503", "two drafts left")), 800, 7, 6.3)
    assert tried.lines() == [
        "  faults: 2 injected, 1 finished exactly once, of 800 there are (seed 7); 6.30 s, 2.1 s each",
        "    429                        1 of 1, 1 not reached",
        "    503                        0 of 1",
    ]
    assert tried.as_json() == {
        "known": 800,
        "tried": 3,
        "injected": 2,
        "finished": 1,
        "seed": 7,
        "wall_s": 6.3,
        "kinds": [
            {"name": "429", "tried": 2, "injected": 1, "finished": 1},
            {"name": "503", "tried": 1, "injected": 1, "finished": 0},
        ],
        "violations": ["release  503                     index: POST /index/legacy/: ended with -9; two drafts left"],
    }


def test_a_rehearsal_with_a_violation_is_not_ok() -> None:
    ended = RehearsalReport({"ok": True}, {"ok": True})
    assert replace(ended, faults=TrialReport((trial("429"),), 1, 7, 3.0)).ok
    broken = replace(ended, faults=TrialReport((trial("429", "two drafts left"),), 1, 7, 3.0))
    assert not broken.ok
    assert "two drafts left" in str(broken.failure())
