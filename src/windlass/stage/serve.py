"""Serving the stand-ins: one port of 127.0.0.1, one thread."""

from __future__ import annotations

import asyncio
import importlib
import re
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from uvicorn.protocols.http.h11_impl import H11Protocol

from windlass.stage import forge, git, index, pages, registry
from windlass.stage.fault_middleware import Faults, method_and_address
from windlass.stage.state_history import Effects

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope

    from windlass.stage.verification_cache_server import ProofStore


class StandIn(Protocol):
    """What a stand-in's module offers."""

    def app(self, home: Path, effects: Effects) -> ASGIApp:
        """The stand-in; its state lies in a folder of its own under the stage's `home`."""
        ...

    def settings(self, address: str) -> Mapping[str, Any]:
        """Its sections of the file that WINDLASS_STAGE names; `address` is its mount's, without a last slash."""
        ...

    def environment(self, home: Path) -> Mapping[str, str]:
        """The credentials that it takes, as environment variables."""
        ...


STAND_INS: tuple[tuple[str, StandIn], ...] = (
    ("/forge", forge),
    ("/git", git),
    ("/index", index),
    ("/pages", pages),
    ("/v2", registry),
)
PROOFS = "/proofs"


def stand_ins(more: Mapping[str, str]) -> tuple[tuple[str, StandIn], ...]:
    """Every stand-in with its mount: windlass's own, and those of other packages (name → module)."""
    loaded = [(f"/{name}", cast("StandIn", importlib.import_module(module))) for name, module in more.items()]
    return (*STAND_INS, *loaded)


def application(
    home: Path, effects: Effects, proofs: ProofStore | None = None, more: Mapping[str, str] = MappingProxyType({})
) -> Faults:
    """Every stand-in at its mount, with faults in front; what trials prove beside them, if it is kept."""
    mounts = [Mount(path, app=module.app(home, effects)) for path, module in stand_ins(more)]
    mounts += [] if proofs is None else [Mount(PROOFS, app=proofs.app())]
    return Faults(Starlette(routes=mounts), effects, lambda path: _stand_in(path, more), _abort_connection, _words)


def _stand_in(path: str, more: Mapping[str, str] = MappingProxyType({})) -> str:
    """The name of the stand-in that serves a path: its module's; for one of another package, its mount's."""
    names = {mount: str(getattr(module, "__name__", mount)).rpartition(".")[2] for mount, module in STAND_INS}
    mount = path.split("/")[1]
    return mount if mount in more else names.get(f"/{mount}", "stage")


_DRAWN_BY_LOT = re.compile(r"/uploads/[0-9a-f]{32}\b")
"""The id of an upload to the registry."""


async def _words(scope: Scope, receive: Receive) -> tuple[str, Receive]:
    """What a request is to change: a push's refs, else its method and address; of a stand-in, nothing by a proof."""
    if scope["path"].startswith(f"{PROOFS}/"):
        return "", receive
    if _stand_in(scope["path"]) == "git":
        return await git.describe_push(scope, receive)
    words, receive = await method_and_address(scope, receive)
    return _DRAWN_BY_LOT.sub("/uploads/…", words), receive


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
