"""HTTP: the one place that connects. Deadlines on every call, bounded retries where repeating is safe."""

from __future__ import annotations

import contextlib
import email.utils
import functools
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import httpx
import msgspec

from windlass.backoff import Backoff, pause
from windlass.deadline import within
from windlass.digest import pieces_digest
from windlass.errors import RemoteRefusedError, RemoteUnreachableError
from windlass.http import transport
from windlass.printable_text import printable
from windlass.progress import MeteredContent

T = TypeVar("T")

_SAFE = frozenset({"GET", "HEAD"})
_BUSY = frozenset({429, 503})
"""Statuses by which a server says that it did nothing yet: repeating is safe whatever the method."""
_PASSING = frozenset({500, 502, 504})
"""Statuses after which only a reader may simply ask again."""
_MUCH = 1_000_000
"""Bytes of content from which on it is told how much of it went out."""
_MOST_BYTES = 64_000_000
"""What an answer that is kept in memory may have, decompressed."""
_MOST_TO_DISK = 4_000_000_000
_ENCODED = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


@functools.cache
def tls() -> ssl.SSLContext:
    """How certificates are checked; made once a process, as reading them takes longer than many a request."""
    return httpx.create_ssl_context()


def without_secrets(url: str) -> str:
    """An address as an error may show it: no user, password, query or fragment."""
    return str(httpx.URL(url).copy_with(query=None, fragment=None, username=None, password=None))


