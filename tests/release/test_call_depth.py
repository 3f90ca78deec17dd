"""How far it is from `inv release` to what a channel does: few enough calls to read them one after the other."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import ClassVar

import pytest

import windlass
from tests.release.demo import Demo, StagedSite
from windlass.channels.protocol import Channel
from windlass.model import Change, Phase, Receipt, Release, Reversal, State, Survey
from windlass.release.lock import HeldLock
from windlass.release.transaction import perform

pytestmark = pytest.mark.stage

HOME = str(Path(windlass.__file__).parent)
MOST = 17
"""Calls from a task's body into a channel's `do`, in both threads; the index's upload is three further on."""


def calls(frame: FrameType) -> list[str]:
    """Functions of windlass that a thread is in, outermost first."""
    return [one.name for one in traceback.extract_stack(frame) if one.filename.startswith(HOME)]


@dataclass(frozen=True)
class Watched(Channel):
    """A channel that notes where it was called from."""

    seen: list[str] = field(default_factory=list)

    name: ClassVar[str] = "watched"

    def plan(self, release: Release) -> tuple[Change, ...]:
        state = State.SAME if self.seen else State.ABSENT
        return (Change(self.name, "a", Phase.PUBLISH, state, release.tag, "", Reversal.UNDONE),)

    def do(self, change: Change) -> Receipt:
        main = sys._current_frames()[threading.main_thread().ident or 0]
        self.seen.extend(["the task's body", *calls(main), *calls(sys._getframe(1)), "do"])
        return change.receipt()

    def verify(self, receipt: Receipt) -> None:
        assert self.seen

    def survey(self, releases: Sequence[Release]) -> Survey:
        return Survey()


@dataclass(frozen=True)
class WatchedSite(StagedSite):
    """A context with that channel alone."""

    watched: Watched

    def channels(self, tag: str, held: HeldLock | None = None) -> tuple[Channel, ...]:
        return (self.watched,)


def test_a_channel_is_reached_in_few_calls(demo: Demo) -> None:
    watched, there = Watched(), demo.opened()
    context = WatchedSite(**{name: getattr(there, name) for name in there.__dataclass_fields__}, watched=watched)
    release = demo.out("1.2.2")
    perform(context, demo.prepared(release))
    path = watched.seen[: watched.seen.index("wait")] + watched.seen[watched.seen.index("wait") + 1 :]
    assert len(path) - 1 <= MOST, " → ".join(path)
