"""The GitHub channel: the suite that every channel passes, and where things are not as they should be."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest

from tests.channels.github.bench import GitHubBench
from tests.github.forge import REPOSITORY, Forge, Work
from windlass.builds.artifact_folder import Files
from windlass.channels.github import stand_in
from windlass.channels.github.github_channel import GitHubReleases
from windlass.channels.github.stand_in.store import ForgeRelease as Held
from windlass.channels.github.stand_in.store import ForgeStore
from windlass.errors import ConflictError, NotVerifiedError, WindlassError
from windlass.github import release_text
from windlass.github.release_edits import Patience
from windlass.model import Change, Release, State
from windlass.stage import Fault, Stage
from windlass.testing.channel_suite import ChannelSuite, converge, converge_one

When = Literal["before", "during", "after"]
Action = Literal["cut", "status", "lie"]


def channel(forge: Forge, work: Work, token: str | None = None) -> GitHubReleases:
    environment = {"GITHUB_TOKEN": forge.token if token is None else token}
    files = Files(work.folder)
    return GitHubReleases(REPOSITORY, forge.api_url, files, environment=environment, patience=Patience(0.0))


def states(changes: tuple[Change, ...]) -> dict[str, str]:
    return {change.what: change.state.value for change in changes}


def change_of(changes: tuple[Change, ...], what: str) -> Change:
    return next(change for change in changes if change.what == what)


def released(forge: Forge, work: Work, release: Release) -> None:
    """Do it, and look at it as a reader."""
    opened = channel(forge, work)
    for receipt in converge(opened, release):
        opened.verify(receipt)


class TestGitHub(ChannelSuite):
    """The suite that every channel passes."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[GitHubBench]:
        with Stage(tmp_path / "stage") as stage:
            yield GitHubBench(tmp_path, stage)


# ── drafts ──


def test_somebody_elses_draft_of_the_tag_stops_the_release_and_stays(forge: Forge, work: Work) -> None:
    draft = forge.draft("v1.0.0", "my own words", name="Our first")
    opened = channel(forge, work)
    change = change_of(opened.plan(work.release("1.0.0")), "draft v1.0.0")
    assert (change.state, change.there) == (State.DIFFERS, draft["html_url"])
    with pytest.raises(ConflictError) as refused:
        opened.do(change)
    assert str(refused.value) == (
        "somebody else's draft of v1.0.0 is on GitHub\n"
        f"  draft: {draft['html_url']}\n"
        "  title: Our first\n"
        "  fix:   delete it; or make it this release's, with <!-- windlass: release v1.0.0 --> as its first line"
    )
    assert [(held["id"], held["body"], held["draft"]) for held in forge.releases()] == [
        (draft["id"], "my own words", True)
    ]


