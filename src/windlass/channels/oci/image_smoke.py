"""Proving an image: it runs on each platform, says the version that it should be, and its HEALTHCHECK passes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from windlass.builds.identity import Identity
from windlass.channels.oci.configuration import ImageTable
from windlass.channels.oci.docker_engine import ContainerResult, Engine
from windlass.errors import GateError, NotVerifiedError, ToolError, ToolMissingError
from windlass.gate_results import Proof
from windlass.oci import Address, ImageRepository, Layout, Manifest, transfer
from windlass.verified_digest_cache import proofs_about
from windlass.versions import Version
from windlass.versions.version_in_output import names_version, spellings

if TYPE_CHECKING:
    from windlass.config import Config
    from windlass.project import Project

_VERSION_LABEL = "org.opencontainers.image.version"
_RUN_TIMEOUT_S = 180.0
_HEALTH_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Smoke:
    """What an image must show.

    Attributes:
        version: SemVer, the release's.
        command: the arguments that `docker run IMAGE` gets; empty for `--version`, whose answer must name the version.
        program: what is run instead where the image has no entrypoint.
        environment: variables that the container gets, by name.
        entrypoint: what is run in the place of the image's own entrypoint; empty for that.
        by_healthcheck: judge the image by its HEALTHCHECK alone.
    """

    version: str
    command: tuple[str, ...] = ()
    program: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    entrypoint: str = ""
    by_healthcheck: bool = False

    @classmethod
    def configured(cls, config: Config, version: str) -> Smoke:
        """What the project's image must show, before it is pushed and after."""
        image = config.table(ImageTable)
        return cls(
            version,
            image.smoke,
            config.smoke.command,
            tuple(sorted(image.smoke_environment.items())),
            image.smoke_entrypoint,
            image.smoke_by_healthcheck,
        )


def prove(engine: Engine, image: str, platform: str, smoke: Smoke) -> Proof:
    """Run an image that the engine has.

    Raises:
        GateError: it fails, is another version, or is not healthy.
        ToolError: the engine can't run it.
    """
    config = engine.config(image)
    label = (config.get("Labels") or {}).get(_VERSION_LABEL, "")
    if label and label not in spellings(Version.parse(smoke.version)):
        raise GateError(
            f"the image for {platform} is labelled with another version",
            facts={"wanted": smoke.version, _VERSION_LABEL: label},
            remedy="let the Dockerfile take the label from its argument VERSION",
        )
    printed = "" if smoke.by_healthcheck else _run(engine, image, platform, smoke, config).text.strip()
    health = _health(engine, image, platform, smoke, config)
    if smoke.by_healthcheck and health == "none":
        raise GateError(
            f"the image for {platform} has no HEALTHCHECK to be judged by",
            facts={"[tool.windlass.image]": "smoke-by-healthcheck = true"},
            remedy="give its Dockerfile a HEALTHCHECK, or let it be run: `smoke`, with `smoke-environment` and "
            "`smoke-entrypoint`",
        )
    return Proof(platform, printed, health)


def of_layout(folder: Path, smoke: Smoke) -> tuple[Proof, ...]:
    """Run each platform of an image that was built but not pushed.

    Raises:
        As `prove`.
    """
    layout = Layout(folder)
    with Engine.connect() as engine:
        return tuple(
            _prove_platform(engine, engine.load_image(layout, digest), platform, smoke)
            for platform, digest in images(layout.root(), layout)
        )


def of_registry(address: str, digest: str, smoke: Smoke) -> tuple[Proof, ...]:
    """Pull each platform of a pushed image as a consumer would, and run it.

    An image that earlier trials of a rehearsal ran is read whole instead: the registry must serve the bytes that ran.
    A machine without an engine can still publish: what it can't run, it does not judge.

    Returns:
        What each showed that could be run.

    Raises:
        As `prove`.
    """
    repository = ImageRepository(Address.parse(address))
    known = proofs_about(repository.address.url)
    proofs = []
    for platform, child in images(repository.manifest(digest), repository):
        question = ("image", child, platform, asdict(smoke))
        if (found := known.find(*question)) is not None:
            transfer.read(repository, child)
            proofs.append(msgspec.json.decode(found, type=Proof))
        elif (engine := _engine()) is not None:
            with engine:
                proofs.append(_prove_platform(engine, engine.pull_image(address, child, platform), platform, smoke))
            known.keep(msgspec.json.encode(proofs[-1]).decode(), *question)
    return tuple(proofs)


