"""What trials proved is theirs: nobody else is told of it, and it holds for what their own stage serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from windlass.stage import Stage
from windlass.stage.digest_cache_server import ProofStore
from windlass.verified_digest_cache import VARIABLE, Proofs, proofs_about

QUESTION = ("image", "sha256:" + "a" * 64, "linux/arm64")


@pytest.fixture
def trials(tmp_path: Path) -> Iterator[Stage]:
    """A stage with trials on it."""
    with Stage(tmp_path / "trials", proofs=ProofStore()) as opened:
        yield opened


def test_what_was_found_for_a_question_is_found_again_and_nothing_for_another(trials: Stage) -> None:
    proofs = Proofs(trials.proofs)
    assert proofs.find(*QUESTION) is None
    proofs.keep("demo 1.3.0", *QUESTION)
    assert proofs.find(*QUESTION) == "demo 1.3.0"
    assert proofs.find(*QUESTION[:2], "linux/amd64") is None


def test_stages_side_by_side_share_what_was_found(tmp_path: Path) -> None:
    kept = ProofStore()
    with Stage(tmp_path / "one", proofs=kept) as one, Stage(tmp_path / "two", proofs=kept) as two:
        Proofs(one.proofs).keep("", *QUESTION)
        assert Proofs(two.proofs).find(*QUESTION) == ""


def test_without_the_variable_nothing_was_proven(trials: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert proofs_about(f"{trials.address}/index") == Proofs()


@pytest.mark.parametrize(
    "address",
    ["https://pypi.org", "https://ghcr.io/v2/acme/demo", "http://127.0.0.1:5000/v2/acme/demo", "https://SAME/index"],
)
def test_a_real_address_is_proven_anew_whatever_the_environment_says(
    address: str, trials: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, trials.proofs)
    assert proofs_about(f"{trials.address}/index") == Proofs(trials.proofs)
    assert proofs_about(address.replace("SAME", trials.address.removeprefix("http://"))) == Proofs()


def test_proofs_that_are_not_on_this_machine_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "https://pypi.org/proofs")
    assert proofs_about("https://pypi.org/simple/") == Proofs()


def test_a_stage_without_trials_keeps_nothing(stage: Stage) -> None:
    assert stage.proofs == ""
    assert VARIABLE not in stage.environment()
    assert httpx.put(f"{stage.address}/proofs/{'a' * 64}", content=b"").status_code == 404


def test_a_stage_that_is_gone_is_no_reason_to_fail(trials: Stage) -> None:
    proofs = Proofs(trials.proofs)
    trials.__exit__(None, None, None)
    proofs.keep("", *QUESTION)
    assert proofs.find(*QUESTION) is None


def test_a_proof_is_no_effect_that_could_be_broken(trials: Stage) -> None:
    Proofs(trials.proofs).keep("", *QUESTION)
    assert trials.effects.requests() == ()