def test_a_draft_that_was_given_our_marker_by_its_owner_becomes_the_release(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0")
    draft = forge.draft("v1.0.0", f"{release_text.marker('v1.0.0')}\r\nmy own words")
    released(forge, work, work.release("1.0.0"))
    assert [(held["id"], held["draft"]) for held in forge.releases()] == [(draft["id"], False)]


def test_a_marker_deeper_in_the_text_makes_no_draft_ours(forge: Forge, work: Work) -> None:
    forge.draft("v1.0.0", f"feat: hello\n{release_text.marker('v1.0.0')}")
    change = channel(forge, work).plan(work.release("1.0.0"))[0]
    assert change.state is State.DIFFERS


def test_of_two_drafts_of_ours_the_lower_number_stays(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0")
    first = forge.draft("v1.0.0", release_text.page("v1.0.0", "one"))
    second = forge.draft("v1.0.0", release_text.page("v1.0.0", "two"))
    forge.upload(second, "demo-1.0.0.tar.gz", b"other bytes of the draft that goes")
    release = work.release("1.0.0")
    assert states(channel(forge, work).plan(release))["draft v1.0.0"] == "absent"
    released(forge, work, release)
    assert [held["id"] for held in forge.releases()] == [first["id"]]
    assert forge.violations() == ()


def test_our_draft_beside_the_published_release_is_removed(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0")
    release = work.release("1.0.0")
    released(forge, work, release)
    forge.draft("v1.0.0", release_text.page("v1.0.0", "left by another runner"))
    assert forge.violations() != ()
    assert [c.what for c in channel(forge, work).plan(release) if c.state is not State.SAME] == ["draft v1.0.0"]
    released(forge, work, release)
    assert [held["draft"] for held in forge.releases()] == [False]
    assert forge.violations() == ()


def test_a_draft_is_found_behind_pages_of_other_peoples(forge: Forge, work: Work) -> None:
    store = ForgeStore(forge.home, forge.effects)
    state = store.load()
    ours = Held(state.new_id(), "v1.0.0", "main", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", draft=True)
    ours.body = release_text.page("v1.0.0", "")
    others = [
        Held(state.new_id(), f"nightly-{n}", "main", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", draft=True)
        for n in range(230)
    ]
    state.releases = [ours, *others]
    store.save(state)
    assert states(channel(forge, work).plan(work.release("1.0.0")))["draft v1.0.0"] == "same"


def test_a_release_that_was_given_up_leaves_no_draft(forge: Forge, work: Work) -> None:
    release = work.release("1.0.0")
    opened = channel(forge, work)
    for change in opened.plan(release)[:3]:
        opened.do(change)
    (removal,) = opened.withdrawal_changes(release)
    opened.verify(opened.do(removal))
    assert forge.releases() == []
    assert opened.withdrawal_changes(release) == ()


def test_a_person_who_publishes_our_draft_too_early_is_caught_up_with(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0-rc.1")
    release = work.release("1.0.0-rc.1", latest=False)
    opened = channel(forge, work)
    for change in opened.plan(release)[:2]:
        opened.do(change)
    forge.ask("PATCH", f"/releases/{forge.releases()[0]['id']}", json={"draft": False, "prerelease": False})
    released(forge, work, release)
    (held,) = forge.releases()
    assert (held["prerelease"], len(held["assets"])) == (True, 4)
    assert forge.violations() == ()


# ── assets ──


def test_an_upload_that_was_cut_is_cleared_away_and_done_again(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0")
    release = work.release("1.0.0")
    opened = channel(forge, work)
    opened.do(opened.plan(release)[0])
    (draft,) = forge.releases()
    cut_upload(forge, draft["upload_url"].partition("{")[0], "demo-1.0.0.tar.gz")
    (left,) = forge.releases()[0]["assets"]
    assert (left["name"], left["state"], left["digest"]) == ("demo-1.0.0.tar.gz", "starter", None)
    assert states(opened.plan(release))["demo-1.0.0.tar.gz"] == "absent"
    released(forge, work, release)
    assert {asset["state"] for asset in forge.releases()[0]["assets"]} == {"uploaded"}


def cut_upload(forge: Forge, url: str, name: str) -> None:
    """Announce a hundred bytes, send ten, and hang up."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.putrequest("POST", f"{urlsplit(url).path}?name={name}")
    for header, value in (
        ("Authorization", f"Bearer {forge.token}"),
        ("X-GitHub-Api-Version", "2022-11-28"),
        ("Content-Type", "application/octet-stream"),
        ("Content-Length", "100"),
    ):
        connection.putheader(header, value)
    connection.endheaders(b"0123456789")
    wait = Patience(10.0)
    assert wait.until(lambda: bool(forge.releases()[0]["assets"]))
    connection.close()


def test_other_bytes_under_a_files_name_stop_before_anything_is_seen(forge: Forge, work: Work) -> None:
    release = work.release("1.0.0")
    draft = forge.draft("v1.0.0", release_text.page("v1.0.0", ""))
    forge.upload(draft, "demo-1.0.0.tar.gz", b"other")
    change = change_of(channel(forge, work).plan(release), "demo-1.0.0.tar.gz")
    assert change.state is State.DIFFERS
    with pytest.raises(ConflictError) as refused:
        channel(forge, work).do(change)
    assert str(refused.value) == (
        "demo-1.0.0.tar.gz is already on GitHub with other contents\n"
        f"  there:   {change.there}\n"
        f"  here:    {change.here}\n"
        f"  release: {draft['html_url']}\n"
        "  fix:     delete that draft, then run the same again"
    )


def test_where_github_names_no_digest_the_bytes_are_fetched(forge: Forge, work: Work) -> None:
    forge.configure(digests=False)
    work.tag("v1.0.0")
    release = work.release("1.0.0")
    released(forge, work, release)
    assert {c.state for c in channel(forge, work).plan(release)} == {State.SAME}
    other = work.release("1.0.0", "other")
    assert states(channel(forge, work).plan(other))["release v1.0.0"] == "differs"


def test_an_image_is_no_asset(forge: Forge, work: Work) -> None:
    assert "demo" not in states(channel(forge, work).plan(work.release("1.0.0")))


def test_bytes_that_were_spoiled_on_the_way_are_seen_by_the_reader(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0")
    opened = channel(forge, work)
    receipts = converge(opened, work.release("1.0.0"))
    published = next(receipt for receipt in receipts if receipt.what == "release v1.0.0")
    (asset, *_) = forge.releases()[0]["assets"]
    ForgeStore(forge.home, forge.effects).bytes_of(asset["digest"]).write_bytes(b"spoiled")
    with pytest.raises(NotVerifiedError, match=r"^release v1\.0\.0 is not on GitHub as it was released"):
        opened.verify(published)


# ── publication ──


def test_a_tag_that_is_not_there_is_never_made_by_publishing(forge: Forge, work: Work) -> None:
    release = work.release("1.0.0")
    opened = channel(forge, work)
    changes = opened.plan(release)
    for change in changes[:-2]:
        opened.do(change)
    with pytest.raises(ConflictError) as refused:
        opened.do(change_of(changes, "release v1.0.0"))
    assert str(refused.value) == (
        "tag v1.0.0 on GitHub does not lead to the release's commit; nothing was published\n"
        "  there:      (no such tag)\n"
        f"  here:       {release.commit}\n"
        f"  repository: {REPOSITORY}\n"
        "  fix:        see that the git remote is this repository, and who moved the tag"
    )
    assert [held["draft"] for held in forge.releases()] == [True]
    assert "refs/tags/v1.0.0" not in work.git.ls_remote()


@pytest.mark.parametrize("annotated", [True, False])
def test_a_tag_that_leads_elsewhere_is_not_published(forge: Forge, work: Work, annotated: bool) -> None:
    work.tag("v1.0.0", work.commit("elsewhere", work.base), annotated=annotated)
    with pytest.raises(ConflictError, match="does not lead to the release's commit"):
        converge(channel(forge, work), work.release("1.0.0"))
    assert [held["draft"] for held in forge.releases()] == [True]


def test_a_pre_release_is_marked_and_is_never_the_latest(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0-rc.1")
    released(forge, work, work.release("1.0.0-rc.1", latest=False))
    (held,) = forge.releases()
    assert (held["prerelease"], held["draft"], held["name"]) == (True, False, "demo 1.0.0-rc.1")
    assert forge.latest() == ""


def test_a_patch_of_an_older_line_moves_no_latest(forge: Forge, work: Work) -> None:
    """Even where no release was ever made the latest by name, so that GitHub shows the newest."""
    for version in ("1.2.2", "1.3.0"):
        work.tag(f"v{version}")
        forge.published(f"v{version}", make_latest="legacy")
    assert forge.latest() == "v1.3.0"
    later = replace(work.release("1.2.3", latest=False), commit=work.tag("v1.2.3", work.commit("fix", work.base)))
    released(forge, work, later)
    assert forge.latest() == "v1.3.0"
    assert [now for what, _, now in forge.records("pointer") if what == "latest"] == ["v1.2.2", "v1.3.0"]


def test_what_another_project_of_the_repository_released_last_stays_the_latest(forge: Forge, work: Work) -> None:
    older, newer = work.release("1.0.0"), work.release("1.1.0")
    for release in (older, newer):
        work.tag(release.tag)
        released(forge, work, release)
    work.tag("web-v5.0.0")
    forge.published("web-v5.0.0", make_latest="true")
    back = channel(forge, work).rollback_changes(older, (newer,))
    assert [change.what for change in back] == ["mark v1.1.0"]
    assert not channel(forge, work).survey((older, newer)).pointers
    forge.published("nightly", make_latest="true")
    assert "latest" in [change.what for change in channel(forge, work).rollback_changes(older, (newer,))]


def test_an_immutable_release_is_finished_and_stays_as_it_is(forge: Forge, work: Work) -> None:
    forge.configure(immutable_releases=True)
    work.tag("v1.0.0")
    release = work.release("1.0.0")
    released(forge, work, release)
    assert forge.releases()[0]["immutable"] is True
    assert {c.state for c in channel(forge, work).plan(release)} == {State.SAME}
    with_more = replace(release, artifacts=(*release.artifacts, work.artifact("more.json", "sbom", b"more")))
    change = change_of(channel(forge, work).plan(with_more), "more.json")
    assert (change.state, change.there) == (State.DIFFERS, "an immutable release without it")


def test_a_private_repository_is_read_with_the_token(forge: Forge, work: Work) -> None:
    forge.configure(private=True)
    work.tag("v1.0.0")
    released(forge, work, work.release("1.0.0"))
    assert forge.ask("GET", "/releases", token="").status_code == 404


# ── taking back ──


def test_a_release_that_is_taken_back_says_what_to_use_instead(forge: Forge, work: Work) -> None:
    forge.configure(immutable_releases=True)
    first, second = work.release("1.0.0"), work.release("1.1.0", notes="## 1.1.0\n\nwords")
    for release in (first, second):
        work.tag(release.tag)
        released(forge, work, release)
    opened = channel(forge, work)
    for change in opened.rollback_changes(first, (second,)):
        opened.verify(opened.do(change))
    held = forge.json(forge.ask("GET", "/releases/tags/v1.1.0"))
    assert held["prerelease"] is True
    assert held["body"] == (
        "<!-- windlass: release v1.1.0 -->\n<!-- windlass: taken back -->\n"
        f"> **Taken back.** Use [v1.0.0]({forge.api_url}/{REPOSITORY}/releases/tag/v1.0.0) instead.\n\n"
        "## 1.1.0\n\nwords\n"
    )
    assert forge.latest() == "v1.0.0"
    assert {change.state for change in opened.rollback_changes(first, (second,))} == {State.SAME}
    assert {c.state for c in opened.plan(replace(second, floating=()))} == {State.SAME}
    assert forge.violations() == ()


def test_a_version_from_before_windlass_can_be_gone_back_to(forge: Forge, work: Work) -> None:
    work.tag("v1.1.0")
    second = work.release("1.1.0")
    released(forge, work, second)
    opened = channel(forge, work)
    changes = opened.rollback_changes(work.release("1.0.0"), (second,))
    assert [change.what for change in changes] == ["mark v1.1.0"]
    opened.verify(opened.do(changes[0]))


# ── lost, refused, repeated ──


def test_what_is_done_sends_nothing_more(forge: Forge, work: Work) -> None:
    first, second = work.release("1.0.0"), work.release("1.1.0")
    work.tag("v1.0.0")
    work.tag("v1.1.0")
    converge(channel(forge, work), first)
    changes = channel(forge, work).plan(second)
    receipts = [channel(forge, work).do(change) for change in changes]
    sent = forge.effects.requests()
    assert [channel(forge, work).do(change) for change in changes] == receipts
    assert forge.effects.requests() == sent
    taking_back = channel(forge, work).rollback_changes(first, (second,))
    receipts = [channel(forge, work).do(change) for change in taking_back]
    sent = forge.effects.requests()
    assert [channel(forge, work).do(change) for change in taking_back] == receipts
    channel(forge, work).do(changes[-2])  # a publication that comes late takes no mark away
    assert forge.effects.requests() == sent


def test_a_lost_reply_to_an_upload_is_looked_up_at_once(forge: Forge, work: Work) -> None:
    opened = channel(forge, work)
    draft, file, *_ = opened.plan(work.release("1.0.0"))
    opened.do(draft)
    forge.effects.arm(Fault(1, "after", "cut"))
    assert opened.do(file).digest == file.here
    assert len([asked for asked in forge.effects.requests() if "/assets" in asked.request]) == 1


def test_an_upload_that_never_arrived_is_sent_again_at_once(forge: Forge, work: Work) -> None:
    opened = channel(forge, work)
    draft, file, *_ = opened.plan(work.release("1.0.0"))
    opened.do(draft)
    forge.effects.arm(Fault(1, "during", "cut"))
    assert opened.do(file).digest == file.here


FAULTS: tuple[tuple[When, Action], ...] = (
    ("before", "status"),
    ("before", "lie"),
    ("during", "cut"),
    ("after", "cut"),
    ("after", "lie"),
)


@pytest.mark.stage
@pytest.mark.parametrize(("when", "action"), FAULTS)
def test_whatever_write_is_broken_the_next_run_finishes(forge: Forge, work: Work, when: When, action: Action) -> None:
    """Each write of a release in turn; a version for each, so that all of them meet what the others left."""
    step = 0
    while True:
        step += 1
        work.tag(f"v1.0.{step}")
        release = work.release(f"1.0.{step}")
        forge.effects.arm(Fault(step, when, action, status=500))
        with suppress(WindlassError):
            converge(channel(forge, work), release)
        reached = not forge.effects.disarm()
        released(forge, work, release)
        assert {change.state for change in channel(forge, work).plan(release)} == {State.SAME}
        assert (forge.latest(), forge.violations()) == (release.tag, ())
        if not reached:
            break
    assert step > 7


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429])
def test_whatever_write_is_refused_the_error_says_so_and_the_next_run_finishes(
    forge: Forge, work: Work, status: int
) -> None:
    """Every write of a release in turn. What asks to wait (429) is waited for, and done in the same run."""
    work.tag("v0.9.0", work.commit("earlier", ""))
    forge.published("v0.9.0")
    work.tag("v1.0.0")
    release = work.release("1.0.0")
    refusals = []
    for number, change in enumerate(channel(forge, work).plan(release), 1):
        headers = {"Retry-After": "0"} if status == 429 else {}
        forge.effects.arm(Fault(1, "before", "status", status=status, headers=headers))
        try:
            channel(forge, work).do(change)
        except WindlassError as refused:
            refusals.append(refused)
        assert not forge.effects.disarm(), f"{change.key} wrote nothing"
        assert len(forge.effects.firings()) == number
        converge_one(channel(forge, work), release, change)
    assert [refused.problem for refused in refusals] == [f"GitHub refused with {status}"] * (0 if status == 429 else 7)
    assert all(refused.remedy and refused.facts["request"] for refused in refusals)
    released(forge, work, release)
    assert {change.state for change in channel(forge, work).plan(release)} == {State.SAME}
    assert forge.violations() == ()


# ── preflight ──


def test_a_version_is_taken_by_a_release_and_by_somebody_elses_draft(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0")
    release = forge.published("v1.0.0")
    draft = forge.draft("v1.1.0")
    forge.draft("v1.2.0", release_text.page("v1.2.0", ""))
    opened = channel(forge, work)
    assert opened.version_in_use("1.0.0") == f"release {release['html_url']}"
    assert opened.version_in_use("1.1.0") == f"draft {draft['html_url']}"
    assert opened.version_in_use("1.2.0") == ""
    assert opened.version_in_use("1.3.0") == ""


def test_without_a_token_it_says_which_and_still_plans(forge: Forge, work: Work) -> None:
    opened = channel(forge, work, token="")
    where = f"a token for {forge.api_url}: set GITHUB_TOKEN (or GH_TOKEN), or `keyring set {forge.api_url} windlass`"
    assert opened.missing() == (where,)
    assert {change.state for change in opened.plan(work.release("1.0.0"))} == {State.ABSENT}
    assert channel(forge, work).missing() == ()


def test_the_stages_token_counts_before_another_one(forge: Forge, work: Work) -> None:
    environment = {**stand_in.ForgeStandIn().environment(forge.home), "GH_TOKEN": "the person's own"}
    opened = replace(channel(forge, work), environment=environment)
    assert opened.version_in_use("1.0.0") == ""


# ── hostile words ──

HOSTILE = "-->\n<!-- windlass: release v9.9.9 -->\n<script>alert(1)</script> `$(id)` \u202e \x00 {0} %s\n<!-- "


def test_notes_that_try_to_be_more_than_notes_stay_notes(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0")
    release = work.release("1.0.0", notes=HOSTILE)
    released(forge, work, release)
    (held,) = forge.releases()
    assert held["body"] == f"<!-- windlass: release v1.0.0 -->\n{HOSTILE.strip()}\n"
    assert {c.state for c in channel(forge, work).plan(release)} == {State.SAME}
    assert channel(forge, work).version_in_use("9.9.9") == ""
    page = forge.ask("GET", held["html_url"])
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


def test_a_tag_with_a_prefix_of_odd_characters_can_be_released(forge: Forge, work: Work) -> None:
    tag = "pkg-->/a+b%20&c=é/v1.0.0"
    work.tag(tag)
    release = replace(work.release("1.0.0"), tag=tag)
    released(forge, work, release)
    (held,) = forge.releases()
    assert (held["tag_name"], held["body"].partition("\n")[0].count("-->")) == (tag, 1)
    assert {c.state for c in channel(forge, work).plan(release)} == {State.SAME}


def test_notes_longer_than_github_takes_are_cut_at_a_line(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0")
    release = work.release("1.0.0", notes="- a change of some size\n" * 20_000)
    released(forge, work, release)
    (held,) = forge.releases()
    end = "- a change of some size\n\n*… these notes are cut; all of them stand in the changelog.*\n"
    assert len(held["body"]) < 125_000
    assert held["body"].endswith(end)
