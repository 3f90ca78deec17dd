"""The stand-in for a package index, with PyPI's rules.

Uploads by the legacy API; reading by the simple API (JSON and HTML), the JSON API and files with their
metadata; a page with a yank button at `/manage/project/NAME/release/VERSION/`. Names of other projects are
passed on, read only, to the index that this machine uses. State: `HOME/index/`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from packaging.utils import canonicalize_name
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route, Router

from windlass.channels.index.stand_in import pages, upstream
from windlass.channels.index.stand_in.store import IndexProject, IndexRelease, IndexStore
from windlass.channels.index.stand_in.upload import IndexRefusedError, Upload, take
from windlass.stage.stand_in import StandIn
from windlass.stage.state_history import Effects

_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = "application/vnd.pypi.simple.v1+html"
_SPELLINGS = {
    _JSON: _JSON,
    "application/vnd.pypi.simple.latest+json": _JSON,
    _HTML: _HTML,
    "application/vnd.pypi.simple.latest+html": _HTML,
    "text/html": "text/html",
    "text/*": "text/html",
    "*/*": "text/html",
}
_WAIT_S = 30.0
"""How long an upload may take to be seen: here it is seen at once, unless the answer was a lie."""
_TEXT_LIMIT_BYTES = 16 * 1024 * 1024


class IndexStandIn(StandIn):
    """The package index."""

    name: ClassVar[str] = "index"

    def app(self, home: Path, effects: Effects) -> Router:
        """Its APIs, files, and pages."""
        return _Index(IndexStore(home / "index", effects)).router()

    def settings(self, address: str) -> dict[str, Any]:
        """Where windlass finds it."""
        return {"index": {"upload_url": f"{address}/legacy/", "url": address, "wait_s": _WAIT_S, "rules": "pypi"}}

    def environment(self, home: Path) -> dict[str, str]:
        """The token that it takes."""
        return {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": _password(home / "index")}

    def prepare(self, home: Path, projects: Sequence[str]) -> None:
        """Let these projects be its own."""
        claim_projects(home, projects)


def claim_projects(home: Path, projects: Iterable[str]) -> None:
    """Let these projects be this index's own: absent until uploaded, whatever other indexes hold."""
    file = home / "index" / "own.json"
    names = set(json.loads(file.read_text())) if file.exists() else set()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(sorted(names | {canonicalize_name(name) for name in projects})))


def delay_listing(home: Path, *, json_reads: int = 0, simple_reads: int = 0) -> None:
    """Let files that are uploaded from now on stay hidden from so many readers of each API."""
    (home / "index" / "slow.json").write_text(json.dumps({"json": json_reads, "simple": simple_reads}))


def _password(home: Path) -> str:
    file = home / "password"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        file.write_text(f"pypi-{secrets.token_hex(24)}")
        file.chmod(0o600)
    return file.read_text().strip()


