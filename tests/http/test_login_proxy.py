"""An index that wants a login is read through this machine, and the login is seen by nobody else."""

from __future__ import annotations

import pytest

from tests import web
from tests.answering import Answering, Handler, answering
from windlass.http.login_proxy import login_proxy
from windlass.index_logins import index_environment

_BASIC = "Basic dXNlcjpzZWNyZXQ="  # user:secret


def _private(request: Handler) -> None:
    if request.headers.get("Authorization") != _BASIC:
        request.say(401, WWW_Authenticate="Basic")
    elif request.path == "/simple/demo/":
        here = f"http://{request.headers['Host']}"
        links = f'<a href="{here}/files/a.whl">a</a><a href="/files/a.whl">b</a><a href="../../files/a.whl">c</a>'
        request.say(200, links.encode(), Content_Type="text/html")
    elif request.path == "/moved":
        request.say(302, Location=f"http://{request.headers['Host']}/files/a.whl")
    else:
        request.say(200, b"bytes", Content_Type="application/octet-stream")


@pytest.fixture
def index() -> object:
    with answering(_private) as server:
        yield server


def test_what_is_asked_here_is_read_there_with_the_login(index: Answering) -> None:
    here = login_proxy(index.address, "user", "secret")
    assert web.get(f"{index.address}/files/a.whl").status_code == 401
    assert web.get(f"{here}/files/a.whl").content == b"bytes"
    page = web.get(f"{here}/simple/demo/").text
    assert index.address not in page
    assert f"{here}/files/a.whl" in page
    assert web.get(f"{here}/moved").headers["Location"] == f"{here}/files/a.whl"


def test_variables_with_a_login_lead_here_and_others_stay(index: Answering) -> None:
    with_login = index.address.replace("http://", "http://user:secret@")
    given = {
        "UV_INDEX_URL": f"{with_login}/simple",
        "UV_EXTRA_INDEX_URL": f"https://pypi.org/simple own={with_login}/simple",
        "PIP_INDEX_URL": "https://pypi.org/simple",
    }
    here = login_proxy(index.address, "user", "secret")
    assert index_environment(given) == {
        "UV_INDEX_URL": f"{here}/simple",
        "UV_EXTRA_INDEX_URL": f"https://pypi.org/simple own={here}/simple",
    }
    assert web.get(f"{here}/simple/demo/").status_code == 200
