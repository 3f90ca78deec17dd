"""The release commit: what a release writes, staged by the names under which it lies, and looked at once it is made."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from windlass.errors import RepositoryError
from windlass.git import Git, Identity
from windlass.git.commit_files import Entry, entries
from windlass.release.worktree import worktree

_OWN = ".windlass"


def make(git: Git, home: Path, parent: str, version: str, write: Callable[[Path], Sequence[str]], who: Identity) -> str:
    """Write the release commit's object (no ref); its object id, which depends on the arguments alone.

    Args:
        parent: what it builds on.
        version: SemVer, for the message.
        write: changes the project in a tree, and says which paths, relative to it.
        who: author and committer, with the commit's time.

    Raises:
        RepositoryError: something else was written than was said, or it lies where no commit of this repository can
            hold it.
    """
    with worktree(git, home, parent) as tree:
        top = Git(tree).top.resolve()
        before = {entry.path: entry for entry in entries(git, parent)}
        meant = _real_paths(top, tree, write(tree), before)
        refuse_unmeant(Git(top), meant)
        files = {path: (top / path).read_bytes() for path in meant}
    commit = git.commit(_tree(git, parent, files, before), [parent], f"{subject(version)}\n", who)
    _refuse_other(git, parent, commit, files)
    return commit


def _real_paths(top: Path, tree: Path, paths: Sequence[str], before: Mapping[str, Entry]) -> list[str]:
    """Where the files lie that were written under these names: behind symbolic links, from the repository's top."""
    found = []
    for path in paths:
        real = Path(os.path.realpath(tree / path))
        if not real.is_relative_to(top):
            raise RepositoryError(
                "a file that a release writes leads out of the repository, where no commit can hold it",
                facts={"file": path, "leads to": os.fspath(real)},
                remedy="put the file itself there, or take it out of what a release writes",
            )
        name = real.relative_to(top).as_posix()
        if inside := _submodule_of(name, before):
            raise RepositoryError(
                "a file that a release writes lies in a submodule, whose commits are its own",
                facts={"file": path, "submodule": inside},
                remedy="release the submodule by itself, and take the file out of what this release writes",
            )
        found.append(name)
    return sorted(set(found))


def _submodule_of(name: str, before: Mapping[str, Entry]) -> str:
    """The submodule that a path lies in; empty when in none."""
    parts = name.split("/")
    above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
    return next((folder for folder in above if folder in before and before[folder].is_submodule), "")


def refuse_unmeant(here: Git, meant: Sequence[str]) -> None:
    """In the tree nothing differs from the commit but what was meant.

    Raises:
        RepositoryError: something does; the release commit would lack it.
    """
    listed = here.run("diff-files", "--name-only", "-z").out + here.run("ls-files", "--others", "-z").out
    changed = {os.fsdecode(name) for name in listed.split(b"\0") if name}
    other = sorted(path for path in changed.difference(meant) if _OWN not in path.split("/"))
    if other:
        raise RepositoryError(
            "writing the release changed files that no release commit would hold",
            facts={"files": ", ".join(other[:5])},
            remedy="please report this: name the project, if it is public",
        )


def _tree(git: Git, parent: str, files: Mapping[str, bytes], before: Mapping[str, Entry]) -> str:
    """The tree of the commit before with these files: bytes as they are, modes as they were."""
    modes = {path: before[path].mode if path in before else "100644" for path in files}
    rows = "".join(f"{modes[path]} {git.blob(content)}\t{path}\0" for path, content in files.items())
    with git.scratch_index() as index:
        git.run("read-tree", parent, env=index)
        git.run("update-index", "-z", "--index-info", stdin=os.fsencode(rows), env=index)
        return git.run("write-tree", env=index).text


def _refuse_other(git: Git, parent: str, commit: str, files: Mapping[str, bytes]) -> None:
    """The finished commit holds what was meant, to the byte, and differs from its parent in nothing else.

    Raises:
        RepositoryError: it does not.
    """
    words = ("diff-tree", "-r", "-z", "--no-commit-id", "--name-only", "--no-renames", parent, commit)
    differing = {os.fsdecode(name) for name in git.run(*words).out.split(b"\0") if name}
    held = git.blobs(f"{commit}:{path}" for path in files)
    wrong = [
        path for path in files if f"{commit}:{path}" not in held or held[f"{commit}:{path}"].content != files[path]
    ]
    if wrong or not differing <= set(files):
        raise RepositoryError(
            "the release commit does not hold what was written",
            facts={"commit": commit, "files": ", ".join(sorted({*wrong, *(differing - set(files))}))},
            remedy="please report this; nothing was touched",
        )


def subject(version: str) -> str:
    """The first line of a release commit's message, and the title of its pull request."""
    return f"chore(release): {version}"
