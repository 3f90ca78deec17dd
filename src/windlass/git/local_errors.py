"""What git says when a repository on this machine fails it, understood: its cause, and what helps."""

from __future__ import annotations

import re

from windlass import shell
from windlass.errors import RepositoryError

_OWNER = re.compile(r"dubious ownership in repository|unsafe repository \('")
_OWNED_FOLDER = re.compile(r"repository at '([^'\n]+)'")
_SETTINGS = re.compile(
    r"fatal: (bad config [^\n]*|bad (?:numeric|boolean) config value [^\n]*|unable to (?:access|read)[^\n]*config[^\n]*"
    r"|unknown error occurred while reading the configuration files|bogus (?:count|format) in GIT_CONFIG[^\n]*)"
)
_FORMAT = re.compile(r"unknown repository extensions?|Expected git repo version|unsupported ref storage format")
_LOCKED = re.compile(r"Unable to create '([^'\n]+\.lock)': File exists")
_FAILED = (128, 129)
"""git's exit codes for a command that did not get to its work."""


def refuse_unreadable(done: shell.ProgramResult) -> None:
    """A repository that git reads nothing of has no answers: an exit code that means "no" elsewhere means nothing.

    Raises:
        RepositoryError: it is another user's, its settings can't be read, or it needs a newer git.
    """
    if done.code in _FAILED and (problem := _unreadable(done.err)):
        raise problem


def _unreadable(said: str) -> RepositoryError | None:
    if _OWNER.search(said):
        found = _OWNED_FOLDER.search(said)
        folder = found[1] if found else "FOLDER"
        return RepositoryError(
            "git does not read this repository: its folder is another user's",
            facts={"folder": folder},
            remedy=f"git config --global --add safe.directory {folder} (in a container: before anything else runs)",
        )
    if bad := _SETTINGS.search(said):
        return RepositoryError(
            "git does not read its settings",
            facts={"git said": bad[1]},
            remedy="correct that file; `git config --list --show-origin` shows where each setting stands",
        )
    if _FORMAT.search(said):
        return RepositoryError(
            "this git is too old for the repository",
            facts={"git said": said.strip()},
            remedy="install the git that made it, or a newer one",
        )
    return None


def explained(done: shell.ProgramResult) -> RepositoryError | None:
    """The error for a failure whose cause git names and whose remedy is known; None for any other."""
    if locked := _LOCKED.search(done.err):
        return RepositoryError(
            "a lock file is in git's way: a git that runs here now, or one that was killed, left it",
            facts={"file": locked[1]},
            remedy=f"when no git runs here: rm '{locked[1]}', then run the same again",
        )
    return None
