"""Rollbacks that are killed, that race with a release, and what status says of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import web
from tests.channels.repository import WHO
from tests.release.demo import PYPROJECT, Demo
from tests.release.test_resume import begun
from windlass.errors import ConflictError, RepositoryError, UsageError, VersionError
from windlass.git import RefUpdate
from windlass.model import Phase
from windlass.release.after import rollback
from windlass.release.after.audit import audit
from windlass.release.after.status import Status
from windlass.release.ledger import Record
from windlass.release.preflight_rules import ReleaseRequest
from windlass.release.transaction import perform
from windlass.release.version_and_commit import choose_target

pytestmark = pytest.mark.stage


def said(demo: Demo) -> list[str]:
    return Status.read(demo.opened()).lines()


@pytest.mark.faults
def test_a_rollback_that_was_killed_comes_first_and_is_finished_even_by_another(demo: Demo) -> None:
    demo.release("1.2.1")
    demo.release("1.2.2")
    demo.release("1.3.0")
    context = demo.opened()
    context.ledger.look()
    context.ledger.append("v1.3.0", Record("taken-back", "1.2.2"))
    assert any(line.startswith("v1.3.0") and "taking back" in line for line in said(demo))
    assert "  `inv rollback --to 1.2.2` finishes taking it back" in said(demo)
    demo.commit("a feature")
    with pytest.raises(UsageError, match=r"the rollback of v1\.3\.0 to 1\.2\.2 is unfinished and comes first"):
        choose_target(demo.opened(), demo.opened().look(), ReleaseRequest(part="minor"))

    done = demo.go_back("1.2.1")  # further than the one that was killed
    assert [release.tag for release in done.taken_back] == ["v1.3.0", "v1.2.2"]
    assert {change.state for change in done.changes} == {"same"}
    assert not any("taking back" in line for line in said(demo))
    choose_target(demo.opened(), demo.opened().look(), ReleaseRequest(part="minor"))
    assert demo.violations() == ()  # and the pages have seen what was pushed
    before = len(demo.stage.effects.history())
    demo.go_back("1.2.1")
    assert {effect.what for effect in demo.stage.effects.history()[before:]} == {"refs/windlass/lock"}
    assert demo.violations() == ()


def test_a_release_that_is_half_out_can_be_taken_back_and_is_not_finished_then(demo: Demo) -> None:
    demo.release("1.2.2")
    release = demo.made("1.3.0")
    begun(demo, release, Phase.SEAL, Phase.RESERVE)
    resumed = replace(demo.prepared(release), sealed=True)
    demo.go_back("1.2.2")
    with pytest.raises(ConflictError, match=r"v1\.3\.0 was taken back or abandoned meanwhile"):
        perform(demo.opened(), resumed)
    assert demo.held("forge")["latest"] == "v1.2.2"


def test_a_release_between_the_plan_and_the_lock_stops_the_rollback(demo: Demo) -> None:
    for version in ("1.2.1", "1.2.2"):
        begun(demo, demo.made(version), Phase.SEAL, Phase.RESERVE, Phase.PUBLISH)
        demo.git.run("reset", "-q", "--hard", demo.refs("refs/heads/main")["refs/heads/main"])
    context = demo.opened()
    shown = rollback.plan(context, "1.2.1")
    begun(demo, demo.made("1.3.0"), Phase.SEAL, Phase.RESERVE, Phase.PUBLISH)
    with pytest.raises(ConflictError) as changed:
        rollback.perform(context, shown)
    assert str(changed.value) == (
        "what there is to take back changed meanwhile; nothing was touched\n"
        "  shown: v1.2.2\n"
        "  now:   v1.3.0, v1.2.2\n"
        "  fix:   run the same again, and look at the plan"
    )


def test_what_is_sealed_and_not_out_is_told_beside_the_plan(demo: Demo) -> None:
    begun(demo, demo.made("1.2.2"), Phase.SEAL, Phase.RESERVE, Phase.PUBLISH)
    demo.git.run("reset", "-q", "--hard", demo.refs("refs/heads/main")["refs/heads/main"])
    begun(demo, demo.made("1.3.0"))
    planned = rollback.plan(demo.opened(), "1.2.2")
    assert planned.taken_back == ()
    assert planned.lines()[-1] == "v1.3.0 is sealed and not out: `inv release.abandon --version v1.3.0` ends it"


def test_the_first_release_of_all_is_taken_back_with_nothing_to_go_back_to(demo: Demo) -> None:
    demo.release("0.1.0")
    done = demo.go_back("none")
    assert done.lines()[0] == "back to none; taken back: v0.1.0"
    assert done.result_line() == "taken back: v0.1.0, but for what a person must do"
    assert [change.what for change in done.for_a_person] == [
        f"remove {demo.stage.address.removeprefix('http://')}/acme/demo:{name}" for name in ("0", "0.1", "latest")
    ] + [f"put other pages at {demo.stage.address}/pages/latest/, or remove it"]
    assert any(line.startswith("v0.1.0") and "taken back" in line for line in said(demo))
    with pytest.raises(VersionError, match="there is no release to take back"):
        demo.go_back("none")
    demo.commit("a repair", {"pyproject.toml": PYPROJECT.format(more="").replace("1.2.2", "0.1.0")})
    choose_target(demo.opened(), demo.opened().look(), ReleaseRequest(part="patch"))  # the next one may come
    assert demo.violations() == ()


@pytest.mark.faults
def test_a_rollback_to_none_that_was_killed_is_finished(demo: Demo) -> None:
    demo.release("0.1.0")
    context = demo.opened()
    context.ledger.look()
    context.ledger.append("v0.1.0", Record("taken-back", "none"))
    assert "  `inv rollback --to none` finishes taking it back" in said(demo)
    assert [release.tag for release in demo.go_back("none").taken_back] == ["v0.1.0"]
    assert not any("taking back" in line for line in said(demo))


def test_what_a_person_did_is_recorded_though_nothing_shows_it_any_more(demo: Demo) -> None:
    demo.release("0.1.0")
    context = demo.opened()
    planned = rollback.plan(context, "none", "oci")
    done, _ = rollback.perform(context, planned, "oci")
    names = [change.what.rpartition(":")[2] for change in done.for_a_person]
    assert names == ["0", "0.1", "latest"]

    def person(seconds: float) -> None:
        """Somebody removes the image, and so its names, on the registry."""
        del seconds
        (digest,) = {change.there for change in done.for_a_person}
        web.delete(f"{demo.stage.address}/v2/acme/demo/manifests/{digest}").raise_for_status()

    after = rollback.wait_for_person(context, done, 60.0, person, "oci")
    assert after.for_a_person == ()
    assert not any(line.startswith("for a person") for line in said(demo))


def test_a_ref_that_is_no_ledger_is_named_and_stops_only_what_would_change_something(demo: Demo) -> None:
    demo.out("1.2.2", "done")
    demo.git.push(RefUpdate("refs/windlass/releases/v0.0.1", demo.git.resolve("HEAD"), ""))
    rows = said(demo)
    assert rows[0].startswith("v1.2.2")
    assert rows[1] == f"{'v0.0.1':<16} {'unreadable':<12} it has no release.json"
    with pytest.raises(RepositoryError) as stopped:
        rollback.plan(demo.opened(), "1.2.2")
    assert str(stopped.value) == (
        "the ledger of v0.0.1 can't be read: it has no release.json\n"
        "  refs on the remote: refs/windlass/releases/v0.0.1\n"
        "  fix:                use the windlass that wrote it; or, where it is nobody's ledger, remove it: "
        "git push origin :refs/windlass/releases/v0.0.1"
    )
    (found, *_) = audit(demo.opened()).findings
    assert (found.tag, found.kind) == ("v0.0.1", "unreadable")
    demo.git.run("push", "-q", "origin", ":refs/windlass/releases/v0.0.1")  # as it says
    assert demo.opened().look().unreadable == {}


@pytest.mark.parametrize("lines", [b"{", b'{"kind": 3, "subject": "x"}\n', b"\xff\n"])
def test_a_ledger_whose_lines_are_no_records_is_named(demo: Demo, lines: bytes) -> None:
    demo.out("1.2.2", "done")
    entry = demo.opened().ledger.look()["v1.2.2"]
    tree = demo.git.tree({"release.json": entry.seal, "ledger.jsonl": lines})
    oid = demo.git.commit(tree, [entry.oid], "by hand", WHO)
    demo.git.push(RefUpdate("refs/windlass/releases/v1.2.2", oid, entry.oid))
    assert [row.split()[:2] for row in said(demo)] == [["v1.2.2", "unreadable"]]
    with pytest.raises(RepositoryError, match=r"the ledger of v1\.2\.2 can't be read"):
        demo.opened().look()
