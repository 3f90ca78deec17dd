"""The facts of GitHub's changes and receipts. Which of them it is says `act`, in the ledger as in `do`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from windlass.channels.receipt_types import TypedFacts, read_facts
from windlass.model import Facts


class GitHubFacts(TypedFacts, frozen=True, tag_field="act", tag="?"):
    """What all have.

    Attributes:
        tag: the release's tag.
    """

    tag: str


class PageFacts(GitHubFacts, frozen=True, tag="?page"):
    """What a release's page says.

    Attributes:
        title: its title.
        prerelease: whether it is marked as one.
        body: its text; None where it is not to be written, as in a receipt.
    """

    title: str
    prerelease: bool
    body: str | None = None

    def without_body(self) -> PageFacts:
        """As a receipt has them."""
        return msgspec.structs.replace(self, body=None)

    def fields(self) -> dict[str, str | bool]:
        """As GitHub's API takes them."""
        text = {} if self.body is None else {"body": self.body}
        return {"name": self.title, "prerelease": self.prerelease, **text}


class DraftFacts(PageFacts, frozen=True, tag="draft"):
    """Of the draft that becomes the release."""


class PublicationFacts(PageFacts, frozen=True, kw_only=True, tag="publish"):
    """Of the release that readers see.

    Attributes:
        commit: what its tag must lead to.
        assets: file name → `sha256:<64 hex>`, all that it must have.
    """

    commit: str
    assets: Mapping[str, str]


class AssetFacts(GitHubFacts, frozen=True, tag="asset"):
    """Of a file.

    Attributes:
        kind: the artifact's.
        size_bytes: its length.
    """

    kind: str
    size_bytes: int


class LatestFacts(GitHubFacts, frozen=True, tag="latest"):
    """Of where readers are sent."""


class MarkFacts(GitHubFacts, frozen=True, tag="mark"):
    """Of a release that is taken back.

    Attributes:
        note: what its page says then.
    """

    note: str


class RemovalFacts(GitHubFacts, frozen=True, tag="remove"):
    """Of a draft that goes."""


def read(facts: Facts) -> GitHubFacts:
    """The facts of a change or receipt of this channel.

    Raises:
        RepositoryError: a ledger has others.
    """
    kinds = (DraftFacts, PublicationFacts, AssetFacts, LatestFacts, MarkFacts, RemovalFacts)
    return read_facts(facts, *kinds)
