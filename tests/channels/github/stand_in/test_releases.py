"""The forge's releases, as GitHub's rules have them. The fixture holds every answer against the contract."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.github.forge import Forge, Work
from windlass.channels.github.stand_in.store import ForgeStore


@pytest.fixture
def tagged(work: Work) -> Work:
    """A remote with tags v1.0.0 (older) and v1.1.0."""
    work.tag("v1.0.0")
    work.tag("v1.1.0", work.commit("later", work.base))
    return work


def edit(forge: Forge, release: Any, **fields: Any) -> Any:
    return forge.json(forge.ask("PATCH", f"/releases/{release['id']}", json=fields))


def refused(forge: Forge, method: str, path: str, **request: Any) -> tuple[int, str, list[dict[str, str]]]:
    answer = forge.ask(method, path, **request)
    body = answer.json()
    assert body["status"] == str(answer.status_code)
    return answer.status_code, body["message"], body.get("errors", [])


# ── who sees what ──


def test_a_draft_is_seen_by_those_who_may_write_and_by_number_only(forge: Forge, work: Work) -> None:
    draft = forge.draft("v1.0.0")
    forge.configure(readers=["a-reader"])
    number = f"/releases/{draft['id']}"
    assert forge.ask("GET", number).status_code == 200
    assert forge.ask("GET", "/releases/tags/v1.0.0").status_code == 404
    for token in ("", "a-reader"):
        assert forge.ask("GET", number, token=token).status_code == 404
        assert forge.ask("GET", f"{number}/assets", token=token).status_code == 404
        assert forge.json(forge.ask("GET", "/releases", token=token)) == []


def test_nobody_writes_without_a_token_that_may(forge: Forge, work: Work) -> None:
    forge.configure(readers=["a-reader"])
    fields = {"tag_name": "v1", "draft": True}
    assert refused(forge, "POST", "/releases", json=fields, token="") == (401, "Requires authentication", [])
    assert refused(forge, "POST", "/releases", json=fields, token="wrong") == (401, "Bad credentials", [])
    message = "Resource not accessible by personal access token"
    assert refused(forge, "POST", "/releases", json=fields, token="a-reader") == (403, message, [])
    assert forge.ask("GET", "/releases", token="wrong").status_code == 401
    assert forge.releases() == []


def test_a_drafts_files_are_fetched_with_a_token_only(forge: Forge, work: Work) -> None:
    asset = forge.json(forge.upload(forge.draft("v1.0.0"), "a.txt", b"bytes"), 201)
    binary = {"Accept": "application/octet-stream"}
    moved = forge.ask("GET", asset["url"], headers=binary)
    assert moved.status_code == 302
    assert forge.ask("GET", moved.headers["Location"]).content == b"bytes"
    assert forge.ask("GET", asset["url"], headers=binary, token="").status_code == 404
    assert forge.ask("GET", asset["browser_download_url"]).status_code == 404


def test_a_published_file_is_anybodys(forge: Forge, tagged: Work) -> None:
    draft = forge.draft("v1.0.0")
    asset = forge.json(forge.upload(draft, "a.txt", b"bytes"), 201)
    edit(forge, draft, draft=False)
    published = forge.json(forge.ask("GET", "/releases/tags/v1.0.0", token=""))["assets"][0]
    assert (published["id"], published["digest"]) == (asset["id"], asset["digest"])
    assert forge.ask("GET", published["browser_download_url"], token="", follow_redirects=True).content == b"bytes"


# ── latest ──


def test_the_newest_release_is_the_latest_until_another_is_made_it(forge: Forge, tagged: Work) -> None:
    newer = forge.published("v1.1.0", make_latest="false")
    assert forge.latest() == "v1.1.0"
    older = forge.published("v1.0.0", make_latest="legacy")
    assert forge.latest() == "v1.1.0"
    edit(forge, older, make_latest="true")
    assert forge.latest() == "v1.0.0"
    edit(forge, older, make_latest="false")
    assert forge.latest() == "v1.1.0"
    edit(forge, newer, name="other words")
    assert forge.latest() == "v1.1.0"


def test_what_is_published_without_a_word_about_it_is_the_latest(forge: Forge, tagged: Work) -> None:
    forge.published("v1.1.0")
    forge.published("v1.0.0")
    assert forge.latest() == "v1.0.0"
    assert forge.ask("GET", f"{forge.api_url}/demo-org/demo/releases/latest").headers["Location"].endswith("tag/v1.0.0")


def test_a_pre_release_or_draft_is_never_the_latest(forge: Forge, tagged: Work) -> None:
    first = forge.published("v1.0.0")
    second = forge.published("v1.1.0")
    edit(forge, second, prerelease=True)
    assert forge.latest() == "v1.0.0"
    edit(forge, first, draft=True)
    assert forge.latest() == ""
    error = {"resource": "Release", "code": "custom", "message": "Latest release cannot be draft or prerelease"}
    for held in (first, second):
        answer = refused(forge, "PATCH", f"/releases/{held['id']}", json={"make_latest": "true"})
        assert answer == (422, "Validation Failed", [error])


# ── publishing ──


def test_two_drafts_may_have_one_tag_and_two_releases_may_not(forge: Forge, tagged: Work) -> None:
    first, second = forge.draft("v1.0.0"), forge.draft("v1.0.0")
    edit(forge, first, draft=False)
    error = {"resource": "Release", "code": "already_exists", "field": "tag_name"}
    answer = refused(forge, "PATCH", f"/releases/{second['id']}", json={"draft": False})
    assert answer == (422, "Validation Failed", [error])
    assert refused(forge, "POST", "/releases", json={"tag_name": "v1.0.0"})[0] == 422
    assert len(forge.releases()) == 2


def test_a_tag_that_is_not_there_is_made_on_the_default_branch(forge: Forge, work: Work) -> None:
    """What GitHub does, and why a release must look at the tag first."""
    forge.published("v9")
    assert work.git.ls_remote("refs/tags/v9") == {"refs/tags/v9": work.base}


def test_what_is_published_has_the_date_of_its_tags_commit(forge: Forge, tagged: Work) -> None:
    assert forge.published("v1.0.0")["created_at"] == "2025-06-15T15:07:40Z"


def test_a_body_that_is_too_long_or_no_json_or_of_another_type_is_refused(forge: Forge, work: Work) -> None:
    status, message, errors = refused(forge, "POST", "/releases", json={"tag_name": "v1", "body": "x" * 125_001})
    assert (status, message, errors[0]["message"]) == (
        422,
        "Validation Failed",
        "body is too long (maximum is 125000 characters)",
    )
    for content, expected in ((b"{", 400), (json.dumps({"tag_name": 1}).encode(), 422)):
        answer = forge.ask("POST", f"{forge.address}/forge/repos/demo-org/demo/releases", content=content)
        assert answer.status_code == expected
    assert forge.releases() == []
    forge.checked.problems.clear()  # these were meant to be wrong


def test_an_immutable_release_keeps_its_files_and_burns_its_tag(forge: Forge, tagged: Work) -> None:
    forge.configure(immutable_releases=True)
    draft = forge.draft("v1.0.0")
    asset = forge.json(forge.upload(draft, "a.txt", b"bytes"), 201)
    assert edit(forge, draft, draft=False)["immutable"] is True
    assert forge.upload(draft, "b.txt", b"bytes").status_code == 422
    assert forge.ask("DELETE", f"/releases/assets/{asset['id']}").status_code == 422
    assert refused(forge, "PATCH", f"/releases/{draft['id']}", json={"tag_name": "v2"})[0] == 422
    assert refused(forge, "PATCH", f"/releases/{draft['id']}", json={"draft": True})[0] == 422
    changed = edit(forge, draft, name="title", body="notes", prerelease=True, make_latest="false")
    assert (changed["name"], changed["body"], changed["prerelease"]) == ("title", "notes", True)
    assert forge.ask("DELETE", f"/releases/{draft['id']}").status_code == 204
    again = forge.draft("v1.0.0")
    assert refused(forge, "PATCH", f"/releases/{again['id']}", json={"draft": False})[0] == 422


# ── assets ──


def test_a_file_name_is_taken_once_and_its_digest_is_told(forge: Forge, work: Work) -> None:
    draft = forge.draft("v1.0.0")
    asset = forge.json(forge.upload(draft, "a.txt", b"bytes"), 201)
    assert asset["digest"] == "sha256:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9"
    answer = forge.upload(draft, "a.txt", b"bytes")
    error = {"resource": "ReleaseAsset", "code": "already_exists", "field": "name"}
    assert (answer.status_code, answer.json()["errors"]) == (422, [error])


def test_a_file_name_of_special_characters_is_changed(forge: Forge, work: Work) -> None:
    draft = forge.draft("v1.0.0")
    assert forge.json(forge.upload(draft, "a b~1+local-x_y.tar.gz", b"x"), 201)["name"] == "a.b.1+local-x_y.tar.gz"


def test_an_empty_file_and_a_release_that_is_not_there_are_refused(forge: Forge, work: Work) -> None:
    draft = forge.draft("v1.0.0")
    assert forge.upload(draft, "a.txt", b"").status_code == 400
    elsewhere = {**draft, "upload_url": draft["upload_url"].replace(f"/{draft['id']}/", "/999/")}
    assert forge.upload(elsewhere, "a.txt", b"x").status_code == 404


def test_uploads_have_an_address_of_their_own(forge: Forge, work: Work) -> None:
    draft = forge.draft("v1.0.0")
    assert draft["upload_url"] == (
        f"{forge.api_url}/uploads/repos/demo-org/demo/releases/{draft['id']}/assets{{?name,label}}"
    )
    forge.configure(uploads="http://127.0.0.1:1/up")
    assert forge.releases()[0]["upload_url"].startswith("http://127.0.0.1:1/up/repos/")


# ── lists, pages, history ──


def test_a_list_comes_in_pages_that_name_each_other(forge: Forge, work: Work) -> None:
    for number in range(5):
        forge.draft(f"v{number}")
    answer = forge.ask("GET", "/releases?per_page=2&page=2")
    assert [held["tag_name"] for held in answer.json()] == ["v2", "v1"]
    pages = {name: link["url"].partition("?")[2] for name, link in answer.links.items() if name}
    assert pages == {
        "next": "per_page=2&page=3",
        "last": "per_page=2&page=3",
        "prev": "per_page=2&page=1",
        "first": "per_page=2&page=1",
    }


def test_a_releases_page_shows_marks_notes_and_files_as_text(forge: Forge, tagged: Work) -> None:
    draft = forge.draft("v1.0.0", "<script>alert(1)</script>", name='"><b>title')
    forge.upload(draft, "a.txt", b"bytes")
    page = edit(forge, draft, draft=False)["html_url"]
    text = forge.ask("GET", page, token="").text
    assert "<script>" not in text
    assert "<b>" not in text
    assert "<small>Latest</small>" in text
    assert f"{forge.api_url}/demo-org/demo/releases/download/v1.0.0/a.txt" in text
    edit(forge, draft, prerelease=True)
    assert "<small>Pre-release</small>" in forge.ask("GET", page, token="").text


def test_the_history_tells_drafts_names_and_pointers_apart(forge: Forge, tagged: Work) -> None:
    draft = forge.draft("v1.0.0")
    asset = forge.json(forge.upload(draft, "a.txt", b"bytes"), 201)
    edit(forge, draft, draft=False)
    edit(forge, draft, prerelease=True)
    page = forge.records("draft")[0][2]
    assert forge.records("draft") == [
        (f"release v1.0.0#{draft['id']}", None, page),
        (f"asset v1.0.0/a.txt#{asset['id']}", None, asset["digest"]),
        (f"asset v1.0.0/a.txt#{asset['id']}", asset["digest"], None),
        (f"release v1.0.0#{draft['id']}", page, None),
    ]
    assert forge.records("immutable") == [
        ("asset v1.0.0/a.txt", None, asset["digest"]),
        ("release v1.0.0", None, f"release {draft['id']}"),
    ]
    assert forge.records("pointer") == [
        ("latest", None, "v1.0.0"),
        ("prerelease v1.0.0", None, "false"),
        ("latest", "v1.0.0", None),
        ("prerelease v1.0.0", "false", "true"),
    ]
    assert forge.violations() == ()


def test_a_second_draft_and_a_file_that_changes_are_seen_as_violations(forge: Forge, tagged: Work) -> None:
    first, second = forge.draft("v1.0.0"), forge.draft("v1.0.0")
    assert len(forge.violations()) == 1
    edit(forge, first, draft=False)
    (violation,) = forge.violations()
    assert "beside the published one" in violation
    assert f"release v1.0.0#{second['id']}" in violation
    forge.ask("DELETE", f"/releases/{second['id']}")
    assert forge.violations() == ()
    asset = forge.json(forge.upload(first, "a.txt", b"one"), 201)
    forge.ask("DELETE", f"/releases/assets/{asset['id']}")
    assert len(forge.violations()) == 1


def test_everything_is_on_disk(forge: Forge, tagged: Work) -> None:
    forge.upload(forge.draft("v1.0.0", "text"), "a.txt", b"bytes")
    again = ForgeStore(forge.home, forge.effects).load()
    assert [(held.tag_name, held.body, held.assets[0].size) for held in again.releases] == [("v1.0.0", "text", 5)]
