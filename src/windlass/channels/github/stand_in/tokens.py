"""The desk: who asks, for which repository, and GitHub's ways of saying no."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from windlass.channels.github.stand_in.store import ForgeStore, Options

T = TypeVar("T")
DOCUMENTATION = "https://docs.github.com/rest"
_LIMIT = 5000


class Rights(IntEnum):
    """What an asker may do."""

    NOBODY = 0
    READ = 1
    WRITE = 2


class ForgeRefusedError(Exception):
    """An answer that is a no."""

    def __init__(self, status: int, message: str, *errors: Mapping[str, Any], **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
        if errors:
            self.body["errors"] = [dict(error) for error in errors]
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self) -> Response:
        """It as GitHub sends it."""
        return JSONResponse(self.body, self.status, headers=self.headers)


def invalid(resource: str, code: str, name: str = "", message: str = "") -> ForgeRefusedError:
    """The 422 for a value that is none.

    Args:
        code: `missing_field`, `invalid`, `already_exists` or `custom`; the last needs a message.
        name: the field.
    """
    error = {"resource": resource, "code": code, "field": name, "message": message}
    return ForgeRefusedError(422, "Validation Failed", {key: value for key, value in error.items() if value})


@dataclass(frozen=True)
class Ask:
    """One request that was let in.

    Attributes:
        owner, name: the repository's.
        base: this forge's address as the asker has it, without a last slash.
    """

    request: Request
    access: Rights
    options: Options
    owner: str
    name: str
    base: str = field(default="")

    @property
    def api(self) -> str:
        """The repository's address in the API."""
        return f"{self.base}/repos/{self.owner}/{self.name}"

    @property
    def web(self) -> str:
        """The repository's page."""
        return f"{self.base}/{self.owner}/{self.name}"

    def number(self, name: str) -> int:
        """A number of the path."""
        return int(self.request.path_params[name])

    def word(self, name: str) -> str:
        """A word of the path, or of the query; empty when it is in neither."""
        return str(self.request.path_params.get(name) or self.request.query_params.get(name) or "")

    def to_write(self, right: str = "contents=write") -> None:
        """Let only those on who may write."""
        if self.access is Rights.NOBODY:
            raise ForgeRefusedError(401, "Requires authentication")
        if self.access is Rights.READ:
            headers = {"X_Accepted_GitHub_Permissions": right}
            raise ForgeRefusedError(403, "Resource not accessible by personal access token", **headers)

    async def fields(self, into: type[T]) -> T:
        """The body's fields; as GitHub, unknown ones are passed over."""
        content = await self.request.body()
        try:
            json.loads(content or b"{}")
        except ValueError:
            raise ForgeRefusedError(400, "Problems parsing JSON") from None
        try:
            return msgspec.json.decode(content or b"{}", type=into)
        except msgspec.ValidationError as misfit:
            raise ForgeRefusedError(422, f"Invalid request.\n\n{misfit}") from None

    def list_page(self, items: Sequence[Any]) -> Response:
        """One page of a list, with the links to the others."""
        size = min(_positive(self.request.query_params.get("per_page", ""), 30), 100)
        page = _positive(self.request.query_params.get("page", ""), 1)
        last = max((len(items) + size - 1) // size, 1)
        others = {"next": page + 1, "last": last} if page < last else {}
        if page > 1:
            others |= {"prev": page - 1, "first": 1}
        links = ", ".join(f'<{self._page(number)}>; rel="{name}"' for name, number in others.items())
        shown = list(items[(page - 1) * size : page * size])
        return JSONResponse(shown, headers={"Link": links} if links else {})

    def _page(self, number: int) -> str:
        query = {**self.request.query_params, "page": str(number)}
        return (
            f"{self.base}{self.request.scope['path'].removeprefix(self.request.scope['root_path'])}?{urlencode(query)}"
        )


Handler = Callable[[Ask], Awaitable[Response]]


def with_access(store: ForgeStore, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A handler behind the desk: tokens and repository checked, refusals in GitHub's form."""

    async def serve(request: Request) -> Response:
        try:
            answer = await handler(_let_in(store, request))
        except ForgeRefusedError as no:
            answer = no.answer()
        answer.headers["X-RateLimit-Limit"] = answer.headers["X-RateLimit-Remaining"] = str(_LIMIT)
        answer.headers["X-GitHub-Request-Id"] = secrets.token_hex(8).upper()
        return answer

    return serve


def _let_in(store: ForgeStore, request: Request) -> Ask:
    options = store.options()
    access = _access(store, options, request.headers.get("Authorization", ""))
    owner, name = request.path_params.get("owner", ""), request.path_params.get("repo", "")
    unknown = owner and options.repository and f"{owner}/{name}".lower() != options.repository.lower()
    if unknown or (options.private and access is Rights.NOBODY):
        raise ForgeRefusedError(404, "Not Found")
    base = f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"
    return Ask(request, access, options, owner, name, base)


def _access(store: ForgeStore, options: Options, header: str) -> Rights:
    if not header:
        return Rights.NOBODY
    scheme, _, token = header.partition(" ")
    if scheme.lower() in {"bearer", "token"}:
        if hmac.compare_digest(token.encode(), write_token(store.home).encode()):
            return Rights.WRITE
        if token in options.readers:
            return Rights.READ
    raise ForgeRefusedError(401, "Bad credentials")


def write_token(folder: Path) -> str:
    """The token that may write; made when it is first asked for."""
    file = folder / "token"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(f"ghp_{secrets.token_hex(18)}")
        file.chmod(0o600)
    return file.read_text().strip()


def _positive(text: str, otherwise: int) -> int:
    return int(text) if text.isdigit() and int(text) > 0 else otherwise
