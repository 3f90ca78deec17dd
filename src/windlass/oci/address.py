"""Where an image lives: a registry's host and a repository on it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from windlass.errors import ConfigError

_HUB = "docker.io"
_HUB_API = "registry-1.docker.io"
_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
"""Source: OCI distribution specification 1.1, "Pulling manifests"."""


@dataclass(frozen=True)
class Address:
    """A repository on a registry.

    Attributes:
        host: such as `ghcr.io` or `127.0.0.1:5000`.
        repository: such as `acme/demo`.
    """

    host: str
    repository: str

    @classmethod
    def of(cls, registry: str, name: str) -> Address:
        """The address of the image `name` under `registry`: a host, or host and namespace (`ghcr.io/acme`).

        Raises:
            ConfigError: it is no address.
        """
        host, _, namespace = registry.strip("/").partition("/")
        repository = f"{namespace}/{name}" if namespace else name
        if host == _HUB and "/" not in repository:
            repository = f"library/{repository}"
        if not re.fullmatch(r"[A-Za-z0-9.-]+(?::\d+)?|\[[0-9a-fA-F:]+\](?::\d+)?", host) or not _NAME.fullmatch(
            repository
        ):
            raise ConfigError(
                f"{registry}/{name} is no address of an image",
                facts={"registry": registry, "name": name},
                remedy="write the registry as HOST[:PORT][/NAMESPACE], and names in lower case "
                "(`registries` and `name` in [tool.windlass.image])",
            )
        return cls(host, repository)

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address in `HOST/REPOSITORY`, as `str` writes it."""
        host, _, repository = text.partition("/")
        return cls(host, repository)

    @property
    def url(self) -> str:
        """The root of its API: `https://ghcr.io/v2/acme/demo`; plain HTTP where the host is this machine."""
        host = _HUB_API if self.host == _HUB else self.host
        return f"{'http' if self.local else 'https'}://{host}/v2/{self.repository}"

    @property
    def local(self) -> bool:
        """Whether the host is this machine, which Docker, too, speaks plain HTTP to."""
        name = self.host.rpartition(":")[0] if re.search(r":\d+$", self.host) else self.host
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(name.strip("[]")).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"{self.host}/{self.repository}"
