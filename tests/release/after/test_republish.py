"""One channel brought to hold a released version again: what was lost is sent, and nothing else moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests import web
from tests.oci.registries import repository
from tests.release.demo import Demo
from windlass.channels.docs.pages_branch import Pages
from windlass.errors import ConfigError, ConflictError, UsageError, VersionError
from windlass.model import Phase, State
from windlass.release.after import republish
from windlass.release.after.republish import Publication
from windlass.release.ledger import Record
from windlass.stage import Stage

pytestmark = pytest.mark.stage


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Two versions on every channel but an index. Each test takes something away, and has it published again."""
    folder = tmp_path_factory.mktemp("published")
    with Stage(folder / "stage", ["demo"]) as stage:
        made = Demo(folder / "work", stage)
        made.release("1.2.2")
        made.commit("more")
        made.release("1.3.0")
        yield made


def published(demo: Demo, version: str = "", only: str = "") -> Publication:
    context = demo.opened()
    done, _ = republish.perform(context, republish.plan_publication(context, version, only))
    return done


def to_do(demo: Demo, version: str = "", only: str = "") -> dict[str, str]:
    return {
        change.what: change.state.value for change in republish.plan_publication(demo.opened(), version, only).to_do
    }


def registry(demo: Demo) -> str:
    return demo.stage.address.removeprefix("http://")


def lose_image(demo: Demo, tag: str) -> str:
    """Remove an image from the registry, and with it every tag that it had; its digest."""
    digest = repository(registry(demo)).look(tag)
    answer = web.delete(f"{demo.stage.address}/v2/acme/demo/manifests/{digest}")
    assert answer.status_code == 202
    return digest


def test_an_image_that_a_registry_lost_is_sent_again_and_no_other_channel_is_touched(released: Demo) -> None:
    digest = lose_image(released, "1.3.0")
    before = {name: released.held(name) for name in ("git", "forge", "pages")}
    address = f"{registry(released)}/acme/demo"
    assert set(to_do(released, only="oci")) >= {f"{address}:{tag}" for tag in ("1.3.0", "latest", "1", "1.3")}
    done = published(released, "v1.3.0", "oci")
    assert done.to_do == ()
    assert {repository(registry(released)).look(tag) for tag in ("1.3.0", "latest", "1", "1.3")} == {digest}
    held = {name: released.held(name) for name in ("git", "forge", "pages")}
    ledgers = [name for name in held["git"] if name.startswith("refs/windlass/")]
    assert {k: v for k, v in held["git"].items() if k not in ledgers} == {
        k: v for k, v in before["git"].items() if k not in ledgers
    }
    assert (held["forge"], held["pages"]) == (before["forge"], before["pages"])


def test_pages_that_somebody_removed_come_back_on_top_of_what_is_there(released: Demo) -> None:
    pages = Pages(released.git, "gh-pages")
    tip = pages.look()
    kept = replace(tip, items={name: item for name, item in tip.items.items() if name != "1.3.0"})
    pages.push(kept, {"CNAME": b"docs.example.org"}, "tidy up", released.git.committer_of("HEAD"))
    assert to_do(released, only="docs") == {"1.3.0": "absent"}
    assert published(released, only="docs").to_do == ()
    assert pages.look().folder("1.3.0") == tip.folder("1.3.0")
    assert "CNAME" in pages.look().items


def test_a_file_that_was_deleted_from_a_github_release_is_uploaded_again(released: Demo) -> None:
    token = released.stage.environment()["GITHUB_TOKEN"]
    api = httpx.Client(
        base_url=f"{released.stage.address}/forge/repos/demo-org/demo", headers={"Authorization": f"Bearer {token}"}
    )
    with api:
        release = api.get("/releases/tags/v1.3.0").json()
        gone = next(asset for asset in release["assets"] if asset["name"].endswith(".whl"))
        assert api.delete(f"/releases/assets/{gone['id']}").status_code == 204
        assert set(to_do(released, only="github")) == {gone["name"]}
        assert published(released, only="github").to_do == ()
        release = api.get("/releases/tags/v1.3.0").json()
    assert gone["digest"] in {asset["digest"] for asset in release["assets"]}


def test_the_newest_that_stands_is_meant_and_an_older_line_moves_no_floating_name_of_its_betters(
    released: Demo,
) -> None:
    assert republish.plan_publication(released.opened()).release.tag == "v1.3.0"
    older = republish.plan_publication(released.opened(), "1.2.2")
    assert older.release.floating == ("1.2",)
    assert older.to_do == ()
    assert {change.channel for change in older.changes} == {"oci", "docs", "github"}
    assert [change.what for change in older.changes if change.phase is Phase.POINT] == [
        f"{registry(released)}/acme/demo:1.2"
    ]


