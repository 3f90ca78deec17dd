"""A Docker engine: images come in and run, and what was made for that goes away again. Building is buildx's."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from windlass.errors import GateError, ToolError, ToolMissingError
from windlass.oci import credentials
from windlass.oci.docker_archive import archive
from windlass.oci.layout import Layout

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

_LABELS = {"org.windlass.smoke": "1"}
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class ContainerResult:
    """A container that ended.

    Attributes:
        code: its exit code.
        text: what it printed, both streams.
    """

    code: int
    text: str


class Engine:
    """The engine that `docker` speaks to (DOCKER_HOST)."""

    def __init__(self, client: DockerClient) -> None:
        self._client = client

    @classmethod
    def connect(cls) -> Engine:
        """The engine of this machine.

        Raises:
            ToolMissingError: the docker library is not installed.
            ToolError: no engine answers.
        """
        try:
            import docker
            from docker.errors import DockerException
        except ImportError as missing:
            raise ToolMissingError(
                "the docker library is not installed", remedy="install windlass with its extra: windlass[docker]"
            ) from missing
        host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
        if host.startswith("unix://") and not Path(host.removeprefix("unix://")).exists():
            raise _silent(host, "there is no such socket")
        try:
            return cls(docker.from_env(timeout=120))
        except DockerException as problem:
            raise _silent(host, str(problem)[:200]) from problem

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def pull_image(self, address: str, digest: str, platform: str) -> Iterator[str]:
        """One platform's image by digest, pulled from its registry; gone again afterwards, unless it was here before.

        Yields:
            The name to run it by.
        """
        name = f"{address}@{digest}"
        known = self._has_image(name)
        login = credentials.find(address.partition("/")[0])
        auth = {"username": login.user, "password": login.secret} if login and not login.is_token else None
        with _engine_errors(f"{name} can't be pulled"):
            self._client.images.pull(address, tag=digest, platform=platform, auth_config=auth)
        try:
            yield name
        finally:
            if not known:
                self._remove(name)

    @contextlib.contextmanager
    def load_image(self, layout: Layout, digest: str) -> Iterator[str]:
        """One platform's image out of a layout; gone again afterwards.

        Yields:
            The name to run it by.
        """
        # A name of its own: another run that proves the same image takes its name away as soon as it is done.
        name = f"windlass.localhost/smoke:{digest.removeprefix('sha256:')[:24]}-{secrets.token_hex(4)}"
        with _engine_errors("the image can't be loaded"), archive(layout, digest, name) as file:
            self._client.images.load(file)
        try:
            yield name
        finally:
            self._remove(name)

    def config(self, image: str) -> dict[str, Any]:
        """An image's configuration: `Entrypoint`, `Cmd`, `Labels`, `Healthcheck`, …"""
        with _engine_errors(f"{image} can't be inspected"):
            said = self._client.images.get(image).attrs
        return dict(said.get("Config") or {})

    def run(
        self,
        image: str,
        platform: str,
        command: Sequence[str],
        *,
        entrypoint: str | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
        timeout_s: float,
    ) -> ContainerResult:
        """Run a command in a container of its own, to its end.

        Args:
            entrypoint: in the place of the image's own; None for that.
            environment: variables that the container gets besides the image's own.

        Raises:
            ToolError: the engine can't run it (a platform without emulation, no such program).
            GateError: it does not end in time.
        """
        how = {"command": list(command), "entrypoint": entrypoint, "environment": dict(environment)}
        with self._container(image, platform, **how) as container:
            with _engine_errors(f"{image} ({platform}) can't be started"):
                container.start()
            code = self._end(container, image, timeout_s)
            return ContainerResult(code, container.logs().decode("utf-8", "replace"))

    def health(
        self, image: str, platform: str, *, environment: Mapping[str, str] = MappingProxyType({}), timeout_s: float
    ) -> str:
        """Start an image as it is and follow its HEALTHCHECK.

        Returns:
            `healthy`; `ended`, when the container's command came to its end first, well (a program, not a service).

        Raises:
            GateError: it crashed, or was not healthy in time.
        """
        began = int(time.time())
        # Asked every second, and without counting failures: the deadline is ours, not the image's interval.
        often = {"interval": _NANOSECONDS, "start_period": int(timeout_s) * _NANOSECONDS}
        with self._container(image, platform, healthcheck=often, environment=dict(environment)) as container:
            with _engine_errors(f"{image} ({platform}) can't be started"):
                container.start()
            events = self._client.events(
                since=began, until=began + int(timeout_s), filters={"container": container.id}, decode=True
            )
            with contextlib.closing(events):
                for event in events:
                    if event.get("Action") == "health_status: healthy":
                        return "healthy"
                    if event.get("Action") == "die":
                        return self._exit_state(container, image, event["Actor"]["Attributes"].get("exitCode", ""))
            raise GateError(
                f"{image} ({platform}) was not healthy within {timeout_s:g} s",
                facts={"its check said": self._last_check(container), "it printed": _tail(container)},
                remedy="see why its HEALTHCHECK fails",
            )

    def _exit_state(self, container: Container, image: str, code: str) -> str:
        if code == "0":
            return "ended"
        raise GateError(f"{image} ended with {code}", facts={"it printed": _tail(container)}, remedy="see why it ends")

    def _last_check(self, container: Container) -> str:
        container.reload()
        log = container.attrs["State"].get("Health", {}).get("Log") or [{"Output": "(it never ran)"}]
        return str(log[-1]["Output"]).strip()[-300:]

    def _end(self, container: Container, image: str, timeout_s: float) -> int:
        from requests.exceptions import ConnectionError as Broken
        from requests.exceptions import Timeout

        try:
            return int(container.wait(timeout=timeout_s)["StatusCode"])
        except (Timeout, Broken) as late:
            raise GateError(
                f"{image} did not end within {timeout_s:g} s",
                facts={"it printed": _tail(container)},
                remedy="give a command that ends: `smoke` in [tool.windlass.image]",
            ) from late

    @contextlib.contextmanager
    def _container(self, image: str, platform: str, **options: Any) -> Iterator[Container]:
        with _engine_errors(f"no container can be made of {image} ({platform})"):
            container = self._client.containers.create(image, platform=platform, labels=_LABELS, **options)
        try:
            yield container
        finally:
            with contextlib.suppress(Exception):  # what is left is labelled, and takes nothing but room
                container.remove(force=True, v=True)

    def _has_image(self, image: str) -> bool:
        from docker.errors import ImageNotFound

        try:
            self._client.images.get(image)
        except ImageNotFound:
            return False
        return True

    def _remove(self, image: str) -> None:
        with contextlib.suppress(Exception):  # somebody else uses it, or removed it
            self._client.images.remove(image, force=True)


def _silent(host: str, problem: str) -> ToolError:
    return ToolError(
        "no Docker engine answers",
        facts={"DOCKER_HOST": host, "problem": problem},
        remedy="start Docker, or let DOCKER_HOST name its socket; `docker version` shows whether it answers",
    )


@contextlib.contextmanager
def _engine_errors(problem: str) -> Iterator[None]:
    """The engine's errors as ours."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException) as said:
        text = str(getattr(said, "explanation", "") or said)
        raise ToolError(problem, facts={"the engine said": text[:400]}, remedy=_remedy(text)) from said


def _remedy(text: str) -> str:
    if "exec format error" in text:
        return "this machine can't run that platform: install qemu-user-static and binfmt-support"
    return "see what the engine says; `docker version` shows whether it answers"


def _tail(container: Container) -> str:
    return container.logs(tail=12).decode("utf-8", "replace").strip() or "(nothing)"
