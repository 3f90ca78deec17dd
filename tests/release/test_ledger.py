"""The ledger on a real remote: sealed once, appended by several, nothing lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.channels.repository import Repository
from windlass.errors import ConflictError
from windlass.git import Git
from windlass.model import Artifact, Phase, Receipt
from windlass.release.ledger import PREFIX, Ledger, LedgerEntry, Record, receipts
from windlass.stage import Fault, Stage

WHEEL = Artifact("demo-1.3.0-py3-none-any.whl", "wheel", "sha256:" + "1" * 64, 10)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Stage(tmp_path / "stage") as stage:
        yield Repository(tmp_path / "work", stage, stage.repository)


def test_another_clone_reads_what_was_sealed_and_has_the_release_commit(repository: Repository, tmp_path: Path) -> None:
    commit = repository.commit("release", repository.git.resolve("main"))
    release = repository.release("1.3.0", commit, (WHEEL,))
    Ledger(repository.git).seal(release)
    repository.git.run("clone", "-q", repository.stage.remote, tmp_path / "other")
    other = Git(tmp_path / "other")
    entry = Ledger(other).look()["v1.3.0"]
    assert entry.release == replace(release, floating=())
    assert entry.open
    assert other.has(commit)


def test_sealing_the_same_again_adopts_and_other_contents_are_a_conflict(repository: Repository) -> None:
    release = repository.release("1.3.0", repository.git.resolve("main"), (WHEEL,))
    first = Ledger(repository.git).seal(release)
    assert Ledger(repository.git).seal(release).oid == first.oid
    other = replace(release, artifacts=(replace(WHEEL, sha256="sha256:" + "2" * 64),))
    with pytest.raises(ConflictError) as conflict:
        Ledger(repository.git).seal(other)
    assert "v1.3.0 is already sealed with other contents; nothing was changed" in str(conflict.value)
    assert "other bytes:  demo-1.3.0-py3-none-any.whl" in str(conflict.value)


def test_an_existing_ledger_is_adopted_with_all_that_was_recorded_since(repository: Repository) -> None:
    release = repository.release("1.3.0", repository.git.resolve("main"), (WHEEL,))
    ledger = Ledger(repository.git)
    ledger.seal(release)
    ledger.append("v1.3.0", Record("done", "1.3.0"))
    assert Ledger(repository.git).seal(release).says("done")


def test_two_writers_lose_nothing_and_a_record_is_written_once(repository: Repository) -> None:
    release = repository.release("1.3.0", repository.git.resolve("main"))
    one, two = Ledger(repository.git), Ledger(repository.git)
    one.seal(release)
    two.look()
    for number in range(4):
        one.append("v1.3.0", Record("receipt", f"one {number}"))
        two.append("v1.3.0", Record("receipt", f"two {number}"), Record("receipt", "both"))
    one.append("v1.3.0", Record("receipt", "both"))
    subjects = [record.subject for record in Ledger(repository.git).look()["v1.3.0"].records]
    assert sorted(subjects) == sorted([*(f"{who} {n}" for who in ("one", "two") for n in range(4)), "both"])


def test_every_value_of_a_ledger_contains_the_one_before(repository: Repository) -> None:
    ledger = Ledger(repository.git)
    oids = [ledger.seal(repository.release("1.3.0", repository.git.resolve("main"))).oid]
    oids += [ledger.append("v1.3.0", Record("receipt", str(number))).oid for number in range(3)]
    for older, newer in pairwise(oids):
        assert repository.git.is_ancestor(older, newer)
    assert repository.git.ls_remote(PREFIX + "v1.3.0") == {PREFIX + "v1.3.0": oids[-1]}


def test_the_latest_receipt_of_a_change_counts(repository: Repository) -> None:
    ledger = Ledger(repository.git)
    ledger.seal(repository.release("1.3.0", repository.git.resolve("main")))
    for digest in ("a", "b"):
        receipt = Receipt("oci", "demo:latest", Phase.POINT, digest)
        entry = ledger.append("v1.3.0", Record("receipt", receipt.key, receipt=receipt))
    assert [receipt.digest for receipt in receipts(entry, Phase.POINT)] == ["b"]


def test_a_rollback_that_began_and_did_not_end_is_told(repository: Repository) -> None:
    ledger = Ledger(repository.git)
    ledger.seal(repository.release("1.3.0", repository.git.resolve("main")))
    entry = ledger.append("v1.3.0", Record("taken-back", "1.2.2"))
    assert (entry.open, entry.superseded_or_abandoned, entry.rolling_back_to) == (False, True, "1.2.2")
    assert ledger.append("v1.3.0", Record("rolled-back", "1.2.2")).rolling_back_to == ""


def test_what_gathers_while_a_push_is_under_way_goes_with_the_next_one(repository: Repository) -> None:
    release = repository.release("1.3.0", repository.git.resolve("main"))
    ledger, effects = Ledger(repository.git), repository.stage.effects
    ledger.seal(release)
    repository.over_http()
    before = len(effects.requests())
    with ThreadPoolExecutor(6) as threads:
        others: list[Future[LedgerEntry]] = []

        def meanwhile() -> None:
            others.extend(threads.submit(ledger.append, "v1.3.0", Record("verified", f"{n}")) for n in range(5))
            while len(ledger._waiting.get("v1.3.0", ())) < 5:
                os.sched_yield()

        effects.arm(Fault(1, "before", "meddle", meddle=meanwhile))
        ledger.append("v1.3.0", Record("verified", "first"))
        entries = [other.result() for other in others]
    assert len(effects.requests()) - before == 2
    assert {record.subject for record in entries[0].records} == {"first", "0", "1", "2", "3", "4"}
    assert {entry.oid for entry in entries} == {ledger.look()["v1.3.0"].oid}
