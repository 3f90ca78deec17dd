"""A server that answers what it was told to, in order, and keeps what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from windlass.stage import Effects, serve
from windlass.stage.fault_middleware import Faults


@dataclass
class Answer:
    """What is answered: a JSON body, or bytes as they are."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return Response(content, self.status, dict(self.headers))


@dataclass
class Asked:
    """What was asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Scripted:
    """The server; the last answer is repeated."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.answers: list[Answer] = []
        self.asked: list[Asked] = []
        self.server = serve.Server(Faults(self._answer, Effects(home), lambda _: "scripted", lambda _: None))
        self.address = f"http://127.0.0.1:{self.server.port}"

    def says(self, *answers: Answer) -> None:
        self.answers = list(answers)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.asked.append(Asked(request.method, request.url.path, dict(request.headers), await request.body()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await answer.response()(scope, receive, send)


@contextmanager
def scripted(home: Path) -> Iterator[Scripted]:
    """A running one."""
    made = Scripted(home)
    made.server.start()
    try:
        yield made
    finally:
        made.server.stop()
