"""What work is at: heard by whoever shows it, and how much of an upload went out."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from windlass.http import Http
from windlass.oci.layout import Bytes
from windlass.progress import heard_by, progress


class _Server(http.server.ThreadingHTTPServer):
    got: list[tuple[str, int]]


class _Taking(http.server.BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        size = int(self.headers["Content-Length"])
        left = size
        while left:
            left -= len(self.rfile.read(min(left, 65_536)))
        assert isinstance(self.server, _Server)
        self.server.got.append((self.headers.get("Transfer-Encoding", ""), size))
        self.send_response(503 if len(self.server.got) == 1 else 201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[_Server]:
    """Takes what is sent to it, the second time."""
    server = _Server(("127.0.0.1", 0), _Taking)
    server.got = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("streamed", [False, True])
def test_a_large_upload_tells_how_much_of_it_went_out_and_is_sent_again_whole(
    server: _Server, tmp_path: Path, streamed: bool
) -> None:
    (tmp_path / "blob").write_bytes(b"x" * 2_500_000)
    content = Bytes(tmp_path / "blob", 2_500_000) if streamed else (tmp_path / "blob").read_bytes()
    heard: list[str] = []
    wire = Http("the registry", wait=lambda _: None)
    with heard_by(heard.append):
        wire.send("PUT", f"http://127.0.0.1:{server.server_port}/", ok=(201,), content=content)
    wire.close()
    assert server.got == [("", 2_500_000)] * 2
    sent = [text for text in heard if text.startswith("sent")]
    assert (sent[-1], len(sent)) == ("sent 2.5 of 2.5 MB", len(dict.fromkeys(sent)) * 2)
    assert "the registry is busy: asking again in 0 s" in heard


def test_a_small_upload_tells_nothing(server: _Server) -> None:
    server.got.append(("", 0))
    heard: list[str] = []
    wire = Http("the registry")
    with heard_by(heard.append):
        wire.send("PUT", f"http://127.0.0.1:{server.server_port}/", ok=(201,), content=b"x")
    wire.close()
    assert heard == []


def test_outside_of_what_shows_it_nobody_hears() -> None:
    progress("3 of 7")
