"""Wheels of an image's requirements, fetched for each platform before the build, which then needs no index."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from windlass import shell
from windlass.errors import ConfigError, ToolError
from windlass.index_logins import index_environment
from windlass.shell.uv_program import uv_program

_TIMEOUT_S = 900.0
_MACHINES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "386": "i686",
    "arm/v7": "armv7l",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
}
"""Docker's names of architectures → Python's."""
_LIBC = ("manylinux_2_28", "manylinux_2_17", "manylinux2014", "linux")


def folder_of(platform: str) -> str:
    """The folder of a platform's wheels: `linux/arm64` → `linux-arm64`, a Dockerfile's TARGETOS-TARGETARCH."""
    return platform.replace("/", "-")


def fill(folder: Path, requirements: Path, python: str, platform: str) -> None:
    """Fetch the wheels of a requirements file with hashes for one platform into `folder`.

    Args:
        requirements: every line with `--hash`: what is fetched is decided by the file alone.
        python: the image's, such as `3.11`.
        platform: such as `linux/arm64`.

    Raises:
        ConfigError: the platform is none that wheels are made for, or the file is missing.
        ToolError: a wheel can't be had, or has another digest.
    """
    machine = _MACHINES.get(platform.removeprefix("linux/"))
    if machine is None or not requirements.is_file():
        raise ConfigError(
            f"there are no wheels to fetch for {platform}" if machine is None else "the requirements file is missing",
            facts={"requirements": requirements, "platforms": ", ".join(f"linux/{name}" for name in _MACHINES)},
            remedy="correct `platforms` or `requirements` in [tool.windlass.image]",
        )
    try:
        shell.run(
            [*_words(python, machine), "--dest", folder, "--requirement", requirements],
            env=index_environment(),
            timeout_s=_TIMEOUT_S,
        )
    except ToolError as failed:
        raise ToolError(
            f"the wheels for {platform} can't be fetched",
            facts={"requirements": requirements, "pip said": failed.facts.get("it said", failed.problem)},
            remedy="see that each line has its hashes and that the index has a wheel for that platform and Python",
        ) from failed


def _words(python: str, machine: str) -> list[str]:
    words = [*_pip(), "download"]
    words += ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    words += ["--python-version", python]
    return [*words, *(word for libc in _LIBC for word in ("--platform", f"{libc}_{machine}"))]


def _pip() -> list[str]:
    """pip, which unlike uv downloads wheels for other platforms; from uv's cache where this Python has none."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    return [uv_program(), "tool", "run", "--quiet", "--from", "pip", "pip"]
