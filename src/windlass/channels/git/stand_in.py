"""The stage's git remote: a bare repository, served over HTTP by git itself, with a record of every change of a ref.

Source: gitprotocol-http(5); what `git http-backend` does.
"""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from windlass.atomic_write import write_whole
from windlass.git import command
from windlass.git.git_folder import GitFolder
from windlass.stage.addresses import MARK, REPOSITORY
from windlass.stage.stand_in import StandIn
from windlass.stage.state_history import Effects, Kind

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope

_SETTINGS = {
    "receive.denyNonFastForwards": "true",  # holds for refs/heads/ only: a lock may be taken over by anything
    "receive.advertiseAtomic": "true",  # whatever the user's own says, as below
    "core.hooksPath": "hooks",  # whatever the user's own says; relative, so that the folder can move
    "gc.auto": "0",
    "receive.autogc": "false",
    "maintenance.auto": "false",
    "uploadpack.allowAnySHA1InWant": "true",
}
_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
_TIMEOUT_S = 120.0
_NONE = "0" * 40
_one_at_a_time = threading.Lock()
"""Held while refs change and are recorded, so that the history is in order."""


def make_remote(path: Path, branch: str = "main") -> None:
    """Make (or mend) a bare repository; safe to repeat: refs stay."""
    folder = GitFolder(path)
    if not (path / "HEAD").exists():
        (path / "hooks").mkdir(parents=True, exist_ok=True)
        GitFolder.bare(path, branch, _SETTINGS)
    if not (path / MARK).exists():
        folder.ref(MARK, folder.write("blob", b"a stage\n"))
    for left in path.glob("refs/**/*.lock"):  # of a git that was killed; the stage is only just starting
        left.unlink()


class Remote:
    """The repository as a server sees it: one push at a time, and what it changed.

    Attributes:
        path: the bare repository.
        effects: where changes of refs are recorded.
    """

    def __init__(self, home: Path, effects: Effects) -> None:
        self.path = home / REPOSITORY
        self.effects = effects
        self._seen = home / "git" / "refs.json"
        self._abilities = b""

    def advertise_refs(self, service: str, protocol: str) -> bytes:
        """What a client asks first: which refs there are, and what the service can do."""
        words = (service, "--stateless-rpc", "--advertise-refs", self.path)
        if protocol == "version=2" and service == "upload-pack":
            self._abilities = self._abilities or self._git(*words, protocol=protocol)
            return self._abilities  # which name no ref, and stay what they are
        said = self._git(*words, protocol=protocol)
        return _line(f"# service=git-{service}\n") + b"0000" + said

    def serve(self, service: str, body: bytes, protocol: str) -> bytes:
        """One request of a fetch or a push; after a push, what it changed is recorded."""
        if service == "upload-pack":
            return self._git(service, "--stateless-rpc", self.path, stdin=body, protocol=protocol)
        with _one_at_a_time:
            self._settle()  # what came by another way
            said = self._git(service, "--stateless-rpc", self.path, stdin=body, protocol=protocol)
            self._settle()
        return said

    def settle(self) -> None:
        """Record what changed by another way than a push to the server."""
        with _one_at_a_time:
            self._settle()

    def _settle(self) -> None:
        before = json.loads(self._seen.read_bytes()) if self._seen.exists() else {}
        after = {ref: oid for ref, oid in GitFolder(self.path).refs().items() if ref != MARK}
        if before == after:
            return
        for ref in sorted({*before, *after}):
            self.effects.record("git", ref, _kind(ref), before.get(ref), after.get(ref))
        write_whole(self._seen, json.dumps(after))

    def _git(self, *words: str | Path, stdin: bytes = b"", protocol: str = "") -> bytes:
        env = {**_ALONE, "GIT_PROTOCOL": protocol}
        done = command.run(None, *words, env=env, stdin=stdin, ok=None, timeout_s=_TIMEOUT_S, as_the_user=True)
        return done.out  # a push that was refused is told in it


def _kind(ref: str) -> Kind:
    if ref.startswith("refs/tags/"):
        return "immutable"
    return "record" if ref.startswith("refs/windlass/") else "pointer"


class GitStandIn(StandIn):
    """The git remote of a stage."""

    name: ClassVar[str] = "git"

    def app(self, home: Path, effects: Effects) -> ASGIApp:
        """Serves the repository by git's smart protocol."""
        remote = Remote(home, effects)

        def advertise(request: Request) -> Response:
            service = request.query_params.get("service", "").removeprefix("git-")
            if service not in {"upload-pack", "receive-pack"}:
                return Response("only git's smart protocol is spoken here", 403)
            said = remote.advertise_refs(service, request.headers.get("Git-Protocol", ""))
            return _answer(said, f"application/x-git-{service}-advertisement")

        async def serve(request: Request) -> Response:
            from starlette.concurrency import run_in_threadpool

            service = request.path_params["service"]
            body = _plain(await request.body(), request.headers.get("Content-Encoding", ""))
            said = await run_in_threadpool(remote.serve, service, body, request.headers.get("Git-Protocol", ""))
            return _answer(said, f"application/x-git-{service}-result")

        return Starlette(
            routes=[
                Route(f"/{REPOSITORY}/info/refs", advertise),
                Route(f"/{REPOSITORY}/git-{{service:path}}", serve, methods=["POST"]),
            ]
        )

    def prepare(self, home: Path, projects: Sequence[str]) -> None:
        """Make the repository."""
        make_remote(home / REPOSITORY)

    def settle(self, home: Path, effects: Effects) -> None:
        """Record the refs that a fetch or another program changed."""
        Remote(home, effects).settle()

    async def describe(self, scope: Scope, receive: Receive) -> tuple[str, Receive]:
        """The refs that a push changes; a fetch changes nothing."""
        return await describe_push(scope, receive)


def _answer(content: bytes, kind: str) -> Response:
    return Response(content, headers={"Content-Type": kind, "Cache-Control": "no-cache"})


def _plain(body: bytes, encoding: str) -> bytes:
    return gzip.decompress(body) if encoding == "gzip" else body


def _line(text: str) -> bytes:
    return f"{len(text) + 4:04x}{text}".encode()


async def describe_push(scope: Scope, receive: Receive) -> tuple[str, Receive]:
    """What a request to this stand-in is to change, in words; empty when nothing.

    Returns:
        The words, such as `push refs/heads/main, refs/tags/v1.3.0 (new)`, and a `receive` that gives what was read.
    """
    if not scope["path"].endswith("/git-receive-pack"):
        return "", receive
    messages = [await receive()]
    while messages[-1].get("more_body", False):
        messages.append(await receive())
    body = b"".join(message.get("body", b"") for message in messages)
    encoding = dict(scope["headers"]).get(b"content-encoding", b"").decode()
    refs = ", ".join(_commands(_plain(body, encoding)))
    return f"push {refs}" if refs else "", _replay(messages, receive)


def _commands(body: bytes) -> Iterator[str]:
    """The refs of a push, as the lines before the first flush name them. Source: gitprotocol-pack(5)."""
    at = 0
    while size := int(body[at : at + 4] or b"0", 16):
        words = body[at + 4 : at + size].partition(b"\0")[0].decode().rstrip("\n").split(" ", 2)
        if words[0] != "shallow":  # what a shallow clone lacks comes first
            was, now, ref = words
            yield ref + (" (new)" if was == _NONE else " (gone)" if now == _NONE else "")
        at += size


def _replay(messages: list[Message], receive: Receive) -> Receive:
    left = list(messages)

    async def again() -> Message:
        return left.pop(0) if left else await receive()

    return again
