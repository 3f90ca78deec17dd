"""The stand-in for an OCI registry: what Docker, buildx and windlass push to and pull from in a rehearsal.

It behaves as Debian's docker-registry does in all that their common tests look at, and has the referrers' API beyond
it. Tags that are versions are recorded as immutable, holding tags and lists of referrers as records, all others as
pointers. State: `HOME/registry/`. Source: OCI distribution specification 1.1.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route, Router

from windlass.channels.oci.stand_in.login import LoginRules
from windlass.channels.oci.stand_in.store import RegistryStore, StoredManifest, referrer_row
from windlass.digest import content_digest
from windlass.stage.stand_in import StandIn
from windlass.stage.state_history import Effects

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"\w[\w.-]{0,127}")
_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_LIMIT_BYTES = 4 << 20
_UPLOAD_ID = re.compile(r"/uploads/[0-9a-f]{32}\b")
_INDEX = "application/vnd.oci.image.index.v1+json"
_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}


class RegistryStandIn(StandIn):
    """The registry. It asks for no login unless a test wants one (`LoginRules.want`)."""

    name: ClassVar[str] = "registry"
    mount: ClassVar[str] = "/v2"

    def app(self, home: Path, effects: Effects) -> Router:
        """The registry's API."""
        return _Registry(RegistryStore(home / "registry", effects), LoginRules(home / "registry")).router()

    def settings(self, address: str) -> dict[str, Any]:
        """Where windlass finds it."""
        host = address.partition("://")[2].partition("/")[0]
        return {"image": {"registries": [host]}}

    async def describe(self, scope: Scope, receive: Receive) -> tuple[str, Receive]:
        """Method and address, without what is drawn by lot in it."""
        words, receive = await super().describe(scope, receive)
        return _UPLOAD_ID.sub("/uploads/…", words), receive


