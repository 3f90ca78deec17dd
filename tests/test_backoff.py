"""Trying again: ever less often, as a remote asks, within a bound; and never beyond the end of the run."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from windlass.backoff import Backoff, pause
from windlass.errors import CancelledError
from windlass.graph import Node
from windlass.graph.display.view import Silent
from windlass.graph.running.run import attempt
from windlass.progress import heard_by


@pytest.fixture
def waits() -> list[float]:
    return []


def used(backoff: Backoff) -> None:
    """Try until it says that this is enough."""
    while backoff.again("the remote is busy"):
        pass


def test_each_pause_is_twice_as_long_as_the_one_before_up_to_the_longest_and_the_last_ends_with_the_bound(
    waits: list[float],
) -> None:
    used(Backoff(20.0, first_s=1.0, longest_s=6.0, wait=waits.append))
    assert waits[:4] == [1.0, 2.0, 4.0, 6.0]
    assert waits[4:] == [6.0, pytest.approx(1.0, abs=0.1)]


def test_so_many_tries_have_one_pause_less(waits: list[float]) -> None:
    used(Backoff(100.0, first_s=0.5, longest_s=8.0, tries=4, wait=waits.append))
    assert waits == [0.5, 1.0, 2.0]


def test_what_another_try_needs_is_left_before_the_bound(waits: list[float]) -> None:
    used(Backoff(10.0, first_s=6.0, longest_s=6.0, room_s=1.0, wait=waits.append))
    assert sum(waits) == pytest.approx(9.0, abs=0.1)


def test_a_pause_that_a_remote_asks_for_is_never_shortened(waits: list[float]) -> None:
    backoff = Backoff(10.0, first_s=0.5, longest_s=1.0, wait=waits.append)
    assert backoff.again("busy", 7.0)
    assert not backoff.again("busy", 7.0)
    assert waits == [7.0]


def test_a_remote_that_asks_for_no_pause_is_not_asked_without_end(waits: list[float]) -> None:
    backoff = Backoff(3.0, first_s=1.0, longest_s=1.0, wait=waits.append)
    while backoff.again("busy", 0.0):
        pass
    assert 1 <= len(waits) <= 3
    assert set(waits) == {1.0}


def test_without_time_there_is_one_try(waits: list[float]) -> None:
    used(Backoff(0.0, first_s=0.1, longest_s=1.0, wait=waits.append))
    assert waits == []


def test_whoever_looks_on_is_told_why_and_for_how_long(waits: list[float]) -> None:
    heard: list[str] = []
    with heard_by(heard.append):
        assert Backoff(9.0, first_s=2.0, longest_s=2.0, wait=waits.append).again("the registry is busy")
    assert heard == ["the registry is busy: asking again in 2 s"]


def test_a_wait_in_a_body_ends_with_the_run(tmp_path: Path) -> None:
    waiting = threading.Event()
    ended: list[BaseException] = []

    def patient(c: object) -> None:
        waiting.set()
        try:
            Backoff(600.0, first_s=300.0, longest_s=300.0).again("waiting for a page")
        except CancelledError as told:
            ended.append(told)
            raise

    def failing(c: object) -> None:
        waiting.wait(60)
        raise ValueError("it broke")

    nodes = [Node("patient", patient), Node("failing", failing)]
    attempt(nodes, root=tmp_path, home=tmp_path / ".windlass", jobs=2, view=Silent())
    assert [type(one) for one in ended] == [CancelledError]


def test_outside_of_a_run_it_is_a_sleep() -> None:
    pause(0.0)