def identity(folder: Path, _: Sequence[str]) -> Iterator[Identity]:
    """What the labels of an image in a layout say, on each of its platforms."""
    layout = Layout(folder)
    for platform, digest in images(layout.root(), layout):
        config = json.loads(b"".join(layout.blob(layout.manifest(digest).blobs[0]))).get("config") or {}
        label = (config.get("Labels") or {}).get(_VERSION_LABEL, "")
        if label:
            yield Identity(f"its label for {platform}", label)


def images(root: Manifest, source: Layout | ImageRepository) -> tuple[tuple[str, str], ...]:
    """Platform and digest of every image that can run; of an image that is no index, its own."""
    found = tuple((child.platform, child.digest) for child in root.children if child.platform)
    return found or ((platform_of(root, source), root.digest),)


def platform_of(manifest: Manifest, source: Layout | ImageRepository) -> str:
    """The platform that an image's configuration names."""
    config = json.loads(b"".join(source.blob(manifest.blobs[0])))
    return "/".join(filter(None, (config.get("os"), config.get("architecture"), config.get("variant"))))


def checker(project: Project) -> Callable[[str, str, str], None]:
    """How the channel proves what it pushed: pulled and run where an engine is; where none is, nothing."""

    def check(address: str, digest: str, version: str) -> None:
        try:
            of_registry(address, digest, Smoke.configured(project.config, version))
        except GateError as failed:
            raise NotVerifiedError(
                failed.problem, facts={**failed.facts, "image": f"{address}@{digest}"}, remedy="`inv rollback --to`"
            ) from failed

    return check


def _engine() -> Engine | None:
    try:
        return Engine.connect()
    except (ToolMissingError, ToolError):
        return None


def _prove_platform(engine: Engine, here: AbstractContextManager[str], platform: str, smoke: Smoke) -> Proof:
    with here as image:
        return prove(engine, image, platform, smoke)


def _run(engine: Engine, image: str, platform: str, smoke: Smoke, config: dict[str, Any]) -> ContainerResult:
    starts = smoke.entrypoint or config.get("Entrypoint")
    words: Sequence[str] = smoke.command or (("--version",) if starts else smoke.program)
    given, entrypoint = dict(smoke.environment), smoke.entrypoint or None
    ran = engine.run(image, platform, words, entrypoint=entrypoint, environment=given, timeout_s=_RUN_TIMEOUT_S)
    shown = " ".join([*([smoke.entrypoint] if smoke.entrypoint else []), *words]) or "its own command"
    if ran.code != 0:
        raise GateError(
            f"the image for {platform} does not run",
            facts={"command": shown, "exit code": ran.code, "it printed": ran.text.strip()[-400:]},
            remedy="mend it, or say in [tool.windlass.image] how it is run: `smoke`, a command that ends well; "
            "`smoke-environment`, what it needs; `smoke-entrypoint`, past a script that wants more; or "
            "`smoke-by-healthcheck`, for a service",
        )
    if not smoke.command and words and not names_version(ran.text, Version.parse(smoke.version)):
        raise GateError(
            f"the image for {platform} is another version",
            facts={"wanted": smoke.version, "command": shown, "it printed": ran.text.strip()[-400:]},
            remedy="let the Dockerfile install the wheel from dist/",
        )
    return ran


def _health(engine: Engine, image: str, platform: str, smoke: Smoke, config: dict[str, Any]) -> str:
    test = (config.get("Healthcheck") or {}).get("Test") or ["NONE"]
    if test[0] == "NONE":
        return "none"
    given = dict(smoke.environment)
    if engine.health(image, platform, environment=given, timeout_s=_HEALTH_TIMEOUT_S) == "healthy":
        return "healthy"
    words = test[1:] if test[0] == "CMD" else ["/bin/sh", "-c", test[1]]
    ran = engine.run(image, platform, words[1:], entrypoint=words[0], environment=given, timeout_s=_RUN_TIMEOUT_S)
    if ran.code != 0:
        raise GateError(
            f"the HEALTHCHECK of the image for {platform} fails",
            facts={"check": " ".join(words), "exit code": ran.code, "it printed": ran.text.strip()[-400:]},
            remedy="see why it fails",
        )
    return "passed"
