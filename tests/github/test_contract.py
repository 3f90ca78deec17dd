"""The check against GitHub's contract checks, and covers what is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.responses import JSONResponse

from tests import web
from tests.github.contract import Checked, contract, of_answer, of_request, operation
from tests.github.forge import Forge, Work
from windlass.github import Asset, GitHubRelease, Pull, Ref, Repository
from windlass.github.api_types import MergeResult, TagObject
from windlass.stage import Effects, serve
from windlass.stage.fault_middleware import Faults

HEADERS = {"content-type": "application/json"}
RELEASES = "/repos/o/r/releases"


def request(method: str, path: str, query: bytes = b"", body: bytes = b"", version: str = "2022-11-28") -> list[str]:
    found = operation(method, path)
    assert found is not None
    return of_request(found, query, {**HEADERS, "x-github-api-version": version}, body)


def test_a_field_that_github_does_not_know_is_our_error() -> None:
    assert request("POST", RELEASES, body=b'{"tag_name": "v1", "make_lastest": "true"}') == [
        "body at : Additional properties are not allowed ('make_lastest' was unexpected)"
    ]


def test_a_value_of_another_type_is_our_error() -> None:
    assert request("PATCH", f"{RELEASES}/1", body=b'{"make_latest": true}') == [
        "body at make_latest: True is not one of ['true', 'false', 'legacy']",
        "body at make_latest: True is not of type 'string'",
    ]


def test_a_query_that_github_does_not_know_is_our_error() -> None:
    assert request("GET", RELEASES, b"per_page=100&page=2") == []
    assert request("GET", RELEASES, b"per-page=100") == ["query field 'per-page' is unknown"]


def test_a_request_without_the_apis_version_is_our_error() -> None:
    assert request("GET", RELEASES, version="") == ["no API version is asked for"]


def test_an_answer_that_lacks_a_field_is_the_stand_ins_error() -> None:
    found = operation("GET", f"{RELEASES}/latest")
    assert found is not None
    assert "answer 200 at : 'upload_url' is a required property" in of_answer(found, 200, b'{"id": 1}')
    assert of_answer(found, 299, b"") == ["status 299 is none of [200, 404]"]


def test_a_path_that_github_does_not_have_is_found_out(tmp_path: Path) -> None:
    assert operation("GET", f"{RELEASES}/newest") is None
    assert operation("PUT", f"{RELEASES}/1") is None


def test_the_check_sees_what_passes_over_the_wire(tmp_path: Path) -> None:

    checked = Checked(JSONResponse({"id": 1}), "/forge")
    server = serve.Server(Faults(checked, Effects(tmp_path), lambda _: "forge", lambda _: None))
    server.start()
    address = f"http://127.0.0.1:{server.port}/forge/repos/o/r"
    web.get(f"{address}/releases/latest")
    web.get(f"{address}/no/such")
    server.stop()
    assert "GET /repos/o/r/no/such is no operation of the contract" in checked.problems
    assert "GET /repos/{owner}/{repo}/releases/latest: no API version is asked for" in checked.problems


SCHEMAS: tuple[tuple[type, str], ...] = (
    (Asset, "release-asset"),
    (GitHubRelease, "release"),
    (Repository, "full-repository"),
    (Ref, "git-ref"),
    (TagObject, "git-tag"),
    (Pull, "pull-request"),
    (Pull, "pull-request-simple"),
    (MergeResult, "pull-request-merge-result"),
)


@pytest.mark.parametrize(("answer", "name"), SCHEMAS, ids=lambda value: getattr(value, "__name__", value))
def test_every_field_that_the_client_reads_is_one_that_github_promises(answer: Any, name: str) -> None:
    schema = contract()["components"]["schemas"][name]
    for read in msgspec.structs.fields(answer):
        assert read.name in schema["properties"]
        optional = read.default is not msgspec.NODEFAULT
        assert optional or read.name in schema["required"]


def test_the_stand_in_answers_every_operation_of_the_slice(forge: Forge, work: Work) -> None:
    """The fixture holds each request and each answer against the contract."""
    work.tag("v1.0.0")
    work.push("refs/heads/gh-pages", work.base)
    work.push("refs/heads/topic", work.commit("topic", work.base))
    forge.configure(protected={"main": ["pull_request", "required_status_checks", "non_fast_forward"]})
    draft = forge.draft("v1.0.0", "text")
    asset = forge.json(forge.upload(draft, "a.txt", b"bytes"), 201)
    sha = forge.json(forge.ask("GET", "/git/ref/tags/v1.0.0"))["object"]["sha"]
    forge.json(forge.ask("PATCH", f"/releases/{draft['id']}", json={"draft": False}))
    forge.json(forge.ask("POST", "/pulls", json={"head": "topic", "base": "main", "title": "t"}), 201)
    forge.json(forge.ask("PATCH", "/pulls/1", json={"title": "other", "body": "words"}))
    looks = (
        *("", "/releases", "/releases/latest", "/releases/tags/v1.0.0", f"/releases/{draft['id']}"),
        *(f"/releases/{draft['id']}/assets", f"/releases/assets/{asset['id']}", "/pulls?state=all", "/pulls/1"),
        *("/git/matching-refs/tags/v1", f"/git/tags/{sha}", "/branches/main", "/rules/branches/main", "/pages"),
    )
    for path in looks:
        forge.json(forge.ask("GET", path))
    forge.json(forge.ask("GET", f"{forge.api_url}/rate_limit"))
    forge.json(forge.ask("PUT", "/pulls/1/merge", json={"merge_method": "squash"}))
    assert forge.ask("DELETE", f"/releases/assets/{asset['id']}").status_code == 204
    assert forge.ask("DELETE", f"/releases/{draft['id']}").status_code == 204
    every = {(m.upper(), path) for path, methods in contract()["paths"].items() for m in methods}
    assert forge.checked.seen == every
