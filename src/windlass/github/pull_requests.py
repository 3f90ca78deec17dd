"""Pull requests: what a release needs where its branch takes no pushes."""

from __future__ import annotations

from windlass.errors import RemoteRefusedError, RemoteUnreachableError
from windlass.github.api_types import MergeResult, Pull, PullState
from windlass.github.client import GitHub


def every(github: GitHub, head: str, base: str) -> list[Pull]:
    """The pull requests from a branch of this repository into another, in any state, newest first."""
    owner = github.repository.partition("/")[0]
    found = github.pages(
        Pull, "/pulls", state="all", head=f"{owner}:{head}", base=base, sort="created", direction="desc"
    )
    return [pull for pull in found if pull.head.ref == head]  # an unknown head's filter is passed over by GitHub


def get(github: GitHub, number: int) -> Pull:
    """One pull request as it stands now."""
    return github.ask(Pull, f"/pulls/{number}")


def number_of(url: str) -> int:
    """The number of the pull request with this page."""
    return int(url.rpartition("/")[2])


def find(github: GitHub, head: str, base: str) -> Pull | None:
    """The one that counts: the open one, else the one that was merged, else None (what was closed is over)."""
    found = every(github, head, base)
    for wanted in (PullState.OPEN, PullState.MERGED):
        for pull in found:
            if pull.stands is wanted:
                return pull
    return None


def open_one(github: GitHub, head: str, base: str, title: str, body: str) -> Pull:
    """The pull request from `head` into `base`: the open one that is there, or a new one; a lost reply is looked up.

    Raises:
        RemoteRefusedError: GitHub says no (no commits between the branches, no such branch, no right).
        RemoteUnreachableError: no answer, and no pull request is to be seen.
    """
    if (there := _open(github, head, base)) is not None:
        return there
    fields = {"title": title, "head": head, "base": base, "body": body}
    try:
        return github.ask(Pull, "/pulls", method="POST", ok=(201,), json=fields)
    except (RemoteRefusedError, RemoteUnreachableError):
        there = _open(github, head, base)
        if there is None:
            raise
        return there


def _open(github: GitHub, head: str, base: str) -> Pull | None:
    there = find(github, head, base)
    return there if there is not None and there.stands is PullState.OPEN else None


def merge(github: GitHub, number: int, sha: str, method: str = "merge") -> str:
    """Merge a pull request whose head still is `sha`; the commit on the base branch.

    Args:
        method: `merge`, `squash` or `rebase`.

    Raises:
        RemoteRefusedError: not mergeable, or its head moved.
    """
    fields = {"sha": sha, "merge_method": method}
    try:
        return github.ask(MergeResult, f"/pulls/{number}/merge", method="PUT", json=fields).sha
    except (RemoteRefusedError, RemoteUnreachableError):
        merged = get(github, number).merge_commit
        if not merged:
            raise
        return merged