class _Index:
    """The routes over one store."""

    def __init__(self, store: IndexStore) -> None:
        self.store = store
        self._upstream = ""

    def router(self) -> Router:
        return Router(
            [
                Route("/legacy/", self.upload, methods=["POST"]),
                Route("/basic/", self.upload_basic, methods=["POST"]),
                Route("/simple/", self.projects),
                Route("/simple/{name}/", self.simple),
                Route("/pypi/{name}/json", self.json),
                Route("/pypi/{name}/{version}/json", self.json),
                Route("/files/{name}/{filename}", self.file),
                Route("/project/{name}/{version}/", self.page),
                Route("/manage/project/{name}/release/{version}/", self.page),
                Route("/manage/project/{name}/release/{version}/", self.press, methods=["POST"]),
            ]
        )

    async def upload(self, request: Request) -> Response:
        return await self._take(request, pypi=True)

    async def upload_basic(self, request: Request) -> Response:
        """By the rules that every index has, for a project whose own is not PyPI."""
        return await self._take(request, pypi=False)

    async def _take(self, request: Request, *, pypi: bool) -> Response:
        try:
            self._authorise(request)
            take(await _parse_upload(request), self.store, datetime.now(UTC), pypi=pypi)
        except IndexRefusedError as no:
            return HTMLResponse(pages.refusal(no.status, no.words), no.status)
        return Response()

    def _authorise(self, request: Request) -> None:
        user, password = _basic(request.headers.get("Authorization", ""))
        right = hmac.compare_digest(password.encode(), _password(self.store.home).encode())
        if user != "__token__" or not right:
            words = "Invalid or non-existent authentication information. "
            raise IndexRefusedError(403, f"{words}See https://pypi.org/help/#invalid-auth for more information.")

    async def projects(self, request: Request) -> Response:
        names = self.store.names()
        return _simple(request, lambda: pages.projects(names), lambda: pages.projects_html(names))

    async def simple(self, request: Request) -> Response:
        name = request.path_params["name"]
        root = _root(request)
        if name != canonicalize_name(name):
            return RedirectResponse(f"{root}/simple/{canonicalize_name(name)}/", 301)
        if not self.store.owns(name):
            return RedirectResponse(f"{await self._upstream_address()}/{name}/", 307)
        project = self.store.visible_project(name, "simple")
        if project is None:
            return HTMLResponse(pages.refusal(404, "Not Found"), 404)
        return _simple(request, lambda: pages.simple(project, root), lambda: pages.simple_html(project, root))

    async def _upstream_address(self) -> str:
        if not self._upstream:
            self._upstream = await asyncio.to_thread(upstream.address)
        return self._upstream

    async def json(self, request: Request) -> Response:
        project = self.store.visible_project(request.path_params["name"], "json")
        version = request.path_params.get("version")
        if project is None or (version and project.release(version) is None):
            return JSONResponse({"message": "Not Found"}, 404)
        release = project.release(version) if version else pages.latest(project)
        assert release is not None  # noqa: S101 - looked at above
        return JSONResponse(pages.legacy(project, release, _root(request), every_release=not version))

    async def file(self, request: Request) -> Response:
        path = self.store.path(request.path_params["name"], request.path_params["filename"])
        if path is None:
            return HTMLResponse(pages.refusal(404, "Not Found"), 404)
        return FileResponse(path, media_type="application/octet-stream")

    async def page(self, request: Request) -> Response:
        found = self._release(request)
        if found is None:
            return HTMLResponse(pages.refusal(404, "Not Found"), 404)
        return HTMLResponse(pages.release_page(*found, _root(request)))

    async def press(self, request: Request) -> Response:
        """A person's buttons: `action` is `yank` (`yanked_reason`), `unyank` or `delete` (some `filename`s)."""
        found = self._release(request)
        if found is None:
            return HTMLResponse(pages.refusal(404, "Not Found"), 404)
        project, release = found
        async with request.form() as form:
            action, reason = form.get("action"), str(form.get("yanked_reason", ""))
            filenames = tuple(str(name) for name in form.getlist("filename"))
        if action == "delete":
            held = tuple(file.filename for file in project.of(release.version))
            self.store.delete(project, tuple(name for name in held if name in (filenames or held)))
        elif action in ("yank", "unyank"):
            self.store.yank(project, release, action == "yank", reason)
        else:
            return HTMLResponse(pages.refusal(400, "Unknown action."), 400)
        return RedirectResponse(str(request.url), 303)

    def _release(self, request: Request) -> tuple[IndexProject, IndexRelease] | None:
        project = self.store.project(request.path_params["name"])
        release = project.release(request.path_params["version"]) if project else None
        return (project, release) if project and release else None


async def _parse_upload(request: Request) -> Upload:
    async with request.form(max_part_size=_TEXT_LIMIT_BYTES) as form:
        content = form.get("content")
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        several = {name: tuple(text for text in form.getlist(name) if isinstance(text, str)) for name in fields}
        if not isinstance(content, UploadFile):
            return Upload(fields, "", b"", several)
        return Upload(fields, content.filename or "", await content.read(), several)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, words = header.partition(" ")
    try:
        user, _, password = base64.b64decode(words).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, password) if scheme.lower() == "basic" else ("", "")


def _simple(request: Request, as_json: Any, as_html: Any) -> Response:
    """An answer of the simple API in the form that the reader likes best. Source: PEP 691."""
    form = _preferred_spelling(request.query_params.get("format") or request.headers.get("Accept", "*/*"))
    if form is None:
        return HTMLResponse(pages.refusal(406, "Not Acceptable"), 406)
    body = json.dumps(as_json()) if form == _JSON else as_html()
    return Response(body, headers={"Vary": "Accept"}, media_type=form)


def _preferred_spelling(accept: str) -> str | None:
    best: tuple[float, str | None] = (0.0, None)
    for row in accept.split(","):
        name, *parameters = (word.strip() for word in row.split(";"))
        quality = next((word[2:] for word in parameters if word.startswith("q=")), "1")
        try:
            weight = float(quality)
        except ValueError:
            weight = 0.0
        if name in _SPELLINGS and weight > best[0]:
            best = (weight, _SPELLINGS[name])
    return best[1]


def _root(request: Request) -> str:
    """The index's address as this reader has it, without a last slash."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"
