"""Logins for reading an index, added on this machine: what builds see is an address without one.

Whoever installs from an index runs the code of what it installs, so no login may stand in an address, a file or a
variable that an installer is given. It gets the address of a server here instead, which asks the index with the login.
"""

from __future__ import annotations

import base64
import functools
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from windlass.errors import WindlassError
from windlass.http import new_client

_ASKED = ("Accept", "Accept-Encoding", "Range", "If-Range", "If-None-Match", "If-Modified-Since", "Cache-Control")
_ANSWERED = (
    *("Content-Type", "Content-Encoding", "Content-Length", "Content-Range", "Accept-Ranges", "ETag"),
    *("Last-Modified", "Cache-Control"),
)
_LISTINGS = ("text/html", "application/vnd.pypi.simple", "application/json")
_TIMEOUT_S = 300.0


@functools.cache
def login_proxy(origin: str, user: str, password: str) -> str:
    """The address of a server on this machine that reads from an origin with a login, while this process lives.

    Args:
        origin: scheme, host and port, such as `https://pypi.example.org`.

    Returns:
        `http://127.0.0.1:PORT`; a path after it is the origin's.
    """
    server = _Server(origin, user, password)
    threading.Thread(target=server.serve_forever, name="index-login", daemon=True).start()
    return server.address


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, origin: str, user: str, password: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.origin = origin
        self.header = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.client = new_client()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        headers = {name: self.headers[name] for name in _ASKED if name in self.headers}
        headers["Authorization"] = self.server.header
        url = self.server.origin + self.path
        try:
            with self.server.client.stream(
                self.command, url, headers=headers, follow_redirects=False, timeout=_TIMEOUT_S
            ) as answer:
                self._pass_on(answer)
        except (httpx.HTTPError, WindlassError):  # the installer says that the index did not answer
            self.close_connection = True

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        """Nothing: what is asked for is the installer's to tell."""

    def _pass_on(self, answer: httpx.Response) -> None:
        headers = {name: answer.headers[name] for name in _ANSWERED if name in answer.headers}
        if "Location" in answer.headers:
            headers["Location"] = self._here(answer.headers["Location"])
        if self.command == "GET" and answer.headers.get("Content-Type", "").startswith(_LISTINGS):
            content = self._here(b"".join(answer.iter_bytes()).decode("utf-8", "replace")).encode()
            headers.pop("Content-Encoding", None)
            self._send(answer.status_code, {**headers, "Content-Length": str(len(content))}, iter((content,)))
        else:
            self._send(answer.status_code, headers, answer.iter_raw() if self.command == "GET" else iter(()))

    def _here(self, text: str) -> str:
        """A text whose links into the origin lead through here."""
        return text.replace(self.server.origin + "/", self.server.address + "/")

    def _send(self, status: int, headers: Mapping[str, str], blocks: Iterator[bytes]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        for block in blocks:
            self.wfile.write(block)
