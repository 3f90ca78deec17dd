"""What is so: everything a release decides from, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from windlass.errors import RepositoryError
from windlass.git import Git
from windlass.history.version_tags import REMOTE_TAGS
from windlass.release.ledger import Ledger, LedgerEntry

TAGS = REMOTE_TAGS
HEADS = "refs/windlass/remote/heads/"
"""Where the remote's branches are kept here, as they were last seen."""


@dataclass(frozen=True)
class RepositoryState:
    """A repository and its remote as they were seen.

    Attributes:
        head: the commit that is checked out.
        branch: its branch; empty when detached.
        dirty: paths that differ from `head`.
        remote_head: the remote's commit of `branch`; empty when it has none.
        contains_remote: whether `head` contains `remote_head`.
        tags: every tag of the remote → its commit.
        merged: the tags whose commit `head` contains.
        entries: tag → ledger.
        unreadable: tag → why its ledger can't be read: a release that nobody knows the state of.
        epochs: tag → its commit's date, seconds since 1970.
    """

    head: str
    branch: str
    dirty: tuple[str, ...]
    remote_head: str
    contains_remote: bool
    tags: Mapping[str, str]
    merged: frozenset[str]
    entries: Mapping[str, LedgerEntry]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    epochs: Mapping[str, int] = field(default_factory=dict)


def look(git: Git, ledger: Ledger) -> RepositoryState:
    """Read the working copy and the remote.

    Raises:
        RepositoryError: a shallow clone, no commit, or no remote.
        RemoteUnreachableError: the remote does not answer.
    """
    head = _head(git)
    entries = ledger.look(f"+refs/tags/*:{TAGS}*", f"+refs/heads/*:{HEADS}*")
    branch = git.branch()
    remote_head = git.resolve(HEADS + branch) if branch else ""
    tags = _tags(git)
    return RepositoryState(
        head=head,
        branch=branch,
        dirty=git.dirty(),
        remote_head=remote_head,
        contains_remote=not remote_head or git.is_ancestor(remote_head, head),
        tags={tag: commit for tag, (commit, _) in tags.items()},
        merged=frozenset(_tags(git, "--merged", head)),
        entries=entries,
        unreadable=ledger.unreadable,
        epochs={tag: epoch for tag, (_, epoch) in tags.items()},
    )


def _head(git: Git) -> str:
    if git.shallow():
        raise RepositoryError(
            "this clone is shallow: its tags and history are not all here",
            facts={"folder": git.root},
            remedy="git fetch --unshallow --tags (in CI: fetch-depth: 0)",
        )
    head = git.resolve("HEAD")
    if not head:
        raise RepositoryError("this repository has no commit yet", remedy="commit what is to be released")
    if not git.has_remote():
        raise RepositoryError(
            f"this repository has no remote called {git.remote}",
            facts={"remotes": ", ".join(git.remotes()) or "(none)"},
            remedy=f"git remote add {git.remote} ADDRESS, or set `remote` in [tool.windlass]",
        )
    return head


def _tags(git: Git, *options: str) -> dict[str, tuple[str, int]]:
    """Tag → its commit, and that commit's date in seconds; all of them in one question. Tags of files are none."""
    own, peeled = "%(objectname)%00%(committerdate:unix)", "%(*objecttype)%00%(*objectname)%00%(*committerdate:unix)"
    words = ("for-each-ref", *options, f"--format=%(refname)%00%(objecttype)%00{own}%00{peeled}", TAGS)
    found = {}
    for line in git.run(*words).text.splitlines():
        ref, kind, oid, date, inner_kind, inner, inner_date = line.split("\0")
        if kind == "commit":
            found[ref.removeprefix(TAGS)] = (oid, int(date or 0))
        elif inner_kind == "commit":
            found[ref.removeprefix(TAGS)] = (inner, int(inner_date or 0))
        elif inner_kind == "tag" and (commit := git.resolve(ref)):  # a tag of a tag, of which git peels one
            found[ref.removeprefix(TAGS)] = (commit, git.committer_of(commit).epoch)
    return found
