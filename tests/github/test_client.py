"""The client: pages, rate limits, refusals, and where a token goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github.forge import Forge, Work
from tests.github.scripted import Answer, Scripted, scripted
from windlass.errors import CredentialError, RemoteRefusedError
from windlass.github import GitHub, GitHubRelease, Repository, releases, token
from windlass.github.forge import GitHubForge
from windlass.stage import Fault

SECRET = "ghp_very-secret"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Scripted]:
    with scripted(tmp_path / "one") as running:
        yield running


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Scripted]:
    with scripted(tmp_path / "other") as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def github(server: Scripted, waits: list[float]) -> Iterator[GitHub]:
    with GitHub("o/r", server.address, SECRET, wait=waits.append) as opened:
        yield opened


def message(words: str, **more: object) -> dict[str, object]:
    return {"message": words, "documentation_url": "https://docs.github.com/rest", **more}


def refusal(github: GitHub, method: str = "GET") -> str:
    with pytest.raises(RemoteRefusedError) as refused:
        github.ask(Repository, "", method=method)
    assert SECRET not in str(refused.value)
    return str(refused.value)


# ── refusals ──


def test_a_wrong_token_is_named_as_that(forge: Forge) -> None:
    with forge.client(token=SECRET) as github:
        said = refusal(github)
    assert said == (
        "GitHub refused with 401\n"
        f"  request: GET {forge.api_url}/repos/demo-org/demo\n"
        "  it said: Bad credentials\n"
        "  fix:     the token is wrong, or has expired: make a new one, and set GITHUB_TOKEN"
    )


def test_a_token_without_the_right_says_which_right(forge: Forge) -> None:
    forge.configure(readers=[SECRET])
    with forge.client(token=SECRET) as github, pytest.raises(RemoteRefusedError) as refused:
        releases.create(github, {"tag_name": "v1", "draft": True})
    assert str(refused.value) == (
        "GitHub refused with 403\n"
        f"  request:  POST {forge.api_url}/repos/demo-org/demo/releases\n"
        "  it said:  Resource not accessible by personal access token\n"
        "  it needs: contents=write\n"
        "  fix:      give the token the right to write contents (in a workflow: `permissions: contents: write`)"
    )


def test_a_repository_that_is_not_there_may_be_one_that_is_not_seen(forge: Forge) -> None:
    forge.configure(repository="somebody/else")
    with forge.client() as github:
        said = refusal(github)
    assert said == (
        "GitHub refused with 404\n"
        f"  request: GET {forge.api_url}/repos/demo-org/demo\n"
        "  it said: Not Found\n"
        "  fix:     see that OWNER/NAME is right; GitHub also answers 404 where the token may not look"
    )


def test_what_is_malformed_is_told_field_by_field(forge: Forge, work: Work) -> None:
    work.tag("v1.0.0")
    forge.published("v1.0.0")
    with forge.client() as github, pytest.raises(RemoteRefusedError) as refused:
        releases.create(github, {"tag_name": "v1.0.0"})
    assert refused.value.problem == "GitHub refused with 422"
    assert refused.value.facts["it said"] == "Validation Failed: Release tag_name already_exists"


def test_a_server_that_fails_is_asked_again_by_readers_only(github: GitHub, server: Scripted) -> None:
    repository = {"full_name": "o/r", "private": False, "html_url": "", "default_branch": "main"}
    server.says(Answer(500, b"<html>oops</html>"), Answer(200, repository))
    assert github.ask(Repository, "").full_name == "o/r"
    server.says(Answer(500, b"<html>oops</html>"))
    assert refusal(github, "PATCH") == (
        "GitHub refused with 500\n"
        f"  request: PATCH {server.address}/repos/o/r\n"
        "  it said: <html>oops</html>\n"
        "  fix:     run the same again later: what was done stays done"
    )
    assert [asked.method for asked in server.asked] == ["GET", "GET", "PATCH"]


def test_an_answer_that_is_no_json_is_a_proxys(github: GitHub, server: Scripted) -> None:
    server.says(Answer(200, b"<html>Please log in</html>"))
    assert refusal(github) == (
        "GitHub's answer is not what its contract says\n"
        "  request: GET /repos/o/r\n"
        "  problem: JSON is malformed: invalid character (byte 0)\n"
        "  fix:     see that `api-url` is right, and that no proxy answers in its place"
    )


# ── rate limits ──


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_rate_limit_is_waited_for_even_by_a_write(
    github: GitHub, server: Scripted, waits: list[float], status: int
) -> None:
    limited = Answer(status, message("You have exceeded a secondary rate limit"), {"Retry-After": "7"})
    server.says(limited, Answer(204, b""))
    github.send("DELETE", f"{github.base}/releases/1", ok=(204,))
    assert waits == [7.0]


def test_a_spent_rate_limit_is_waited_for_until_it_is_renewed(
    github: GitHub, server: Scripted, waits: list[float]
) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 100)}
    server.says(Answer(403, message("API rate limit exceeded"), headers), Answer(204, b""))
    github.send("DELETE", f"{github.base}/releases/1", ok=(204,))
    assert len(waits) == 1
    assert 90 < waits[0] <= 100


def test_a_rate_limit_that_lasts_too_long_is_an_error_that_says_how_long(
    github: GitHub, server: Scripted, waits: list[float]
) -> None:
    server.says(Answer(429, message("slow down"), {"Retry-After": "3600"}))
    assert refusal(github) == (
        "GitHub's rate limit is reached\n"
        f"  request:         GET {server.address}/repos/o/r\n"
        "  it said:         slow down\n"
        "  it asks to wait: 3600 s\n"
        "  fix:             wait as long as it asks, then run the same again: what was done stays done"
    )
    assert waits == []


def test_a_server_that_limits_for_ever_is_given_up(github: GitHub, server: Scripted, waits: list[float]) -> None:
    server.says(Answer(429, message("slow down"), {"Retry-After": "60"}))
    assert refusal(github).startswith("GitHub's rate limit is reached")
    assert waits == [60.0] * 5


def test_the_stages_fault_of_a_busy_forge_is_waited_out(forge: Forge) -> None:
    forge.effects.arm(Fault(1, "before", "status", status=429, headers={"Retry-After": "2"}))
    with forge.client() as github:
        releases.create(github, {"tag_name": "v1", "draft": True})
    assert forge.waits == [2.0]
    assert len(forge.releases()) == 1


# ── addresses ──


def test_an_asset_goes_to_the_host_and_port_that_the_release_names(
    github: GitHub, server: Scripted, other: Scripted, tmp_path: Path
) -> None:
    file = tmp_path / "a+b.whl"
    file.write_bytes(b"bytes")
    release = GitHubRelease(1, "v1", "", f"{other.address}/deep/assets{{?name,label}}", draft=True, prerelease=False)
    uploaded = {"id": 5, "name": "a+b.whl", "state": "uploaded", "size": 5, "url": "", "browser_download_url": ""}
    other.says(Answer(201, uploaded))
    assert releases.upload(github, release, "a+b.whl", file).id == 5
    (asked,) = other.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/deep/assets", b"bytes")
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.headers["content-type"] == "application/octet-stream"
    assert server.asked == []


def test_the_token_does_not_follow_a_redirect_to_another_server(
    github: GitHub, server: Scripted, other: Scripted
) -> None:
    server.says(Answer(302, b"", {"Location": f"{other.address}/signed"}))
    other.says(Answer(200, b"bytes"))
    assert github.download(f"{server.address}/repos/o/r/releases/assets/5") == b"bytes"
    assert server.asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert "authorization" not in other.asked[0].headers


def test_no_token_goes_in_the_clear_because_an_answer_said_so() -> None:
    with GitHub("o/r", "https://api.github.com", SECRET) as github, pytest.raises(RemoteRefusedError) as refused:
        github.upload("http://uploads.github.com/x{?name}", "a", b"", GitHubRelease)
    assert str(refused.value) == (
        "GitHub named an address without TLS; no token is sent there\n"
        "  address: http://uploads.github.com/x\n"
        "  fix:     see that `api-url` is right"
    )


def test_a_list_is_read_to_its_last_page(forge: Forge) -> None:
    for number in range(101):
        forge.draft(f"v{number}")
    with forge.client() as github:
        assert len({release.id for release in releases.every(github)}) == 101


def test_a_list_whose_links_go_in_a_circle_ends(github: GitHub, server: Scripted) -> None:
    server.says(Answer(200, [], {"Link": f'<{server.address}/again>; rel="next"'}))
    with pytest.raises(RemoteRefusedError, match="GitHub's list goes round in a circle"):
        releases.every(github)


@pytest.mark.parametrize(
    ("api_url", "page"),
    [
        ("https://api.github.com", "https://github.com/o/r"),
        ("https://api.octo.ghe.com", "https://octo.ghe.com/o/r"),
        ("https://ghe.example.org/api/v3", "https://ghe.example.org/o/r"),
        ("http://127.0.0.1:8000/forge", "http://127.0.0.1:8000/forge/o/r"),
    ],
)
def test_a_repositorys_page_is_told_from_its_apis_address(api_url: str, page: str) -> None:
    assert GitHubForge("o/r", api_url).pages.tag("v1") == f"{page}/releases/tag/v1"


# ── tokens ──


def test_a_token_is_looked_for_in_the_environment_in_order() -> None:
    assert token.find("https://x", {"GITHUB_TOKEN": "one", "GH_TOKEN": "two"}) == "one"
    assert token.find("https://x", {"GITHUB_TOKEN": " ", "GH_TOKEN": "two\n"}) == "two"


def test_a_token_is_never_shown(github: GitHub) -> None:
    assert SECRET not in repr(github)


def test_a_token_that_is_no_headers_text_is_an_error_without_it() -> None:
    with pytest.raises(CredentialError) as refused:
        token.find("https://x", {"GITHUB_TOKEN": "line one\nline two"})
    assert str(refused.value) == (
        "GITHUB_TOKEN holds more than a token\n  fix: set it to the token alone, without spaces or line ends"
    )
