"""httpx's transport with bounds: a deadline for the whole of an exchange, one idea of proxies, and where no login goes.

httpx's own timeouts are for one read each: a server that sends a byte now and then is waited for without end.
"""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

from windlass import proxies_and_certificates
from windlass.errors import CredentialError, RemoteRefusedError

_FOREVER = float("inf")
_CREDENTIALS = ("authorization", "proxy-authorization", "cookie")
_exchange = threading.local()


@contextlib.contextmanager
def deadline(until: float) -> Iterator[None]:
    """What this thread exchanges meanwhile ends by then (seconds of the monotonic clock), whatever comes in between."""
    before = getattr(_exchange, "until", _FOREVER)
    _exchange.until = min(until, before)
    try:
        yield
    finally:
        _exchange.until = before


def _left(timeout_s: float | None, late: type[Exception]) -> float | None:
    until = getattr(_exchange, "until", _FOREVER)
    if until == _FOREVER:
        return timeout_s
    left_s = until - time.monotonic()
    if left_s <= 0:
        raise late("the deadline for the whole exchange is over")
    return left_s if timeout_s is None else min(timeout_s, left_s)


class _Stream(httpcore.NetworkStream):
    """A connection of which every read and write ends with the exchange's deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left_s = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left_s))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connects within the deadline, and never to a link-local address, where clouds keep credentials."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if _is_link_local(host):
            raise _link_local_error(host, host)
        left_s = _left(timeout, httpcore.ConnectTimeout)
        stream = self._inner.connect_tcp(host, port, left_s, local_address, socket_options)
        peer = stream.get_extra_info("server_addr")
        if peer and _is_link_local(str(peer[0])):  # a name can lead there, too
            stream.close()
            raise _link_local_error(host, str(peer[0]))
        return _Stream(stream)


def _link_local_error(host: str, address: str) -> RemoteRefusedError:
    return RemoteRefusedError(
        f"{host} is a link-local address; nothing is asked there",
        facts={"address": address},
        remedy="see that the address is right, and that no answer leads there",
    )


def _is_link_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_link_local
    except ValueError:
        return False


class Transport(httpx.BaseTransport):
    """Connections, kept open for the next request: direct ones, and one set for each proxy."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._pools: dict[str, httpcore.ConnectionPool] = {}
        self._mutex = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; the body is read later.

        Raises:
            CredentialError: it would carry a login without TLS to another machine.
            httpx.TransportError: no answer.
        """
        url = request.url
        if url.scheme != "https" and not proxies_and_certificates.is_loopback(url.host) and _carries_login(request):
            raise CredentialError(
                f"a login for {url.host} would go out without TLS",
                facts={"address": f"{url.scheme}://{url.host}{url.path}"},
                remedy="use an https:// address; or leave the login out",
            )
        raw = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _translated():
            answer = self._pool(proxies_and_certificates.proxy_for(url.scheme, url.host)).handle_request(raw)
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream),
            extensions=answer.extensions,
        )

    def _pool(self, proxy: str) -> httpcore.ConnectionPool:
        with self._mutex:
            if proxy not in self._pools:
                self._pools[proxy] = self._opened(proxy)
            return self._pools[proxy]

    def _opened(self, proxy: str) -> httpcore.ConnectionPool:
        backend = _Backend()
        if not proxy:
            return httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend)
        address = httpx.URL(proxy)
        login = (address.username, address.password) if address.username or address.password else None
        bare = str(address.copy_with(username=None, password=None))
        if address.scheme.startswith("socks"):
            bare = bare.replace("socks5h://", "socks5://", 1)  # names are looked up by the proxy in either case
            return httpcore.SOCKSProxy(bare, proxy_auth=login, ssl_context=self._tls, network_backend=backend)
        return httpcore.HTTPProxy(bare, proxy_auth=login, ssl_context=self._tls, network_backend=backend)

    def close(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._inner

    def close(self) -> None:
        self._inner.close()


def _carries_login(request: httpx.Request) -> bool:
    return any(name in request.headers for name in _CREDENTIALS)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """httpcore's errors as httpx's, which have the same names."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as problem:
        raise getattr(httpx, type(problem).__name__)(str(problem)) from problem
    except httpcore.UnsupportedProtocol as problem:
        raise httpx.UnsupportedProtocol(str(problem)) from problem
