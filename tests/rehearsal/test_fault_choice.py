"""Which faults are tried, and in which order: by lot, repeatable, every kind in its turn."""

from __future__ import annotations

from collections import Counter

from windlass.rehearsal.fault_choice import HOWS, Break, breaks_of, choose
from windlass.stage.state_history import Request

PUSH, TAG = "git: push refs/windlass/releases/v1.3.0", "registry: PUT /v2/acme/demo/manifests/latest"
RELEASE = tuple(Break(how, f"index: POST /{number}", 1) for how in HOWS for number in range(8))
ROLLBACK = tuple(Break(how, TAG, 1) for how in HOWS)


def test_kills_and_cuts_are_tried_at_every_request_and_the_rest_at_the_first_of_the_same_words() -> None:
    words = PUSH.partition(": ")[2]
    found = breaks_of([Request(1, "git", words), Request(2, "git", words)])
    assert [one.at for one in found if one.how == "killed during"] == [1, 2]
    assert [one.at for one in found if one.how == "429"] == [1]
    assert {one.request for one in found} == {PUSH}


def test_without_a_count_every_fault_is_tried_once() -> None:
    found = choose({"release": RELEASE, "rollback": ROLLBACK}, 0, 5)
    assert Counter(one.breaking for one in found) == Counter([*RELEASE, *ROLLBACK])


def test_few_are_the_beginning_of_many_and_the_same_for_the_same_seed() -> None:
    breaks = {"release": RELEASE, "rollback": ROLLBACK}
    assert choose(breaks, 20, 5) == choose(breaks, 60, 5)[:20] == choose(breaks, 20, 5)
    assert choose(breaks, 20, 5) != choose(breaks, 20, 6)


def test_every_fourth_is_of_the_rollback_and_every_kind_comes_before_one_comes_again() -> None:
    found = choose({"release": RELEASE, "rollback": ROLLBACK}, 60, 5)
    assert [one.task for one in found[:8]] == [*["release"] * 3, "rollback"] * 2
    released = [one.breaking.how for one in found if one.task == "release"]
    assert sorted(released[:16]) == sorted(HOWS)
    assert 0 < sum(one.forget for one in found) < 30


def test_one_request_more_moves_no_other_fault() -> None:
    """A retry, or two receipts in one push: the run that is repeated need not ask for the very same."""
    more = (*RELEASE, *(Break(how, "index: POST /another", 1) for how in HOWS))
    new = [one for one in choose({"release": more}, 0, 5) if "another" not in one.breaking.request]
    old = choose({"release": RELEASE}, 0, 5)
    for how in HOWS:
        assert [one for one in new if one.breaking.how == how] == [one for one in old if one.breaking.how == how]


def test_another_day_s_digests_get_the_same_lot() -> None:
    breaks = [
        tuple(Break(how, f"registry: PUT /blobs/…?digest=sha256%3A{digit * 64}&{n}", 1) for how in HOWS for n in "abcd")
        for digit in "38"
    ]
    first, second = (choose({"release": one}, 0, 5) for one in breaks)
    assert [one.breaking.request[-1] for one in first] == [one.breaking.request[-1] for one in second]


def test_a_fault_is_told_in_a_line_with_digests_cut_short() -> None:
    one = Break("killed during", f"registry: PUT /v2/acme/demo/manifests/sha256:{'ab' * 32}", 2)
    assert str(one) == "killed during           registry: PUT /v2/acme/demo/manifests/sha256:abababababab [2]"
