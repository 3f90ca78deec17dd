"""The copy of a project that a rehearsal releases: a repository of its own, on its release branch, with the stage as
its remote."""

from __future__ import annotations

import os
import shutil
from fnmatch import fnmatchcase
from pathlib import Path

from windlass.git import Git, Identity
from windlass.git.submodules import lend_submodules
from windlass.project import Project

_WHO = Identity("windlass rehearsal", "rehearsal@localhost", 1_700_000_000)
"""Who makes the history that a rehearsal needs; the fixed date makes its commits the same every time."""
_NEVER_COPIED = (
    ".git",
    ".venv",
    "venv",
    ".windlass",
    "__pycache__",
    "node_modules",
    ".tox",
    ".nox",
    "*.egg-info",
)


def copy(project: Project, target: Path, remote: str) -> Git:
    """Copy a project into `target`, what is not committed yet included, and push it to `remote`.

    A folder that is no repository's root gets a made history of one commit.

    Returns:
        The copy, on the release branch, clean.
    """
    source = Git(project.root, project.config.remote)
    own_history = (project.root / ".git").exists() and bool(source.resolve("HEAD"))
    if own_history:
        source.run("clone", "--quiet", "--no-hardlinks", "--no-local", project.root, target, timeout_s=600)
    else:
        target.mkdir(parents=True)
        Git(target).run("init", "--quiet", "--initial-branch", project.config.branch)
    _overlay(project.root, target)
    made = Git(target, project.config.remote)
    if own_history:
        lend_submodules(source, "HEAD", target / ".git")
    branch = _branch(source.branch() if own_history else "", project.config.branch)
    if own_history:
        made.run("checkout", "--quiet", "-B", branch)
    _commit_what_is_new(made, "chore: what was not committed yet" if own_history else "feat: the first commit")
    made.run("remote", "remove", project.config.remote, ok=None)
    made.run("remote", "add", project.config.remote, remote)
    made.run("config", "gc.auto", "0")  # it is thrown away before that would pay
    made.run("config", "maintenance.auto", "false")
    made.run("push", "--quiet", "--no-verify", project.config.remote, f"HEAD:refs/heads/{branch}", "--tags")
    return made


def reuse_copy(target: Path, name: str, remote: str) -> Git:
    """A copy that was made before, with its remote (of this name) where it is now."""
    made = Git(target, name)
    made.run("remote", "set-url", name, remote)
    return made


def add_commit_after(git: Git, tag: str) -> None:
    """Where nothing follows a tag, commit its tree once more, so that there is something to release."""
    head = git.resolve("HEAD")
    if git.resolve(tag) != head:
        return
    subject = "feat: what a rehearsal releases\n"
    git.run("merge", "--ff-only", "--quiet", git.commit(git.tree_of(head), [head], subject, _identity_after(git, head)))
    git.run("push", "--quiet", "--no-verify", git.remote, f"HEAD:refs/heads/{git.branch()}")


def add_tag(git: Git, name: str) -> None:
    """Tag HEAD here and on the remote."""
    oid = git.tag_object(name, git.resolve("HEAD"), name, git.committer_of("HEAD"))
    git.run("update-ref", f"refs/tags/{name}", oid)
    git.run("push", "--quiet", "--no-verify", git.remote, f"refs/tags/{name}")


def share_cache(project_home: Path, copy_home: Path) -> None:
    """Let the copy use the project's cache, so that unchanged gates are not run again."""
    copy_home.mkdir(exist_ok=True)
    for name in ("cache", "envs"):
        (project_home / name).mkdir(parents=True, exist_ok=True)
        if not (copy_home / name).exists():
            (copy_home / name).symlink_to((project_home / name).resolve())


_NEVER_REWRITTEN = (".git/objects", "remote.git/objects", "registry/blobs", "index/files", ".windlass/releases")
"""Folders (of a copy or of a stage) whose files are written once, and replaced whole if at all."""


def replicate(source: Path, target: Path) -> None:
    """Copy a folder so that neither side sees what becomes of the other; what is never rewritten is hard-linked."""

    def copy_or_link(path: str, at: str) -> None:
        if any(f"/{folder}/" in path for folder in _NEVER_REWRITTEN):
            try:
                os.link(path, at)
            except OSError:  # another file system, or one without links
                shutil.copy2(path, at, follow_symlinks=False)
        else:
            shutil.copy2(path, at, follow_symlinks=False)

    shutil.copytree(source, target, symlinks=True, copy_function=copy_or_link)


def _overlay(root: Path, target: Path) -> None:
    """Make the copy's files those of the working copy."""
    kept = paths(root)
    for path in kept:
        _copy_file(root / path, target / path)
    for path in [p.relative_to(target) for p in target.rglob("*") if p.is_file() or p.is_symlink()]:
        if path not in kept and path.parts[0] != ".git":
            (target / path).unlink()


def paths(root: Path) -> set[Path]:
    """What is copied of a project, relative to its root: what git would track, or all but the usual leavings."""
    listing = Git(root).run("ls-files", "-z", "--cached", "--others", "--exclude-standard", ok=None)
    if listing.code == 0:
        found = [Path(name) for name in listing.out.decode("utf-8", "surrogateescape").split("\0") if name]
    else:
        found = [p.relative_to(root) for p in root.rglob("*") if not p.is_dir()]
    return {path for path in found if not _left_out(path)}


def _left_out(path: Path) -> bool:
    return any(fnmatchcase(part, pattern) for part in path.parts for pattern in _NEVER_COPIED)


def _copy_file(source: Path, target: Path) -> None:
    if source.is_symlink() or source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    elif not target.is_dir():  # a submodule's folder stays as it is: the commit has its files
        target.unlink(missing_ok=True)


def _branch(checked_out: str, release_branch: str) -> str:
    return checked_out if checked_out.startswith("hotfix/") else release_branch


def _commit_what_is_new(git: Git, subject: str) -> None:
    git.run("add", "--all")
    head = git.resolve("HEAD")
    tree = git.run("write-tree").text
    if head and git.tree_of(head) == tree:
        return
    commit = git.commit(tree, [head] if head else [], subject + "\n", _identity_after(git, head) if head else _WHO)
    git.run("update-ref", "HEAD", commit)


def _identity_after(git: Git, commit: str) -> Identity:
    return Identity(_WHO.name, _WHO.email, git.committer_of(commit).epoch + 1)
