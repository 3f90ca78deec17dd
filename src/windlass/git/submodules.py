"""Submodules: where their commits are on this machine, so that a tree is whole or an error says what it lacks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from windlass.errors import RepositoryError
from windlass.git import Git


def submodule_at(git: Git, commit: str, path: str, pinned: str) -> Git:
    """The repository that holds a submodule's commit.

    Args:
        git: the repository that it is a part of.
        commit: a commit of that one's, for the submodule's name.
        path: the submodule's folder, from the repository's top.
        pinned: the commit of the submodule's that is to be had.

    Raises:
        RepositoryError: it is not here.
    """
    for folder in _candidates(git, commit, path):
        found = Git.objects_in(folder)
        if found.has(pinned):
            return found
    if path not in submodule_names(git, commit):
        remedy = f"git rm --cached {path}, and commit: it is the folder of another repository, added by mistake"
    else:
        remedy = "git submodule update --init --recursive (in CI: submodules: recursive), then run the same again"
    raise RepositoryError(
        "a submodule's files are not here, and what is built would lack them",
        facts={"folder": path, "its commit": pinned},
        remedy=remedy,
    )


def _candidates(git: Git, commit: str, path: str) -> Iterator[Path]:
    """Where git keeps a submodule's repository: beside the other one's own files, or (of old) in its folder."""
    name = submodule_names(git, commit).get(path, path)
    common = git.root / os.fsdecode(git.run("rev-parse", "--git-common-dir").out.removesuffix(b"\n"))
    places = [common / "modules" / name]
    if git.run("rev-parse", "--is-inside-work-tree", ok=None).text == "true":
        places.append(git.top / path / ".git")
    yield from (place.resolve() for place in places if (place / "HEAD").is_file())


def lend_submodules(git: Git, commit: str, to: Path) -> None:
    """Let another repository find the submodules of a commit where this one has them; those that are not here are left.

    Args:
        to: the other one's own folder, such as `.git`.
    """
    for path, name in submodule_names(git, commit).items():
        folder = next(_candidates(git, commit, path), None)
        link = to / "modules" / name
        if folder is not None and not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(folder)


def submodule_names(git: Git, commit: str) -> Mapping[str, str]:
    """Folder → name of every submodule that a commit's `.gitmodules` names."""
    words = ("config", "--null", "--blob", f"{commit}:.gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    listed = os.fsdecode(git.run(*words, ok=None).out).split("\0")
    pairs = (entry.partition("\n") for entry in listed if entry)
    return {path: key.removeprefix("submodule.").removesuffix(".path") for key, _, path in pairs}
