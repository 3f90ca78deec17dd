"""A forge of its own for a test: the stand-in behind a real port, held against GitHub's contract."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.channels.repository import place
from tests.github.contract import Checked
from windlass.channels import stand_ins
from windlass.channels.git.stand_in import make_remote
from windlass.channels.github import stand_in
from windlass.git import Git, Identity
from windlass.git.git_folder import GitFolder
from windlass.github import GitHub
from windlass.http import tls
from windlass.model import Artifact, Release
from windlass.stage import Effects, exactly_once, serve

WHO = Identity("Ada", "ada@example.org", 1_750_000_000)
REPOSITORY = "demo-org/demo"


@dataclass
class Forge:
    """A running forge.

    Attributes:
        home: the stage's folder.
        waits: how long a client was to wait, so far.
    """

    home: Path
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.effects = Effects(self.home)
        self.remote = self.home / "remote.git"
        make_remote(self.remote)
        faults = serve.application(self.home, self.effects, stand_ins())
        self.checked = Checked(faults.app, "/forge")
        faults.app = self.checked
        self.server = serve.Server(faults)
        self.address = f"http://127.0.0.1:{self.server.port}"
        self.api_url = f"{self.address}/forge"
        self.token = stand_in.ForgeStandIn().environment(self.home)["GITHUB_TOKEN"]
        self.web = httpx.Client(timeout=30, trust_env=False, verify=tls())
        self.configure(repository=REPOSITORY)

    def configure(self, **options: Any) -> None:
        stand_in.configure(self.home, **options)

    def client(self, token: str | None = None, **settings: Any) -> GitHub:
        held = self.token if token is None else token
        return GitHub(REPOSITORY, self.api_url, held, wait=self.waits.append, **settings)

    def ask(self, method: str, path: str, *, token: str | None = None, **request: Any) -> httpx.Response:
        """A request as anybody may send it."""
        held = self.token if token is None else token
        headers = {"Authorization": f"Bearer {held}"} if held else {}
        headers |= {"X-GitHub-Api-Version": "2022-11-28", **request.pop("headers", {})}
        url = path if path.startswith("http") else f"{self.api_url}/repos/{REPOSITORY}{path}"
        return self.web.request(method, url, headers=headers, **request)

    def draft(self, tag: str, body: str = "", **fields: Any) -> dict[str, Any]:
        """A draft that somebody made."""
        answer = self.ask("POST", "/releases", json={"tag_name": tag, "body": body, "draft": True, **fields})
        return dict(self.json(answer, 201))

    def published(self, tag: str, **fields: Any) -> dict[str, Any]:
        """A release that somebody made; its tag must be there."""
        return dict(self.json(self.ask("POST", "/releases", json={"tag_name": tag, **fields}), 201))

    def upload(self, release: Mapping[str, Any], name: str, content: bytes) -> httpx.Response:
        headers = {"Content-Type": "application/octet-stream"}
        url = release["upload_url"].partition("{")[0]
        return self.ask("POST", url, params={"name": name}, content=content, headers=headers)

    def json(self, answer: httpx.Response, status: int = 200) -> Any:
        assert answer.status_code == status, answer.text
        return answer.json()

    def releases(self) -> list[dict[str, Any]]:
        """What its owner sees, newest first."""
        return list(self.json(self.ask("GET", "/releases")))

    def latest(self) -> str:
        answer = self.ask("GET", "/releases/latest")
        return "" if answer.status_code == 404 else str(self.json(answer)["tag_name"])

    def violations(self) -> tuple[str, ...]:
        return exactly_once(self.effects.history())

    def records(self, kind: str = "") -> list[tuple[str, str | None, str | None]]:
        """(what, was, now) of the forge's own changes, of one kind or all."""
        history = self.effects.history()
        return [(e.what, e.was, e.now) for e in history if e.stand_in == "forge" and kind in ("", e.kind)]


class Work:
    """A working copy whose remote is the forge's, with files to release.

    Attributes:
        folder: where artifacts lie.
        commits: how many were made; each is a minute younger than the one before.
    """

    def __init__(self, root: Path, remote: Path) -> None:
        self.commits = 0
        self.git = Git(root / "copy")
        self._remote, self._folder = remote, GitFolder.of(root / "copy", remote=str(remote))
        self.folder = root / "dist"
        self.folder.mkdir()
        self.base = self.commit("base", "")
        self.push("refs/heads/main", self.base)

    def commit(self, text: str, parent: str, **files: str) -> str:
        named = files or {"file.txt": text}
        blobs = {name: ("100644", self._folder.write("blob", content.encode())) for name, content in named.items()}
        self.commits += 1
        who = f"{WHO.name} <{WHO.email}> {WHO.epoch + 60 * self.commits} +0000"
        message = f"feat: {text}\n".encode()
        return self._folder.commit(self._folder.tree(blobs), [parent] if parent else [], who, message)

    def push(self, ref: str, oid: str) -> None:
        """Have the remote hold it, as somebody's push would."""
        place(self._folder, self._remote, ref, oid)

    def tag(self, name: str, commit: str = "", *, annotated: bool = True) -> str:
        """Push a tag; the commit that it leads to."""
        target = commit or self.base
        oid = self._tag_object(name, target) if annotated else target
        self.push(f"refs/tags/{name}", oid)
        return target

    def _tag_object(self, name: str, commit: str) -> str:
        tagger = f"{WHO.name} <{WHO.email}> {WHO.epoch} +0000"
        lines = (f"object {commit}", "type commit", f"tag {name}", f"tagger {tagger}", "", "a release", "")
        return self._folder.write("tag", "\n".join(lines).encode())

    def artifact(self, name: str, kind: str, content: bytes) -> Artifact:
        (self.folder / name).write_bytes(content)
        return Artifact(name, kind, f"sha256:{hashlib.sha256(content).hexdigest()}", len(content))

    def release(self, version: str, text: str = "", *, latest: bool = True, notes: str = "") -> Release:
        """A release of four files and an image."""
        artifacts = (
            self.artifact(f"demo-{version}-py3-none-any.whl", "wheel", f"wheel {version} {text}".encode()),
            self.artifact(f"demo-{version}.tar.gz", "sdist", f"sdist {version} {text}".encode()),
            self.artifact(f"demo-{version}-docs.tar.gz", "docs", f"docs {version} {text}".encode()),
            self.artifact(f"demo-{version}.cdx.json", "sbom", f"sbom {version} {text}".encode()),
            Artifact("demo", "image", "sha256:" + "1" * 64, 10),
        )
        return Release(
            project="demo",
            version=version,
            pep440=version.replace("-rc.", "rc"),
            tag=f"v{version}",
            commit=self.base,
            branch="main",
            epoch=WHO.epoch,
            artifacts=artifacts,
            notes=notes or f"## {version}\n\n- something\n",
            prerelease="-" in version,
            floating=("latest",) if latest else (),
        )
