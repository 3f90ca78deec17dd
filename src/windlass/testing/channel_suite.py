"""The suite that every channel must pass: resume, conflict, lost reply, crash between effects, undo.

Subclass `ChannelSuite` in a test file and give it a fixture `bench` that returns a `Bench`:

    class TestMyChannel(ChannelSuite):
        @pytest.fixture
        def bench(self, tmp_path: Path) -> Iterator[Bench]: ...
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import pytest

from windlass.channels.protocol import Channel
from windlass.errors import ConflictError, NotVerifiedError, WindlassError
from windlass.model import Change, Phase, Receipt, Release, Reversal, State

_CONTENT = (Phase.SEAL, Phase.RESERVE, Phase.PUBLISH)


class Bench(Protocol):
    """A remote to test a channel on.

    Attributes:
        earlier: a release; nothing of it is there yet.
        release: a later one, with `latest` among its floating names.
        other: the same version as `release` with other bytes (or another commit).
    """

    earlier: Release
    release: Release
    other: Release

    def open(self) -> Channel:
        """The channel as a new process would open it."""
        ...

    def lose_before(self) -> None:
        """The next write does not reach the remote: the connection breaks."""
        ...

    def lose_reply(self) -> None:
        """The next write happens, and its reply is lost."""
        ...

    def violations(self) -> tuple[str, ...]:
        """What in the remote's history is not "exactly once"."""
        ...

    def writes(self) -> int:
        """How many changes of state the remote has seen."""
        ...


def converge(channel: Channel, release: Release) -> list[Receipt]:
    """Do what the channel's plan says, phase by phase, as the transaction does."""
    changes = sorted(channel.plan(release), key=lambda change: change.phase.order)
    return [change.receipt() if change.state is State.SAME else channel.do(change) for change in changes]


def _to_do(changes: tuple[Change, ...]) -> list[Change]:
    ordered = sorted(changes, key=lambda change: change.phase.order)
    return [change for change in ordered if change.state is not State.SAME]


class ChannelSuite:
    """Every channel passes these."""

    def test_an_empty_channel_plans_every_change_and_writes_nothing(self, bench: Bench) -> None:
        changes = bench.open().plan(bench.release)
        assert changes
        assert all(change.state is not State.SAME for change in changes)
        assert len({change.key for change in changes}) == len(changes)
        assert bench.writes() == 0

    def test_after_a_release_nothing_is_left_to_do(self, bench: Bench) -> None:
        receipts = converge(bench.open(), bench.release)
        again = bench.open().plan(bench.release)
        assert [change for change in again if change.state is not State.SAME] == []
        assert {receipt.key for receipt in receipts} >= {change.key for change in again}
        assert bench.violations() == ()

    def test_doing_a_change_twice_writes_it_once(self, bench: Bench) -> None:
        for change in _to_do(bench.open().plan(bench.release)):
            first = bench.open().do(change)
            written = bench.writes()
            second = bench.open().do(change)
            assert (second.key, second.digest) == (first.key, first.digest)
            assert bench.writes() == written
        assert bench.violations() == ()

    def test_a_run_that_ends_between_two_effects_is_finished_by_the_next(self, bench: Bench) -> None:
        for _ in range(100):
            left = _to_do(bench.open().plan(bench.release))
            if not left:
                break
            bench.open().do(left[0])
        assert _to_do(bench.open().plan(bench.release)) == []
        assert bench.violations() == ()

    def test_a_write_that_never_arrived_is_made_by_the_next_run(self, bench: Bench) -> None:
        for change in _to_do(bench.open().plan(bench.release)):
            bench.lose_before()
            try:
                bench.open().do(change)
            except WindlassError:
                converge_one(bench.open(), bench.release, change)
        converge(bench.open(), bench.release)
        assert _to_do(bench.open().plan(bench.release)) == []
        assert bench.violations() == ()

    def test_a_lost_reply_is_looked_up_and_not_repeated(self, bench: Bench) -> None:
        for change in _to_do(bench.open().plan(bench.release)):
            bench.lose_reply()
            try:
                bench.open().do(change)
            except WindlassError:
                converge_one(bench.open(), bench.release, change)
        converge(bench.open(), bench.release)
        assert _to_do(bench.open().plan(bench.release)) == []
        assert bench.violations() == ()

    def test_other_bytes_under_the_same_name_are_a_conflict_and_stay(self, bench: Bench) -> None:
        converge(bench.open(), bench.release)
        before = bench.writes()
        differing = [
            change
            for change in bench.open().plan(bench.other)
            if change.state is State.DIFFERS and change.phase in _CONTENT
        ]
        assert differing
        for change in differing:
            with pytest.raises(ConflictError):
                bench.open().do(change)
        assert bench.writes() == before
        assert bench.violations() == ()

    def test_what_was_released_verifies_and_another_digest_does_not(self, bench: Bench) -> None:
        receipts = converge(bench.open(), bench.release)
        for receipt in receipts:
            bench.open().verify(receipt)
        published = [receipt for receipt in receipts if receipt.phase is Phase.PUBLISH] or receipts
        wrong = replace(published[0], digest=published[0].digest[:-4] + "0bad")
        with pytest.raises(NotVerifiedError):
            bench.open().verify(wrong)

    def test_a_survey_sees_what_is_there_and_what_is_not(self, bench: Bench) -> None:
        assert not any(one.there for one in bench.open().survey([bench.release]).seen)
        converge(bench.open(), bench.release)
        written = bench.writes()
        survey = bench.open().survey([bench.release])
        assert survey.seen
        assert all(one.there == one.wanted for one in survey.seen)
        assert all(one.there == bench.release.tag for one in survey.pointers if one.name == "latest")
        assert any(one.there != one.wanted for one in bench.open().survey([bench.other]).seen)
        assert bench.writes() == written

    def test_taking_back_is_planned_done_and_then_same(self, bench: Bench) -> None:
        converge(bench.open(), replace(bench.earlier, floating=("latest",)))
        converge(bench.open(), bench.release)
        to = replace(bench.earlier, floating=bench.release.floating)
        for change in _to_do(bench.open().rollback_changes(to, (bench.release,))):
            if change.reversal is Reversal.PERSON:
                assert change.url.startswith("http")
                continue
            bench.open().verify(bench.open().do(change))
        left = _to_do(bench.open().rollback_changes(to, (bench.release,)))
        assert all(change.reversal is Reversal.PERSON for change in left)

    def test_what_nobody_saw_is_removed_or_said_to_stay_and_can_be_made_again(self, bench: Bench) -> None:
        sealing = [change for change in bench.open().plan(bench.release) if change.phase is Phase.SEAL]
        for change in sealing:
            bench.open().do(change)
        stays = [bench.open().do(change).facts.stays for change in bench.open().withdrawal_changes(bench.release)]
        again = [bench.open().do(change).facts.stays for change in bench.open().withdrawal_changes(bench.release)]
        assert again == [reason for reason in stays if reason]
        converge(bench.open(), bench.release)
        assert _to_do(bench.open().plan(bench.release)) == []
        assert bench.violations() == ()


def converge_one(channel: Channel, release: Release, change: Change) -> None:
    """Plan again, and do one change where it is still to do."""
    for now in channel.plan(release):
        if now.key == change.key and now.state is not State.SAME:
            channel.do(now)
