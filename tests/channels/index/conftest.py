"""An open stage, its index, packages to publish to it, and devpi-server to cross-check its index with."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import io
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests import web
from windlass import shell
from windlass.http import tls
from windlass.stage import Effects, Stage

DEVPI = "devpi-server==6.20.3"
ENVS = Path(__file__).parents[3] / ".windlass" / "envs"


@pytest.fixture
def effects(tmp_path: Path) -> Effects:
    """The records of a stage that nobody serves."""
    return Effects(tmp_path)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage that owns the name `demo-pkg`."""
    with Stage(tmp_path / "stage", ["demo-pkg"]) as opened:
        yield opened


@dataclass(frozen=True)
class Dist:
    """A distribution file to upload."""

    filename: str
    version: str
    content: bytes
    name: str = "demo-pkg"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def form(self, **fields: str) -> dict[str, str]:
        """What twine would say of it; `fields` replace its words."""
        wheel = self.filename.endswith(".whl")
        return {
            ":action": "file_upload",
            "protocol_version": "1",
            "metadata_version": "2.1",
            "requires_python": ">=3.8",
            "name": self.name,
            "version": self.version,
            "filetype": "bdist_wheel" if wheel else "sdist",
            "pyversion": "py3" if wheel else "source",
            "sha256_digest": self.sha256,
            **fields,
        }


class Packages:
    """Makes small distributions; `text` is in the code, so other texts are other bytes."""

    def metadata(self, version: str) -> bytes:
        fields = f"Metadata-Version: 2.1\nName: demo-pkg\nVersion: {version}\nRequires-Python: >=3.8\n"
        return f"{fields}Summary: A demonstration <of> small things\n".encode()

    def wheel(self, version: str = "1.0", text: str = "one", says: str = "") -> Dist:
        """A wheel; `says` is the version in its metadata where that is to be another."""
        info = f"demo_pkg-{version}.dist-info"
        members = {
            "demo_pkg.py": f"text = {text!r}\n".encode(),
            f"{info}/METADATA": self.metadata(says or version),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        rows = [f"{name},sha256={_record(content)},{len(content)}\n" for name, content in members.items()]
        members[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
        return Dist(f"demo_pkg-{version}-py3-none-any.whl", version, zipped(members))

    def sdist(self, version: str = "1.0", text: str = "one") -> Dist:
        folder = f"demo_pkg-{version}"
        members = {f"{folder}/PKG-INFO": self.metadata(version), f"{folder}/demo_pkg.py": text.encode()}
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w:gz") as archive:
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return Dist(f"{folder}.tar.gz", version, file.getvalue())


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip file of these."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def _record(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


@pytest.fixture
def packages() -> Packages:
    return Packages()


@dataclass(frozen=True)
class Index:
    """An index as its users see it: ours, or devpi.

    Attributes:
        refuses_other_bytes: by which status.
        refuses_strangers: by which statuses.
    """

    upload_url: str
    simple_url: str
    auth: tuple[str, str]
    refuses_other_bytes: int
    refuses_strangers: tuple[int, ...]
    web: httpx.Client = field(default_factory=lambda: httpx.Client(follow_redirects=True, timeout=30, verify=tls()))

    def upload(self, dist: Dist, auth: tuple[str, str] | None = None, **fields: str) -> httpx.Response:
        files = {"content": (dist.filename, dist.content)}
        return self.web.post(self.upload_url, data=dist.form(**fields), files=files, auth=auth or self.auth)

    def simple(self, name: str = "demo-pkg", accept: str = "application/vnd.pypi.simple.v1+json") -> httpx.Response:
        return self.web.get(f"{self.simple_url}{name}/", headers={"Accept": accept})

    def digests(self) -> dict[str, str]:
        """File name → sha256, of what is shown."""
        return {row["filename"]: row["hashes"]["sha256"] for row in self.simple().json()["files"]}


@pytest.fixture
def ours(stage: Stage) -> Iterator[Index]:
    """The stage's index."""
    environment = stage.environment()
    auth = (environment["TWINE_USERNAME"], environment["TWINE_PASSWORD"])
    root = f"{stage.address}/index"
    index = Index(f"{root}/legacy/", f"{root}/simple/", auth, 400, (403,))
    yield index
    index.web.close()


@pytest.fixture(params=["ours", pytest.param("devpi", marks=pytest.mark.devpi)])
def index(request: pytest.FixtureRequest) -> Iterator[Index]:
    """Our index, and devpi's: the same tests hold for both."""
    if request.param == "ours":
        yield request.getfixturevalue("ours")
        return
    address, token = request.getfixturevalue("devpi")
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:12]
    settings = {"type": "stage", "bases": [], "volatile": False}
    web.put(f"{address}/root/{name}", json=settings, headers=token).raise_for_status()
    root = f"{address}/root/{name}"
    devpi = Index(f"{root}/", f"{root}/+simple/", ("root", "secret"), 409, (401, 403))
    yield devpi
    devpi.web.close()


@pytest.fixture(scope="session")
def devpi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """A running devpi-server: its address, and the headers that prove who its root is."""
    programs = devpi_programs()
    home = tmp_path_factory.mktemp("devpi")
    serverdir = ["--serverdir", str(home / "server")]
    shell.run([programs / "devpi-init", *serverdir, "--no-root-pypi", "--root-passwd", "secret"], timeout_s=120)
    address = f"http://127.0.0.1:{(port := free_port())}"
    argv = [str(programs / "devpi-server"), *serverdir, "--host", "127.0.0.1", "--port", str(port)]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(argv, stdout=log, stderr=log, process_group=shell.group().id)
        try:
            wait_for(address, server, home / "log")
            login = web.post(f"{address}/+login", json={"user": "root", "password": "secret"}).json()
            token = base64.b64encode(f"root:{login['result']['password']}".encode()).decode()
            yield address, {"X-Devpi-Auth": token}
        finally:
            server.kill()
            server.wait()


def devpi_programs() -> Path:
    """devpi-server in an environment of its own, made once a checkout; its folder of programs."""
    home = ENVS / DEVPI.replace("==", "-")
    ENVS.mkdir(parents=True, exist_ok=True)
    with (ENVS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "made").exists():
            uv = [sys.executable, "-m", "uv"]
            shell.run([*uv, "venv", "-q", "--clear", "--python", sys.executable, home])
            shell.run([*uv, "pip", "install", "-q", "--python", home / "bin/python", DEVPI, "setuptools<81"])
            (home / "made").touch()
    return home / "bin"


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path, bound_s: float = 90.0) -> None:
    """Wait until a server answers; its log when it does not."""
    until = time.monotonic() + bound_s
    while server.poll() is None and time.monotonic() < until:
        try:
            web.get(f"{address}/+api", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer:\n{log.read_text()}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
