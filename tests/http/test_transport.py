"""Exchanges have a bound for the whole of them, and logins go where they are for."""

from __future__ import annotations

import gzip
import threading

import pytest

from tests.answering import Handler, answering
from windlass.errors import CredentialError, RemoteRefusedError, RemoteUnreachableError
from windlass.http import Http, decode, download


def _drip_headers(request: Handler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(10_000):
        request.wfile.write(f"X-{number}: y\r\n".encode())
        request.wfile.flush()
        threading.Event().wait(0.05)


def _drip_body(request: Handler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(10_000):
        request.wfile.write(b" ")
        request.wfile.flush()
        threading.Event().wait(0.05)


@pytest.mark.parametrize("drip", [_drip_headers, _drip_body])
def test_a_server_that_sends_a_byte_now_and_then_is_waited_for_until_the_deadline_and_no_longer(drip: object) -> None:
    with answering(drip) as server, pytest.raises(RemoteUnreachableError) as late:  # type: ignore[arg-type]
        Http("the index", deadline_s=0.6, attempts=1).send("GET", server.address)
    assert "ReadTimeout" in late.value.facts["problem"]


def test_an_answer_without_end_is_not_kept_in_memory() -> None:
    def flood(request: Handler) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b" " * 100_000)

    with answering(flood) as server, pytest.raises(RemoteUnreachableError, match="sends more than an answer can be"):
        Http("the index", most_bytes=1_000_000).send("GET", server.address)


def test_a_small_answer_that_unpacks_to_a_large_one_is_refused() -> None:
    bomb = gzip.compress(b" " * 5_000_000)
    assert len(bomb) < 10_000
    with answering(lambda request: request.say(200, bomb, Content_Encoding="gzip")) as server:
        with pytest.raises(RemoteUnreachableError, match="sends more than an answer can be"):
            Http("the index", most_bytes=1_000_000).send("GET", server.address)
        assert len(Http("the index", most_bytes=6_000_000).send("GET", server.address).content) == 5_000_000


def test_redirects_in_a_circle_are_one_error() -> None:
    with answering(lambda request: request.say(302, Location=request.path)) as server:
        with pytest.raises(RemoteRefusedError) as circle:
            Http("the index").send("GET", f"{server.address}/a")
        with pytest.raises(RemoteRefusedError):
            download(f"{server.address}/a")
    assert str(circle.value).startswith("the index answered with something that is no answer\n")


def test_a_page_in_place_of_json_is_one_error_with_its_first_words() -> None:
    with answering(lambda request: request.say(200, b"<html>Please log in</html>")) as server:
        answer = Http("the index").send("GET", server.address)
        with pytest.raises(RemoteRefusedError) as page:
            decode(answer, dict[str, int], "the index")
    assert page.value.facts["it begins"] == "<html>Please log in</html>"


def test_a_login_does_not_follow_a_redirect_to_another_host() -> None:
    with (
        answering(lambda request: request.say(200)) as other,
        answering(lambda request: request.say(302, Location=other.address.replace("127.0.0.1", "localhost"))) as first,
    ):
        Http("the index", auth=("user", "secret")).send("GET", first.address)
        assert "Authorization" in first.asked[0][1]
        assert "Authorization" not in other.asked[0][1]


def test_a_login_never_goes_to_another_machine_without_tls() -> None:
    with pytest.raises(CredentialError, match="would go out without TLS"):
        Http("the index", auth=("user", "secret")).send("GET", "http://index.example.org/simple/")


def test_a_link_local_address_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with (
        answering(lambda request: request.say(302, Location="http://169.254.0.1:9/latest/meta-data/")) as server,
        pytest.raises(RemoteRefusedError) as refused,
    ):
        Http("the index", deadline_s=5, attempts=1).send("GET", server.address)
    assert refused.value.problem == "169.254.0.1 is a link-local address; nothing is asked there"


def test_a_proxy_is_asked_for_others_and_never_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        answering(lambda request: request.say(200, b"by proxy")) as proxy,
        answering(lambda request: request.say(200, b"direct")) as server,
    ):
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert Http("the index").send("GET", "http://index.example.org/").text == "by proxy"
        assert Http("the index").send("GET", server.address).text == "direct"


def test_the_login_of_a_proxy_goes_to_the_proxy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda request: request.say(200)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address.replace("http://", "http://me:secret@"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        Http("the index").send("GET", "http://index.example.org/")
        assert proxy.asked[0][1]["Proxy-Authorization"].startswith("Basic ")
