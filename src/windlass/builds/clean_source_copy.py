"""A copy of a project's own files: what builds and tests work in, so that nothing else can get into them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from windlass.errors import RepositoryError
from windlass.git import command

_NEVER_COPIED = frozenset({".git", ".windlass"})
_NOT_COPIED = _NEVER_COPIED | {"__pycache__", "node_modules"}
"""What is no file of the project, unless git tracks it."""


def copy(root: Path, to: Path, *, without: Iterable[Path] = ()) -> None:
    """Copy the files of `root` that git tracks or would track; symbolic links as they are.

    A link to a file that is left out would lead nowhere: that file stands in its place.

    Args:
        without: files and folders to leave out, relative to `root`.
    """
    left_out = set(without)
    for path in files(root):
        if left_out.isdisjoint([path, *path.parents]):
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            _copy_file(root / path, to / path, follow=_leads_to(left_out, root, path))


def _leads_to(left_out: set[Path], root: Path, path: Path) -> bool:
    """Whether a path is a link to a file of the project that is not copied."""
    if not left_out or not (root / path).is_symlink() or not (root / path).is_file():
        return False
    target, top = Path(os.path.realpath(root / path)), Path(os.path.realpath(root))
    if not target.is_relative_to(top):
        return False
    inside = target.relative_to(top)
    return not left_out.isdisjoint([inside, *inside.parents])


def _copy_file(source: Path, target: Path, *, follow: bool) -> None:
    """Copy one file, unless it went since it was listed: builds beside this one come and go with theirs."""
    try:
        shutil.copy2(source, target, follow_symlinks=follow)
    except FileNotFoundError:
        if source.is_symlink() or source.exists():
            raise
        target.unlink(missing_ok=True)


def files(root: Path) -> Iterator[Path]:
    """Files that belong to a project, relative to its root: by git where it knows, or else all but caches."""
    words = ["ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    listed = command.run(root, *words, ok=None)
    rows = os.fsdecode(listed.out).split("\0") if listed.code == 0 else []
    names = [Path(row[2:]) for row in rows if row and _is_ours(Path(row[2:]), tracked=not row.startswith("? "))]
    known = [found for path in names for found in _below(root, path)]
    yield from known or _walk(root)


def _below(root: Path, path: Path) -> Iterator[Path]:
    """The path itself, where it is a file; the files of a submodule, which is listed as a folder; none that are gone.

    Raises:
        RepositoryError: the submodule's files are not here.
    """
    if _is_file(root / path):
        yield path
    elif (root / path).is_dir():
        inside = list(files(root / path) if (root / path / ".git").exists() else _walk(root / path))
        if not inside and _is_submodule(root, path):
            raise RepositoryError(
                "a submodule's files are not here, and what is built would lack them",
                facts={"folder": path.as_posix()},
                remedy="git submodule update --init --recursive, then run the same again",
            )
        yield from (path / below for below in inside)


def _is_submodule(root: Path, path: Path) -> bool:
    return command.run(root, "ls-files", "--stage", "-z", "--", f":(literal){path}").out.startswith(b"160000 ")


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        paths = [Path(folder, name).relative_to(root) for name in [*names, *folders]]
        yield from (path for path in paths if _is_ours(path) and _is_file(root / path))
        folders[:] = [name for name in folders if name not in _NOT_COPIED]


def _is_ours(path: Path, *, tracked: bool = False) -> bool:
    return (_NEVER_COPIED if tracked else _NOT_COPIED).isdisjoint(path.parts)


def _is_file(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def refuse_escaping(root: Path, paths: Iterable[Path] | None = None) -> None:
    """Check every symbolic link below `root`.

    Args:
        paths: look at these alone, relative to `root`.

    Raises:
        RepositoryError: one leads out of `root`, or into `.git`, where credentials may stand.
    """
    top = Path(os.path.realpath(root))
    looked_at = _entries_below(root) if paths is None else (root / path for path in paths)
    links = (path for path in looked_at if path.is_symlink() and _escapes(path, top))
    escaping = {path.relative_to(root).as_posix(): os.fspath(path.readlink()) for path in links}
    if escaping:
        raise RepositoryError(
            "a symbolic link leads out of the project, and a build would ship what it leads to",
            facts=dict(sorted(escaping.items())),
            remedy="replace it with a file, or remove it",
        )


def _entries_below(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        yield from (Path(folder, name) for name in [*folders, *names])


def _escapes(link: Path, top: Path) -> bool:
    target = Path(os.path.realpath(link))
    return not target.is_relative_to(top) or target.relative_to(top).parts[:1] == (".git",)
