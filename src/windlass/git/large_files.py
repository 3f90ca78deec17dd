"""Files that Git LFS keeps: a commit holds a pointer with their digest, and an ordinary checkout holds their bytes.

The digest makes them the commit's as much as a blob is. What is not on this machine is an error: a package with
pointers in it would install, and fail where it is used.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from windlass.digest import file_digest
from windlass.errors import RepositoryError
from windlass.git import Git, command

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\n")
_POINTER_BYTES = 1024
"""No pointer is larger. Source: git-lfs, docs/spec.md."""


def contents(git: Git, folder: Path, paths: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """The files below `folder` that are pointers, each with the file that has its bytes.

    Args:
        git: the repository whose commit they are from; it keeps large files by their digest.
        paths: those of the commit, relative to `folder`.

    Raises:
        RepositoryError: some are not on this machine.
    """
    pointers = {path: digest for path in paths if (digest := _digest_in(folder / path))}
    pointers = {path: pointers[path] for path in _kept_by_lfs(folder, list(pointers))}
    if not pointers:
        return
    store = git.root / os.fsdecode(git.run("rev-parse", "--git-common-dir").out.removesuffix(b"\n")) / "lfs" / "objects"
    found = {path: store / digest[:2] / digest[2:4] / digest for path, digest in pointers.items()}
    absent = [path for path, file in found.items() if not _holds(file, pointers[path])]
    if absent:
        raise RepositoryError(
            "files that Git LFS keeps are not here, and what is built would hold pointers in their place",
            facts={"files": ", ".join(absent[:5]) + (" …" if len(absent) > 5 else "")},
            remedy="git lfs pull (in CI: lfs: true), then run the same again",
        )
    yield from found.items()


def _digest_in(path: Path) -> str:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _POINTER_BYTES:
        return ""
    found = _POINTER.match(path.read_bytes())
    return found[1].decode() if found else ""


def _kept_by_lfs(folder: Path, paths: Sequence[str]) -> list[str]:
    """Those that the commit's own attributes give to LFS; any other pointer is a file like others."""
    if not paths:
        return []
    words = ("-c", "core.attributesFile=/dev/null", "check-attr", "-z", "--stdin", "filter")
    listing = b"\0".join(map(os.fsencode, paths)) + b"\0"
    with tempfile.TemporaryDirectory(prefix="windlass-attributes-") as scratch:
        # An empty repository: attributes that make all files plain are the other one's, not the commit's.
        command.run(None, "init", "--quiet", "--bare", "--template=", scratch)
        asked = command.run(folder, "--git-dir", scratch, "--work-tree", folder, *words, stdin=listing)
    fields = [os.fsdecode(field) for field in asked.out.split(b"\0")]
    return [path for path, _, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False) if value == "lfs"]


def _holds(file: Path, digest: str) -> bool:
    return file.is_file() and file_digest(file) == f"sha256:{digest}"
