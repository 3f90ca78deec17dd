"""What a wheel's tags say: which Pythons install it, and on which platform its dependencies are resolved.

Source: packaging.python.org, "Platform compatibility tags"; uv's `--python-platform`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from windlass.errors import GateError

_GLIBC = re.compile(r"manylinux_(\d+)_(\d+)_(x86_64|aarch64)")
_KNOWN_GLIBC = ("2_17", "2_28", *(f"2_{minor}" for minor in range(31, 41)))
"""uv's; a wheel for another one is described for the next older one that uv knows."""
_PLATFORMS = (
    (r"any", "linux"),
    (r"(linux|manylinux\d*)_x86_64", "x86_64-unknown-linux-gnu"),
    (r"(linux|manylinux\d*)_aarch64", "aarch64-unknown-linux-gnu"),
    (r"musllinux_\d+_\d+_x86_64", "x86_64-unknown-linux-musl"),
    (r"musllinux_\d+_\d+_aarch64", "aarch64-unknown-linux-musl"),
    (r"linux_riscv64|manylinux_\d+_\d+_riscv64", "riscv64-unknown-linux"),
    (r"macosx_.*_(arm64|universal2)", "aarch64-apple-darwin"),
    (r"macosx_.*_x86_64", "x86_64-apple-darwin"),
    (r"win_amd64", "x86_64-pc-windows-msvc"),
    (r"win_arm64", "aarch64-pc-windows-msvc"),
    (r"win32", "i686-pc-windows-msvc"),
)


def newest_python(wheel: str, pythons: Sequence[str]) -> str:
    """The newest of the project's Pythons that installs this wheel.

    Args:
        wheel: a wheel's file name.
        pythons: minor versions, such as `3.13`, oldest first.

    Raises:
        GateError: none of them does.
    """
    fitting = pythons_that_install(wheel, pythons)
    if fitting:
        return fitting[-1]
    tags = parse_wheel_filename(wheel)[3]
    raise GateError(
        f"no Python of the project installs {wheel}",
        facts={"the project's Pythons": ", ".join(pythons), "the wheel's tags": ", ".join(sorted(map(str, tags)))},
        remedy="build with one of them, or correct requires-python in pyproject.toml",
    )


def pythons_that_install(wheel: str, pythons: Sequence[str]) -> tuple[str, ...]:
    """Those of some Pythons (minor versions) that install this wheel (a file name), in their order."""
    tags = parse_wheel_filename(wheel)[3]
    return tuple(python for python in pythons if not tags.isdisjoint(_installable(python, tags)))


def _installable(python: str, tags: Iterable[Tag]) -> Iterator[Tag]:
    major, minor = (int(part) for part in python.split("."))
    platforms = sorted({tag.platform for tag in tags} - {"any"})
    yield from cpython_tags((major, minor), platforms=platforms)
    yield from compatible_tags((major, minor), f"cp{major}{minor}", platforms)


def uv_platform(wheel: str) -> str:
    """The platform that a wheel is for, as uv calls it; Linux for a pure one.

    Args:
        wheel: a wheel's file name.

    Raises:
        GateError: uv resolves for no such platform.
    """
    platforms = sorted({tag.platform for tag in parse_wheel_filename(wheel)[3]})
    for platform in platforms:
        if found := _glibc(platform) or _other(platform):
            return found
    raise GateError(
        f"dependencies can't be resolved for the platform of {wheel}",
        facts={"platform": ", ".join(platforms)},
        remedy="leave the bill of materials out: sbom = false in [tool.windlass]",
    )


def _glibc(platform: str) -> str:
    found = _GLIBC.fullmatch(platform)
    if found is None:
        return ""
    asked = (int(found[1]), int(found[2]))
    known = [one for one in _KNOWN_GLIBC if tuple(map(int, one.split("_"))) <= asked]
    return f"{found[3]}-manylinux_{known[-1] if known else _KNOWN_GLIBC[0]}"


def _other(platform: str) -> str:
    return next((name for pattern, name in _PLATFORMS if re.fullmatch(pattern, platform)), "")
