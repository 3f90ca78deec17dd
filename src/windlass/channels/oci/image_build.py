"""Images: built by buildx from a context that holds the shipped wheel and little else, the same bytes every time."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from windlass import shell
from windlass.channels.oci import image_smoke, wheelhouse
from windlass.channels.oci.configuration import ImageTable
from windlass.errors import ConfigError, GateError, ToolError, ToolMissingError
from windlass.model import Artifact
from windlass.oci import Layout

_TIMEOUT_S = 3600.0


@dataclass(frozen=True)
class Recipe:
    """What an image is made from.

    Attributes:
        root: the project's folder.
        image: `[tool.windlass.image]`.
        wheels: the shipped wheels.
        version: SemVer; the build argument VERSION and a label.
        revision: the commit; the build argument REVISION and a label.
        epoch: SOURCE_DATE_EPOCH, seconds: no file in the image is younger.
        fresh: do every step again, whatever the builder remembers.
    """

    root: Path
    image: ImageTable
    wheels: tuple[Path, ...]
    version: str
    revision: str
    epoch: int
    fresh: bool = False


def check_tools() -> None:
    """See that images can be built here.

    Raises:
        ToolMissingError: there is no Docker client, or no buildx.
        ToolError: the engine does not answer.
    """
    shell.which("docker", remedy="install Docker: https://docs.docker.com/engine/install/")
    if shell.run(["docker", "buildx", "version"], ok=None, timeout_s=60, credentials=True).code != 0:
        raise ToolMissingError("docker has no buildx", remedy="install the plugin docker-buildx")
    asked = shell.run(["docker", "version", "--format", "{{.Server.Version}}"], ok=None, timeout_s=60, credentials=True)
    if asked.code != 0:
        raise ToolError(
            "no Docker engine answers",
            facts={"DOCKER_HOST": os.environ.get("DOCKER_HOST", "(not set)"), "docker said": asked.err.strip()[-200:]},
            remedy="start Docker, or let DOCKER_HOST name its socket; `docker version` shows whether it answers",
        )


def layout(recipe: Recipe, folder: Path) -> Artifact:
    """Build every platform into the OCI layout `folder/NAME.oci`.

    Raises:
        ToolMissingError, ToolError: as `check_tools`.
        GateError: the build fails, or makes other platforms than it should.
    """
    check_tools()
    name = recipe.image.name
    target = folder / f"{name}.oci"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".image.") as scratch:
        made = Path(scratch) / "layout"
        output = f"type=oci,tar=false,dest={made},rewrite-timestamp=true"
        _build(recipe, "--platform", ",".join(recipe.image.platforms), "--output", output)
        found = Layout(made)
        found.tidy()
        platforms = tuple(platform for platform, _ in image_smoke.images(found.root(), found))
        _check_platforms(recipe.image.platforms, platforms)
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
    root = Layout(target).root()
    return Artifact(name, "image", root.digest, Layout(target).size_bytes(), platforms)


def load(recipe: Recipe) -> str:
    """Build this machine's platform and load it into the engine; its name, `NAME:VERSION`.

    Raises:
        ToolMissingError, ToolError, GateError: as `layout`.
    """
    check_tools()
    name = f"{recipe.image.name}:{recipe.version}"
    _build(recipe, "--load", "--tag", name)
    return name


def _build(recipe: Recipe, *output: str) -> None:
    labels = {"org.opencontainers.image.version": recipe.version, "org.opencontainers.image.revision": recipe.revision}
    arguments = {"SOURCE_DATE_EPOCH": str(recipe.epoch), "VERSION": recipe.version, "REVISION": recipe.revision}
    with context(recipe) as folder:
        words = ["docker", "buildx", "build", "--progress", "plain", "--provenance=false", "--sbom=false"]
        words += [*_pairs("--build-arg", arguments), *_pairs("--label", labels), *output]
        words += ["--no-cache"] if recipe.fresh else []
        words += ["--file", str(folder / "Dockerfile"), str(folder)]
        # The engine's client reads logins; the Dockerfile sees nothing of the client's environment.
        dated = {"SOURCE_DATE_EPOCH": str(recipe.epoch)}
        done = shell.run(words, timeout_s=_TIMEOUT_S, ok=None, env=dated, credentials=True)
    if done.code != 0:
        raise GateError(
            "the image can't be built",
            facts={"Dockerfile": recipe.image.dockerfile, "buildx said": "\n".join(_telling_lines(done.err))},
            remedy="see the lines above; the context holds Dockerfile, dist/*.whl and `files` of [tool.windlass.image]",
        )


@contextmanager
def context(recipe: Recipe) -> Iterator[Path]:
    """A build context with what is needed and nothing else: `Dockerfile`, `dist/*.whl`, and what is configured.

    Modes and dates don't depend on this machine, so neither does what COPY takes from here.

    Raises:
        ConfigError: there is no Dockerfile, or a configured file is missing.
    """
    dockerfile = recipe.root / (recipe.image.dockerfile or "Dockerfile")
    if not dockerfile.is_file():
        raise ConfigError(
            "this project has no Dockerfile",
            facts={"looked for": dockerfile},
            remedy="write one, or set `dockerfile` in [tool.windlass.image]",
        )
    with tempfile.TemporaryDirectory(prefix="windlass-context-") as scratch:
        folder = Path(scratch)
        _copy_dated(dockerfile, folder / "Dockerfile", recipe.epoch)
        for wheel in recipe.wheels:
            _copy_dated(wheel, folder / "dist" / wheel.name, recipe.epoch)
        for path in _configured_files(recipe):
            _copy_dated(recipe.root / path, folder / path, recipe.epoch)
        for wheel in _requirement_wheels(recipe, folder):
            _set_date(wheel, recipe.epoch)
        yield folder


def _requirement_wheels(recipe: Recipe, folder: Path) -> Iterable[Path]:
    """The wheels of the configured requirements, in `dist/wheels/OS-ARCHITECTURE/`."""
    image = recipe.image
    if not image.requirements:
        return ()
    for platform in image.platforms:
        place = folder / "dist" / "wheels" / wheelhouse.folder_of(platform)
        place.mkdir(parents=True)
        wheelhouse.fill(place, recipe.root / image.requirements, image.python, platform)
    return sorted((folder / "dist" / "wheels").rglob("*.whl"))


def _configured_files(recipe: Recipe) -> Iterable[Path]:
    for pattern in recipe.image.files:
        found = sorted(path for path in recipe.root.glob(pattern) if path.is_file())
        if not found:
            raise ConfigError(
                f"no file is {pattern}",
                remedy="correct `files` in [tool.windlass.image]",
                facts={"folder": recipe.root},
            )
        yield from (path.relative_to(recipe.root) for path in found)


def _copy_dated(source: Path, target: Path, epoch: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)
    os.utime(target, (epoch, epoch))


def _set_date(path: Path, epoch: int) -> None:
    path.chmod(0o644)
    os.utime(path, (epoch, epoch))


def _check_platforms(wanted: tuple[str, ...], found: tuple[str, ...]) -> None:
    if sorted(wanted) != sorted(found):
        raise GateError(
            "the image has other platforms than it should",
            facts={"wanted": ", ".join(wanted), "built": ", ".join(found)},
            remedy="see `platforms` in [tool.windlass.image]",
        )


def _pairs(option: str, values: Mapping[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in (option, f"{name}={value}")]


def _telling_lines(said: str) -> list[str]:
    """The lines of buildx's output that tell most: what failed, and its last words."""
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line or line.startswith("error:")]
    return list(dict.fromkeys([*errors[:3], *lines[-12:]]))
