"""A forge: the site where a repository has its pull requests and its releases their pages, whoever runs it.

What leads to a release speaks to a forge by this protocol alone; `windlass.github` has the one implementation. Which
forge a project has is decided in `windlass.github.forge_from_remote_url`, and `Project.forge` is it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from windlass.errors import ConfigError


class ForgePages(Protocol):
    """The addresses of a repository's pages; empty for a page that is nowhere."""

    @abstractmethod
    def commit(self, oid: str) -> str:
        """A commit's page."""
        ...

    @abstractmethod
    def issue(self, number: int) -> str:
        """An issue's or pull request's page."""
        ...

    @abstractmethod
    def compare(self, older: str, newer: str) -> str:
        """What changed between two tags; empty where there is no older one."""
        ...

    @abstractmethod
    def tag(self, tag: str) -> str:
        """The page of a tag's release."""
        ...


@dataclass(frozen=True)
class NoPages(ForgePages):
    """Of a repository without a forge: no page is anywhere."""

    def commit(self, oid: str) -> str:
        """Nowhere."""
        return ""

    def issue(self, number: int) -> str:
        """Nowhere."""
        return ""

    def compare(self, older: str, newer: str) -> str:
        """Nowhere."""
        return ""

    def tag(self, tag: str) -> str:
        """Nowhere."""
        return ""


@dataclass(frozen=True)
class PullRequest:
    """A pull request that is wanted.

    Attributes:
        head: the branch with the commits, without `refs/heads/`.
        into: the branch that they are to come into.
        title: one line.
        body: Markdown.
    """

    head: str
    into: str
    title: str
    body: str


class Forge(Protocol):
    """One repository on a forge. Making one is free: connections last for a call."""

    name: ClassVar[str]
    """As people say it: `GitHub`."""
    channel: ClassVar[str]
    """The channel that makes its releases; empty for a forge whose releases windlass does not make."""

    @property
    @abstractmethod
    def pages(self) -> ForgePages:
        """Where readers find commits, issues, comparisons and releases."""
        ...

    @abstractmethod
    def missing(self) -> tuple[str, ...]:
        """The secrets that writing needs and that are not there, by name and where to put them; no connection."""
        ...

    @abstractmethod
    def open_pull_request(self, wanted: PullRequest) -> str:
        """The address of the pull request between these branches: the open one that is there, or a new one.

        Raises:
            RemoteRefusedError: the forge says no.
            RemoteUnreachableError: no answer, and a look again shows no pull request.
        """
        ...

    @abstractmethod
    def merge_pull_request(self, url: str, head: str) -> None:
        """Merge a pull request, as a person would who presses the button.

        Args:
            url: its address, as `open_pull_request` gave it.
            head: the commit that it must have; another one is not merged.

        Raises:
            RemoteRefusedError: it can't be merged, or has another head.
        """
        ...

    @abstractmethod
    def rehearsal_settings(self) -> Mapping[str, Any]:
        """What `[tool.windlass]` is overruled by in a rehearsal's copy, so that it is the same repository there."""
        ...

    @abstractmethod
    def on_stage(self, settings: Mapping[str, Any], environment: Mapping[str, str]) -> Forge:
        """The same repository on a stage's stand-in.

        Args:
            settings: what the stage overrules `[tool.windlass]` by.
            environment: with the stand-in's credentials.
        """
        ...

    def tag_push_warning(self, environment: Mapping[str, str]) -> str:
        """What to tell somebody who pushed a tag from here: a job of the forge's may start no workflow by it.

        Args:
            environment: the process's.
        """
        return ""


@dataclass(frozen=True)
class NoForge:
    """There is no forge that windlass speaks to, and why.

    Attributes:
        why: in words: `the remote origin is a folder`.
        known: whether it is certain that there is none; False where a forge may be there that windlass does not know.
    """

    why: str
    known: bool = True
    pages: ClassVar[ForgePages] = NoPages()

    def error(self, what: str) -> ConfigError:
        """The error for what needs a forge.

        Args:
            what: that does, in words: `release.prepare opens a pull request`.
        """
        return ConfigError(
            f"{what}, and {self.why}; nothing was touched",
            facts={"known": "GitHub: github.com, and servers of your own by their api-url"},
            remedy=UNKNOWN_FORGE_REMEDY,
        )


UNKNOWN_FORGE_REMEDY = (
    "where it is GitHub, set `repository` (OWNER/NAME) in [tool.windlass.github], and for a server of your own its "
    '`api-url`; where it is another, set `forge = "none"` in [tool.windlass]: pull requests are then opened by a person'
)
"""What to do about a forge that windlass does not know."""
