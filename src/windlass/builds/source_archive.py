"""The source archive: a commit's tree as `git archive` writes it, the same bytes every time."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from windlass.builds.artifact_folder import Files
from windlass.digest import RunningDigest
from windlass.git import command
from windlass.model import Artifact

_REFS = ("refs", "reftable")
_SETTINGS = ("HEAD", "packed-refs", "config", "config.worktree", "info/attributes")
"""Files of refs that lie alone, and settings that an archive obeys."""
_ELSEWHERE = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY")
"""Environment variables by which git looks for its files elsewhere, or sees others there."""


def source(root: Path, folder: Path, *, name: str, version: str, commit: str = "HEAD") -> Artifact:
    """Write `NAME-VERSION-source.tar.gz` of a commit into `folder`; earlier ones of the same name go.

    Args:
        version: the version as the file name shows it (PEP 440).
        commit: an object id, or another name of a commit.

    Raises:
        ToolError: git can't; there is no such commit.
    """
    stem = f"{name}-{version}"
    # tar.umask is a user's setting, and would change the bytes.
    archive = ["-c", "tar.umask=0022", "archive", "--format=tar", f"--prefix={stem}/"]
    # git's own peeling: a name that looks like an option can't get through as one
    tree = command.run(root, "rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}")
    done = command.run(root, *archive, tree.text)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}-*-source.tar.gz"):
        old.unlink()
    path = folder / f"{stem}-source.tar.gz"
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(done.out)
    return Files(folder).artifact(path.name, "source")


def history_state(root: Path) -> str:
    """Digest of the files in which git keeps where HEAD, branches and tags stand: the same while none of them moved.

    An archive can hold more of the history than its commit (`export-subst` asks for tags), so all of them count. A
    folder without a repository has no state; where it can't be told, it is another one each time.
    """
    if any(name in os.environ for name in _ELSEWHERE):
        return os.urandom(16).hex()
    place = next((folder / ".git" for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    try:
        return "" if place is None else _digest(*_folders(place))
    except OSError:  # a ref was taken away just now, or may not be read
        return os.urandom(16).hex()


def _folders(place: Path) -> tuple[Path, Path]:
    """A worktree's own git folder and the one that it has in common with others, which is the same for most."""
    if place.is_dir():
        return place, place
    own = place.parent / os.fsdecode(place.read_bytes()).removeprefix("gitdir:").strip()
    link = own / "commondir"
    return own, own / os.fsdecode(link.read_bytes()).strip() if link.is_file() else own


def _digest(own: Path, common: Path) -> str:
    state = RunningDigest()
    for folder in dict.fromkeys((own, common)):
        below = [path for name in _REFS for path in sorted((folder / name).rglob("*")) if path.suffix != ".lock"]
        for file in (*below, *(folder / name for name in _SETTINGS)):
            if file.is_file():
                state.add(os.fsencode(file.relative_to(folder)) + b"\0" + file.read_bytes() + b"\0")
    return str(state)
