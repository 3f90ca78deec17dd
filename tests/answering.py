"""A server on this machine that answers as a function says: for what no well-behaved stand-in does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """One request; `asked` keeps them all, with their headers."""

    answer: Callable[[Handler], None]
    asked: list[tuple[str, dict[str, str]]]

    def _do(self) -> None:
        self.asked.append((f"{self.command} {self.path}", dict(self.headers)))
        with contextlib.suppress(OSError):
            type(self).answer(self)

    do_GET = do_HEAD = do_POST = do_CONNECT = _do  # noqa: N815 - http.server's names

    def say(self, status: int, content: bytes = b"", **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class Answering:
    """A running server.

    Attributes:
        address: `http://127.0.0.1:PORT`.
        asked: every request so far: `METHOD PATH`, and its headers.
    """

    def __init__(self, answer: Callable[[Handler], None]) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        handler = type("H", (Handler,), {"answer": staticmethod(answer), "asked": self.asked})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """No longer answer."""
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def answering(answer: Callable[[Handler], None]) -> Iterator[Answering]:
    """A server while it is used."""
    server = Answering(answer)
    try:
        yield server
    finally:
        server.stop()
