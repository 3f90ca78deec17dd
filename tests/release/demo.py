"""A small project on a stage, with every channel, whose releases need no build: their bytes are made to order."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.channels.repository import WHO, sdist, wheel
from tests.oci.registries import image
from windlass.builds.artifact_folder import Files
from windlass.channels.docs.docs_channel import Docs
from windlass.channels.docs.pages_branch import Pages
from windlass.channels.docs.site_build import pack
from windlass.channels.docs.stand_in import PagesSite
from windlass.channels.git.git_channel import GitRemote
from windlass.channels.github.github_channel import GitHubReleases
from windlass.channels.index.index_channel import PackageIndex
from windlass.channels.oci.oci_channel import Registries
from windlass.channels.protocol import Channel
from windlass.git import Git, RefUpdate
from windlass.model import Artifact, Release
from windlass.project import Project
from windlass.release import local_artifact_cache
from windlass.release.after import rollback
from windlass.release.after.rollback import Rollback
from windlass.release.context import ReleaseContext
from windlass.release.ledger import Ledger, Record
from windlass.release.lock import HeldLock
from windlass.release.transaction import ReleasePlan, perform
from windlass.release.worktree import home_of
from windlass.stage import Stage, exactly_once
from windlass.tasks import collection
from windlass.versions import Version

PYPROJECT = """\
[project]
name = "demo"
version = "1.2.2"
{more}
[tool.windlass.github]
repository = "demo-org/demo"
"""


@dataclass(frozen=True)
class StagedSite(ReleaseContext):
    """A context whose channels are the stage's; images are compared, and not run.

    Attributes:
        indexed: whether there is a package index: uploading to it and installing from it take seconds.
    """

    stage: Stage
    indexed: bool

    def channels(self, tag: str, held: HeldLock | None = None) -> tuple[Channel, ...]:
        environment, files = self.stage.environment(), self.files(tag)
        address = self.stage.address
        index = PackageIndex(
            "demo", f"{address}/index", f"{address}/index/legacy/", files, wait_s=5.0, environment=environment
        )
        return (
            GitRemote(self.git, "v", held),
            Registries("demo", (f"{address.removeprefix('http://')}/acme",), files),
            Docs("demo", Pages(self.git, "gh-pages"), files, f"{address}/pages", wait_s=5.0),
            *((index,) if self.indexed else ()),
            GitHubReleases("demo-org/demo", f"{address}/forge", files, environment=environment),
        )


class Demo:
    """One machine's working copy of the project.

    Attributes:
        context: where it is released.
        said: what it printed.
    """

    def __init__(self, folder: Path, stage: Stage, *, more: str = "", indexed: bool = False) -> None:
        self.folder, self.stage, self.indexed = folder, stage, indexed
        self.said: list[str] = []
        self.git = Git(folder)
        if not stage_has_main(stage):
            folder.mkdir(parents=True)
            self.git.run("init", "-q", "-b", "main")
            self.git.run("remote", "add", "origin", stage.remote)
            self.commit("base", {"pyproject.toml": PYPROJECT.format(more=more), ".gitignore": ".windlass\n"})
        else:
            Git(folder.parent).run("clone", "-q", stage.remote, folder)
            self.git.run("checkout", "-q", "main")
        self.context = self.opened()

    def opened(self) -> StagedSite:
        """The context as a new process opens it."""
        project = Project.load(self.folder)
        return StagedSite(
            project,
            self.git,
            Ledger(self.git),
            home_of(self.folder),
            self.said.append,
            collection,
            self.stage,
            self.indexed,
        )

    def commit(self, text: str, files: dict[str, str] | None = None) -> str:
        """Commit on what is checked out, and push it."""
        branch, head = self.git.branch(), self.git.resolve("HEAD")
        oid = self._commit(text, head, files or {"file.txt": text})
        self.git.run("update-ref", f"refs/heads/{branch}", oid)
        self.git.run("checkout", "-q", "-f", branch)
        self.git.push(RefUpdate(f"refs/heads/{branch}", oid, self.git.ls_remote(f"refs/heads/{branch}").get(
            f"refs/heads/{branch}", "")))  # fmt: skip
        return oid

    def _commit(self, text: str, parent: str, files: dict[str, str]) -> str:
        before = self.git.run("ls-tree", "--name-only", parent).text.split() if parent else []
        kept = {name: self.git.show(parent, name) or b"" for name in before}
        tree = self.git.tree({**kept, **{name: content.encode() for name, content in files.items()}})
        return self.git.commit(tree, [parent] if parent else [], f"feat: {text}\n", WHO)

    def made(self, version: str, text: str = "", files: dict[str, str] | None = None) -> Release:
        """A release on top of what is checked out, its bytes in the store; `text` gives it other bytes."""
        folder = local_artifact_cache.folder_of(self.context.home, f"v{version}")
        pep440 = Version.parse(version).pep440
        shutil.rmtree(folder, ignore_errors=True)
        layout = image(folder / "demo.oci", f"{version}{text}")
        commit = self._commit(f"release {version}", self.git.resolve("HEAD"), {"VERSION": version, **(files or {})})
        artifacts = (
            wheel(folder, "demo", pep440, text),
            sdist(folder, "demo", pep440, text),
            _docs(folder, version, text),
            Artifact("demo", "image", layout.root().digest, layout.size_bytes(), layout.root().platforms),
        )
        return Release(
            project="demo",
            version=version,
            pep440=pep440,
            tag=f"v{version}",
            commit=commit,
            branch=self.git.branch(),
            epoch=WHO.epoch,
            artifacts=artifacts,
            notes=f"## {version}\n\n- something\n",
            prerelease="-" in version,
        )

    def merged(self, other: str) -> None:
        """Merge a commit into what is checked out, whose files stay as they are, and push it."""
        branch, head = self.git.branch(), self.git.resolve("HEAD")
        oid = self.git.commit(self.git.tree_of(head), [head, other], "Merge\n", WHO)
        self.git.run("reset", "-q", "--hard", oid)
        self.git.push(RefUpdate(f"refs/heads/{branch}", oid, head))

    def out(self, version: str, *kinds: str) -> Release:
        """A release that is on git alone: branch, tag and a ledger with records of these kinds."""
        release = self.made(version)
        branch = f"refs/heads/{release.branch}"
        tag = self.git.tag_object(release.tag, release.commit, "a release", WHO)
        there = self.git.ls_remote(branch).get(branch, "")
        self.git.push(RefUpdate(branch, release.commit, there), RefUpdate(f"refs/tags/{release.tag}", tag, ""))
        self.git.run("reset", "-q", "--hard", release.commit)
        ledger = Ledger(self.git)
        ledger.seal(release)
        ledger.append(release.tag, *(Record(kind, version) for kind in kinds))
        return release

    def prepared(self, release: Release) -> ReleasePlan:
        return ReleasePlan(release, (), sealed=False, runs=())

    def release(self, version: str) -> ReleasePlan:
        """Release a version from what is checked out."""
        done, _ = perform(self.opened(), self.prepared(self.made(version)))
        return done

    def go_back(self, to: str) -> Rollback:
        context = self.opened()
        done, _ = rollback.perform(context, rollback.plan(context, to))
        return done

    def forget(self) -> None:
        """Delete all that windlass keeps."""
        shutil.rmtree(self.folder / ".windlass")
        self.context = self.opened()

    def refs(self, *patterns: str) -> dict[str, str]:
        return self.git.ls_remote(*patterns)

    def violations(self) -> tuple[str, ...]:
        PagesSite(self.stage.home, self.stage.effects).settle()
        return exactly_once(self.stage.effects.history())

    def held(self, stand_in: str) -> dict[str, str | None]:
        """What a stand-in's immutable names and pointers hold now."""
        history = [e for e in self.stage.effects.history() if e.stand_in == stand_in and e.kind != "record"]
        return {effect.what: effect.now for effect in history}


def stage_has_main(stage: Stage) -> bool:
    return bool(Git(stage.repository).resolve("refs/heads/main"))


def _docs(folder: Path, version: str, text: str) -> Artifact:
    site, name = folder / "site", f"demo-{version}-docs.tar.gz"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir()
    (site / "index.html").write_text(f"<h1>demo {version}</h1>{text}")
    (site / "404.html").write_text("nothing here")
    pack(site, folder / name, WHO.epoch)
    return Files(folder).artifact(name, "docs")
