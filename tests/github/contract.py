"""GitHub's contract as a check: every request and every answer that passes is held against it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator
from jsonschema.validators import extend

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ANYTIME = frozenset({400, 401, 403, 404, 405, 409, 422, 429, 500, 502, 503})
"""Statuses that any operation may answer with, in the form of a basic error."""


_fitting: set[tuple[int, str]] = set()
"""Values that were found to fit, as JSON, with the schema's identity: the same answer comes a hundred times."""


def _items(validator: Any, part: Any, values: Any, _whole: Any) -> Iterator[ValidationError]:
    """The keyword `items`, which looks at an item that fitted before no more."""
    for index, value in enumerate(values if validator.is_type(values, "array") else ()):
        key = (id(part), json.dumps(value))
        if key not in _fitting:
            found = list(validator.descend(value, part, path=index))
            yield from found
            if not found:
                _fitting.add(key)


_Validator = extend(Draft202012Validator, {"items": _items})
_validators: dict[tuple[int, bool], Any] = {}


class Operation(NamedTuple):
    """One operation: its path's template and its part of the contract."""

    method: str
    template: str
    part: Mapping[str, Any]


@cache
def contract() -> dict[str, Any]:
    """The slice, with what GitHub's own description is known to lack."""
    whole: dict[str, Any] = json.loads(Path(__file__).with_name("contract.json").read_text())
    state = whole["components"]["schemas"]["release-asset"]["properties"]["state"]
    state["enum"] = [*state["enum"], "starter"]  # what a cut upload leaves; the description does not know it
    return whole


def operation(method: str, path: str) -> Operation | None:
    """The operation that a request is; the plainest template wins, as `latest` before `{release_id}`."""
    found = [
        Operation(method, template, methods[method.lower()])
        for template, methods in contract()["paths"].items()
        if method.lower() in methods and _pattern(template).fullmatch(path)
    ]
    return min(found, key=lambda one: one.template.count("{"), default=None)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    greedy = re.sub(r"\\\{(ref|branch|tag)\\\}", r".+", re.escape(template))
    named = re.sub(r"\\\{(owner|repo|tag_sha)\\\}", r"[^/]+", greedy)
    return re.compile(re.sub(r"\\\{\w+_id\\\}|\\\{pull_number\\\}", r"\\d+", named))


def schema(part: Any, *, closed: bool = False) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: references resolved, `nullable` spelled out.

    Args:
        closed: whether objects take no other fields than those named.
    """
    if isinstance(part, list):
        return [schema(item, closed=closed) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return schema(resolved(part), closed=closed)
    made = {
        key: {name: schema(value, closed=closed) for name, value in item.items()}
        if key == "properties"
        else schema(item, closed=closed)
        for key, item in part.items()
        if key != "nullable"
    }
    if closed and "properties" in made:
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if part.get("nullable") else made


def resolved(part: Mapping[str, Any]) -> Any:
    """What a reference refers to; anything else is itself."""
    if "$ref" not in part:
        return part
    node: Any = contract()
    for name in part["$ref"].removeprefix("#/").split("/"):
        node = node[name]
    return resolved(node)


def of_request(found: Operation, query: bytes, headers: Mapping[str, str], body: bytes) -> list[str]:
    """What a request has against the contract."""
    parameters = [resolved(parameter) for parameter in found.part.get("parameters", ())]
    declared = {p["name"]: p["schema"] for p in parameters if p["in"] == "query"}
    problems = []
    for name, text in parse_qsl(query.decode(), keep_blank_values=True):
        if name not in declared:
            problems.append(f"query field {name!r} is unknown")
            continue
        value = int(text) if declared[name].get("type") == "integer" else text
        problems += _misfits(value, declared[name], f"query field {name!r}")
    if headers.get("x-github-api-version") != "2022-11-28":
        problems.append("no API version is asked for")
    return problems + _of_body(found, headers, body)


def _of_body(found: Operation, headers: Mapping[str, str], body: bytes) -> list[str]:
    declared = found.part.get("requestBody", {}).get("content", {})
    kind = headers.get("content-type", "").partition(";")[0]
    if not body:
        return []
    if kind not in declared:
        return [f"a body of type {kind!r}, where {sorted(declared)} may be"]
    if kind != "application/json":
        return []
    return _misfits(json.loads(body), declared[kind]["schema"], "body", closed=True)


def of_answer(found: Operation, status: int, body: bytes) -> list[str]:
    """What an answer has against the contract."""
    declared = {int(code): resolved(part) for code, part in found.part["responses"].items()}
    if status not in declared and status not in _ANYTIME:
        return [f"status {status} is none of {sorted(declared)}"]
    part = declared.get(status, contract()["components"]["responses"]["not_found"])
    content = part.get("content", {}).get("application/json")
    if content is None:
        return [] if not body or status >= 400 else [f"a body with status {status}"]
    return _misfits(json.loads(body), content["schema"], f"answer {status}")


def _misfits(value: Any, part: Any, what: str, *, closed: bool = False) -> list[str]:
    key = (id(part), closed)  # the contract is read once, and its parts stay
    if key not in _validators:
        _validators[key] = _Validator({"type": "array", "items": schema(part, closed=closed)})
    found = _validators[key].iter_errors([value])
    return [f"{what} at {'/'.join(map(str, [*misfit.path][1:]))}: {misfit.message[:300]}" for misfit in found]


class Checked:
    """An application whose API is held against the contract; `problems` tells what did not fit."""

    def __init__(self, app: ASGIApp, mount: str) -> None:
        self.app = app
        self.mount = mount
        self.problems: list[str] = []
        self.seen: set[tuple[str, str]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(self.mount).removeprefix("/uploads")
        is_api = scope["path"].startswith(self.mount) and path.startswith(("/repos/", "/rate_limit"))
        if not is_api:
            await self.app(scope, receive, send)
            return
        found = operation(scope["method"], path)
        if found is None:
            self.problems.append(f"{scope['method']} {path} is no operation of the contract")
            await self.app(scope, receive, send)
            return
        self.seen.add((found.method, found.template))
        await self._check(found, scope, receive, send)

    async def _check(self, found: Operation, scope: Scope, receive: Receive, send: Send) -> None:
        asked, answered, status, whole = bytearray(), bytearray(), [0], [False]

        async def hearing() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            whole[0] = message["type"] == "http.request" and not message.get("more_body", False)
            return message

        async def telling(message: Message) -> None:
            status[0] = message.get("status", status[0])
            answered.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, hearing, telling)
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        said = of_request(found, scope["query_string"], headers, bytes(asked)) if whole[0] or not asked else []
        said += of_answer(found, status[0], bytes(answered)) if whole[0] or status[0] < 400 else []
        self.problems += [f"{found.method} {found.template}: {problem}" for problem in said]
