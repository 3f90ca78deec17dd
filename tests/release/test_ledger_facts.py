"""A receipt's facts in the ledger: typed by their channel, readable in either form, and never lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.repository import WHO, Repository
from windlass.channels import TypedFacts, read_facts
from windlass.channels.docs.docs_channel import FolderFacts, PagesFacts
from windlass.channels.git.git_channel import ReservationFacts
from windlass.channels.github import github_receipt_types
from windlass.channels.github.github_receipt_types import (
    AssetFacts,
    DraftFacts,
    LatestFacts,
    MarkFacts,
    PublicationFacts,
)
from windlass.channels.index.index_channel import FileFacts
from windlass.channels.oci.oci_channel import ImageFacts
from windlass.errors import RepositoryError
from windlass.git import RefUpdate
from windlass.model import NO_FACTS, Change, Facts, Phase, Receipt, Reversal, State, StoredFacts
from windlass.release.ledger import PREFIX, Ledger, Record
from windlass.stage import Stage

FIRST_FORM = Path(__file__).parents[1] / "fixtures/ledgers/first_form.jsonl"
"""What windlass wrote when every fact was text: a line of each kind, and one of a channel of another package."""
DOCS = "sha256:49aab46336f706c211e8dc497226a15a70a08db819a56ed1076f3b750126c4a0"


class ShelfFacts(TypedFacts, frozen=True):
    """Those of a channel of another package."""

    kind: str
    file: str
    size_bytes: int


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Stage(tmp_path / "stage") as stage:
        yield Repository(tmp_path / "work", stage, stage.repository)


def holding(repository: Repository, lines: bytes) -> Ledger:
    """The ledger of a release with these lines."""
    git, ledger = repository.git, Ledger(repository.git)
    sealed = ledger.seal(repository.release("1.3.0", git.resolve("main")))
    tree = git.tree({"release.json": sealed.seal, "ledger.jsonl": lines})
    oid = git.commit(tree, [sealed.oid], "lines", WHO)
    git.push(RefUpdate(PREFIX + "v1.3.0", oid, sealed.oid))
    return Ledger(git)


def facts_in(ledger: Ledger) -> dict[str, Facts]:
    receipts = [record.receipt for record in ledger.look()["v1.3.0"].records if record.receipt]
    return {f"{one.channel} {one.phase} {one.what.partition(' ')[0]}": one.facts for one in receipts}


def lines_of(repository: Repository) -> bytes:
    repository.git.fetch(f"+{PREFIX}v1.3.0:refs/seen")
    return repository.git.show("refs/seen", "ledger.jsonl") or b""


def test_the_first_form_is_read_as_every_channels_own_type(repository: Repository) -> None:
    found = facts_in(holding(repository, FIRST_FORM.read_bytes()))
    github = {name: github_receipt_types.read(facts) for name, facts in found.items() if name.startswith("github")}
    publication = github["github publish release"]
    assert isinstance(publication, PublicationFacts)
    assert publication.assets["demo-1.3.0-docs.tar.gz"] == DOCS
    assert github == {
        "github seal draft": DraftFacts("v1.3.0", "demo 1.3.0", prerelease=False),
        "github seal demo-1.3.0-docs.tar.gz": AssetFacts("v1.3.0", "docs", 154),
        "github publish release": publication,
        "github point latest": LatestFacts("v1.3.0"),
        "github retract mark": MarkFacts(
            "v1.3.0", "Use [v1.2.2](http://127.0.0.1:8000/forge/demo-org/demo/releases/tag/v1.2.2) instead."
        ),
    }
    image = ImageFacts("demo", "1.3.0", ("linux/amd64", "linux/arm64"), 201934)
    assert read_facts(found["oci publish 127.0.0.1:8000/acme/demo:1.3.0"], ImageFacts) == image
    git = read_facts(found["git reserve refs/tags/v1.3.0"], ReservationFacts)
    assert git == ReservationFacts("refs/heads/main", "demo", "1.3.0")
    archive = FolderFacts("1.3.0", 1_750_000_000, "", "demo-1.3.0-docs.tar.gz", DOCS, 154)
    assert read_facts(found["docs publish 1.3.0"], FolderFacts) == archive
    assert read_facts(found["docs point latest"], PagesFacts) == PagesFacts("1.3.0", 1_750_000_000)
    assert read_facts(found["index publish demo-1.3.0.tar.gz"], FileFacts) == FileFacts("sdist", "1.3.0", 179)
    assert found["index retract yank"] == NO_FACTS
    shelf = found["shelf publish 1.3.0/demo-1.3.0.tar.gz"]
    assert read_facts(shelf, ShelfFacts) == ShelfFacts("sdist", "demo-1.3.0.tar.gz", 179)
    assert shelf == StoredFacts(kind="sdist", file="demo-1.3.0.tar.gz", size_bytes="179", assets="{}")


def test_what_is_added_leaves_every_line_as_it_was(repository: Repository) -> None:
    strange = b'{"kind":"receipt","subject":"moon:a","later":1,"receipt":{"channel":"moon","what":"a",'
    strange += b'"phase":"publish","digest":"d","facts":{"deep":{"er":[1,null,true]},"n":0.5},"more":[]},"form":2}\n'
    before = FIRST_FORM.read_bytes() + strange
    ledger = holding(repository, before)
    facts = facts_in(ledger)["moon publish a"]
    assert facts == StoredFacts(deep={"er": [1, None, True]}, n=0.5)
    receipt = Receipt("moon", "b", Phase.PUBLISH, "d", facts=facts)
    ledger.append("v1.3.0", Record("receipt", receipt.key, receipt=receipt))
    assert lines_of(repository)[: len(before)] == before
    assert facts_in(Ledger(repository.git))["moon publish b"] == facts


@pytest.mark.parametrize(
    ("facts", "written"),
    [
        (NO_FACTS, {}),
        (AssetFacts("v1.3.0", "wheel", 10), {"act": "asset", "tag": "v1.3.0", "kind": "wheel", "size_bytes": 10}),
        (
            ImageFacts("demo", "1.3.0", ("linux/amd64",), 9),
            {"image": "demo", "version": "1.3.0", "platforms": ["linux/amd64"], "size_bytes": 9},
        ),
        (PagesFacts("1.3.0", 5), {"version": "1.3.0", "epoch": 5}),
    ],
)
def test_facts_are_written_as_json_and_read_back_as_they_were(
    repository: Repository, facts: TypedFacts, written: dict[str, Any]
) -> None:
    change = Change("place", "a", Phase.PUBLISH, State.ABSENT, "d", "", Reversal.UNDONE, facts=facts)
    ledger = holding(repository, b"")
    ledger.look()
    ledger.append("v1.3.0", Record("receipt", change.key, receipt=change.receipt()))
    line = json.loads(lines_of(repository))
    assert (line["receipt"]["facts"], line["form"]) == (written, 2)
    assert read_facts(facts_in(Ledger(repository.git))["place publish a"], type(facts)) == facts


def test_a_text_that_only_looks_like_the_first_form_stays_text(repository: Repository) -> None:
    line = b'{"kind":"receipt","subject":"oci:a","receipt":{"channel":"oci","what":"a","phase":"publish","digest":"d",'
    line += b'"facts":{"platforms":"a,b"}},"form":2}\n'
    assert facts_in(holding(repository, line))["oci publish a"] == StoredFacts(platforms="a,b")


def test_facts_that_a_channel_does_not_understand_are_an_error_that_says_what_to_do() -> None:
    with pytest.raises(RepositoryError) as other:
        read_facts(StoredFacts(kind="wheel", pep440="1.3.0", size_bytes="ten"), FileFacts)
    assert str(other.value) == (
        "a receipt has facts that this channel does not understand\n"
        "  expected: FileFacts\n"
        "  problem:  Expected `int`, got `str` - at `$.size_bytes`\n"
        "  fix:      use the version of windlass (or of the channel's package) that wrote it, or a newer one"
    )
    with pytest.raises(RepositoryError):
        read_facts(PagesFacts("1.3.0", 5), ReservationFacts)


@pytest.mark.parametrize(
    "line",
    [
        b"{\n",
        b'{"kind":"receipt"}\n',
        b'{"kind":"receipt","subject":"x","receipt":{"channel":"github","what":"a","phase":"publish","digest":"d",'
        b'"facts":{"assets":"{"}}}\n',
    ],
)
def test_a_line_that_is_none_makes_the_ledger_one_that_cant_be_read(repository: Repository, line: bytes) -> None:
    ledger = holding(repository, line)
    assert ledger.look() == {}
    assert list(ledger.unreadable) == ["v1.3.0"]
