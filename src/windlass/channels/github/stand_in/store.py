"""What the forge holds, on disk: releases, assets, pull requests, and the options that a test sets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from windlass.atomic_write import write_whole
from windlass.digest import content_digest
from windlass.stage.addresses import REPOSITORY
from windlass.stage.state_history import Effects, Kind

STAND_IN = "forge"


class ForgeAsset(msgspec.Struct):
    """A file of a release. `state` is `starter` until its last byte came."""

    id: int
    name: str
    content_type: str
    created_at: str
    updated_at: str
    state: Literal["starter", "uploaded"] = "starter"
    label: str | None = None
    size: int = 0
    digest: str | None = None
    download_count: int = 0


class ForgeRelease(msgspec.Struct):
    """A release or a draft. `created_at` of what is published is the date of its tag's commit."""

    id: int
    tag_name: str
    target_commitish: str
    created_at: str
    updated_at: str
    name: str | None = None
    body: str | None = None
    draft: bool = False
    prerelease: bool = False
    immutable: bool = False
    published_at: str | None = None
    assets: list[ForgeAsset] = []


class ForgePull(msgspec.Struct):
    """A pull request between two branches of the repository."""

    number: int
    title: str
    head: str
    base: str
    head_sha: str
    base_sha: str
    created_at: str
    updated_at: str
    body: str | None = None
    state: Literal["open", "closed"] = "open"
    closed_at: str | None = None
    merged_at: str | None = None
    merge_commit_sha: str | None = None


class ForgeState(msgspec.Struct):
    """Everything. `latest` is the release that was explicitly made the latest, if any."""

    last_id: int = 0
    releases: list[ForgeRelease] = []
    pulls: list[ForgePull] = []
    latest: int | None = None
    burned: list[str] = []

    def new_id(self) -> int:
        """A number that nothing had before."""
        self.last_id += 1
        return self.last_id

    def release(self, release_id: int) -> ForgeRelease | None:
        """A release or draft by its number."""
        return next((release for release in self.releases if release.id == release_id), None)

    def published_release(self, tag: str) -> ForgeRelease | None:
        """The release that readers find under a tag."""
        return next((found for found in self.releases if found.tag_name == tag and not found.draft), None)

    def asset(self, asset_id: int) -> tuple[ForgeRelease, ForgeAsset] | None:
        """A file by its number, and what it is a file of."""
        return next(((r, a) for r in self.releases for a in r.assets if a.id == asset_id), None)

    def shown_latest(self) -> ForgeRelease | None:
        """What readers are sent to: what was made the latest, else the newest; never a draft or a pre-release.

        Source: https://docs.github.com/rest/releases/releases#get-the-latest-release; that `make_latest: false` does
        not keep a release from being the newest: cli/cli issues 6963 and 10695.
        """
        fit = [release for release in self.releases if not release.draft and not release.prerelease]
        chosen = next((release for release in fit if release.id == self.latest), None)
        return chosen or max(fit, key=lambda release: (release.created_at, release.id), default=None)


class Options(msgspec.Struct, omit_defaults=True):
    """How this forge is set up.

    Attributes:
        repository: `OWNER/NAME`, the only one there is; empty to answer to any name.
        private: whether readers need a token.
        immutable_releases: whether what is published from now on stays as it is.
        protected: branch → types of its rules, such as `["pull_request", "required_signatures"]`.
        digests: whether assets show their digest (those of before June 2025 don't).
        uploads: where assets are sent to; empty for a path beside the API's.
        readers: tokens that may read and not write.
    """

    repository: str = ""
    private: bool = False
    immutable_releases: bool = False
    protected: dict[str, list[str]] = {}
    digests: bool = True
    uploads: str = ""
    readers: list[str] = []


class ForgeStore:
    """The forge's folder, `HOME/forge`. Every change goes through `save`, which records what became different."""

    def __init__(self, home: Path, effects: Effects) -> None:
        self.home = home / "forge"
        self.remote = home / REPOSITORY
        self.effects = effects

    def load(self) -> ForgeState:
        """What it holds now."""
        file = self.home / "state.json"
        return msgspec.json.decode(file.read_bytes(), type=ForgeState) if file.exists() else ForgeState()

    def save(self, state: ForgeState) -> None:
        """Hold this from now on, and record the difference."""
        before, after = _history_values(self.load()), _history_values(state)
        write_whole(self.home / "state.json", msgspec.json.encode(state))
        for name in sorted({*before, *after}, key=lambda name: (_ORDER[name[1]], name)):
            self.effects.record(STAND_IN, name[0], cast("Kind", name[1]), before.get(name), after.get(name))

    def options(self) -> Options:
        """How it is set up now."""
        file = self.home / "options.json"
        return msgspec.json.decode(file.read_bytes(), type=Options) if file.exists() else Options()

    def configure(self, **changed: Any) -> None:
        """Set options; those that are not named stay."""
        options = msgspec.structs.replace(self.options(), **changed)
        write_whole(self.home / "options.json", msgspec.json.encode(options))

    def keep(self, content: bytes) -> str:
        """Put bytes aside; their digest, `sha256:<64 hex>`."""
        digest = content_digest(content)
        write_whole(self.bytes_of(digest), content)
        return digest

    def bytes_of(self, digest: str) -> Path:
        """Where bytes lie."""
        return self.home / "assets" / digest.removeprefix("sha256:")


def now() -> str:
    """The time as GitHub spells it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_ORDER = {"draft": 0, "immutable": 1, "pointer": 2, "record": 3}


def _history_values(state: ForgeState) -> dict[tuple[str, str], str]:
    """What the history is about: (name, kind) → digest or value."""
    facts: dict[tuple[str, str], str] = {}
    for release in state.releases:
        facts.update(_of_draft(release) if release.draft else _of_published(release))
        for asset in release.assets:
            if asset.state == "starter":
                facts[f"upload {release.tag_name}/{asset.name}#{asset.id}", "record"] = "begun"
    for pull in state.pulls:
        facts[f"pull {pull.number}", "record"] = pull.merge_commit_sha or pull.state
    if (latest := state.shown_latest()) is not None:
        facts["latest", "pointer"] = latest.tag_name
    return facts


def _of_draft(release: ForgeRelease) -> dict[tuple[str, str], str]:
    tag = release.tag_name
    files = {(f"asset {tag}/{a.name}#{a.id}", "draft"): a.digest for a in release.assets}
    return {(f"release {tag}#{release.id}", "draft"): _page(release)} | _without_absent(files)


def _of_published(release: ForgeRelease) -> dict[tuple[str, str], str]:
    tag = release.tag_name
    files = {(f"asset {tag}/{asset.name}", "immutable"): asset.digest for asset in release.assets}
    return {
        (f"release {tag}", "immutable"): f"release {release.id}",
        (f"prerelease {tag}", "pointer"): str(release.prerelease).lower(),
        (f"page {tag}", "record"): _page(release),
    } | _without_absent(files)


def _without_absent(files: dict[tuple[str, str], str | None]) -> dict[tuple[str, str], str]:
    return {name: digest for name, digest in files.items() if digest is not None}


def _page(release: ForgeRelease) -> str:
    text = f"{release.name or ''}\n{release.body or ''}"
    return content_digest(text.encode())
