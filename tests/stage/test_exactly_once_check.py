from __future__ import annotations

from windlass.stage import Effect, exactly_once, pointers
from windlass.stage.state_history import Kind


def _effects(*rows: tuple[str, Kind, str | None, str | None]) -> tuple[Effect, ...]:
    return tuple(Effect(n, 0.0, "forge", what, kind, was, now) for n, (what, kind, was, now) in enumerate(rows, 1))


def test_a_release_that_happened_once_has_no_violations() -> None:
    history = _effects(
        ("v1.0.0#7", "draft", None, "a"),
        ("v1.0.0#7", "draft", "a", None),
        ("v1.0.0", "immutable", None, "a"),
        ("latest", "pointer", None, "v1.0.0"),
        ("lock", "record", None, "x"),
        ("lock", "record", "x", None),
    )
    assert exactly_once(history) == ()


def test_an_immutable_name_that_holds_two_digests_is_named() -> None:
    history = _effects(("demo.whl", "immutable", None, "a"), ("demo.whl", "immutable", "a", "b"))
    assert exactly_once(history) == ("forge: demo.whl held two digests: a, then b",)


def test_an_immutable_name_that_goes_and_comes_again_is_named_twice() -> None:
    history = _effects(
        ("demo.whl", "immutable", None, "a"),
        ("demo.whl", "immutable", "a", None),
        ("demo.whl", "immutable", None, "a"),
    )
    assert exactly_once(history) == (
        "forge: demo.whl disappeared: it held a",
        "forge: demo.whl was set twice, to a",
    )


def test_an_immutable_name_that_was_there_before_the_history_may_not_change() -> None:
    assert exactly_once(_effects(("demo.whl", "immutable", "a", "b"))) == (
        "forge: demo.whl held two digests: a, then b",
    )


def test_names_of_two_stand_ins_are_two_names() -> None:
    first, second = _effects(("v1", "immutable", None, "a"), ("v1", "immutable", None, "b"))
    assert exactly_once((first, second._replace(stand_in="git"))) == ()


def test_two_drafts_of_one_name_that_are_left_are_named() -> None:
    history = _effects(("v1#1", "draft", None, "a"), ("v1#2", "draft", None, "b"), ("v2#3", "draft", None, "c"))
    assert exactly_once(history) == ("forge: 2 drafts left of v1: v1#1, v1#2",)


def test_a_draft_beside_its_published_release_is_named() -> None:
    history = _effects(("v1#1", "draft", None, "a"), ("v1", "immutable", None, "b"))
    assert exactly_once(history) == ("forge: 1 drafts left beside the published one of v1: v1#1",)


def test_a_second_draft_that_was_removed_again_is_fine() -> None:
    history = _effects(("v1#1", "draft", None, "a"), ("v1#2", "draft", None, "a"), ("v1#2", "draft", "a", None))
    assert exactly_once(history) == ()


def test_pointers_are_told_in_order_with_none_for_gone() -> None:
    history = _effects(
        ("latest", "pointer", None, "v1"),
        ("1.0", "pointer", None, "v1"),
        ("latest", "pointer", "v1", "v2"),
        ("latest", "pointer", "v2", None),
    )
    assert pointers(history) == {"forge:latest": ["v1", "v2", None], "forge:1.0": ["v1"]}
