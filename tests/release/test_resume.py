"""A release that another machine, or this one without its bytes, goes on with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.release.demo import Demo
from windlass.errors import ConflictError
from windlass.model import Phase, Release
from windlass.release import local_artifact_cache, lock
from windlass.release.preflight_rules import ReleaseRequest
from windlass.release.transaction import ReleasePlan, perform, plan_release

pytestmark = pytest.mark.stage

BROKEN = {"pyproject.toml": "this is no TOML"}


def begun(demo: Demo, release: Release, *phases: Phase) -> None:
    """What a run leaves that was killed after these phases."""
    context = demo.opened()
    with lock.hold(context.git, "release v1.3.0") as held:
        context.ledger.seal(release)
        for channel in context.channels(release.tag, held):
            for change in channel.plan(release):
                if change.phase in phases:
                    channel.do(change)


def go_on(demo: Demo) -> ReleasePlan:
    context = demo.opened()
    prepared = plan_release(context, ReleaseRequest())
    assert isinstance(prepared, ReleasePlan)
    done, _ = perform(context, prepared)
    return done


def test_another_machine_takes_the_bytes_from_draft_and_registry_and_finishes(demo: Demo, elsewhere: Demo) -> None:
    release = demo.made("1.3.0", files=BROKEN)  # so that nothing can be built again
    begun(demo, release, Phase.SEAL)
    done = go_on(elsewhere)
    assert done.release.artifacts == release.artifacts
    assert {change.state for change in done.changes} == {"same"}
    assert "  demo-1.3.0-py3-none-any.whl: from github" in elsewhere.said
    assert "  demo: is on oci" in elsewhere.said
    assert elsewhere.violations() == ()


def test_bytes_that_are_nowhere_stop_the_release_and_are_named(demo: Demo) -> None:
    release = demo.made("1.3.0", files=BROKEN)
    begun(demo, release)
    demo.forget()
    before = demo.held("git"), demo.held("forge"), demo.held("registry")
    with pytest.raises(ConflictError) as nowhere:
        go_on(demo)
    said = str(nowhere.value)
    assert said.startswith("sealed bytes of v1.3.0 are nowhere to be had, and building them again gives others\n")
    for artifact in release.artifacts:
        assert f"{artifact.name}:" in said
        assert f"sealed {artifact.sha256}, built again (not built)" in said
    assert "building said:" in said
    assert "`inv release.abandon` and release a new version" in said
    assert (demo.held("git"), demo.held("forge"), demo.held("registry")) == before


def test_a_damaged_copy_counts_as_none(demo: Demo) -> None:
    release = demo.made("1.3.0")
    folder = local_artifact_cache.folder_of(demo.context.home, "v1.3.0")
    assert local_artifact_cache.missing(folder, release.artifacts) == ()
    image = release.of_kind("image")[0]
    layer = max((folder / "demo.oci/blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    layer.unlink()
    (folder / release.artifacts[0].name).write_bytes(b"other")
    assert local_artifact_cache.missing(folder, release.artifacts) == (release.artifacts[0], image)


@pytest.mark.faults
def test_the_seal_of_another_run_of_the_same_commit_is_adopted_with_its_bytes(demo: Demo, elsewhere: Demo) -> None:
    theirs = elsewhere.made("1.3.0")
    mine = demo.made("1.3.0", "other bytes")
    assert mine.commit == theirs.commit
    begun(elsewhere, theirs, Phase.SEAL)
    done, _ = perform(demo.opened(), demo.prepared(mine))
    assert done.release.artifacts == theirs.artifacts
    assert "v1.3.0 was sealed by another run, with other bytes: those count" in demo.said
    assert demo.violations() == ()


def test_the_seal_of_another_commit_is_a_conflict(demo: Demo, elsewhere: Demo) -> None:
    begun(elsewhere, elsewhere.made("1.3.0"))
    with pytest.raises(ConflictError, match="already sealed with other contents"):
        perform(demo.opened(), demo.prepared(demo.made("1.3.0", files={"more.txt": "more"})))


def test_a_seal_that_was_withdrawn_meanwhile_is_not_made_again(demo: Demo) -> None:
    gone = replace(demo.prepared(demo.made("1.3.0")), sealed=True)
    with pytest.raises(ConflictError, match=r"v1\.3\.0 was withdrawn meanwhile"):
        perform(demo.opened(), gone)


@pytest.mark.faults
def test_a_finished_release_is_compared_from_anywhere_without_its_bytes(demo: Demo, elsewhere: Demo) -> None:
    demo.release("1.3.0")
    before = len(demo.stage.effects.history())
    site = elsewhere.opened()
    prepared = plan_release(site, ReleaseRequest(version="v1.3.0"))
    assert isinstance(prepared, ReleasePlan)
    done, report = perform(site, prepared)
    assert {change.state for change in done.changes} == {"same"}
    assert report.nodes == ()
    history = demo.stage.effects.history()[before:]
    assert {effect.what for effect in history} == {"refs/windlass/lock"}
    assert "not on this machine" not in "\n".join(elsewhere.said)