def test_on_another_machine_the_bytes_come_from_where_they_still_are(released: Demo, tmp_path: Path) -> None:
    pages = Pages(released.git, "gh-pages")
    tip = pages.look()
    kept = replace(tip, items={name: item for name, item in tip.items.items() if name != "1.3.0"})
    pages.push(kept, {}, "gone", released.git.committer_of("HEAD"))
    elsewhere = Demo(tmp_path / "elsewhere", released.stage)
    assert published(elsewhere, "1.3.0", "docs").to_do == ()
    assert "  demo-1.3.0-docs.tar.gz: from github" in elsewhere.said
    assert not any(".whl" in line for line in elsewhere.said), "only what is sent is fetched"
    assert pages.look().folder("1.3.0") == tip.folder("1.3.0")


def test_other_bytes_under_a_name_of_the_version_are_a_conflict(released: Demo) -> None:
    pages = Pages(released.git, "gh-pages")
    tip = pages.look()
    who = released.git.committer_of("HEAD")
    pages.push(tip, {"1.3.0": tip.items[".nojekyll"]}, "not pages", who)
    with pytest.raises(ConflictError, match="hold other bytes; nothing was touched"):
        republish.plan_publication(released.opened(), only="docs")
    pages.push(pages.look(), {"1.3.0": tip.items["1.3.0"]}, "pages again", who)


def test_what_was_never_sealed_is_not_published(demo: Demo) -> None:
    with pytest.raises(VersionError, match="nothing was released yet"):
        republish.plan_publication(demo.opened())
    with pytest.raises(VersionError) as unsealed:
        republish.plan_publication(demo.opened(), "v9.9.9")
    assert str(unsealed.value) == "v9.9.9 is not sealed: nothing says which bytes it is\n  fix: inv release"


def test_an_unfinished_release_comes_first(demo: Demo) -> None:
    demo.release("1.2.2")
    demo.context.ledger.seal(demo.made("1.3.0"))
    for version in ("", "1.2.2", "1.3.0"):
        with pytest.raises(UsageError) as pending:
            republish.plan_publication(demo.opened(), version)
        assert pending.value.problem == "v1.3.0 is unfinished, and comes first"
        assert pending.value.remedy == "`inv release --version v1.3.0` finishes it on every channel"


def test_what_was_taken_back_is_not_published(demo: Demo) -> None:
    demo.release("1.2.2")
    demo.commit("more")
    demo.release("1.3.0")
    demo.go_back("v1.2.2")
    with pytest.raises(VersionError, match=r"v1\.3\.0 was taken back or abandoned"):
        republish.plan_publication(demo.opened(), "v1.3.0")
    assert republish.plan_publication(demo.opened()).release.tag == "v1.2.2"


def test_a_release_that_began_since_the_plan_comes_first(demo: Demo) -> None:
    demo.release("1.2.2")
    lose_image(demo, "1.2.2")
    context = demo.opened()
    planned = republish.plan_publication(context, only="oci")
    demo.opened().ledger.seal(demo.made("1.3.0"))
    with pytest.raises(UsageError, match="is unfinished, and comes first"):
        republish.perform(context, planned)
    assert repository(registry(demo)).look("1.2.2") == ""


def test_a_channel_that_the_project_has_not_is_named(released: Demo) -> None:
    with pytest.raises(ConfigError) as absent:
        republish.plan_publication(released.opened(), only="index")
    assert absent.value.problem == "this project has no channel index"
    assert absent.value.facts == {"channels": "oci, docs, github"}


def test_what_is_done_is_verified_and_recorded_once(released: Demo) -> None:
    before = released.opened().ledger.look()["v1.3.0"].records
    done = published(released)
    assert {change.state for change in done.changes} == {State.SAME}
    assert released.opened().ledger.look()["v1.3.0"].records == before
    assert Record("done", "1.3.0").identity in {record.identity for record in before}


def test_an_index_that_came_later_gets_the_files(released: Demo) -> None:
    released.indexed = True  # the last test with this project
    assert to_do(released, only="index") == {
        "demo-1.3.0-py3-none-any.whl": "absent",
        "demo-1.3.0.tar.gz": "absent",
    }
    done = published(released, only="index")
    assert done.to_do == ()
    assert [row["verified"] for row in done.as_json()["channels"]] == [True]
    assert "index:demo-1.3.0-py3-none-any.whl can't be undone (by a person)" in "\n".join(released.said)
