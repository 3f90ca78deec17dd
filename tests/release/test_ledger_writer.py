"""A release's records are written while it goes on: many in a push, and all before the next phase begins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from tests.channels.repository import Repository
from windlass.channels.protocol import Channel
from windlass.errors import RemoteRefusedError
from windlass.model import Change, Phase, Receipt, Reversal, State
from windlass.release.apply_changes import Convergence
from windlass.release.ledger import PREFIX, Ledger, Record
from windlass.release.ledger.writer import LedgerWriter
from windlass.stage import Fault, Stage

TAG = "v1.3.0"


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Stage(tmp_path / "stage") as stage:
        yield Repository(tmp_path / "work", stage, stage.repository)


@pytest.fixture
def ledger(repository: Repository) -> Ledger:
    """The ledger of a release that was sealed."""
    ledger = Ledger(repository.git)
    ledger.seal(repository.release("1.3.0", repository.git.resolve("main")))
    return ledger


@dataclass
class Place:
    """A channel whose effects are a list of names."""

    name: ClassVar[str] = "place"
    before: Callable[[str], None]
    done: list[str] = field(default_factory=list)

    def do(self, change: Change) -> Receipt:
        self.before(change.what)
        self.done.append(change.what)
        return change.receipt()

    def verify(self, receipt: Receipt) -> None:
        assert receipt.what in self.done


def change(what: str, phase: Phase) -> Change:
    return Change("place", what, phase, State.ABSENT, "new", "", Reversal.UNDONE)


CHANGES = [change("a", Phase.SEAL), change("b", Phase.SEAL), change("c", Phase.RESERVE), change("d", Phase.POINT)]


def run(ledger: Ledger, place: Place, tmp_path: Path, **more: Any) -> Exception | None:
    convergence = Convergence(TAG, [cast("Channel", place)], ledger, lambda: None, lambda _: None)
    return convergence.run(CHANGES, root=tmp_path, home=tmp_path / ".windlass", **more).error


def said(repository: Repository) -> list[tuple[str, str]]:
    """What the ledger on the remote says now, as another machine reads it."""
    return [(record.kind, record.subject) for record in Ledger(repository.git).look()[TAG].records]


def test_a_phase_begins_once_all_of_the_one_before_is_in_the_ledger(
    repository: Repository, ledger: Ledger, tmp_path: Path
) -> None:
    seen: dict[str, set[tuple[str, str]]] = {}
    place = Place(lambda what: seen.update({what: set(said(repository))}))
    assert run(ledger, place, tmp_path, last=[Record("done", "1.3.0")]) is None
    first = {(kind, f"place:{what}") for kind in ("receipt", "verified") for what in "ab"}
    assert seen["c"] == first
    assert seen["d"] == first | {("receipt", "place:c"), ("verified", "place:c")}
    assert said(repository)[-1] == ("done", "1.3.0")
    assert len(said(repository)) == 9


def test_what_can_t_be_recorded_ends_the_release_before_its_next_phase(
    repository: Repository, ledger: Ledger, tmp_path: Path
) -> None:
    hook = repository.stage.repository / "hooks" / "update"
    hook.write_text(f'#!/bin/sh\n[ "$1" != {PREFIX}{TAG} ]\n')
    hook.chmod(0o755)
    place = Place(lambda _: None)
    assert isinstance(run(ledger, place, tmp_path), RemoteRefusedError)
    assert set(place.done) <= {"a", "b"}
    assert said(repository) == []


def test_what_comes_while_a_push_is_under_way_goes_with_the_next_one(repository: Repository, ledger: Ledger) -> None:
    writer, effects = LedgerWriter(ledger, TAG), repository.stage.effects
    under_way, go_on = threading.Event(), threading.Event()

    def held() -> None:
        under_way.set()
        go_on.wait(60)

    repository.over_http()
    before = len(effects.requests())
    effects.arm(Fault(1, "before", "meddle", meddle=held))
    writer.hand_over(Record("verified", "first"))
    assert under_way.wait(60)
    for number in range(5):
        writer.hand_over(Record("verified", str(number)))
    go_on.set()
    writer.settle()
    writer.close()
    assert [subject for _, subject in said(repository)] == ["first", "0", "1", "2", "3", "4"]
    assert len(effects.requests()) - before == 2


def test_a_push_whose_reply_is_lost_is_found_done_and_not_repeated(repository: Repository, ledger: Ledger) -> None:
    writer = LedgerWriter(ledger, TAG)
    repository.over_http()
    repository.stage.effects.arm(Fault(1, "after", "cut"))
    writer.hand_over(Record("verified", "a"))
    writer.settle()
    writer.hand_over(Record("verified", "b"))
    writer.settle()
    writer.close()
    assert [subject for _, subject in said(repository)] == ["a", "b"]
