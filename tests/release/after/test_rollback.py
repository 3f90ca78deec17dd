"""Rollbacks that are killed, that race with a release, and what status says of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.release.demo import Demo
from tests.release.test_resume import begun
from windlass.errors import ConflictError, UsageError
from windlass.model import Phase
from windlass.release.after import rollback
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
