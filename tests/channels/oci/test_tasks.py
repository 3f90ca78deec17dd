"""`inv docker.tags` and `inv docker.rollback` as a project runs them, on both registries, behind a wire."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import forkserver
from tests.channels.oci.benches import channel, released
from tests.oci.registries import Wire, debian_registry, repository
from windlass import shell
from windlass.model import Release
from windlass.testing.channel_suite import converge

PYPROJECT = """
[project]
name = "demo"
version = "1.3.0"
[tool.windlass.image]
registries = ["{registry}/acme"]
"""


@dataclass(frozen=True)
class Scene:
    """A project whose versions are tagged and whose images are pushed."""

    root: Path
    wire: Wire
    earlier: Release
    release: Release

    def inv(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if name not in {"WINDLASS_STAGE", "SOURCE_DATE_EPOCH"}}
        done = forkserver.run("invoke", "--search-root", str(self.root), *words, cwd="/", env=env)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def held(self, tag: str) -> str:
        return repository(self.wire.registry).look(tag)


@pytest.fixture
def scene(registry: str, tmp_path: Path) -> Iterator[Scene]:
    with Wire(registry).counting() as wire:
        root = tmp_path / "demo"
        _project(root, tmp_path / "remote.git", wire.host)
        earlier, release = (released(tmp_path / "made", version) for version in ("1.2.2", "1.3.0"))
        for one in (earlier, release):
            converge(channel(tmp_path / "made", registry), one)
        yield Scene(root, wire, earlier, release)


def _project(root: Path, remote: Path, registry: str) -> None:
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT.format(registry=registry))
    (root / "tasks.py").write_text("from windlass import collection\n\nns = collection()\n")
    (root / "invoke.yaml").write_text("tasks:\n  executor_class: windlass.graph.Executor\n")
    (root / "Dockerfile").write_text("FROM scratch\n")
    (root / ".gitignore").write_text(".windlass/\n__pycache__/\n")
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "init", "-q", "--bare", remote], check=True)
    for words in (
        ["init", "-q", "-b", "main"],
        ["remote", "add", "origin", str(remote)],
        ["add", "."],
        [*who, "commit", "-q", "-m", "feat: the first"],
        ["tag", "v1.2.2"],
        [*who, "commit", "-q", "--allow-empty", "-m", "feat: the second"],
        ["tag", "v1.3.0"],
        ["push", "-q", "origin", "main", "--tags"],
    ):
        subprocess.run(["git", *words], cwd=root, check=True)


def test_going_back_moves_every_floating_tag_within_the_figures(scene: Scene) -> None:
    form = json.loads(scene.inv("docker.rollback", "--to", "v1.2.2", "--yes", "--json").stdout)
    before, after = scene.release.artifacts[0].sha256, scene.earlier.artifacts[0].sha256
    (registry,) = form["registries"]
    assert registry["name"] == f"{scene.wire.host}/acme"
    platforms = ["linux/amd64", "linux/arm64"]
    assert sorted(registry["tags"], key=lambda row: str(row["tag"])) == [
        {"tag": "1", "digest": after, "was": before, "platforms": platforms},
        {"tag": "1.2", "digest": after, "was": after, "platforms": platforms},
        {"tag": "1.3", "digest": after, "was": before, "platforms": platforms},
        {"tag": "latest", "digest": after, "was": before, "platforms": platforms},
    ]
    assert {scene.held(tag) for tag in ("latest", "1", "1.2", "1.3", "1.2.2")} == {after}
    assert scene.held("1.3.0") == before
    # Three for each of the three that moved, one look at the one that was right, the manifest and its two children.
    assert len(scene.wire.requests) == registry["requests"] == 3 * 3 + 1 + 1 + 2
    assert scene.wire.size_bytes < 20_000
    assert registry["bytes"] < 20_000


def test_the_plan_alone_moves_nothing(scene: Scene) -> None:
    said = scene.inv("docker.rollback", "--to", "1.2.2", "--dry-run").stdout
    assert "back to v1.2.2; taken back: v1.3.0" in said
    assert scene.held("latest") == scene.release.artifacts[0].sha256
    assert [line for line in scene.wire.requests if line.startswith("PUT")] == []


def test_going_back_a_second_time_writes_nothing(scene: Scene) -> None:
    scene.inv("docker.rollback", "--to", "1.2.2", "--yes")
    scene.wire.requests.clear()
    scene.inv("docker.rollback", "--to", "1.2.2", "--yes")
    assert [line for line in scene.wire.requests if line.startswith("PUT")] == []


def test_nobody_to_ask_is_an_error_and_not_a_wait(scene: Scene) -> None:
    done = scene.inv("docker.rollback", "--to", "1.2.2", code=24)
    assert "nobody is there to say whether to go back to v1.2.2" in done.stderr
    assert scene.held("latest") == scene.release.artifacts[0].sha256


def test_a_version_that_was_never_released_is_named(scene: Scene) -> None:
    done = scene.inv("docker.rollback", "--to", "1.2.9", "--yes", code=22)
    assert "there is no release v1.2.9" in done.stderr


def test_the_tags_are_shown_with_what_they_hold(scene: Scene) -> None:
    form = json.loads(scene.inv("docker.tags", "--json").stdout)
    (registry,) = form["registries"]
    held = {row["tag"]: row["digest"] for row in registry["tags"]}
    earlier, release = (one.artifacts[0].sha256 for one in (scene.earlier, scene.release))
    assert {tag: held[tag] for tag in ("1.2.2", "1.2", "1.3.0", "1.3", "1", "latest")} == {
        "1.2.2": earlier,
        "1.2": earlier,
        "1.3.0": release,
        "1.3": release,
        "1": release,
        "latest": release,
    }
    assert {tuple(row["platforms"]) for row in registry["tags"]} == {("linux/amd64", "linux/arm64")}
    assert {row["was"] for row in registry["tags"]} == {None}


def test_a_project_without_an_image_says_what_to_set(scene: Scene) -> None:
    (scene.root / "Dockerfile").unlink()
    done = scene.inv("docker.tags", code=20)
    assert "this project pushes no image" in done.stderr


@pytest.mark.docker
def test_going_back_keeps_both_platforms_and_buildkits_attestations(tmp_path: Path) -> None:
    """Images as buildx makes them by default: an index of two platforms and an attestation for each."""
    with debian_registry(tmp_path / "registry") as host, Wire(host).counting() as wire:
        root, name = tmp_path / "demo", f"{host}/acme/demo"
        _project(root, tmp_path / "remote.git", wire.host)
        for version, tags in (("1.2.2", ("1.2", "1", "latest")), ("1.3.0", ("1.3", "1", "latest"))):
            _pushed(tmp_path / version, version, [f"{name}:{tag}" for tag in (version, *tags)])
        scene = Scene(root, wire, _release("1.2.2"), _release("1.3.0"))
        before, after = scene.held("1.3.0"), scene.held("1.2.2")
        assert scene.held("latest") == before
        form = json.loads(scene.inv("docker.rollback", "--to", "v1.2.2", "--yes", "--json").stdout)
        (registry,) = form["registries"]
        assert len(wire.requests) == registry["requests"] == 3 * 3 + 1 + 1 + 4
        assert wire.size_bytes < 20_000
        there = repository(host).manifest("latest")
        assert (there.digest, scene.held("1.3"), scene.held("1.3.0")) == (after, after, before)
        assert there.platforms == ("linux/amd64", "linux/arm64")
        attestations = [c for c in there.children if c.annotations.get("vnd.docker.reference.type")]
        subjects = {c.annotations["vnd.docker.reference.digest"] for c in attestations}
        assert subjects == {child.digest for child in there.children if child.platform}
        assert repository(host).absent(there, blobs=True) == ()
        for platform in there.platforms:
            words = ["run", "--rm", "--pull", "always", "--quiet", "--platform", platform, f"{name}:latest"]
            said = shell.run(["docker", *words, "cat", "/version"], timeout_s=300).text
            assert said == "1.2.2"
        shell.run(["docker", "image", "rm", "--force", f"{name}:latest"], ok=None)


def _pushed(folder: Path, version: str, names: list[str]) -> None:
    """Under one name after the other: Debian's registry answers 500 to who reads a tag while another push moves it."""
    folder.mkdir()
    (folder / "version").write_text(version)
    (folder / "Dockerfile").write_text("FROM python:3.11-slim\nCOPY version /\n")
    words = ["--platform", "linux/amd64,linux/arm64", "--provenance=true", "--push", "--tag", names[0]]
    shell.run(["docker", "buildx", "build", *words, folder], timeout_s=300)
    for name in names[1:]:
        shell.run(["docker", "buildx", "imagetools", "create", "--tag", name, names[0]], timeout_s=300)


def _release(version: str) -> Release:
    return Release("demo", version, version, f"v{version}", "c" * 40, "main", 0, ())
