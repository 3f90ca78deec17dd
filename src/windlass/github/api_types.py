"""What GitHub answers, typed: the fields that windlass reads, and no others."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """A JSON object of GitHub's; fields that are not named here are passed over."""


class Asset(Answer, frozen=True):
    """A file of a release.

    Attributes:
        state: `uploaded`; `starter` is what an upload that was cut leaves behind.
        digest: `sha256:<64 hex>`; None for files that were uploaded before GitHub computed it.
        url: the asset in the API; with `Accept: application/octet-stream` its bytes.
        browser_download_url: its bytes, for readers.
    """

    id: int
    name: str
    state: str
    size: int
    url: str
    browser_download_url: str
    digest: str | None = None


class GitHubRelease(Answer, frozen=True):
    """A release, or the draft of one.

    Attributes:
        tag_name: its tag; a draft only says which tag it will have.
        upload_url: where assets go, with `{?name,label}` at its end; another host than the API's.
        immutable: whether its assets are fixed for ever.
        assets: its files; whether all of a long list are here is for GitHub to say: ask for them where one is absent.
    """

    id: int
    tag_name: str
    html_url: str
    upload_url: str
    draft: bool
    prerelease: bool
    name: str | None = None
    body: str | None = None
    immutable: bool = False
    assets: tuple[Asset, ...] = ()

    @property
    def text(self) -> str:
        """The notes; empty where there are none."""
        return self.body or ""


class Repository(Answer, frozen=True):
    """A repository.

    Attributes:
        private: whether readers need a token (internal repositories are private, too).
    """

    full_name: str
    private: bool
    html_url: str
    default_branch: str


class GitObject(Answer, frozen=True):
    """What a ref or a tag object leads to.

    Attributes:
        type: `commit` or `tag` (an annotated one), rarely `tree` or `blob`.
    """

    sha: str
    type: str


class Ref(Answer, frozen=True):
    """A ref of the repository."""

    ref: str
    object: GitObject


class TagObject(Answer, frozen=True):
    """An annotated tag's object."""

    sha: str
    object: GitObject


class Head(Answer, frozen=True):
    """One side of a pull request: a branch and its commit."""

    ref: str
    sha: str


class PullState(StrEnum):
    """Where a pull request stands."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


class Pull(Answer, frozen=True):
    """A pull request.

    Attributes:
        merged_at: when it was merged, RFC 3339; None when it was not.
        merge_commit_sha: once merged, the commit on the base branch that holds it (the merge commit, the squashed
            commit, or the last rebased one). Before, a test merge that nobody should build on.
    """

    number: int
    html_url: str
    state: str
    title: str
    head: Head
    base: Head
    body: str | None = None
    merged_at: str | None = None
    merge_commit_sha: str | None = None

    @property
    def stands(self) -> PullState:
        """Open, merged, or closed without a merge."""
        return PullState.MERGED if self.merged_at else PullState(self.state)

    @property
    def merge_commit(self) -> str:
        """The commit on the base branch that holds it; empty until it was merged."""
        return (self.merge_commit_sha or "") if self.merged_at else ""


class MergeResult(Answer, frozen=True):
    """What a merge answers."""

    sha: str
    merged: bool
