"""The client: requests to one repository, with GitHub's headers, pages and rate limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from windlass import proxies_and_certificates
from windlass.backoff import Backoff, pause
from windlass.errors import RemoteRefusedError
from windlass.github.api_errors import GitHubHttp, limited_s
from windlass.http import without_secrets

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

API_VERSION = "2022-11-28"
_PER_PAGE = 100


@dataclass
class GitHub:
    """One repository on GitHub, or on a server that speaks its contract. A context manager: it holds connections.

    Attributes:
        repository: `OWNER/NAME`.
        api_url: the API's root, without a last slash.
        token: sent as a bearer token; empty to read as anybody.
        deadline_s: for one call of the API.
        transfer_s: for one asset, up or down.
        patience_s: how long a rate limit is waited for, all of a call's waits together.
        wait: how to wait; tests pass their own.
    """

    repository: str
    api_url: str = "https://api.github.com"
    token: str = field(default="", repr=False)
    deadline_s: float = 60.0
    transfer_s: float = 900.0
    patience_s: float = 300.0
    wait: Callable[[float], None] = pause

    @property
    def base(self) -> str:
        """The repository's address in the API."""
        return f"{self.api_url}/repos/{self.repository}"

    def ask(self, into: type[T], path: str, *, method: str = "GET", ok: Collection[int] = (200,), **request: Any) -> T:
        """One exchange about the repository, its answer as `into`.

        Args:
            path: after the repository's address, such as `/releases/latest`.
            request: for httpx: `json`, `params`.

        Raises:
            RemoteRefusedError: GitHub says no, or its answer is not what its contract says.
            RemoteUnreachableError: no answer; whether a write happened must be looked up.
        """
        answer = self.send(method, self.base + path, ok=ok, **request)
        return self.read(answer, into)

    def find(self, into: type[T], path: str) -> T | None:
        """As `ask`, but None for what is not there (GitHub says 404 also for what the token may not see)."""
        answer = self.send("GET", self.base + path, ok=(200, 404))
        return None if answer.status_code == 404 else self.read(answer, into)

    def pages(self, into: type[T], path: str, **params: str) -> Iterator[T]:
        """Every item of a list, page after page."""
        url = self.base + path
        query: dict[str, Any] = {"params": {**params, "per_page": str(_PER_PAGE)}}
        seen: set[str] = set()
        while url not in seen:
            seen.add(url)
            answer = self.send("GET", url, **query)
            yield from self.read(answer, list[into])  # type: ignore[valid-type]
            following = answer.links.get("next", {}).get("url", "")
            if not following:
                return
            url, query = self._refuse_without_tls(str(answer.url.join(following))), {}
        raise RemoteRefusedError(f"GitHub's list goes round in a circle: {path}", remedy="run the same again later")

    def upload(self, template: str, name: str, content: bytes, into: type[T]) -> T:
        """Send an asset to a release's `upload_url`, whatever host and port that names."""
        address = self._refuse_without_tls(template.partition("{")[0])
        answer = self._exchange(
            self._transfers,
            "POST",
            address,
            (201,),
            params={"name": name},
            content=content,
            headers={"Content-Type": "application/octet-stream"},
        )
        return self.read(answer, into)

    def download(self, url: str) -> bytes | None:
        """An asset's bytes by its address in the API, which also works for drafts; None when it is not there."""
        headers = {"Accept": "application/octet-stream"}
        answer = self._exchange(self._transfers, "GET", self._refuse_without_tls(url), (200, 404), headers=headers)
        return None if answer.status_code == 404 else answer.content

    def send(self, method: str, url: str, *, ok: Collection[int] = (200,), **request: Any) -> httpx.Response:
        """One exchange, rate limits waited for within `patience_s`; errors as `ask`'s."""
        return self._exchange(self._calls, method, url, ok, **request)

    def _exchange(self, http: GitHubHttp, method: str, url: str, ok: Collection[int], **request: Any) -> httpx.Response:
        backoff = Backoff(self.patience_s, first_s=1.0, longest_s=60.0, wait=self.wait)
        while True:
            answer = http.send(method, url, ok={*ok, 403, 429}, **request)
            if answer.status_code in ok:
                return answer
            asked_s = limited_s(answer)
            if asked_s is None or not backoff.again("GitHub's rate limit", asked_s):
                raise http.refusal_error(method, url, answer)

    def read(self, answer: httpx.Response, into: type[T]) -> T:
        """An answer's body as a typed value.

        Raises:
            RemoteRefusedError: it is something else.
        """
        try:
            return msgspec.json.decode(answer.content, type=into)
        except (msgspec.DecodeError, msgspec.ValidationError) as misfit:
            raise RemoteRefusedError(
                "GitHub's answer is not what its contract says",
                facts={"request": f"{answer.request.method} {answer.url.path}", "problem": misfit},
                remedy="see that `api-url` is right, and that no proxy answers in its place",
            ) from misfit

    def _refuse_without_tls(self, url: str) -> str:
        """An address that the server named; because it did so, the token goes neither in the clear nor elsewhere."""
        theirs = urlsplit(url).hostname or ""
        if not proxies_and_certificates.is_related(theirs, urlsplit(self.api_url).hostname or ""):
            raise RemoteRefusedError(
                "GitHub named an address of somebody else; no token is sent there",
                facts={"address": without_secrets(url), "GitHub": self.api_url},
                remedy="see that `api-url` is right",
            )
        if self.api_url.startswith("https://") and not url.startswith("https://"):
            raise RemoteRefusedError(
                "GitHub named an address without TLS; no token is sent there",
                facts={"address": without_secrets(url)},
                remedy="see that `api-url` is right",
            )
        return url

    @cached_property
    def _calls(self) -> GitHubHttp:
        return GitHubHttp("GitHub", headers=self._headers, deadline_s=self.deadline_s, wait=self.wait)

    @cached_property
    def _transfers(self) -> GitHubHttp:
        return GitHubHttp("GitHub", headers=self._headers, deadline_s=self.transfer_s, wait=self.wait)

    @property
    def _headers(self) -> dict[str, str]:
        fixed = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION}
        return {**fixed, "Authorization": f"Bearer {self.token}"} if self.token else fixed

    def __enter__(self) -> GitHub:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._calls.close()
        self._transfers.close()
