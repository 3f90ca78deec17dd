"""A stage's ledger names its stand-ins by symbols: true on any port, and nothing to a real release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.repository import Repository
from windlass.errors import RepositoryError
from windlass.model import Phase, Receipt, StoredFacts
from windlass.release.ledger import PREFIX, Ledger, Record
from windlass.stage import Stage
from windlass.stage.addresses import MARK, Addresses


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Stage(tmp_path / "stage") as stage:
        yield Repository(tmp_path / "work", stage)


def noted(repository: Repository, ledger: Ledger) -> Receipt:
    """A receipt with every kind of address, in the ledger of a release."""
    host = repository.stage.address.removeprefix("http://")
    receipt = Receipt(
        "oci",
        f"{host}/acme/demo:1.3.0",
        Phase.PUBLISH,
        "sha256:1",
        url=f"http://{host}/v2/acme/demo/manifests/1.3.0",
        facts=StoredFacts(note=f"see http://{host}/forge/acme/demo instead"),
    )
    ledger.seal(repository.release("1.3.0", repository.git.resolve("main")))
    ledger.append("v1.3.0", Record("receipt", receipt.key, receipt=receipt))
    return receipt


def test_what_a_stage_s_ledger_says_has_no_port_and_is_read_with_the_present_one(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINDLASS_STAGE", repository.stage.environment()["WINDLASS_STAGE"])
    receipt = noted(repository, Ledger(repository.git, Addresses.of(repository.git)))
    repository.git.fetch(f"{PREFIX}v1.3.0:refs/seen")
    written = repository.git.run("log", "-2", "--format=%B", "-p", "--root", "refs/seen").text
    assert repository.stage.address.rpartition(":")[2] not in written
    assert "oci:stage://registry/acme/demo:1.3.0" in written
    assert "stage://v2/acme/demo/manifests/1.3.0" in written

    moved = Addresses("127.0.0.1:1")
    (record,) = Ledger(repository.git, moved).look()["v1.3.0"].records
    assert record.receipt is not None
    assert record.subject == "oci:127.0.0.1:1/acme/demo:1.3.0"
    assert record.receipt.url == "http://127.0.0.1:1/v2/acme/demo/manifests/1.3.0"
    assert record.receipt.facts == StoredFacts(note="see http://127.0.0.1:1/forge/acme/demo instead")
    (here,) = Ledger(repository.git, Addresses.of(repository.git)).look()["v1.3.0"].records
    assert here.receipt == receipt


def test_a_real_run_refuses_a_ledger_that_names_stand_ins(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINDLASS_STAGE", repository.stage.environment()["WINDLASS_STAGE"])
    noted(repository, Ledger(repository.git, Addresses.of(repository.git)))
    with pytest.raises(RepositoryError) as refused:
        Ledger(repository.git).look()
    assert str(refused.value) == (
        "refs/windlass/releases/v1.3.0 names a rehearsal's stand-ins, and this is no rehearsal; nothing was touched\n"
        "  named: stage://registry/acme/demo:1.3.0\n"
        "  fix:   release to a real remote; a stage's own is used with WINDLASS_STAGE set, by `inv rehearse`"
    )


def test_the_variable_does_not_make_a_stage_of_a_remote_without_the_mark(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.git.run("--git-dir", repository.stage.repository, "update-ref", "-d", MARK)
    monkeypatch.setenv("WINDLASS_STAGE", repository.stage.environment()["WINDLASS_STAGE"])
    assert Addresses.of(repository.git) == Addresses()


def test_every_stage_has_the_mark_and_its_history_is_silent_about_it(repository: Repository) -> None:
    assert MARK in repository.git.ls_remote(MARK)
    assert MARK not in {effect.what for effect in repository.stage.effects.history()}
