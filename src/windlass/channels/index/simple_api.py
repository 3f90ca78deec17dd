"""What an index shows of a project: by JSON, or by the HTML that every index has; with a login where it wants one.

Sources: PEP 503, PEP 592 (yanking), PEP 691 (JSON), and the "Simple repository API" of packaging.python.org.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlsplit

import msgspec

from windlass import proxies_and_certificates
from windlass.errors import CredentialError, RemoteRefusedError
from windlass.http import Http, decode, download, save
from windlass.http.login_proxy import login_proxy

if TYPE_CHECKING:
    import httpx

_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = "application/vnd.pypi.simple.v1+html"
_ACCEPT = f"{_JSON}, {_HTML};q=0.2, text/html;q=0.1"
_INDEX = "the package index"
Login = tuple[str, str]
"""User and password."""


@dataclass(frozen=True)
class ListedFile:
    """A file as an index lists it.

    Attributes:
        url: where it is read.
        sha256: `sha256:<64 hex>`; empty where the index names none, as it may.
        yanked: whether it is taken out of resolution.
    """

    url: str
    sha256: str
    yanked: bool


class _Row(msgspec.Struct):
    filename: str
    url: str
    hashes: dict[str, str] = {}
    yanked: bool | str = False


class _Page(msgspec.Struct):
    files: list[_Row]


@dataclass(frozen=True)
class SimpleApi:
    """What an index's simple API says of a project.

    Attributes:
        url: its root, without a last slash, such as `https://pypi.org/simple`.
        project: the project's normalised name.
        login: finds the login that is used where the index wants one; None for none.
    """

    url: str
    project: str
    login: Callable[[], Login | None] = lambda: None

    def files(self) -> dict[str, ListedFile]:
        """Every file of the project: name → what is there; none where the index has no such project.

        Raises:
            CredentialError: it wants a login, and there is none, or a wrong one.
            RemoteRefusedError: what it answers is no listing.
            RemoteUnreachableError: it does not answer.
        """
        answer = self._read(self._page)
        if answer.status_code == 404:
            return {}
        if "json" in answer.headers.get("Content-Type", ""):
            rows = decode(answer, _Page, _INDEX).files
        else:
            rows = _html_rows(answer)
        base = answer.url
        return {
            row.filename: ListedFile(
                str(base.join(row.url)),
                f"sha256:{row.hashes['sha256']}" if row.hashes.get("sha256") else "",
                row.yanked is not False,
            )
            for row in rows
        }

    def digest(self, file: ListedFile) -> str:
        """A file's digest as the index names it, or else that of its bytes."""
        return file.sha256 or self.downloaded_digest(file)

    def downloaded_digest(self, file: ListedFile) -> str:
        """The digest of a file's bytes; empty where they are not served."""
        return download(self._readable(file.url))

    def save(self, file: ListedFile, target: Path) -> bool:
        """Write a file's bytes; False where they are not served."""
        return save(self._readable(file.url), target)

    def _readable(self, url: str) -> str:
        """A file's address; by way of this machine where the index wants a login, and the file is on the same host."""
        origin, path = _split(url)
        login = self._login_in_use() if origin == _split(self.url)[0] else None
        return f"{login_proxy(origin, *login)}{path}" if login else url

    def address_for_installers(self) -> str:
        """The address that an installer reads from: an index that wants a login is asked for through this machine."""
        login = self._login_in_use()
        if login is None:
            return f"{self.url}/"
        origin, path = _split(self.url)
        return f"{login_proxy(origin, *login)}{path}/"

    @property
    def _page(self) -> str:
        return f"{self.url}/{self.project}/"

    def _login_in_use(self) -> Login | None:
        """The login, where reading needs one."""
        http = Http(_INDEX)
        try:
            answer = http.send("GET", self._page, ok=(200, 401, 403, 404), headers={"Accept": _ACCEPT})
        finally:
            http.close()
        return self.login() if answer.status_code in {401, 403} else None

    def _read(self, url: str) -> httpx.Response:
        headers = {"Accept": _ACCEPT, "Cache-Control": "no-cache"}
        http = Http(_INDEX)
        try:
            answer = http.send("GET", url, ok=(200, 401, 403, 404), headers=headers)
            if answer.status_code not in {401, 403}:
                return answer
            login = self.login()
            if login is None:
                raise self._no_login(answer.status_code)
            http.close()
            http = Http(_INDEX, auth=login)
            answer = http.send("GET", url, ok=(200, 401, 403, 404), headers=headers)
            if answer.status_code in {401, 403}:
                raise self._no_login(answer.status_code)
            return answer
        finally:
            http.close()

    def _no_login(self, status: int) -> CredentialError:
        return CredentialError(
            f"the package index wants a login for reading, and refused ours with {status}",
            facts={"index": self.url},
            remedy="set TWINE_USERNAME and TWINE_PASSWORD to a login that may read, too",
        )


def same_place(reading: str, upload: str) -> bool:
    """Whether a login for uploading may be used for reading: it is the same host, or they are of one domain."""
    return proxies_and_certificates.is_related(urlsplit(reading).hostname or "", urlsplit(upload).hostname or "")


def _split(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", parts.path


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs))


def _html_rows(answer: httpx.Response) -> list[_Row]:
    """Source: PEP 503."""
    page = _Anchors()
    page.feed(answer.text)
    links = [anchor for anchor in page.found if anchor.get("href")]
    if not links and "<a" not in answer.text.lower() and "simple" not in answer.text.lower():
        raise _no_listing(answer)
    rows = []
    for anchor in links:
        address, fragment = urldefrag(str(anchor["href"]))
        kind, _, digest = fragment.partition("=")
        name = unquote(urlsplit(address).path.rpartition("/")[2])
        rows.append(_Row(name, address, {kind: digest} if digest else {}, "data-yanked" in anchor))
    if links and not any(row.filename.endswith((".whl", ".tar.gz", ".zip", ".tar.bz2", ".egg")) for row in rows):
        raise _no_listing(answer)
    return rows


def _no_listing(answer: httpx.Response) -> RemoteRefusedError:
    return RemoteRefusedError(
        f"{_INDEX} answered with something that is not a list of files",
        facts={"request": f"GET {answer.url.copy_with(query=None)}", "it begins": " ".join(answer.text.split())[:80]},
        remedy="see that `url` in [tool.windlass.index] is right, and that no login page answers in its place",
    )
