"""The source archive: a commit's tree as `git archive` writes it, the same bytes every time."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from windlass.builds.artifact_folder import Files
from windlass.digest import RunningDigest
from windlass.git import Git, Identity
from windlass.git.borrowed_repository import RELEASING, borrowed_repository
from windlass.git.commit_files import entries
from windlass.git.submodules import submodule_at
from windlass.model import Artifact

_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1"}
_NOBODY = Identity("windlass", "windlass@localhost", 0)
_NO_REFS = "refs/none/"
_END = bytes(10240)
"""What a tar ends with: its last record. Source: git-archive writes the same."""
_REFS = ("refs", "reftable")
_SETTINGS = ("HEAD", "packed-refs", "config", "config.worktree", "info/attributes")
"""Files of refs that lie alone, and settings that an archive obeys."""
_ELSEWHERE = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY")
"""Environment variables by which git looks for its files elsewhere, or sees others there."""


def source(root: Path, folder: Path, *, name: str, version: str, commit: str = "HEAD", tag: str = "") -> Artifact:
    """Write `NAME-VERSION-source.tar.gz` of a commit into `folder`; earlier ones of the same name go.

    What the commit's own attributes ask for (`export-ignore`, `export-subst`) is done. Nothing else has a part in the
    bytes: no setting or attribute of this machine, and of all refs only the tag of the release that the commit is, so
    that a description of it is the same before and after that tag is out.

    Args:
        version: the version as the file name shows it (PEP 440).
        commit: an object id, or another name of a commit.
        tag: the tag that a release of this version has; it counts where it is on the commit.

    Raises:
        ToolError: git can't; there is no such commit.
        RepositoryError: a submodule's files are not here.
    """
    stem = f"{name}-{version}"
    git = Git(root)
    # git's own peeling: a name that looks like an option can't get through as one
    oid = git.run("rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}").text
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}-*-source.tar.gz"):
        old.unlink()
    path = folder / f"{stem}-source.tar.gz"
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
        for part in _parts(git, oid, f"{stem}/", _release_tag(git, oid, tag)):
            packed.write(part)
        packed.write(_END)
    return Files(folder).artifact(path.name, "source")


def _release_tag(git: Git, commit: str, tag: str) -> str:
    """The tag of the release that a commit is; empty where it is none."""
    if releasing := _names_at(git, commit, RELEASING):
        return releasing[0]
    return tag if tag in _names_at(git, commit, "refs/tags/") else ""


def _names_at(git: Git, commit: str, below: str) -> tuple[str, ...]:
    listing = git.run("for-each-ref", f"--points-at={commit}", "--format=%(refname)", below).text
    return tuple(name.removeprefix(below) for name in listing.splitlines())


def _parts(git: Git, commit: str, prefix: str, tag: str) -> Iterator[bytes]:
    """A commit's archive and those of its submodules, without the marks of their ends."""
    with tempfile.TemporaryDirectory(prefix="windlass-archive-") as scratch:
        own = borrowed_repository(git, Path(scratch), tags=_NO_REFS if tag else "refs/tags/")
        if tag:
            own.run("update-ref", f"refs/tags/{tag}", own.tag_object(tag, commit, tag, _NOBODY))
        # tar.umask is a user's setting, and would change the bytes.
        words = ["-c", "tar.umask=0022", "archive", "--format=tar", f"--prefix={prefix}", commit]
        yield _without_end(own.run(*words, env=_ALONE).out)
    for entry in entries(git, commit):
        if entry.is_submodule:
            inner = submodule_at(git, commit, entry.path, entry.oid)
            yield from _parts(inner, entry.oid, f"{prefix}{entry.path}/", "")


def _without_end(archive: bytes) -> bytes:
    """A tar without its last, empty blocks, so that another one can follow. No file's own zeros are taken for them."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.getmembers()
        return archive[: tar.offset]


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
