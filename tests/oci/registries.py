"""Registries to test on: Debian's docker-registry and the stage's; small images; and a wire that is counted."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests import web
from windlass.oci import Address, ImageRepository, Layout
from windlass.oci.manifest import IMAGE, INDEX
from windlass.stage import Stage

PLATFORMS = ("linux/amd64", "linux/arm64")


@contextmanager
def debian_registry(folder: Path) -> Iterator[str]:
    """Debian's docker-registry on a free port of this machine: `127.0.0.1:PORT`."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.fail("docker-registry is not installed: run .ci/packages, or install the distribution registry 2.8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    folder.mkdir(parents=True)
    settings = folder / "registry.yml"
    settings.write_text(
        "version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '{}'}}\n"
        "storage: {{filesystem: {{rootdirectory: '{}'}}, delete: {{enabled: true}}}}\n".format(host, folder / "data")
    )
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([program, "serve", settings], stdout=log, stderr=log) as process,
    ):
        try:
            _answers(host, process)
            yield host
        finally:
            process.terminate()


def _answers(host: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            if web.get(f"http://{host}/v2/").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    pytest.fail(f"docker-registry did not start: {process.poll()}")


@contextmanager
def stage_registry(folder: Path) -> Iterator[str]:
    """The stage's registry: `127.0.0.1:PORT`."""
    with Stage(folder) as stage:
        yield stage.address.removeprefix("http://")


REGISTRIES = {"debian": debian_registry, "stage": stage_registry}


def repository(host: str, name: str = "acme/demo") -> ImageRepository:
    return ImageRepository(Address.of(host, name))


def image(
    folder: Path,
    text: str = "one",
    platforms: tuple[str, ...] = PLATFORMS,
    layer_bytes: int = 100_000,
    labels: Mapping[str, str] | None = None,
) -> Layout:
    """A layout with an index of small images; `text` makes it another one."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def keep(content: bytes) -> dict[str, object]:
        hexadecimal = hashlib.sha256(content).hexdigest()
        (blobs / hexadecimal).write_bytes(content)
        return {"digest": f"sha256:{hexadecimal}", "size": len(content)}

    rows = []
    for platform in platforms:
        system, architecture = platform.split("/")
        layer = hashlib.shake_256(f"{text} {platform}".encode()).digest(layer_bytes)
        config: dict[str, object] = {"os": system, "architecture": architecture}
        config["rootfs"] = {"type": "layers", "diff_ids": []}
        config |= {"config": {"Labels": dict(labels)}} if labels else {}
        manifest = {
            "schemaVersion": 2,
            "mediaType": IMAGE,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **keep(_json(config))},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **keep(layer)}],
        }
        named = {"os": system, "architecture": architecture}
        rows.append({"mediaType": IMAGE, **keep(_json(manifest)), "platform": named})
    root = keep(_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": rows}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [{"mediaType": INDEX, **root}]}))
    return Layout(folder)


def _json(raw: object) -> bytes:
    # Not as Python would write it again: moving it must not depend on how it is spelled.
    return json.dumps(raw, indent=3).encode() + b"\n"


class Wire(socketserver.ThreadingTCPServer):
    """A wire to a registry that counts what passes, both ways, and can break at the next write.

    Attributes:
        host: what to use in place of the registry's.
        size_bytes: all that passed.
        requests: the first lines of the requests that passed.
        breaks: `before` the next write reaches the registry, `after` it did and before the reply, or not (empty).
        lies: bytes of answers that are replaced by others of the same length.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, registry: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.registry = registry
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.size_bytes = 0
        self.requests: list[str] = []
        self.breaks = ""
        self.lies: dict[bytes, bytes] = {}
        self.mutex = threading.Lock()

    @contextmanager
    def counting(self) -> Iterator[Wire]:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()
            thread.join()

    def count(self, data: bytes, *, asked: bool) -> None:
        with self.mutex:
            self.size_bytes += len(data)
            if asked:
                for line in data.split(b"\r\n"):
                    if line.endswith(b" HTTP/1.1"):
                        self.requests.append(line.removesuffix(b" HTTP/1.1").decode())


class _Passing(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        self.no_reply = False
        host, port = self.server.registry.split(":")
        with socket.create_connection((host, int(port))) as registry:
            back = threading.Thread(target=self._answers, args=(registry,), daemon=True)
            back.start()
            self._requests(registry)
            back.join()

    def _requests(self, registry: socket.socket) -> None:
        try:
            while data := self.request.recv(65536):
                if self.server.breaks and data.startswith((b"PUT ", b"POST ", b"PATCH ", b"DELETE ")):
                    when, self.server.breaks = self.server.breaks, ""
                    if when == "before":
                        break
                    self.no_reply = True
                self.server.count(data, asked=True)
                registry.sendall(data)
            registry.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _answers(self, registry: socket.socket) -> None:
        try:
            while data := registry.recv(65536):
                if self.no_reply:
                    break
                self.server.count(data, asked=False)
                for true, other in self.server.lies.items():
                    data = data.replace(true, other)
                self.request.sendall(data)
            self.request.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
