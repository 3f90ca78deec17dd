"""pyenv's shims: one program for every version, and all that decides which of them it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_HEAD_BYTES = 4096


def choice(shim: Path) -> list[list[str]] | None:
    """All that a shim's answer rests on beside its own file; None for a program that is no shim of pyenv's.

    Source: pyenv's README, "Understanding Python version selection": `PYENV_VERSION`, then `.python-version` in this
    folder or above, then the root's `version`; the version `system` is the rest of PATH.
    """
    root = shim.parent.parent
    if shim.parent.name != "shims" or not (root / "versions").is_dir() or not _is_shim(shim):
        return None
    env = [[name, value] for name, value in sorted(os.environ.items()) if name == "PATH" or name.startswith("PYENV_")]
    files = [[str(file), file.read_bytes().hex()] for file in _files(root) if file.is_file()]
    stored = [[str(one), str(one.stat().st_ctime_ns)] for one in sorted(root.glob(f"versions/*/bin/{shim.name}"))]
    return [*env, *files, *stored]


def _is_shim(program: Path) -> bool:
    with program.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return head.startswith(b"#!") and b"pyenv" in head


def _files(root: Path) -> Iterator[Path]:
    """Where versions are chosen."""
    for start in dict.fromkeys([Path(os.environ.get("PYENV_DIR") or "."), Path()]):
        folder = start.absolute()
        yield from (above / ".python-version" for above in (folder, *folder.parents))
    yield root / "version"
