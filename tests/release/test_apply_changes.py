"""In which order changes are made: phase first, then as channels declare which others come before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from tests.channels.repository import Repository
from windlass.channels.protocol import Channel
from windlass.model import Change, Phase, Receipt, Reversal, State
from windlass.release.apply_changes import Convergence
from windlass.release.ledger import Ledger
from windlass.stage import Stage


@dataclass
class Place:
    """A channel that writes down what is asked of it."""

    name: str
    asked: list[str]

    def do(self, change: Change) -> Receipt:
        self.asked.append(f"do {change.key}")
        return change.receipt()

    def verify(self, receipt: Receipt) -> None:
        self.asked.append(f"verify {receipt.key}")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Stage(tmp_path / "stage") as stage:
        repository = Repository(tmp_path / "work", stage)
        sealed = Ledger(repository.git)
        sealed.seal(repository.release("1.3.0", repository.git.resolve("main")))
        yield sealed


def test_content_waits_until_that_of_the_channels_before_is_verified(ledger: Ledger, tmp_path: Path) -> None:
    asked: list[str] = []
    names = ("github", "index", "docs", "oci")
    changes = [Change(name, "it", Phase.PUBLISH, State.ABSENT, "new", "", Reversal.UNDONE) for name in names]
    places = [cast("Channel", Place(name, asked)) for name in names]
    convergence = Convergence("v1.3.0", places, ledger, lambda: None, lambda _: None)
    assert convergence.run(changes, root=tmp_path, home=tmp_path / ".windlass").error is None
    assert asked[-4:] == ["do index:it", "verify index:it", "do github:it", "verify github:it"]
    assert set(asked[:-4]) == {"do docs:it", "verify docs:it", "do oci:it", "verify oci:it"}
