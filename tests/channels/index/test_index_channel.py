"""The package index channel on the stage's index, with the real twine and the real installer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.channels.repository import Breaking, Repository, sdist, wheel, with_artifacts
from windlass.builds.artifact_folder import Files
from windlass.channels.index.index_channel import PackageIndex
from windlass.channels.protocol import Channel
from windlass.errors import ConflictError, NotVerifiedError, RemoteRefusedError
from windlass.model import Release, State
from windlass.stage import Fault, Stage
from windlass.stage.digest_cache_server import ProofStore
from windlass.testing.channel_suite import ChannelSuite, converge
from windlass.verified_digest_cache import VARIABLE

pytestmark = pytest.mark.stage


class IndexBench(Breaking):
    def __init__(self, folder: Path, stage: Stage, repository: Repository) -> None:
        self.stage, self.folder = stage, folder
        base = repository.git.resolve("main")
        self.earlier = self._release(repository.release("1.2.2", base), "made", "")
        self.release = self._release(repository.release("1.3.0", base), "made", "")
        self.other = self._release(repository.release("1.3.0", base), "other", "other bytes")
        self.begun = len(stage.effects.history())

    def _release(self, release: Release, where: str, text: str) -> Release:
        folder = self.folder / where
        version = release.version
        return with_artifacts(release, wheel(folder, "demo", version, text), sdist(folder, "demo", version, text))

    def open(self) -> Channel:
        return self.channel()

    def channel(self, **changes: object) -> PackageIndex:
        environment = self.stage.environment()
        addresses = json.loads(Path(environment["WINDLASS_STAGE"]).read_text())["index"]
        made = PackageIndex(
            "demo",
            addresses["url"],
            addresses["upload_url"],
            Files(self.folder / "made"),
            wait_s=2.0,
            environment=environment,
        )
        return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[IndexBench]:
    with Stage(tmp_path / "stage", ["demo"]) as stage:
        yield IndexBench(tmp_path, stage, Repository(tmp_path / "work", stage))


class TestPackageIndex(ChannelSuite):
    """The suite that every channel passes."""


def test_a_wrong_token_is_refused_and_never_shown(bench: IndexBench) -> None:
    secret = {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": "pypi-wrong-secret"}
    channel = bench.channel(environment=secret)
    change = channel.plan(bench.release)[0]
    with pytest.raises(RemoteRefusedError) as refused:
        channel.do(change)
    assert "the package index did not take" in str(refused.value)
    assert "pypi-wrong-secret" not in str(refused.value)
    assert bench.writes() == 0


def test_a_missing_token_is_named_without_a_connection(bench: IndexBench) -> None:
    channel = bench.channel(environment={}, upload_url="http://127.0.0.1:9/none")
    (missing,) = channel.missing()
    assert missing.startswith("a token for http://127.0.0.1:9/none: set TWINE_PASSWORD")


def test_a_server_error_after_the_file_was_stored_is_looked_up(bench: IndexBench) -> None:
    bench.stage.effects.arm(Fault(1, "after", "lie"))
    change = bench.open().plan(bench.release)[0]
    assert bench.open().do(change).digest == change.here
    assert bench.violations() == ()


def test_a_file_that_the_index_never_shows_is_not_believed(bench: IndexBench) -> None:
    bench.stage.effects.arm(Fault(1, "before", "lie"))
    channel = bench.channel(wait_s=0.5)
    with pytest.raises(NotVerifiedError) as lied:
        channel.do(channel.plan(bench.release)[0])
    assert "said that it took" in str(lied.value)


def test_the_conflict_shows_both_digests_and_the_way_out(bench: IndexBench) -> None:
    converge(bench.open(), bench.release)
    change = next(c for c in bench.open().plan(bench.other) if c.what.endswith(".whl"))
    assert change.state is State.DIFFERS
    with pytest.raises(ConflictError) as conflict:
        bench.open().do(change)
    assert str(conflict.value) == (
        "demo-1.3.0-py3-none-any.whl is already on the index with other contents\n"
        f"  there: {change.there}\n"
        f"  here:  {change.here}\n"
        f"  index: {bench.channel().url}\n"
        "  fix:   release a new version; an index never takes a file name twice"
    )


def test_a_version_that_the_index_has_is_told_before_any_work(bench: IndexBench) -> None:
    assert bench.open().version_in_use("1.3.0") == ""
    converge(bench.open(), bench.release)
    assert "demo-1.3.0.tar.gz" in bench.open().version_in_use("1.3.0")
    assert bench.open().version_in_use("1.3.1") == ""


def test_a_package_that_installs_and_does_not_run_is_not_verified(bench: IndexBench) -> None:
    receipts = converge(bench.open(), bench.release)
    receipt = next(receipt for receipt in receipts if receipt.what.endswith(".whl"))
    with pytest.raises(NotVerifiedError, match="does not run"):
        bench.channel(smoke=("false",)).verify(receipt)


def test_a_wheel_that_ran_in_a_trial_is_not_installed_again_and_its_bytes_must_be_there(
    bench: IndexBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.stage.__exit__(None, None, None)
    with Stage(bench.stage.home, ["demo"], proofs=ProofStore()) as bench.stage:
        receipts = converge(bench.open(), bench.release)
        receipt = next(receipt for receipt in receipts if receipt.what.endswith(".whl"))
        marker = tmp_path / "ran"
        counting = bench.channel(smoke=("sh", "-c", f"echo >> {marker}"))
        counting.verify(receipt)
        monkeypatch.setenv(VARIABLE, bench.stage.proofs)
        for _ in range(3):
            counting.verify(receipt)
        assert marker.read_text() == "\n" * 2, "once without the variable, once with it"
        (served,) = (bench.stage.home / "index" / "files").rglob(receipt.what)
        served.write_bytes(b"other bytes")
        with pytest.raises(NotVerifiedError, match="can't be downloaded as it was released"):
            counting.verify(receipt)


def test_a_yank_is_for_a_person_and_is_seen_once_it_is_done(bench: IndexBench) -> None:
    converge(bench.open(), bench.release)
    (yank,) = bench.open().rollback_changes(bench.earlier, (bench.release,))
    assert (yank.state, yank.what) == (State.ABSENT, "yank demo 1.3.0")
    assert yank.url.endswith("/manage/project/demo/release/1.3.0/")


def test_a_busy_index_is_asked_again_and_one_that_says_no_is_not(bench: IndexBench) -> None:
    waits: list[float] = []
    channel = bench.channel(pause=waits.append)
    wheel_change, sdist_change = channel.plan(bench.release)
    bench.stage.effects.arm(Fault(1, "before", "status", status=429, headers={"Retry-After": "1"}))
    assert channel.do(wheel_change).digest == wheel_change.here
    assert waits[0] == 5.0
    waits.clear()
    bench.stage.effects.arm(Fault(1, "before", "status", status=403))
    with pytest.raises(RemoteRefusedError, match="the package index did not take"):
        channel.do(sdist_change)
    assert 5.0 not in waits
    assert bench.violations() == ()
