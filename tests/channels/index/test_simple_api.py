"""What an index shows of a project, whichever way it shows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.answering import Handler, answering
from windlass.channels.index.simple_api import SimpleApi
from windlass.digest import content_digest
from windlass.errors import CredentialError, RemoteRefusedError

_HTML = b"""<!DOCTYPE html><html><body><h1>Links for demo</h1>
<a href="../../files/demo-1.0.0.tar.gz#sha256=%s">demo-1.0.0.tar.gz</a><br>
<a href="/files/demo-1.0.0-py3-none-any.whl" data-yanked="bad">demo</a>
</body></html>""" % (b"a" * 64)


def test_html_without_digests_is_read_and_bytes_are_digested() -> None:
    def index(request: Handler) -> None:
        listed = request.path.startswith("/simple")
        request.say(200, _HTML if listed else b"bytes", Content_Type="text/html" if listed else "text/plain")

    with answering(index) as server:
        api = SimpleApi(f"{server.address}/simple", "demo")
        found = api.files()
        sdist, wheel = found["demo-1.0.0.tar.gz"], found["demo-1.0.0-py3-none-any.whl"]
        assert (sdist.sha256, sdist.yanked) == (f"sha256:{'a' * 64}", False)
        assert sdist.url == f"{server.address}/files/demo-1.0.0.tar.gz"
        assert (wheel.sha256, wheel.yanked) == ("", True)
        assert api.digest(wheel) == content_digest(b"bytes")


@pytest.mark.parametrize("content", [b"<html>Please log in</html>", b"{}", b'{"files": 3}', b"\xff\xfe"])
@pytest.mark.parametrize("kind", ["text/html", "application/vnd.pypi.simple.v1+json"])
def test_what_is_no_list_is_never_taken_for_an_empty_one(content: bytes, kind: str) -> None:
    with (
        answering(lambda request: request.say(200, content, Content_Type=kind)) as server,
        pytest.raises(RemoteRefusedError) as refused,
    ):
        SimpleApi(f"{server.address}/simple", "demo").files()
    assert refused.value.remedy


def _wants_login(request: Handler) -> None:
    if request.headers.get("Authorization") != "Basic dXNlcjpzZWNyZXQ=":
        request.say(401, WWW_Authenticate="Basic")
    else:
        listed = request.path.startswith("/simple")
        request.say(200, _HTML if listed else b"bytes", Content_Type="text/html" if listed else "text/plain")


@pytest.mark.parametrize("login", [lambda: None, lambda: ("user", "wrong")])
def test_an_index_that_wants_a_login_for_reading_says_so(login: Callable[[], tuple[str, str] | None]) -> None:
    with answering(_wants_login) as server, pytest.raises(CredentialError) as wanted:
        SimpleApi(f"{server.address}/simple", "demo", login).files()
    assert wanted.value.problem == "the package index wants a login for reading, and refused ours with 401"


def test_a_login_is_used_only_where_it_is_wanted_and_installers_never_see_it() -> None:
    with answering(_wants_login) as server:
        api = SimpleApi(f"{server.address}/simple", "demo", lambda: ("user", "secret"))
        assert set(api.files()) == {"demo-1.0.0.tar.gz", "demo-1.0.0-py3-none-any.whl"}
        assert "Authorization" not in server.asked[0][1]
        assert api.downloaded_digest(api.files()["demo-1.0.0-py3-none-any.whl"]) == content_digest(b"bytes")
        here = api.address_for_installers()
        assert "secret" not in here
        assert here.endswith("/simple/")
        assert not here.startswith(server.address)
    with answering(lambda request: request.say(404)) as open_index:
        api = SimpleApi(f"{open_index.address}/simple", "demo", lambda: ("user", "secret"))
        assert api.address_for_installers() == f"{open_index.address}/simple/"
        assert api.files() == {}