class RegistryRefusedError(Exception):
    """An answer that is a no, in the form that clients expect."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.response = JSONResponse(
            {"errors": [{"code": code, "message": message, "detail": None}]}, status, {**_VERSION, **(headers or {})}
        )


_Handler = Callable[["_Registry", Request], Awaitable[Response]]


def _with_checks(handler: _Handler) -> _Handler:
    """Check name and login first; turn refusals into answers."""

    @functools.wraps(handler)
    async def checked_handler(registry: _Registry, request: Request) -> Response:
        try:
            name = request.path_params.get("name", "")
            if name and not _NAME.fullmatch(name):
                raise RegistryRefusedError(400, "NAME_INVALID", "invalid repository name")
            registry.admit(request, name)
            answer = await handler(registry, request)
        except RegistryRefusedError as no:
            return no.response
        answer.headers.update(_VERSION)
        return answer

    return checked_handler


class _Registry:
    """The routes over one store."""

    def __init__(self, store: RegistryStore, login: LoginRules) -> None:
        self.store = store
        self.login = login

    def router(self) -> Router:
        pull, push = ["GET", "HEAD"], ["PUT"]
        return Router(
            [
                Route("/", self.version, methods=pull),
                Route("/_token", self.token),
                Route("/{name:path}/tags/list", self.tags),
                Route("/{name:path}/referrers/{digest}", self.referrers),
                Route("/{name:path}/manifests/{reference}", self.manifest, methods=pull),
                Route("/{name:path}/manifests/{reference}", self.put_manifest, methods=push),
                Route("/{name:path}/manifests/{reference}", self.delete_manifest, methods=["DELETE"]),
                Route("/{name:path}/blobs/uploads/", self.begin, methods=["POST"]),
                Route("/{name:path}/blobs/uploads/{upload}", self.progress, methods=["GET"]),
                Route("/{name:path}/blobs/uploads/{upload}", self.chunk, methods=["PATCH"]),
                Route("/{name:path}/blobs/uploads/{upload}", self.finish, methods=push),
                Route("/{name:path}/blobs/uploads/{upload}", self.cancel, methods=["DELETE"]),
                Route("/{name:path}/blobs/{digest}", self.blob, methods=pull),
                Route("/{name:path}/blobs/{digest}", self.delete_blob, methods=["DELETE"]),
            ]
        )

    # ── login ──

    def admit(self, request: Request, name: str) -> None:
        action = "pull" if request.method in {"GET", "HEAD"} else "push"
        if request.url.path.endswith("/_token") or self.login.grants(
            request.headers.get("Authorization", ""), name, action
        ):
            return
        scope = f',scope="repository:{name}:pull{",push" if action == "push" else ""}"' if name else ""
        challenge = f'Bearer realm="{_root(request)}/_token",service="stage"{scope}'
        raise RegistryRefusedError(401, "UNAUTHORIZED", "authentication required", {"WWW-Authenticate": challenge})

    @_with_checks
    async def version(self, _: Request) -> Response:
        return JSONResponse({})

    @_with_checks
    async def token(self, request: Request) -> Response:
        scopes = request.query_params.getlist("scope")
        token = (
            self.login.token(request.headers.get("Authorization", ""), scopes) if self.login.is_wanted else "anybody"
        )
        if not token:
            raise RegistryRefusedError(401, "UNAUTHORIZED", "wrong user or password")
        return JSONResponse({"token": token, "expires_in": 300})

    # ── names ──

    @_with_checks
    async def tags(self, request: Request) -> Response:
        name = self._require_name(request)
        after = [tag for tag in self.store.tags(name) if tag > request.query_params.get("last", "")]
        count = int(request.query_params.get("n", len(after)))
        page = after[:count]
        more = (
            f'<{_root(request)}/{name}/tags/list?n={count}&last={page[-1]}>; rel="next"'
            if page and page != after
            else ""
        )
        return JSONResponse({"name": name, "tags": page}, headers={"Link": more} if more else None)

    @_with_checks
    async def referrers(self, request: Request) -> Response:
        digest = _digest(request.path_params["digest"])
        wanted = request.query_params.get("artifactType")
        rows = [referrer_row(stored) for stored in self.store.referrers(request.path_params["name"], digest)]
        shown = [row for row in rows if wanted in (None, row["artifactType"])]
        index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": shown}
        headers = {"OCI-Filters-Applied": "artifactType"} if wanted else None
        return Response(json.dumps(index), media_type=_INDEX, headers=headers)

    # ── manifests ──

    @_with_checks
    async def manifest(self, request: Request) -> Response:
        stored = self.store.manifest(request.path_params["name"], request.path_params["reference"])
        if stored is None:
            raise RegistryRefusedError(404, "MANIFEST_UNKNOWN", "manifest unknown")
        headers = {"Docker-Content-Digest": stored.digest, "ETag": f'"{stored.digest}"'}
        return Response(stored.content, media_type=stored.media_type, headers=headers)

    @_with_checks
    async def put_manifest(self, request: Request) -> Response:
        name, reference = request.path_params["name"], request.path_params["reference"]
        content = await request.body()
        stored = StoredManifest(content, request.headers.get("Content-Type", ""), content_digest(content))
        if ":" in reference and _digest(reference) != stored.digest:
            raise RegistryRefusedError(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        if ":" not in reference and not _TAG.fullmatch(reference):
            raise RegistryRefusedError(400, "TAG_INVALID", "manifest tag is invalid")
        raw = self._parse_manifest(name, stored)
        subject = str((raw.get("subject") or {}).get("digest") or "")
        self.store.put_manifest(name, stored, "" if ":" in reference else reference, subject)
        headers = {
            "Location": f"{_root(request)}/{name}/manifests/{stored.digest}",
            "Docker-Content-Digest": stored.digest,
        }
        return Response(status_code=201, headers={**headers, **({"OCI-Subject": subject} if subject else {})})

    def _parse_manifest(self, name: str, stored: StoredManifest) -> dict[str, Any]:
        """A manifest is taken only when all that it consists of is in the repository already."""
        try:
            raw = json.loads(stored.content) if len(stored.content) <= _LIMIT_BYTES else None
        except ValueError:
            raw = None
        if not isinstance(raw, dict) or raw.get("mediaType", stored.media_type) != stored.media_type:
            raise RegistryRefusedError(400, "MANIFEST_INVALID", "manifest invalid")
        children = [row["digest"] for row in raw.get("manifests") or ()]
        parts = [row["digest"] for row in [raw.get("config"), *(raw.get("layers") or ())] if row]
        gone = [digest for digest in children if self.store.manifest(name, _digest(digest)) is None]
        gone += [digest for digest in parts if not self.store.has_blob(name, _digest(digest))]
        if gone:
            raise RegistryRefusedError(400, "MANIFEST_BLOB_UNKNOWN", f"blob unknown to registry: {', '.join(gone)}")
        return raw

    @_with_checks
    async def delete_manifest(self, request: Request) -> Response:
        name, reference = request.path_params["name"], request.path_params["reference"]
        if not _DIGEST.fullmatch(reference):
            raise RegistryRefusedError(400, "DIGEST_INVALID", "a manifest is deleted by digest")
        if not self.store.remove_manifest(name, reference):
            raise RegistryRefusedError(404, "MANIFEST_UNKNOWN", "manifest unknown")
        return Response(status_code=202)

    # ── blobs ──

    @_with_checks
    async def blob(self, request: Request) -> Response:
        digest = _digest(request.path_params["digest"])
        if not self.store.has_blob(request.path_params["name"], digest):
            raise RegistryRefusedError(404, "BLOB_UNKNOWN", "blob unknown to registry")
        headers = {"Docker-Content-Digest": digest}
        return FileResponse(self.store.content(digest), media_type="application/octet-stream", headers=headers)

    @_with_checks
    async def delete_blob(self, request: Request) -> Response:
        if not self.store.remove_blob(request.path_params["name"], _digest(request.path_params["digest"])):
            raise RegistryRefusedError(404, "BLOB_UNKNOWN", "blob unknown to registry")
        return Response(status_code=202)

    @_with_checks
    async def begin(self, request: Request) -> Response:
        name, asked = request.path_params["name"], request.query_params
        if "mount" in asked and self._mount(request, asked["mount"], asked.get("from", "")):
            self.store.link_blob(name, asked["mount"])
            return _created_response(request, name, asked["mount"])
        upload = self.store.begin()
        path = self.store.home / "uploads" / upload
        if "digest" in asked:
            await _append(request, path)
            return self._finish_upload(request, path, asked["digest"])
        return self._accept_chunk(request, upload, path)

    def _mount(self, request: Request, digest: str, source: str) -> bool:
        granted = self.login.grants(request.headers.get("Authorization", ""), source, "pull")
        return bool(source and granted and self.store.has_blob(source, _digest(digest)))

    @_with_checks
    async def progress(self, request: Request) -> Response:
        answer = self._accept_chunk(request, request.path_params["upload"], self._upload(request))
        answer.status_code = 204
        return answer

    @_with_checks
    async def chunk(self, request: Request) -> Response:
        path = self._upload(request)
        match = re.match(r"(\d+)-", request.headers.get("Content-Range", ""))
        if match and int(match[1]) != path.stat().st_size:
            raise RegistryRefusedError(416, "RANGE_INVALID", "invalid content range")
        await _append(request, path)
        return self._accept_chunk(request, request.path_params["upload"], path)

    @_with_checks
    async def finish(self, request: Request) -> Response:
        path = self._upload(request)
        await _append(request, path)
        return self._finish_upload(request, path, request.query_params.get("digest", ""))

    @_with_checks
    async def cancel(self, request: Request) -> Response:
        self._upload(request).unlink()
        return Response(status_code=204)

    def _finish_upload(self, request: Request, path: Path, digest: str) -> Response:
        if not self.store.finish(request.path_params["name"], path, _digest(digest)):
            raise RegistryRefusedError(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        return _created_response(request, request.path_params["name"], digest)

    def _accept_chunk(self, request: Request, upload: str, path: Path) -> Response:
        location = f"{_root(request)}/{request.path_params['name']}/blobs/uploads/{upload}"
        end = max(path.stat().st_size - 1, 0)
        headers = {"Location": location, "Range": f"0-{end}", "Docker-Upload-UUID": upload}
        return Response(status_code=202, headers=headers)

    def _upload(self, request: Request) -> Path:
        path = self.store.upload(request.path_params["upload"])
        if path is None:
            raise RegistryRefusedError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        return path

    def _require_name(self, request: Request) -> str:
        name = str(request.path_params["name"])
        if not self.store.has_repository(name):
            raise RegistryRefusedError(404, "NAME_UNKNOWN", "repository name not known to registry")
        return name


async def _append(request: Request, path: Path) -> None:
    with path.open("ab") as file:
        async for piece in request.stream():
            file.write(piece)


def _created_response(request: Request, name: str, digest: str) -> Response:
    headers = {"Location": f"{_root(request)}/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
    return Response(status_code=201, headers=headers)


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise RegistryRefusedError(400, "DIGEST_INVALID", "invalid digest")
    return text


def _root(request: Request) -> str:
    """The address of `/v2`, as the client wrote it."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"
