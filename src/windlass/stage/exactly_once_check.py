"""Judging a stage's history: whether every effect happened exactly once."""

from __future__ import annotations

from collections.abc import Iterable

from windlass.stage.state_history import Effect


def exactly_once(history: Iterable[Effect]) -> tuple[str, ...]:
    """What contradicts "exactly once", a sentence each; empty when nothing does.

    An immutable name changes state once and holds one digest for ever; of the drafts of one name, at most one
    is left, and none once that name is published. Pointers move as releases and rollbacks explain: see
    `pointers`.
    """
    effects = tuple(history)
    return (*_of_immutables(effects), *_of_drafts(effects))


def pointers(history: Iterable[Effect]) -> dict[str, list[str | None]]:
    """The values that each pointer took, in order: `STAND_IN:NAME` → values, None where it was removed."""
    values: dict[str, list[str | None]] = {}
    for effect in history:
        if effect.kind == "pointer":
            values.setdefault(f"{effect.stand_in}:{effect.what}", []).append(effect.now)
    return values


def _of_immutables(effects: tuple[Effect, ...]) -> list[str]:
    first: dict[tuple[str, str], str | None] = {}
    violations = []
    for effect in effects:
        if effect.kind != "immutable":
            continue
        name = (effect.stand_in, effect.what)
        if name not in first and effect.was is None:
            first[name] = effect.now
            continue
        held = first.setdefault(name, effect.was)
        violations.append(f"{effect.stand_in}: {effect.what} {_second(held, effect.now)}")
    return violations


def _second(held: str | None, now: str | None) -> str:
    if now is None:
        return f"disappeared: it held {held}"
    return f"was set twice, to {now}" if now == held else f"held two digests: {held}, then {now}"


def _of_drafts(effects: tuple[Effect, ...]) -> list[str]:
    left: dict[tuple[str, str], str] = {}
    published = {(effect.stand_in, effect.what) for effect in effects if effect.kind == "immutable" and effect.now}
    for effect in effects:
        if effect.kind == "draft" and effect.now is not None:
            left[effect.stand_in, effect.what] = effect.now
        elif effect.kind == "draft":
            left.pop((effect.stand_in, effect.what), None)
    drafts: dict[tuple[str, str], list[str]] = {}
    for stand_in, what in left:
        drafts.setdefault((stand_in, what.partition("#")[0]), []).append(what)
    return [
        f"{name[0]}: {_left_drafts_text(names, name in published)} of {name[1]}: {', '.join(names)}"
        for name, names in drafts.items()
        if len(names) > 1 or name in published
    ]


def _left_drafts_text(names: list[str], published: bool) -> str:
    return f"{len(names)} drafts left{' beside the published one' if published else ''}"
