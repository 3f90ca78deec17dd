"""Images, built for real by buildx."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.channels.oci.projects import recipe
from windlass.channels.oci import image_build
from windlass.channels.oci.docker_engine import Engine
from windlass.errors import ConfigError, GateError, ToolError, ToolMissingError
from windlass.oci import Layout

BOTH = ("linux/amd64", "linux/arm64")


@pytest.mark.docker
def test_both_platforms_are_built_and_building_afresh_elsewhere_gives_the_same_bytes(
    engine: Engine, tmp_path: Path
) -> None:
    first = image_build.layout(recipe(tmp_path / "one", platforms=BOTH), tmp_path / "made")
    umask = os.umask(0o077)
    try:
        again = replace(recipe(tmp_path / "two", platforms=BOTH), fresh=True)
        second = image_build.layout(again, tmp_path / "made again")
    finally:
        os.umask(umask)
    assert first.platforms == BOTH
    assert second == first
    assert first.name == "demo"
    layout = Layout(tmp_path / "made" / "demo.oci")
    assert layout.root().digest == first.sha256
    assert layout.size_bytes() == first.size_bytes
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["demo.oci"]


@pytest.mark.docker
def test_version_and_commit_are_labels_and_nothing_is_younger_than_the_epoch(engine: Engine, tmp_path: Path) -> None:
    image_build.layout(recipe(tmp_path), tmp_path / "made")
    layout = Layout(tmp_path / "made/demo.oci")
    config = json.loads(b"".join(layout.blob(layout.manifests()[0].blobs[0])))
    assert config["config"]["Labels"] == {
        "org.opencontainers.image.version": "1.3.0",
        "org.opencontainers.image.revision": "0123456789abcdef",
    }
    assert config["created"] == "2025-06-15T15:06:40Z"


@pytest.mark.docker
def test_a_build_for_this_machine_is_in_the_engine_under_its_name(engine: Engine, tmp_path: Path) -> None:
    name = image_build.load(recipe(tmp_path, version="1.3.0-rc.1"))
    assert name == "demo:1.3.0-rc.1"
    assert engine.run(name, "linux/amd64", ["--version"], timeout_s=60).text == "demo 1.3.0-rc.1\n"
    engine._remove(name)


@pytest.mark.docker
def test_a_build_that_fails_shows_what_buildx_said_and_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(GateError) as failed:
        image_build.layout(recipe(tmp_path, "RUN echo it goes wrong here && exit 3"), tmp_path / "made")
    assert failed.value.problem == "the image can't be built"
    assert "it goes wrong here" in failed.value.facts["buildx said"]
    assert "exit code: 3" in failed.value.facts["buildx said"]
    assert list((tmp_path / "made").iterdir()) == []


def test_the_context_holds_what_is_needed_and_nothing_else(tmp_path: Path) -> None:
    one = recipe(tmp_path, files=("conf/*.toml",))
    for name in (".env", "secret.txt", "conf/a.toml", "conf/b.key", "dist/other.tar.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    with image_build.context(one) as folder:
        held = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
        modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    assert held == ["Dockerfile", "conf/a.toml", "dist/demo-1.3.0-py3-none-any.whl"]
    assert modes == {0o644}


def test_without_a_dockerfile_the_setting_is_named(tmp_path: Path) -> None:
    one = recipe(tmp_path)
    (tmp_path / "Dockerfile").unlink()
    with pytest.raises(ConfigError) as none, image_build.context(one):
        pass
    assert str(none.value) == (
        "this project has no Dockerfile\n"
        f"  looked for: {tmp_path}/Dockerfile\n"
        "  fix:        write one, or set `dockerfile` in [tool.windlass.image]"
    )


def test_a_configured_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match=r"no file is conf/\*.toml"),
        image_build.context(recipe(tmp_path, files=("conf/*.toml",))),
    ):
        pass


def test_without_a_docker_client_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError) as missing:
        image_build.layout(recipe(tmp_path), tmp_path / "made")
    assert str(missing.value) == (
        "docker is not installed\n  fix: install Docker: https://docs.docker.com/engine/install/"
    )
    assert missing.value.exit_code == 30


@pytest.mark.docker
def test_without_an_engine_the_error_names_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(ToolError) as silent:
        image_build.layout(recipe(tmp_path), tmp_path / "made")
    assert silent.value.problem == "no Docker engine answers"
    assert silent.value.facts["DOCKER_HOST"] == f"unix://{tmp_path}/none.sock"
    with pytest.raises(ToolError, match="no Docker engine answers"):
        Engine.connect()
