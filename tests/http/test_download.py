"""A download begins anew where it broke, and comes back when a busy server says so."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.answering import Handler, answering
from windlass.errors import RemoteRefusedError
from windlass.http import download, save


def test_a_busy_server_says_when_to_come_back() -> None:
    waits: list[float] = []

    def answer(request: Handler) -> None:
        if not waits:
            request.say(503, Retry_After="7")
        else:
            request.say(200, b"bytes")

    with answering(answer) as server:
        assert download(server.address, wait=waits.append) == f"sha256:{hashlib.sha256(b'bytes').hexdigest()}"
    assert waits == [7.0]


def test_what_was_cut_off_is_written_anew(tmp_path: Path) -> None:
    waits: list[float] = []

    def answer(request: Handler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "5")
        request.end_headers()
        request.wfile.write(b"whole" if waits else b"who")
        request.close_connection = True

    with answering(answer) as server:
        assert save(server.address, tmp_path / "file", wait=waits.append)
    assert (tmp_path / "file").read_bytes() == b"whole"
    assert len(waits) == 1


def test_what_is_not_there_is_not_asked_for_again(tmp_path: Path) -> None:
    waits: list[float] = []
    with answering(lambda request: request.say(404)) as server:
        assert not save(server.address, tmp_path / "file", wait=waits.append)
        assert download(server.address, wait=waits.append) == ""
    with (
        answering(lambda request: request.say(403)) as server,
        pytest.raises(RemoteRefusedError, match="refused with 403"),
    ):
        save(server.address, tmp_path / "file", wait=waits.append)
    assert waits == []
