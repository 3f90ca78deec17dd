"""The source archive: a commit's tree as `git archive` writes it, the same bytes every time."""

from __future__ import annotations

import gzip
from pathlib import Path

from windlass import shell
from windlass.builds.files import Files
from windlass.model import Artifact


def source(root: Path, folder: Path, *, name: str, version: str, commit: str = "HEAD") -> Artifact:
    """Write `NAME-VERSION-source.tar.gz` of a commit into `folder`.

    Args:
        version: the version as the file name shows it (PEP 440).
        commit: an object id, or another name of a commit.

    Raises:
        ToolError: git can't; there is no such commit.
    """
    stem = f"{name}-{version}"
    # tar.umask is a user's setting, and would change the bytes.
    archive = ["git", "-c", "tar.umask=0022", "archive", "--format=tar", f"--prefix={stem}/"]
    # git's own peeling: a name that looks like an option can't get through as one
    tree = shell.run(["git", "rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}"], cwd=root)
    done = shell.run([*archive, tree.text], cwd=root)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}-source.tar.gz"
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(done.out)
    return Files(folder).artifact(path.name, "source")


def commit_epoch(root: Path) -> int:
    """SOURCE_DATE_EPOCH for a build of `root`: its last commit's time, or 1980 where there is none.

    Source: the zip format, and so a wheel, knows no earlier year than 1980.
    """
    asked = shell.run(["git", "log", "-1", "--format=%ct"], cwd=root, ok=None)
    return int(asked.text) if asked.code == 0 and asked.text else 315_532_800
