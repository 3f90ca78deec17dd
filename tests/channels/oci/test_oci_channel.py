"""The channel of OCI registries, on the stage's registry and on Debian's docker-registry."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import web
from tests.channels.oci.benches import DebianBench, StageBench, channel, released
from tests.oci.registries import Wire, debian_registry, image, repository
from tests.oci.test_repository import EMPTY, referrer
from windlass.errors import ConflictError, NotVerifiedError, WindlassError
from windlass.model import Artifact, Change, Phase, Release, Reversal, State
from windlass.oci import Manifest, transfer
from windlass.stage import Fault, Stage, pointers
from windlass.testing.channel_suite import ChannelSuite, converge


class TestOnTheStage(ChannelSuite):
    """The suite that every channel passes."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[StageBench]:
        with Stage(tmp_path / "stage") as stage:
            yield StageBench(tmp_path / "made", stage)


@pytest.mark.registry
class TestOnDebiansRegistry(ChannelSuite):
    """The same on a registry that is not ours."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[DebianBench]:
        with debian_registry(tmp_path / "registry") as host, Wire(host).counting() as wire:
            yield DebianBench(tmp_path / "made", wire, tmp_path / "registry/data")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return tmp_path / "made"


@pytest.fixture
def earlier(made: Path) -> Release:
    return released(made, "1.2.2")


@pytest.fixture
def release(made: Path) -> Release:
    return released(made, "1.3.0")


def moves(changes: tuple[Change, ...]) -> list[Change]:
    return [change for change in changes if change.state is not State.SAME]


def test_every_registry_gets_every_name_of_its_own(registry: str, second: str, made: Path, release: Release) -> None:
    converge(channel(made, registry, second), release)
    names = [change.what for change in channel(made, registry, second).plan(release)]
    digest = release.artifacts[0].sha256
    holding = f"sealed-1.3.0-{digest[7:19]}"
    tags = [holding, "1.3.0", "latest", "1", "1.3"]
    assert names == [f"{host}/acme/demo:{tag}" for host in (registry, second) for tag in tags]
    assert {repository(second).look(tag) for tag in tags} == {digest}


def test_a_sealed_image_reaches_the_next_registry_without_the_files(
    registry: str, second: str, made: Path, release: Release
) -> None:
    """The run that built it was killed between two registries; another machine goes on."""
    seal = channel(made, registry, second).plan(release)[0]
    channel(made, registry, second).do(seal)
    shutil.rmtree(made)
    receipts = converge(channel(made, registry, second), release)
    for receipt in receipts:
        channel(made, registry, second).verify(receipt)
    assert repository(second).look("latest") == release.artifacts[0].sha256


def test_without_the_files_and_without_a_registry_that_has_it_the_error_says_so(
    registry: str, made: Path, release: Release
) -> None:
    one = channel(made, registry)
    seal = one.plan(release)[0]
    shutil.rmtree(made)
    with pytest.raises(WindlassError) as gone:
        one.do(seal)
    assert str(gone.value) == (
        f"the image for {seal.what} is neither here nor on another registry\n"
        f"  wanted: {seal.here}\n"
        f"  folder: {made}/demo-1.3.0.oci\n"
        "  fix:    run on the machine that built it, or build again"
    )


def test_an_image_that_lost_a_layer_is_planned_and_sent_again(registry: str, made: Path, release: Release) -> None:
    converge(channel(made, registry), release)
    one = repository(registry)
    root = one.manifest("1.3.0")
    layer = one.manifest(root.children[0].digest).blobs[1]
    assert web.delete(f"http://{registry}/v2/acme/demo/blobs/{layer.digest}").status_code == 202
    with pytest.raises(NotVerifiedError, match="is not whole"):
        channel(made, registry).verify(channel(made, registry).plan(release)[1].receipt())
    converge(channel(made, registry), release)
    assert repository(registry).absent(root, blobs=True) == ()


def test_a_version_tag_that_holds_another_image_stops_the_plan_and_stays(
    registry: str, made: Path, release: Release, tmp_path: Path
) -> None:
    other = transfer.push(image(tmp_path / "other", "somebody's"), repository(registry), "1.3.0")
    one = channel(made, registry)
    version = next(change for change in one.plan(release) if change.phase is Phase.PUBLISH)
    assert version.state is State.DIFFERS
    with pytest.raises(ConflictError) as conflict:
        one.do(version)
    assert str(conflict.value) == (
        f"{registry}/acme/demo:1.3.0 already holds another image\n"
        f"  there: {other.digest}\n"
        f"  here:  {release.artifacts[0].sha256}\n"
        "  fix:   release a new version; a version's tag is never moved"
    )
    assert repository(registry).look("1.3.0") == other.digest
    assert one.version_in_use("1.3.0") == f"{registry}/acme/demo:1.3.0 at {other.digest}"
    assert one.version_in_use("1.4.0") == ""


def test_a_floating_tag_that_somebody_moved_since_the_plan_is_not_moved_over(
    registry: str, made: Path, earlier: Release, release: Release, tmp_path: Path
) -> None:
    converge(channel(made, registry), earlier)
    latest = next(change for change in channel(made, registry).plan(release) if change.what.endswith(":latest"))
    converge(channel(made, registry), replace(release, floating=()))
    other = transfer.push(image(tmp_path / "other", "somebody's"), repository(registry), "latest")
    with pytest.raises(ConflictError) as moved:
        channel(made, registry).do(latest)
    assert moved.value.problem == f"{registry}/acme/demo:latest was moved by somebody else meanwhile"
    assert repository(registry).look("latest") == other.digest


def test_going_back_keeps_platforms_and_attestations_and_moves_no_layer(
    registry: str, made: Path, earlier: Release, release: Release
) -> None:
    """The figures of the design: under 20 KB, three requests a tag, one and the children for the registry."""
    converge(channel(made, registry), earlier)
    converge(channel(made, registry), release)
    attested = attest(registry, earlier)
    with Wire(registry).counting() as wire:
        one = channel(made, wire.host)
        changes = moves(one.rollback_changes(replace(earlier, floating=("latest", "1", "1.3")), (release,)))
        for change in changes:
            one.do(change)
    there = repository(registry).manifest("latest")
    assert there.digest == earlier.artifacts[0].sha256
    assert there.platforms == ("linux/amd64", "linux/arm64")
    assert [row.digest for row in repository(registry).referrers(there.digest)] == [attested.digest]
    assert [change.what.rpartition(":")[2] for change in changes] == ["latest", "1", "1.3"]
    assert len(wire.requests) == 3 * 3 + 1 + 2
    assert wire.size_bytes < 20_000
    assert one.repositories[0].traffic.requests == len(wire.requests)
    assert abs(one.repositories[0].traffic.size_bytes - wire.size_bytes) < 0.05 * wire.size_bytes


def attest(registry: str, release: Release) -> Manifest:
    one = repository(registry)
    root = one.manifest(release.version)
    one.put_blob(EMPTY, b"{}")
    made = referrer(root, "made here")
    one.attach(made)
    return made


def test_going_back_twice_does_nothing_the_second_time(
    registry: str, made: Path, earlier: Release, release: Release
) -> None:
    converge(channel(made, registry), earlier)
    converge(channel(made, registry), release)
    to = replace(earlier, floating=("latest", "1", "1.2", "1.3"))
    for change in moves(channel(made, registry).rollback_changes(to, (release,))):
        channel(made, registry).do(change)
    assert moves(channel(made, registry).rollback_changes(to, (release,))) == []


def test_a_name_that_nobody_ever_made_is_not_made_by_going_back(
    registry: str, made: Path, earlier: Release, release: Release
) -> None:
    converge(channel(made, registry), replace(earlier, floating=("latest",)))
    converge(channel(made, registry), replace(release, floating=("latest", "1")))
    changes = channel(made, registry).rollback_changes(
        replace(earlier, floating=("latest", "1", "1.2", "1.3")), (release,)
    )
    assert [change.what.rpartition(":")[2] for change in changes] == ["latest", "1"]


def test_a_registry_without_the_version_asked_for_leaves_its_names_to_a_person_and_says_how_to_send_it_again(
    registry: str, made: Path, earlier: Release, release: Release
) -> None:
    converge(channel(made, registry), release)
    left = channel(made, registry).rollback_changes(earlier, (release,))
    assert {(change.reversal, change.here) for change in left} == {
        (Reversal.PERSON, "(v1.2.2 has no image there: `inv publish.images --version v1.2.2` sends it again)")
    }
    assert [change.what.rpartition(":")[2] for change in left] == ["latest", "1"]


def test_a_version_from_before_windlass_is_gone_back_to_by_either_spelling(
    registry: str, made: Path, earlier: Release, release: Release
) -> None:
    converge(channel(made, registry), replace(earlier, floating=()))
    one = repository(registry)
    one.put_manifest(one.manifest("1.2.2"), "v1.2.0")
    converge(channel(made, registry), release)
    before = replace(earlier, version="1.2.0", tag="v1.2.0", artifacts=())
    changes = channel(made, registry).rollback_changes(before, (release,))
    assert {change.here for change in changes} == {earlier.artifacts[0].sha256}
    assert [change.what.rpartition(":")[2] for change in changes] == ["latest", "1"]


def test_names_that_show_what_is_taken_back_are_left_to_a_person_where_the_version_was_never_there(
    registry: str, made: Path, earlier: Release, release: Release
) -> None:
    converge(channel(made, registry), replace(earlier, floating=()))
    converge(channel(made, registry), release)
    one = repository(registry)
    one.put_manifest(one.manifest("1.2.2"), "1")  # somebody's own
    before = replace(earlier, version="1.0.0", tag="v1.0.0", artifacts=())
    left = channel(made, registry).rollback_changes(before, (release,))
    assert [(change.what, change.reversal) for change in left] == [
        (f"remove {registry}/acme/demo:latest", Reversal.PERSON)
    ]
    every = channel(made, registry).rollback_changes(None, (release,))
    assert [change.what for change in every] == [
        f"remove {registry}/acme/demo:1.3",
        f"remove {registry}/acme/demo:latest",
    ]
    assert repository(registry).look("latest") == release.artifacts[0].sha256


def test_an_index_whose_children_are_gone_is_not_gone_back_to(
    registry: str, made: Path, earlier: Release, release: Release
) -> None:
    converge(channel(made, registry), earlier)
    converge(channel(made, registry), release)
    root = repository(registry).manifest("1.2.2")
    gone = root.children[1].digest
    assert web.delete(f"http://{registry}/v2/acme/demo/manifests/{gone}").status_code == 202
    with pytest.raises(ConflictError) as torn:
        channel(made, registry).rollback_changes(earlier, (release,))
    assert torn.value.problem == f"{registry}/acme/demo:1.2.2 is not whole; nothing was moved"
    assert torn.value.facts == {"index": root.digest, "not there": gone}
    assert repository(registry).look("latest") == release.artifacts[0].sha256


def test_a_version_that_is_not_what_was_sealed_is_not_gone_back_to(
    registry: str, made: Path, earlier: Release, release: Release, tmp_path: Path
) -> None:
    converge(channel(made, registry), release)
    other = transfer.push(image(tmp_path / "other", "somebody's"), repository(registry), "1.2.2")
    with pytest.raises(ConflictError) as wrong:
        channel(made, registry).rollback_changes(earlier, (release,))
    assert wrong.value.facts == {"released": earlier.artifacts[0].sha256, "there": other.digest}


def test_releases_that_were_sealed_without_an_image_are_nothing_to_go_back_to(made: Path, release: Release) -> None:
    without = replace(release, artifacts=(replace(release.artifacts[0], kind="wheel"),))
    assert channel(made, "127.0.0.1:9").rollback_changes(without, (without,)) == ()


def test_the_history_tells_every_value_of_a_floating_tag(
    tmp_path: Path, made: Path, earlier: Release, release: Release
) -> None:
    with Stage(tmp_path / "stage") as stage:
        host = stage.address.removeprefix("http://")
        converge(channel(made, host), earlier)
        converge(channel(made, host), release)
        for change in moves(channel(made, host).rollback_changes(replace(earlier, floating=("latest",)), (release,))):
            channel(made, host).do(change)
        values = pointers(stage.effects.history())["registry:acme/demo:latest"]
    before, after = earlier.artifacts[0].sha256, release.artifacts[0].sha256
    assert values == [before, after, before]


def test_a_login_is_asked_for_by_name_and_not_for_this_machine(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    assert channel(made, "127.0.0.1:5000").missing() == ()
    assert channel(made, "ghcr.io", "127.0.0.1:5000").missing() == ("a login for ghcr.io: docker login ghcr.io",)
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    assert channel(made, "ghcr.io").missing() == ()


def test_a_lost_reply_is_looked_up_in_the_same_run(registry: str, made: Path, release: Release) -> None:
    with Wire(registry).counting() as wire:
        one = channel(made, wire.host)
        for change in one.plan(release):
            if change.phase is not Phase.SEAL:
                wire.breaks = "after"
            assert one.do(change).digest == release.artifacts[0].sha256
        assert wire.breaks == ""
        puts = [line for line in wire.requests if line.startswith("PUT") and "manifests/latest" in line]
    assert len(puts) == 1


@pytest.mark.parametrize("last", ["PUT /v2/acme/demo/blobs/", "PUT /v2/acme/demo/manifests/sealed"])
def test_a_no_that_was_a_yes_is_looked_up(tmp_path: Path, made: Path, release: Release, last: str) -> None:
    with Stage(tmp_path / "stage") as stage:
        registries = channel(made, stage.address.removeprefix("http://"))
        seal = moves(registries.plan(release))[0]
        requests = _requests(made, release, tmp_path / "unbroken")
        stage.effects.arm(Fault(1, "after", "lie", of=next(one for one in requests if last in one)))
        assert registries.do(seal).digest == seal.here
        assert len(stage.effects.firings()) == 1


def test_a_yes_that_was_a_no_is_told_and_done_by_the_next_run(tmp_path: Path, made: Path, release: Release) -> None:
    with Stage(tmp_path / "stage") as stage:
        registries = channel(made, stage.address.removeprefix("http://"))
        seal, version = moves(registries.plan(release))[:2]
        registries.do(seal)
        stage.effects.arm(Fault(1, "before", "lie"))
        with pytest.raises(NotVerifiedError) as lied:
            registries.do(version)
        assert str(lied.value).startswith(f"the registry said that it took {version.what}, and does not show it\n")
        assert registries.do(version).digest == version.here


def test_a_floating_name_that_did_not_move_was_moved_by_nobody(tmp_path: Path, made: Path, release: Release) -> None:
    with Stage(tmp_path / "stage") as stage:
        registries = channel(made, stage.address.removeprefix("http://"))
        converge(registries, released(made, "1.2.2"))
        changes = registries.plan(release)
        latest = next(one for one in changes if one.what.endswith(":latest"))
        for change in changes:
            if change.phase is not Phase.POINT:
                registries.do(change)
        stage.effects.arm(Fault(1, "before", "lie"))
        with pytest.raises(NotVerifiedError, match="and does not show it"):
            registries.do(latest)
        assert registries.do(latest).digest == latest.here


def _requests(made: Path, release: Release, folder: Path) -> list[str]:
    """What sealing asks of a registry."""
    with Stage(folder) as stage:
        registries = channel(made, stage.address.removeprefix("http://"))
        registries.do(moves(registries.plan(release))[0])
        return [f"{request.stand_in}: {request.request}" for request in stage.effects.requests()]


def test_names_that_have_no_image_to_go_back_to_are_left_to_a_person(
    registry: str, made: Path, earlier: Release, release: Release
) -> None:
    """The earlier version was released before the project had an image."""
    converge(channel(made, registry), release)
    bare = replace(earlier, artifacts=(Artifact("demo-1.2.2.tar.gz", "sdist", "sha256:" + "1" * 64, 1),))
    left = channel(made, registry).rollback_changes(replace(bare, floating=("latest", "7")), (release,))
    assert [(change.what, change.reversal) for change in left] == [
        (f"remove {registry}/acme/demo:latest", Reversal.PERSON)
    ]
