"""The sdist, and the wheel built from it: checked, and the same bytes from the same tree every time."""

from __future__ import annotations

import email
import re
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from types import MappingProxyType

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from windlass import shell
from windlass.builds.artifact_folder import Files
from windlass.builds.clean_source_copy import copy, refuse_escaping
from windlass.errors import GateError
from windlass.gate_results import Dists
from windlass.git import Git, command
from windlass.git.borrowed_repository import borrowed_repository, held_as_committed, hold_as_committed
from windlass.index_logins import index_environment
from windlass.model import Artifact

_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")


def dist(
    root: Path,
    folder: Path,
    *,
    name: str,
    version: str = "",
    tag: str = "",
    epoch: int,
    passing: Mapping[str, str] = MappingProxyType({}),
    timeout_s: float = 900.0,
) -> Dists:
    """Build the project in `root`: an sdist, and from it the wheel, into `folder`.

    It is built from a copy of the files that git tracks or would track: what a release's clean tree holds.

    Args:
        folder: gets the files when all of them are right; earlier ones of the same project go.
        name: the distribution's name that the files must carry.
        version: the version (PEP 440) that they must carry; any when empty.
        tag: the tag that is being released: the build finds it on its commit, before anybody else sees it.
        epoch: SOURCE_DATE_EPOCH, seconds.
        passing: variables of the project's own that the build sees.

    Raises:
        RepositoryError: a symbolic link leads out of the tree.
        GateError: the build failed, or made something else than it should.
    """
    with tempfile.TemporaryDirectory(prefix="windlass-build-") as scratch:
        tree, made = Path(scratch).resolve() / "tree", Path(scratch).resolve() / "made"
        prepare_tree(root, tree, folder, tag)
        build(tree, made, {**passing, "SOURCE_DATE_EPOCH": str(epoch)}, timeout_s)
        artifacts = _sdist_and_wheel(made, name, version)
        _replace(made, folder, name)
    return Dists(folder=folder.resolve(), artifacts=artifacts)


def prepare_tree(root: Path, tree: Path, folder: Path, tag: str) -> None:
    """Copy what is built to `tree`: as `dist`.

    Raises:
        RepositoryError: a symbolic link leads out of the tree.
    """
    copy(root, tree, without=_inside(root, folder))
    _lend_history(root, tree, tag)
    refuse_escaping(tree)


def _inside(root: Path, folder: Path) -> tuple[Path, ...]:
    """`folder` relative to `root`, where it lies in it: earlier builds are no part of the next."""
    there = folder.resolve()
    return (there.relative_to(root.resolve()),) if there.is_relative_to(root.resolve()) else ()


def _lend_history(root: Path, tree: Path, tag: str) -> None:
    """Let a backend that asks git for the version find the repository; its index is not touched by reading.

    With a tag it is a repository of its own, which has the tag already and borrows all objects.
    """
    if not (root / ".git").exists():
        return
    if not tag:
        git = command.run(root, "rev-parse", "--absolute-git-dir").text
        (tree / ".git").write_text(f"gitdir: {git}\n")
        return
    lender, lent = Git(root), tree.with_name("lent")
    lent.mkdir()
    own = borrowed_repository(lender, lent)
    own.run("update-ref", "--no-deref", "HEAD", lender.resolve("HEAD"))
    own.run("update-ref", f"refs/tags/{tag}", "HEAD")
    (lent / ".git").rename(tree / ".git")
    inside = Git(tree)
    inside.run("read-tree", "HEAD")
    hold_as_committed(inside, held_as_committed(lender))


def build(tree: Path, made: Path, given: Mapping[str, str], timeout_s: float, *words: str) -> None:
    """Run the build backend: an sdist and the wheel from it into `made`, or what `words` ask `python -m build` for.

    Args:
        given: variables that the build sees besides.

    Raises:
        GateError: it fails.
    """
    argv = [sys.executable, "-m", "build", "--installer", "uv", *words, "--outdir", str(made), "."]
    # PYTHONPATH would leak into the isolated build; the hash seed orders sets in careless backends.
    env = {
        **index_environment(),
        **given,
        "PYTHONPATH": "",
        "PYTHONHASHSEED": "0",
        "NO_COLOR": "1",
        "GIT_OPTIONAL_LOCKS": "0",
    }
    done = shell.run(argv, cwd=tree, env=env, ok=None, timeout_s=timeout_s)
    if done.code != 0:
        said = "\n".join(f"{done.text}\n{done.err}".strip().splitlines()[-20:])
        raise GateError(
            "the project does not build",
            facts={"command": " ".join(done.argv[1:5]), "exit code": done.code, "it said": said},
            remedy="correct what it says; `python -m build` shows the same",
        )


def _replace(made: Path, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]:
        same = canonicalize_name(old.name.split("-")[0]) == canonicalize_name(name)
        if same and not old.name.endswith(("-source.tar.gz", "-docs.tar.gz")):
            old.unlink()
    for path in made.iterdir():
        shutil.move(path, folder / path.name)


def _sdist_and_wheel(made: Path, name: str, version: str) -> tuple[Artifact, ...]:
    paths = sorted(made.iterdir(), key=lambda path: (path.suffix == ".whl", path.name))
    kinds = {path.name: "wheel" if path.suffix == ".whl" else "sdist" for path in paths}
    if sorted(set(kinds.values())) != ["sdist", "wheel"] or [*kinds.values()].count("sdist") != 1:
        raise GateError(
            "the build did not make one sdist and its wheel",
            facts={"made": ", ".join(kinds) or "(nothing)"},
            remedy="see that the build backend makes both",
        )
    for path in paths:
        _check_identity(path, name, version)
    return tuple(Files(made).artifact(name, kind) for name, kind in kinds.items())


def _check_identity(path: Path, name: str, version: str) -> None:
    """Compare a file's own name and its metadata with what it must be."""
    metadata = wheel_metadata(path) if path.suffix == ".whl" else sdist_metadata(path)
    expected = (canonicalize_name(name), Version(version or metadata["Version"]))
    inside = (canonicalize_name(metadata["Name"]), Version(metadata["Version"]))
    if (named := _name_and_version(path)) != expected or inside != expected:
        raise GateError(
            f"{path.name} is not {expected[0]} {expected[1]}",
            facts={"its name says": "{} {}".format(*named), "its metadata says": "{} {}".format(*inside)},
            remedy="write the version where the build reads it",
        )


def _name_and_version(path: Path) -> tuple[str, Version]:
    try:
        name, version, *_ = (
            parse_wheel_filename(path.name) if path.suffix == ".whl" else parse_sdist_filename(path.name)
        )
    except (InvalidWheelFilename, InvalidSdistFilename) as odd:
        raise GateError(f"{path.name} is no name that an index takes", facts={"problem": odd}) from odd
    return name, version


def wheel_metadata(path: Path) -> Message:
    """A wheel's METADATA."""
    with zipfile.ZipFile(path) as wheel:
        inside = next(name for name in wheel.namelist() if _METADATA.fullmatch(name))
        return email.message_from_bytes(wheel.read(inside))


def sdist_metadata(path: Path) -> Message:
    """An sdist's PKG-INFO."""
    with tarfile.open(path) as sdist:
        file = sdist.extractfile(path.name.removesuffix(".tar.gz") + "/PKG-INFO")
        return email.message_from_bytes(file.read() if file else b"")
