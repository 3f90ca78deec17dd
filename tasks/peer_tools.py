"""Where the tools that are measured lie: an environment for windlass and one for its peers, as pip makes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from windlass import shell
from windlass.shell.uv_program import uv_program

_DEADLINE_S = 600.0


def programs(root: Path, home: Path, name: str, versions: Mapping[str, str]) -> tuple[Path, Path]:
    """The folders of programs of windlass and of its peers, whose modules are compiled already.

    Args:
        root: this repository.
        home: the folder in which environments are made.
        name: what the peers' environment is called.
        versions: peer → its version on PyPI.
    """
    peers = [f"{peer}=={version}" for peer, version in versions.items()]
    return _environment(home / "windlass-venv", [str(root)]), _environment(home / f"{name}-venv", peers)


def _environment(venv: Path, wanted: list[str]) -> Path:
    shell.run([uv_program(), "venv", "-q", "--clear", "--python", "3.11", venv], timeout_s=_DEADLINE_S)
    into = ["--compile-bytecode", "--python", str(venv / "bin" / "python")]
    shell.run([uv_program(), "pip", "install", "-q", *into, *wanted], timeout_s=_DEADLINE_S)
    return venv / "bin"
