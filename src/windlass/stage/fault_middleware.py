"""Faults over HTTP: an ASGI middleware that numbers mutating requests and breaks the one a fault waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.responses import Response

from windlass.stage.state_history import Effects, Fault, kill

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_GRACE_S = 10.0
"""How long a killed client's connection is held: its own end, not a reply, is what it is to see."""


class Faults:
    """Numbers every mutating request of the stand-ins behind it, and fires the fault that is due.

    Attributes:
        app: the stand-ins, mounted.
        effects: where requests are numbered and faults armed.
        stand_in: path → the stand-in's name.
        cut: ends a request's connection without a reply.
        words: what a request is to change, and how to read it from its beginning; no words when nothing.
    """

    def __init__(
        self,
        app: ASGIApp,
        effects: Effects,
        stand_in: Callable[[str], str],
        cut: Callable[[Scope], None],
        words: Callable[[Scope, Receive], Awaitable[tuple[str, Receive]]] | None = None,
    ) -> None:
        self.app = app
        self.effects = effects
        self.stand_in = stand_in
        self.cut = cut
        self.words = words or method_and_address
        self._held: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or break it."""
        words = ""
        if scope["type"] == "http" and scope["method"] not in _READING:
            words, receive = await self.words(scope, receive)
        if not words:
            await self.app(scope, receive, send)
            return
        n = self.effects.request(self.stand_in(scope["path"]), words)
        fault = self.effects.due(n)
        if fault is None:
            await self.app(scope, receive, send)
            return
        if fault.action == "meddle":
            self.effects.record_firing(n, fault)
            await asyncio.to_thread(fault.meddle)
            await self.app(scope, receive, send)
            return
        if fault.when == "during":
            await receive()
        if fault.when == "after":
            await self.app(scope, receive, _drop_reply)
        self.effects.record_firing(n, fault)
        await self._fire(fault, scope, receive, send)

    def let_go(self) -> None:
        """Cut the connections that a fault lets hang: the server is to stop."""
        for scope in self._held:
            self.cut(scope)

    async def _fire(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.action == "status":
            await Response("a fault", fault.status, dict(fault.headers))(scope, receive, send)
        elif fault.action == "lie":
            await Response(status_code=500 if fault.when == "after" else 201)(scope, receive, send)
        elif fault.action == "hang":
            self._held.append(scope)
            await _wait_for_disconnect(receive)
        else:
            await self._end(fault, scope, receive)

    async def _end(self, fault: Fault, scope: Scope, receive: Receive) -> None:
        if fault.action == "kill":
            kill(fault.pid)
            with suppress(TimeoutError):
                await asyncio.wait_for(_wait_for_disconnect(receive), _GRACE_S)
        self.cut(scope)
        await _wait_for_disconnect(receive)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drop_reply(_: Message) -> None:
    """Where a reply goes that is never sent."""


async def method_and_address(scope: Scope, receive: Receive) -> tuple[str, Receive]:
    """What a request is to change: its method and address."""
    query = scope["query_string"].decode("latin-1")
    return f"{scope['method']} {scope['path']}{'?' if query else ''}{query}", receive
