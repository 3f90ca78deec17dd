from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from windlass.errors import RemoteUnreachableError
from windlass.http import Http
from windlass.stage import Fault, Stage

if TYPE_CHECKING:
    from tests.channels.index.conftest import Index, Packages

_CLIENT = """
import sys, httpx
sys.stdin.readline()
files = {"content": (sys.argv[2], open(sys.argv[3], "rb"))}
form = dict(word.split("=", 1) for word in sys.argv[4:])
answer = httpx.post(sys.argv[1], data=form, files=files, auth=("__token__", form.pop("token")))
print("the client saw", answer.status_code, flush=True)
"""


@pytest.mark.parametrize(("when", "applied"), [("before", False), ("during", False), ("after", True)])
def test_a_client_is_killed_before_during_and_after(
    ours: Index, packages: Packages, stage: Stage, when: str, applied: bool
) -> None:
    """It never hears how its upload ended; the next one ends as if it were the first."""
    wheel = packages.wheel()
    (file := stage.home / wheel.filename).write_bytes(wheel.content)
    form = [f"{name}={value}" for name, value in wheel.form(token=ours.auth[1]).items()]
    client = subprocess.Popen(
        [sys.executable, "-c", _CLIENT, ours.upload_url, wheel.filename, str(file), *form],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    stage.effects.arm(Fault(1, when, "kill", client.pid))  # type: ignore[arg-type]
    out, _ = client.communicate(b"\n", timeout=30)
    assert (client.returncode, out) == (-signal.SIGKILL, b"")
    assert (ours.simple().status_code == 200) is applied
    assert ours.upload(wheel).status_code == 200
    assert [effect.what for effect in stage.effects.history()] == [wheel.filename]


@pytest.mark.parametrize(("when", "applied"), [("before", False), ("during", False), ("after", True)])
def test_a_connection_is_cut_before_during_and_after(
    ours: Index, packages: Packages, stage: Stage, when: str, applied: bool
) -> None:
    stage.effects.arm(Fault(1, when, "cut"))  # type: ignore[arg-type]
    with pytest.raises(httpx.TransportError):
        ours.upload(packages.wheel())
    assert (ours.simple().status_code == 200) is applied
    assert ours.upload(packages.wheel()).status_code == 200


def test_only_the_counted_request_is_hit_and_readers_never_are(ours: Index, packages: Packages, stage: Stage) -> None:
    stage.effects.arm(Fault(2, "before", "cut"))
    ours.simple()
    assert ours.upload(packages.wheel()).status_code == 200
    ours.simple()
    with pytest.raises(httpx.TransportError):
        ours.upload(packages.sdist())
    assert ours.upload(packages.sdist()).status_code == 200
    assert [firing.n for firing in stage.effects.firings()] == [2]


@pytest.mark.parametrize(("when", "applied"), [("before", False), ("after", True)])
def test_a_client_with_a_deadline_leaves_a_server_that_hangs(
    ours: Index, packages: Packages, stage: Stage, when: str, applied: bool
) -> None:
    stage.effects.arm(Fault(1, when, "hang"))  # type: ignore[arg-type]
    wheel = packages.wheel()
    http = Http("the package index", auth=ours.auth, deadline_s=0.5)
    with pytest.raises(RemoteUnreachableError, match="the package index did not answer"):
        http.send("POST", ours.upload_url, data=wheel.form(), files={"content": (wheel.filename, wheel.content)})
    http.close()
    assert (ours.simple().status_code == 200) is applied


def test_a_stage_closes_though_a_client_hangs(stage: Stage) -> None:
    stage.effects.arm(Fault(1, "before", "hang"))
    place = urlsplit(stage.address)
    with socket.create_connection((str(place.hostname), int(place.port or 0))) as client:
        client.sendall(b"POST /index/legacy/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        while not stage.effects.firings():
            os.sched_yield()
        stage.__exit__(None, None, None)
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""


def test_a_busy_server_says_when_to_come_back(ours: Index, packages: Packages, stage: Stage) -> None:
    """Http waits as long as it is told to, and its second try is taken."""
    waited: list[float] = []
    stage.effects.arm(Fault(1, "before", "status", status=503, headers={"Retry-After": "7"}))
    wheel = packages.wheel()
    http = Http("the package index", auth=ours.auth, wait=waited.append)
    http.send("POST", ours.upload_url, data=wheel.form(), files={"content": (wheel.filename, wheel.content)})
    http.close()
    assert waited == [7.0]
    assert len(stage.effects.history()) == 1


def test_a_server_can_say_no_to_what_it_did(ours: Index, packages: Packages, stage: Stage) -> None:
    stage.effects.arm(Fault(1, "after", "status", status=502))
    assert ours.upload(packages.wheel()).status_code == 502
    assert len(ours.digests()) == 1


@pytest.mark.parametrize(("when", "status", "applied"), [("before", 201, False), ("after", 500, True)])
def test_a_server_can_lie(ours: Index, packages: Packages, stage: Stage, when: str, status: int, applied: bool) -> None:
    stage.effects.arm(Fault(1, when, "lie"))  # type: ignore[arg-type]
    assert ours.upload(packages.wheel()).status_code == status
    assert (ours.simple().status_code == 200) is applied


def test_somebody_else_can_act_between_two_requests(ours: Index, packages: Packages, stage: Stage) -> None:
    """The fault is that the world changed: the request itself is served."""
    ours.upload(packages.wheel())
    seen: list[int] = []
    stage.effects.arm(Fault(1, "before", "meddle", meddle=lambda: seen.append(len(stage.effects.history()))))
    assert ours.upload(packages.sdist()).status_code == 200
    assert (seen, len(stage.effects.history())) == ([1], 2)


def test_every_mutating_request_is_numbered(ours: Index, packages: Packages, stage: Stage) -> None:
    ours.upload(packages.wheel())
    httpx.put(f"{stage.address}/elsewhere?x=1")
    assert [request[1:] for request in stage.effects.requests()] == [
        ("index", "POST /index/legacy/"),
        ("stage", "PUT /elsewhere?x=1"),
    ]
