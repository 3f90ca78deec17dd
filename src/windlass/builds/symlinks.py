"""Symbolic links that lead out of a project: a build would follow them and ship what lies there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from windlass.errors import RepositoryError


def refuse_escaping(root: Path, paths: Iterable[Path] | None = None) -> None:
    """Check every symbolic link below `root`.

    Args:
        paths: look at these alone, relative to `root`.

    Raises:
        RepositoryError: one leads out of `root`, or into `.git`, where credentials may stand.
    """
    top = Path(os.path.realpath(root))
    looked_at = _below(root) if paths is None else (root / path for path in paths)
    links = (path for path in looked_at if path.is_symlink() and _escapes(path, top))
    escaping = {path.relative_to(root).as_posix(): os.fspath(path.readlink()) for path in links}
    if escaping:
        raise RepositoryError(
            "a symbolic link leads out of the project, and a build would ship what it leads to",
            facts=dict(sorted(escaping.items())),
            remedy="replace it with a file, or remove it",
        )


def _below(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        yield from (Path(folder, name) for name in [*folders, *names])


def _escapes(link: Path, top: Path) -> bool:
    target = Path(os.path.realpath(link))
    return not target.is_relative_to(top) or target.relative_to(top).parts[:1] == (".git",)
