"""Serving the stand-ins: one port of 127.0.0.1, one thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from uvicorn.protocols.http.h11_impl import H11Protocol

from windlass.stage.fault_middleware import Faults, method_and_address
from windlass.stage.stand_in import StandIn
from windlass.stage.state_history import Effects

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

    from windlass.stage.digest_cache_server import ProofStore

PROOFS = "/proofs"


def mount_of(stand_in: StandIn) -> str:
    """Where a stand-in is served, below the stage's address."""
    return stand_in.mount or f"/{stand_in.name}"


def application(home: Path, effects: Effects, stand_ins: Iterable[StandIn], proofs: ProofStore | None = None) -> Faults:
    """Every stand-in at its mount, with faults in front; what trials prove beside them, if it is kept."""
    mounted = {mount_of(one): one for one in stand_ins}
    mounts = [Mount(path, app=one.app(home, effects)) for path, one in mounted.items()]
    mounts += [] if proofs is None else [Mount(PROOFS, app=proofs.app())]

    def stand_in_at(path: str) -> StandIn | None:
        return mounted.get(f"/{path.split('/')[1]}")

    def name(path: str) -> str:
        found = stand_in_at(path)
        return found.name if found else "stage"

    async def words(scope: Scope, receive: Receive) -> tuple[str, Receive]:
        if scope["path"].startswith(f"{PROOFS}/"):
            return "", receive  # a proof changes no stand-in
        found = stand_in_at(scope["path"])
        return await (found.describe(scope, receive) if found else method_and_address(scope, receive))

    return Faults(Starlette(routes=mounts), effects, name, _abort_connection, words)


_connections: dict[tuple[object, object], asyncio.Transport] = {}
"""Client's and server's address → transport: where a fault finds what it cuts, since ASGI has no way to hang up."""


class _Connection(H11Protocol):
    """Tells `_connections` of itself."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _connections[self.client, self.server] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _connections.pop((self.client, self.server), None)
        super().connection_lost(exc)


def _abort_connection(scope: Scope) -> None:
    transport = _connections.get((scope["client"], scope["server"]))
    if transport is not None:
        transport.abort()


class _Uvicorn(uvicorn.Server):
    """Lets go of the clients that a fault holds before it waits for the rest."""

    def __init__(self, config: uvicorn.Config, faults: Faults) -> None:
        super().__init__(config)
        self._faults = faults

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._faults.let_go()
        await super().shutdown(sockets)


class Server:
    """A server in a thread of this process.

    Attributes:
        port: the port of 127.0.0.1 that it listens on.
    """

    def __init__(self, faults: Faults, port: int = 0) -> None:
        """Listen on `port`, or on a free one when it is 0 or taken."""
        self._socket = _listen_socket(port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            faults,
            http=_Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="error",  # an engine asks for TLS first, which is no news
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        # The socket already listens: whoever connects before the thread is up waits in its backlog.
        self._server = _Uvicorn(config, faults)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="stage", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer what is being asked, for a second at most, then close the port."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def _listen_socket(port: int) -> socket.socket:
    for wanted in (port, 0):
        # The protocol is named: only then does asyncio turn off Nagle's wait, which costs 40 ms an answer.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", wanted))
            listener.listen(128)
        except OSError:
            listener.close()
            if wanted == 0:
                raise
        else:
            return listener
    raise AssertionError("unreachable")
