from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from windlass.stage import Effects, Fault
from windlass.stage.state_history import Firing, Request


def test_changes_are_numbered_and_read_back_as_they_were_written(effects: Effects) -> None:
    effects.record("git", "refs/tags/v1.0.0", "immutable", None, "a" * 40)
    effects.record("index", "yank demo 1.0", "pointer", None, "yanked: broken")
    rows = [effect[:1] + effect[2:] for effect in effects.history()]
    assert rows == [
        (1, "git", "refs/tags/v1.0.0", "immutable", None, "a" * 40),
        (2, "index", "yank demo 1.0", "pointer", None, "yanked: broken"),
    ]


def test_a_change_to_the_same_value_is_no_change(effects: Effects) -> None:
    effects.record("git", "refs/heads/main", "pointer", "a", "a")
    assert effects.history() == ()


def test_writers_in_many_threads_get_different_numbers(effects: Effects) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda i: effects.request("index", f"POST /{i}"), range(120)))
    assert sorted(found) == [request.n for request in effects.requests()] == list(range(1, 121))


def test_half_a_line_of_a_killed_writer_spoils_no_other(effects: Effects) -> None:
    effects.request("index", "POST /one")
    with (effects.home / "requests.jsonl").open("a") as file:
        file.write('{"n": 2, "stand_in": "ind')
    effects.request("index", "POST /two")
    assert effects.requests() == (Request(1, "index", "POST /one"), Request(3, "index", "POST /two"))


def test_a_fault_counts_from_its_arming(effects: Effects) -> None:
    effects.request("index", "POST /before")
    fault = Fault(2, "before", "status", status=503, headers={"Retry-After": "1"})
    effects.arm(fault)
    assert [effects.due(effects.request("index", "POST /x")) for _ in range(3)] == [None, fault, None]


def test_a_fault_of_one_request_passes_over_the_others(effects: Effects) -> None:
    fault = Fault(2, "before", "cut", of="forge: POST /x")
    effects.arm(fault)
    asked = [("forge", "POST /x"), ("index", "POST /x"), ("forge", "POST /y"), ("forge", "POST /x")]
    assert [effects.due(effects.request(*one)) for one in asked] == [None, None, None, fault]


def test_a_fault_that_lasts_meets_every_later_request_to_that_stand_in(effects: Effects) -> None:
    """As an expired token does."""
    fault = Fault(1, "before", "status", status=401, of="forge: POST /x", lasts=True)
    effects.arm(fault)
    asked = ["index", "forge", "index", "forge"]
    assert [effects.due(effects.request(one, "POST /x")) for one in asked] == [None, fault, None, fault]
    effects.disarm()
    assert effects.due(effects.request("forge", "POST /x")) is None


def test_a_fault_fires_once(effects: Effects) -> None:
    fault = Fault(1, "after", "cut")
    effects.arm(fault)
    n = effects.request("index", "POST /x")
    effects.record_firing(n, fault)
    assert effects.firings() == (Firing(1, fault),)
    assert effects.due(n) is None
    assert not effects.disarm()


@pytest.mark.parametrize("fault", [Fault(0, "before", "cut"), Fault(1, "before", "kill"), Fault(1, "after", "kill", 1)])
def test_a_fault_that_would_hit_nobody_in_particular_is_refused(effects: Effects, fault: Fault) -> None:
    """Process 0 would be our own group, and 1 is not ours to kill."""
    with pytest.raises(ValueError, match="a fault that can't fire"):
        effects.arm(fault)
