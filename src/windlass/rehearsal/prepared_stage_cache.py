"""Seeded stages, kept by content below a project's `.windlass`: what was seeded once need not be seeded again.

A seeded stage and its copy of the project depend on the project alone: its files and its history, and what seeds it.
Losing them costs time only.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import windlass
from windlass.digest import file_digest, text_key
from windlass.git import Git
from windlass.project import Project
from windlass.rehearsal.project_copy import paths, replicate
from windlass.release.report import LeftOut
from windlass.release.worktree import home_of
from windlass.shell import processes

FOLDER = "stages"
_PARTS = ("copy", "stage")
_KEPT = 2
"""How many are kept: a stage may hold images."""
_OF_THE_DAY = ("stage/port", "stage/stage.json", "copy/.windlass/cache", "copy/.windlass/envs")
"""What every rehearsal makes anew: addresses, and the way to the project's own cache."""
_numbers = itertools.count()


class SeedCache:
    """The seeded stages of one project, and which of them is that of its present state.

    Attributes:
        key: what the seeded stage depends on, as a digest.
    """

    def __init__(self, project: Project, left_out: Iterable[LeftOut]) -> None:
        """`left_out`: what can't be seeded here, and why."""
        self.key = _key(project, left_out)
        self._folder = home_of(project.root) / FOLDER

    def restore(self, home: Path) -> str:
        """Put the copy and the stage into `home`, where they are kept.

        Returns:
            The tag that was seeded; empty where nothing whole is kept, and then nothing is put there.
        """
        kept = self._folder / self.key
        try:
            says = json.loads((kept / "seed.json").read_bytes())
            for part in _PARTS:
                replicate(kept / part, home / part)
            whole = bool(says["listing"] == _listing(home))
            os.utime(kept)
        except (OSError, ValueError):  # none, or another rehearsal is just removing it
            whole = False
        if whole:
            return str(says["tag"])
        for part in _PARTS:
            shutil.rmtree(home / part, ignore_errors=True)
        return ""

    def keep(self, home: Path, tag: str) -> None:
        """Keep the copy and the stage of `home`, in which `tag` was seeded: whole or not at all."""
        scratch = self._scratch("new")
        with suppress(OSError):  # no room, or another rehearsal kept the same: it need not be kept
            for part in _PARTS:
                replicate(home / part, scratch / part)
            for name in _OF_THE_DAY:
                (scratch / name).unlink(missing_ok=True)
            (scratch / "seed.json").write_text(json.dumps({"tag": tag, "listing": _listing(scratch)}))
            scratch.rename(self._folder / self.key)
        shutil.rmtree(scratch, ignore_errors=True)
        self._clear()

    def _scratch(self, why: str) -> Path:
        return self._folder / f"{why}.{os.getpid()}.{next(_numbers)}"

    def _clear(self) -> None:
        """Remove the oldest, and what killed rehearsals left."""
        with suppress(OSError):
            found = list(self._folder.iterdir())
            kept = sorted((one for one in found if "." not in one.name), key=lambda one: one.stat().st_mtime)
            left = [one for one in found if "." in one.name and not processes.exists(int(one.name.split(".")[1]))]
            for old in (*kept[:-_KEPT], *left):
                gone = self._scratch("gone")  # in one step, so that nobody takes half of it for a whole one
                old.rename(gone)
                shutil.rmtree(gone, ignore_errors=True)


def _key(project: Project, left_out: Iterable[LeftOut]) -> str:
    return text_key("\n".join(_says(project, left_out)))[:32]


def _says(project: Project, left_out: Iterable[LeftOut]) -> Iterator[str]:
    """What a seeded stage depends on: the project's files as they are, its history, and what seeds it."""
    git = Git(project.root)
    yield from (f"file {path} {_content(project.root / path)}" for path in sorted(paths(project.root)))
    if (project.root / ".git").exists():
        yield git.run("rev-parse", "--is-shallow-repository", "HEAD", ok=None).text
        yield git.run("symbolic-ref", "--quiet", "HEAD", ok=None).text
        yield git.run("for-each-ref", "--format=%(objectname) %(refname)", "refs/tags").text
    own = Path(windlass.__file__).parent
    sources = (path for path in own.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    yield from (f"windlass {path.relative_to(own)} {_content(path)}" for path in sorted(sources))
    yield from sorted({name.name for folder in sys.path for name in Path(folder).glob("*.dist-info")})
    yield f"{windlass.__version__} {sys.version} {sys.platform} {os.uname().machine}"
    yield from (f"without {what}: {why}" for what, why in left_out)


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    if not path.is_file():
        return "(none)"
    return f"{file_digest(path)} {os.access(path, os.X_OK)}"


def _listing(home: Path) -> str:
    """A digest of which files are there and how long each is."""
    rows = [
        f"{folder}/{name} {os.lstat(f'{folder}/{name}').st_size}"
        for part in _PARTS
        for folder, _, names in os.walk(home / part)
        for name in names
    ]
    return text_key("\n".join(sorted(row.removeprefix(str(home)) for row in rows)))
