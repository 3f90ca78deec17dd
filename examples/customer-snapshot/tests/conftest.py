from __future__ import annotations

import pytest

from customer_snapshot import Snapshot, parse, summarise
from customer_snapshot.sentences import Sentence


def _call(*cues: str) -> Snapshot:
    """The snapshot of a call whose cues, a second each, hold the texts given."""
    blocks = [
        f"00:{i // 60:02}:{i % 60:02}.000 --> 00:{i // 60:02}:{i % 60:02}.900\n{text}"
        for i, text in enumerate(cues)
    ]
    return summarise(parse("\n\n".join(["WEBVTT", *blocks])))


@pytest.fixture(name="call")
def call_fixture() -> object:
    return _call


def _said(*texts: str, by: str = "Dana Reyes") -> list[Sentence]:
    return [Sentence(by, 1000 * i, text) for i, text in enumerate(texts)]


@pytest.fixture(name="said")
def said_fixture() -> object:
    return _said
