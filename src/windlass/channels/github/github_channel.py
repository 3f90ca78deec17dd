"""GitHub: a release with its files, drafted before anybody can see it, published whole, "latest" last.

A draft is ours when its text starts with our marker, which names the tag; no other draft is ever touched. A draft of
somebody else's for the same tag stops the release: two drafts would become two releases, and which one is meant is
theirs to say (by deleting it, or by putting the marker on its first line).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from windlass import github
from windlass.builds.artifact_folder import Files
from windlass.channels.github import github_receipt_types
from windlass.channels.github.github_receipt_types import (
    AssetFacts,
    DraftFacts,
    GitHubFacts,
    LatestFacts,
    MarkFacts,
    PageFacts,
    PublicationFacts,
    RemovalFacts,
)
from windlass.channels.protocol import Channel
from windlass.digest import content_digest
from windlass.errors import NotVerifiedError
from windlass.github import GitHub, download, release_edits, release_lookup, release_text, releases, token
from windlass.github.configuration import GitHubTable
from windlass.github.page_urls import GitHubPages, web_root
from windlass.github.release_edits import Patience
from windlass.github.release_listing import survey
from windlass.github.release_lookup import TagReleases
from windlass.model import Artifact, Change, Phase, Receipt, Release, Reversal, State, Survey
from windlass.versions.tags import from_tag, split

if TYPE_CHECKING:
    from windlass.channels.protocol import ChannelContext

KINDS = ("sdist", "wheel", "source", "docs", "sbom")
"""What becomes an asset; images have their own channel."""
_MARK = "pre-release, taken back"


@dataclass(frozen=True)
class GitHubReleases(Channel):
    """The releases of one repository.

    A change's facts say what `do` does: see `windlass.channels.github.github_receipt_types`.

    Attributes:
        repository: `OWNER/NAME`.
        api_url: the API's root, without a last slash.
        files: the bytes that ship.
        tag_prefix: before the version in a tag's name.
        patience: how long "not visible yet" is waited for.
        environment: where the token is looked up.
        known: tag → release id, as last seen: saves listing every page again, and nothing rests on it.
    """

    repository: str
    api_url: str
    files: Files
    tag_prefix: str = "v"
    patience: Patience = field(default_factory=Patience)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    known: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    name: ClassVar[str] = "github"

    def missing(self) -> tuple[str, ...]:
        """A token, unless the environment or the keyring has one."""
        return () if token.find(self.api_url, self.environment) else (token.where(self.api_url),)

    def version_in_use(self, version: str) -> str:
        """The release, or somebody else's draft, that has this version's tag."""
        with self._github() as hub:
            there = release_lookup.look(hub, self.tag_prefix + version)
        held = [*([there.published] if there.published else []), *there.foreign]
        return ", ".join(f"{'draft' if release.draft else 'release'} {release.html_url}" for release in held)

    def _github(self) -> GitHub:
        return GitHub(self.repository, self.api_url, token.find(self.api_url, self.environment))

    # ── planning ──

    def plan(self, release: Release) -> tuple[Change, ...]:
        """The draft (unless it was published), every file, publication, and "latest" where it goes to this release."""
        with self._github() as hub:
            there = release_lookup.look(hub, release.tag)
            files = release_lookup.digests(hub, there.asset_release) if there.asset_release else {}
            pointed = releases.latest(hub) if "latest" in release.floating else None
        draft = [] if there.published and not there.surplus_drafts else [self._draft(release, there)]
        assets = [self._asset(release, artifact, there, files) for artifact in release.of_kind(*KINDS)]
        latest = [self._latest(release, pointed)] if "latest" in release.floating else []
        return (*draft, *assets, self._publication(release, there, files), *latest)

    def _draft(self, release: Release, there: TagReleases) -> Change:
        foreign = there.foreign if there.published is None else ()
        state = State.DIFFERS if foreign else State.SAME if there.own and not there.surplus_drafts else State.ABSENT
        held = ", ".join(draft.html_url for draft in foreign or there.own)
        facts = DraftFacts(release.tag, _title(release), release.prerelease, _body(release, state))
        here = release_text.marker(release.tag)
        return self._change(f"draft {release.tag}", Phase.SEAL, state, here, held, Reversal.UNDONE, facts)

    def _asset(self, release: Release, artifact: Artifact, there: TagReleases, files: Mapping[str, str]) -> Change:
        held = files.get(artifact.name, "")
        if not held and there.published and there.published.immutable:
            held = "an immutable release without it"
        facts = AssetFacts(release.tag, artifact.kind, artifact.size_bytes)
        state = _compare(artifact.sha256, held)
        change = self._change(artifact.name, Phase.SEAL, state, artifact.sha256, held, Reversal.UNDONE, facts)
        return replace(change, needs=(f"{self.name}:draft {release.tag}",))

    def _publication(self, release: Release, there: TagReleases, files: Mapping[str, str]) -> Change:
        wanted = {artifact.name: artifact.sha256 for artifact in release.of_kind(*KINDS)}
        here, held, state = digest_of(wanted), "", State.ABSENT
        if there.published is not None:
            held = digest_of({name: files.get(name, wanted[name]) for name in wanted})
            unmarked = release.prerelease and not there.published.prerelease
            state = State.ABSENT if unmarked and held == here else _compare(here, held)
        page = (release.tag, _title(release), release.prerelease, _body(release, state))
        facts = PublicationFacts(*page, commit=release.commit, assets=dict(sorted(wanted.items())))
        return self._change(f"release {release.tag}", Phase.PUBLISH, state, here, held, Reversal.SUPERSEDED, facts)

    def _latest(self, release: Release, pointed: github.GitHubRelease | None) -> Change:
        there = pointed.tag_name if pointed else ""
        facts = LatestFacts(release.tag)
        state = _compare(release.tag, there)
        return self._change("latest", Phase.POINT, state, release.tag, there, Reversal.UNDONE, facts)

    def rollback_changes(self, to: Release | None, taken_back: tuple[Release, ...]) -> tuple[Change, ...]:
        """Readers are sent to `to`; what is taken back is marked a pre-release, and its page says what to use."""
        with self._github() as hub:
            changes = []
            pointed = releases.latest(hub) if to and "latest" in to.floating else None
            ours = pointed is None or not self._is_anothers(pointed.tag_name)
            if to and "latest" in to.floating and ours and release_lookup.look(hub, to.tag).published is not None:
                changes = [self._latest(to, pointed)]
            for release in taken_back:
                there = release_lookup.look(hub, release.tag)
                changes += [self._mark(release, to, there.published)] if there.published else self._removal(there)
        return tuple(changes)

    def fetch(self, release: Release, artifact: Artifact, target: Path) -> bool:
        """The asset, from the release or its draft."""
        with self._github() as hub:
            home = release_lookup.asset_release(hub, release.tag)
            asset = releases.assets(hub, home.id).get(artifact.name) if home else None
            content = hub.download(asset.url) if asset and asset.state == "uploaded" else None
        if content is not None:
            target.write_bytes(content)
        return content is not None

    def survey(self, releases: Sequence[Release]) -> Survey:
        """Every version's page and files, how it is marked, and where readers are sent."""
        with self._github() as hub:
            found = survey(hub, releases, KINDS, self._page)
        return replace(found, pointers=tuple(one for one in found.pointers if not self._is_anothers(one.there)))

    def _is_anothers(self, tag: str) -> bool:
        """Whether a tag is a version of another project of the repository, which "latest" shows as well."""
        return from_tag(tag, self.tag_prefix) is None and split(tag) is not None

    def withdrawal_changes(self, release: Release) -> tuple[Change, ...]:
        """What removes our drafts of a release that was given up before anybody saw it."""
        with self._github() as hub:
            there = release_lookup.look(hub, release.tag)
        return () if there.published else tuple(self._removal(there))

    def _mark(self, release: Release, to: Release | None, there: github.GitHubRelease) -> Change:
        held = _MARK if release_edits.is_taken_back(there) else ""
        note = f"Use [{to.tag}]({self._page(to.tag)}) instead." if to else "There is no other version to use yet."
        facts = MarkFacts(release.tag, note)
        state = _compare(_MARK, held)
        return self._change(f"mark {release.tag}", Phase.RETRACT, state, _MARK, held, Reversal.SUPERSEDED, facts)

    def _removal(self, there: TagReleases) -> list[Change]:
        if not there.own:
            return []
        tag = there.own[0].tag_name
        facts = RemovalFacts(tag)
        what = f"remove draft {tag}"
        return [self._change(what, Phase.RETRACT, State.ABSENT, "(none)", "", Reversal.UNDONE, facts)]

    def _change(
        self, what: str, phase: Phase, state: State, here: str, there: str, reversal: Reversal, facts: GitHubFacts
    ) -> Change:
        url = self._page(facts.tag)
        return Change(self.name, what, phase, state, here, there, reversal, url=url, facts=facts)

    def _page(self, tag: str) -> str:
        return GitHubPages(f"{web_root(self.api_url)}/{self.repository}").tag(tag)

    # ── doing ──

    def do(self, change: Change) -> Receipt:
        """Make one change, look again, and say what was seen."""
        facts = github_receipt_types.read(change.facts)
        with self._github() as hub:
            self._act(hub, change, facts)
        return change.receipt(facts.without_body() if isinstance(facts, PageFacts) else facts)

    def _act(self, hub: GitHub, change: Change, facts: GitHubFacts) -> None:
        match facts:
            case DraftFacts():
                self.known[facts.tag] = release_edits.draft(hub, facts.tag, facts.fields()).id
            case AssetFacts():
                artifact = Artifact(change.what, facts.kind, change.here, facts.size_bytes)
                home = self._home(hub, facts.tag)
                release_edits.asset(hub, home, change.what, change.here, lambda: self.files.path(artifact))
            case PublicationFacts():
                home = self._home(hub, facts.tag)
                release_edits.publish(hub, home, facts.commit, facts.assets, facts.fields(), self.patience)
            case LatestFacts():
                release_edits.point(hub, facts.tag, self.patience)
            case MarkFacts():
                release_edits.mark_taken_back(hub, facts.tag, facts.note)
            case RemovalFacts():
                release_edits.remove_drafts(hub, facts.tag)

    def _home(self, hub: GitHub, tag: str) -> github.GitHubRelease:
        there = self._asset_release(hub, tag)
        if there is None:
            raise release_edits.missing_release_error(tag)
        self.known[tag] = there.id
        return there

    # ── verifying ──

    def verify(self, receipt: Receipt) -> None:
        """Look as a reader would: download the files of a published release, without a token unless one is due."""
        facts = github_receipt_types.read(receipt.facts)
        seen = [""]

        def right(hub: GitHub) -> bool:
            seen[0] = self._sees(hub, receipt, facts)
            return seen[0] == receipt.digest

        with self._github() as hub:
            if self.patience.until(lambda: right(hub)):
                return
        raise NotVerifiedError(
            f"{receipt.what} is not on GitHub as it was released",
            facts={"released": receipt.digest, "there": seen[0] or "(absent)", "page": receipt.url},
            remedy="run the same again; if it stays, find out who changed it",
        )

    def _sees(self, hub: GitHub, receipt: Receipt, facts: GitHubFacts) -> str:
        """What is there, in the words of the receipt's digest."""
        match facts:
            case DraftFacts():
                return release_text.marker(facts.tag) if self._asset_release(hub, facts.tag) else ""
            case AssetFacts():  # as GitHub names it; readers' downloads are for the publication to verify
                there = self._asset_release(hub, facts.tag)
                return release_lookup.digests(hub, there).get(receipt.what, "") if there else ""
            case PublicationFacts():
                page = download.visible(hub, facts.tag)
                return digest_of(download.reader_digests(hub, page, facts.assets)) if page else ""
            case LatestFacts():
                pointed = releases.latest(hub)
                return pointed.tag_name if pointed else ""
            case MarkFacts():
                page = download.visible(hub, facts.tag)
                return _MARK if page and release_edits.is_taken_back(page) else ""
            case _:
                return "a draft" if release_lookup.look(hub, facts.tag).own else "(none)"

    def _asset_release(self, hub: GitHub, tag: str) -> github.GitHubRelease | None:
        return release_lookup.asset_release(hub, tag, self.known.get(tag, 0))


def digest_of(files: Mapping[str, str]) -> str:
    """One digest for a set of files (name → digest), whatever their order: of `<hex>  <name>` lines."""
    lines = [f"{sha256.removeprefix('sha256:')}  {name}\n" for name, sha256 in sorted(files.items())]
    return content_digest("".join(lines).encode())


def _compare(here: str, there: str) -> State:
    return State.ABSENT if not there else State.SAME if there == here else State.DIFFERS


def _title(release: Release) -> str:
    return f"{release.project} {release.version}"


def _body(release: Release, state: State) -> str | None:
    """A page's text, only where it is still to be written: receipts need none."""
    return release_text.page(release.tag, release.notes) if state is State.ABSENT else None


def open_channel(context: ChannelContext) -> GitHubReleases | None:
    """The project's releases on GitHub; None when it has no repository there."""
    config = context.project.config
    table = config.table(GitHubTable)
    if not table.repository:
        return None
    return GitHubReleases(table.repository, table.api_url.rstrip("/"), context.files, config.tag_prefix)