@dataclass
class Http:
    """A client of one remote.

    Attributes:
        remote: what errors call it, such as `the package index`.
        auth: user and password (or token); never shown.
        headers: sent with every request.
        deadline_s: for one call, all of its retries and waits included; WINDLASS_DEADLINE_S may shorten it.
        attempts: how often a repeatable call is tried.
        most_bytes: how long an answer may be, decompressed.
        wait: how to wait; tests pass their own.
    """

    remote: str
    auth: tuple[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    deadline_s: float = 60.0
    attempts: int = 4
    most_bytes: int = _MOST_BYTES
    wait: Callable[[float], None] = pause
    _client: httpx.Client | None = field(default=None, repr=False)

    def send(
        self,
        method: str,
        url: str,
        *,
        ok: Collection[int] = (200,),
        **request: Any,
    ) -> httpx.Response:
        """One exchange.

        Reading calls are repeated after a broken connection or a 5xx; writing calls only after 429 and 503, by which
        a server says that it did nothing. `request` goes to httpx (`json`, `content`, `headers`, `params`, …).

        Raises:
            RemoteRefusedError: an answer whose status is not in `ok`, or that is too long or leads in circles.
            CredentialError: a login would go out without TLS.
            RemoteUnreachableError: no answer (for a writing call: whether it happened must be looked up).
        """
        backoff = _backoff(within(self.deadline_s), self.attempts, self.wait)
        while True:
            try:
                answer = self._once(method, url, backoff.left_s, request)
            except _NONSENSE as nonsense:
                raise _nonsense_error(self.remote, method, url, nonsense) from nonsense
            except httpx.TransportError as broken:
                if method not in _SAFE or not backoff.again(f"{self.remote} does not answer"):
                    raise self._unreachable(method, url, broken) from broken
                continue
            if answer.status_code in ok:
                return answer
            repeatable = answer.status_code in _BUSY or (method in _SAFE and answer.status_code in _PASSING)
            if not repeatable or not backoff.again(f"{self.remote} is busy", retry_after_s(answer)):
                raise self.refusal_error(method, url, answer)

    def _once(self, method: str, url: str, left_s: float, request: Mapping[str, Any]) -> httpx.Response:
        if self._client is None:
            self._client = new_client(headers=self.headers, auth=self.auth)
        left_s = max(left_s, 0.1)
        timeout = httpx.Timeout(left_s, connect=min(left_s, 10.0))
        with (
            transport.deadline(time.monotonic() + left_s),
            self._client.stream(method, url, timeout=timeout, **_with_progress(request)) as answer,
        ):
            return _whole(answer, b"".join(self._bounded(method, url, answer)))

    def _bounded(self, method: str, url: str, answer: httpx.Response) -> Iterator[bytes]:
        size_bytes = 0
        for block in answer.iter_bytes():
            size_bytes += len(block)
            if size_bytes > self.most_bytes:
                raise RemoteUnreachableError(
                    f"{self.remote} sends more than an answer can be",
                    facts={"request": f"{method} {_printable_url(url)}", "at most (bytes)": self.most_bytes},
                    remedy="see that the address is right, and that no proxy answers in its place",
                )
            yield block

    def refusal_error(self, method: str, url: str, answer: httpx.Response) -> RemoteRefusedError:
        """The error for an answer that is a no; the server's words are shown, cut short, and never judged by."""
        said = " ".join(answer.text.split())[:300]
        return RemoteRefusedError(
            f"{self.remote} refused with {answer.status_code}",
            facts={"request": f"{method} {_printable_url(url)}", "it said": said or "(nothing)"},
            remedy=_REMEDIES.get(answer.status_code, "run the same again; nothing is repeated that was done"),
        )

    def _unreachable(self, method: str, url: str, broken: httpx.TransportError) -> RemoteUnreachableError:
        return RemoteUnreachableError(
            f"{self.remote} did not answer",
            facts={"request": f"{method} {_printable_url(url)}", "problem": f"{type(broken).__name__}: {broken}"},
            remedy="see that the address is right and reachable, then run the same again",
        )

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None


_NONSENSE = (httpx.TooManyRedirects, httpx.DecodingError, httpx.InvalidURL)


def _nonsense_error(remote: str, method: str, url: str, problem: Exception) -> RemoteRefusedError:
    return RemoteRefusedError(
        f"{remote} answered with something that is no answer",
        facts={"request": f"{method} {_printable_url(url)}", "problem": f"{type(problem).__name__}: {problem}"},
        remedy="see that the address is right, and that no proxy answers in its place",
    )


def new_client(
    *, headers: Mapping[str, str] = MappingProxyType({}), auth: tuple[str, str] | None = None
) -> httpx.Client:
    """A client whose connections have windlass's bounds; close it."""
    return httpx.Client(
        headers={"User-Agent": "windlass", **headers},
        follow_redirects=True,
        auth=auth,
        transport=transport.Transport(tls()),
        trust_env=False,  # the transport asks `windlass.proxies_and_certificates`
    )


def _whole(answer: httpx.Response, content: bytes) -> httpx.Response:
    """An answer with its body, which is decompressed."""
    encoded = answer.headers.get("Content-Encoding", "identity") != "identity"
    headers = [(name, value) for name, value in answer.headers.raw if not (encoded and name.lower() in _ENCODED)]
    read = httpx.Response(answer.status_code, headers=headers, content=content, request=answer.request)
    read.history = answer.history
    return read


def decode(answer: httpx.Response, into: type[T], remote: str) -> T:
    """An answer's JSON as a typed value: whatever else comes is one error.

    Raises:
        RemoteRefusedError: it is something else, as from a login page in between.
    """
    try:
        return msgspec.json.decode(answer.content, type=into)
    except msgspec.MsgspecError as misfit:
        raise RemoteRefusedError(
            f"{remote} answered with something that is not what was asked for",
            facts={
                "request": f"{answer.request.method} {without_secrets(str(answer.request.url))}",
                "problem": str(misfit),
                "it begins": printable(answer.text[:80]),
            },
            remedy="see that the address is right, and that no proxy or login page answers in its place",
        ) from misfit


def _with_progress(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request whose content, where it is much, tells how much of it went out."""
    content = request.get("content")
    size_bytes = len(content) if isinstance(content, bytes) else int(getattr(content, "size_bytes", 0))
    if content is None or size_bytes < _MUCH:
        return request
    headers = {"Content-Length": str(size_bytes), **(request.get("headers") or {})}
    return {**request, "content": MeteredContent(content, size_bytes), "headers": headers}


_REMEDIES = {
    401: "the credential is wrong or has expired: renew it, then run the same again",
    403: "the credential lacks a right: see what the remote says it needs, then run the same again",
    404: "see that the address is right, and that the credential may see it",
    429: "wait as long as the remote asks, then run the same again",
}


def _backoff(bound_s: float, tries: int, wait: Callable[[float], None]) -> Backoff:
    """How an exchange is repeated."""
    return Backoff(bound_s, first_s=0.5, longest_s=8.0, tries=tries, room_s=1.0, wait=wait)


def retry_after_s(answer: httpx.Response) -> float | None:
    """How long an answer's `Retry-After` (seconds or an HTTP date) asks to wait, at least 0; 1 for nonsense.

    None where it asks for nothing.
    Source: RFC 9110, 10.2.3.
    """
    retry_after: str = answer.headers.get("Retry-After", "")
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        return max(email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time(), 0.0)
    except ValueError:
        return 1.0


def _printable_url(url: str) -> str:
    """The address without user, password and query, where secrets may stand."""
    return str(httpx.URL(url).copy_with(username=None, password=None, query=None, fragment=None))


def download(url: str, *, wait: Callable[[float], None] = pause) -> str:
    """The digest of what an address serves, `sha256:<64 hex>`; empty when it serves nothing.

    Raises:
        RemoteUnreachableError: no answer.
        RemoteRefusedError: an answer that is none.
    """
    return _fetch(url, pieces_digest, wait)[1] or ""


def save(url: str, target: Path, *, wait: Callable[[float], None] = pause) -> bool:
    """Write what an address serves into a file; False where it serves nothing.

    Raises:
        RemoteUnreachableError, RemoteRefusedError: no answer, or a no.
    """

    def write(blocks: Iterable[bytes]) -> bool:
        with target.open("wb") as file:
            file.writelines(blocks)
        return True

    status, saved = _fetch(url, write, wait)
    if not saved and status != 404:
        raise RemoteRefusedError(f"a download was refused with {status}", facts={"url": without_secrets(url)})
    return bool(saved)


def _fetch(url: str, take: Callable[[Iterable[bytes]], T], wait: Callable[[float], None]) -> tuple[int, T | None]:
    """The status of a download, and what `take` makes of its content; it begins anew where the download broke."""
    backoff = _backoff(within(600.0), 3, wait)
    while True:
        try:
            with _streamed(url, max(backoff.left_s, 1.0)) as answer:
                status, asked_s = answer.status_code, retry_after_s(answer)
                if status == 200:
                    return status, take(_blocks(url, answer))
        except _NONSENSE as nonsense:
            raise _nonsense_error("the download", "GET", url, nonsense) from nonsense
        except httpx.TransportError as broken:
            if not backoff.again("a download broke"):
                raise _broken_download(url, broken) from broken
            continue
        if status not in _BUSY | _PASSING or not backoff.again("a server is busy", asked_s):
            return status, None


@contextlib.contextmanager
def _streamed(url: str, within_s: float) -> Iterator[httpx.Response]:
    with (
        new_client() as client,
        transport.deadline(time.monotonic() + within_s),
        client.stream("GET", url, timeout=httpx.Timeout(min(within_s, 60.0))) as answer,
    ):
        yield answer


def _blocks(url: str, answer: httpx.Response) -> Iterator[bytes]:
    size_bytes = 0
    for block in answer.iter_bytes():
        size_bytes += len(block)
        if size_bytes > _MOST_TO_DISK:
            raise RemoteUnreachableError("a download does not end", facts={"url": without_secrets(url)})
        yield block


def _broken_download(url: str, broken: Exception) -> RemoteUnreachableError:
    facts = {"url": without_secrets(url), "problem": f"{type(broken).__name__}: {broken}"}
    return RemoteUnreachableError("a download broke", facts=facts, remedy="run the same again")
