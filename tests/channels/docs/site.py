"""A repository on a stage, and small documentation sites of its versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.channels.repository import Breaking, Repository
from windlass.builds.artifact_folder import Files
from windlass.channels.docs.docs_channel import Docs
from windlass.channels.docs.pages_branch import Pages
from windlass.channels.docs.site_build import pack
from windlass.channels.docs.stand_in import PagesSite
from windlass.git import Git
from windlass.model import Artifact, Release
from windlass.stage import Stage


class ByDigest(Files):
    """Files of several releases, some of the same name: a folder a digest."""

    def path(self, artifact: Artifact) -> Path:
        return Files(self.folder / artifact.sha256).path(artifact)

    def holds(self, artifact: Artifact) -> bool:
        return Files(self.folder / artifact.sha256).holds(artifact)


class DocsBench(Breaking):
    """Two releases and a third with other pages, nothing of them published yet.

    Args:
        remote: as `Repository`.
    """

    def __init__(self, folder: Path, stage: Stage, remote: str | Path = "") -> None:
        self.stage, self.folder = stage, folder
        self.repository = Repository(folder / "work", stage, remote)
        self.site = PagesSite(stage.home, stage.effects)
        self.url = f"{stage.address}/pages"
        self.earlier = self.made("1.2.2")
        self.release = self.made("1.3.0")
        self.other = self.made("1.3.0", "other pages")
        self.begun = len(stage.effects.history())

    def made(self, version: str, text: str = "pages") -> Release:
        """A release whose documentation says `text`."""
        site, name = self.folder / "sites" / f"{version} {text}", f"demo-{version}-docs.tar.gz"
        pages = {
            "index.html": f"<h1>demo {version}</h1>{text}",
            "guide/index.html": f"the guide of {version}: {text}",
            "guide/deep/index.html": f"deeper into {version}",
            "assets/style.css": "h1 {}",
            "404.html": "nothing here",
        }
        for path, content in pages.items():
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(content)
        pack(site, site.parent / name, 1_750_000_000)
        artifact = Files(site.parent).artifact(name, "docs")
        kept = self.folder / "files" / artifact.sha256
        kept.mkdir(parents=True)
        (site.parent / name).rename(kept / name)
        return self.repository.release(version, "c" * 40, (artifact,))

    def open(self) -> Docs:
        return self.channel()

    def channel(self, **changes: object) -> Docs:
        pages = Pages(self.repository.git, "gh-pages")
        made = Docs("demo", pages, ByDigest(self.folder / "files"), self.url, wait_s=0.0, pause=lambda _: None)
        return replace(made, **changes)  # type: ignore[arg-type]

    def tree(self) -> dict[str, str]:
        """The branch's files as they are on the remote: path → bytes as text."""
        rows = (row.split("\t") for row in self._git("ls-tree", "-r", "gh-pages").splitlines())
        oids = {path: what.split()[2] for what, path in rows}
        blobs = Git(self.stage.repository).blobs(oids.values())
        return {path: blobs[oid].content.decode() for path, oid in oids.items()}

    def at(self, path: str) -> str:
        return self._git("cat-file", "blob", f"gh-pages:{path}")

    def log(self) -> list[str]:
        return self._git("log", "--format=%s", "gh-pages").splitlines()

    def _git(self, *words: str) -> str:
        return self.repository.git.run("--git-dir", self.stage.repository, *words).out.decode()

    def violations(self) -> tuple[str, ...]:
        self.stage.settle()
        return super().violations()
