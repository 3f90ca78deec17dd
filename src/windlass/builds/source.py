"""The source archive: a commit's tree as `git archive` writes it, the same bytes every time."""

from __future__ import annotations

import gzip
from pathlib import Path

from windlass import shell
from windlass.artifact import Artifact
from windlass.builds.files import Files


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
    archive = ["git", "-c", "tar.umask=0022", "archive", "--format=tar", f"--prefix={stem}/"]
    # git's own peeling: a name that looks like an option can't get through as one
    tree = shell.run(["git", "rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}"], cwd=root)
    done = shell.run([*archive, tree.text], cwd=root)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}-*-source.tar.gz"):
        old.unlink()
    path = folder / f"{stem}-source.tar.gz"
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(done.out)
    return Files(folder).artifact(path.name, "source")
