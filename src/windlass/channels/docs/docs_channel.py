"""The documentation site: a folder a version on the pages branch, and the alias `latest`, as mike lays them out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from windlass.backoff import pause
from windlass.builds.artifact_folder import Files
from windlass.channels.docs import mike, site_check
from windlass.channels.docs.alias_check import shows_taken_back
from windlass.channels.docs.configuration import DocsTable, address
from windlass.channels.docs.pages_branch import Item, Pages, Tip
from windlass.channels.protocol import Channel
from windlass.channels.receipt_types import TypedFacts, read_facts
from windlass.errors import ConflictError, NotVerifiedError
from windlass.git import Identity
from windlass.model import (
    Artifact,
    Change,
    Mark,
    Phase,
    Pointer,
    Receipt,
    Release,
    Reversal,
    State,
    Survey,
    SurveyedName,
)

if TYPE_CHECKING:
    from windlass.channels.protocol import ChannelContext
    from windlass.config import Config

LATEST = "latest"
_ATTEMPTS = 6
_WAIT_S = 900.0
"""How long new pages may take to be seen: GitHub Pages builds them, and its network keeps old ones for 10 minutes."""
_BRANCH_ONLY = "on the branch only: [tool.windlass.docs] url names no place where readers look"


class PagesFacts(TypedFacts, frozen=True):
    """Of a version's pages, or of the alias that leads to them.

    Attributes:
        version: the folder's name, mostly the version.
        epoch: SOURCE_DATE_EPOCH of the release, seconds: when the commits are from.
        verified: how far it was looked at, where that is not as readers do.
    """

    version: str
    epoch: int
    verified: str = ""


class FolderFacts(PagesFacts, frozen=True):
    """Of a version's folder.

    Attributes:
        artifact: name of the archive that its pages came in.
        sha256: the archive's digest.
        size_bytes: the archive's length.
    """

    artifact: str = ""
    sha256: str = ""
    size_bytes: int = 0


@dataclass(frozen=True)
class Docs(Channel):
    """The site of one project.

    An alias is the very tree of the folder it points to, under a second name: it costs nothing, and needs neither
    symbolic links nor redirects to work.

    Attributes:
        project: the distribution's name.
        pages: the branch that the site is published from.
        files: the bytes that ship.
        url: where readers find the site, without a last slash; empty when that is not known.
        wait_s: how long "not visible yet" is waited for.
    """

    project: str
    pages: Pages
    files: Files
    url: str = ""
    wait_s: float = _WAIT_S
    pause: Callable[[float], None] = pause

    name: ClassVar[str] = "docs"

    def version_in_use(self, version: str) -> str:
        """The version's folder, where there is one."""
        tree = self.pages.look().folder(version)
        return f"folder {version}/ on {self.pages.branch} (tree {tree})" if tree else ""

    def plan(self, release: Release) -> tuple[Change, ...]:
        """The version's folder, and `latest` where it goes to this version; nothing for a release without docs.

        Where the bytes are not here, the branch's own note of what a folder was made from is compared.
        """
        artifact = next(iter(release.of_kind("docs")), None)
        if artifact is None:
            return ()
        tip = self.pages.look()
        tree = (
            self._tree_of(artifact)
            if self.files.holds(artifact)
            else self._published_tree(artifact, release.version, tip)
        )
        pages = (release.version, release.epoch, self._verified)
        archive = FolderFacts(*pages, artifact.name, artifact.sha256, artifact.size_bytes)
        changes = [self._change(release.version, Phase.PUBLISH, tree, tip, archive)]
        if LATEST in release.floating:
            changes.append(self._change(LATEST, Phase.POINT, tree, tip, PagesFacts(*pages)))
        return tuple(changes)

    def rollback_changes(self, to: Release | None, taken_back: tuple[Release, ...]) -> tuple[Change, ...]:
        """`latest` to the earlier version's pages; what is taken back says so in the list of versions.

        Where that version has no pages, `latest` is left to a person for as long as it shows what is taken back.
        """
        tip = self.pages.look()
        rows = self._rows(tip)
        changes = [self._mark(release, rows) for release in taken_back if mike.title(rows, release.version)]
        if to is None or LATEST in to.floating:
            changes += self._latest_back(to, taken_back, tip, rows)
        return tuple(changes)

    def _latest_back(
        self, to: Release | None, taken_back: tuple[Release, ...], tip: Tip, rows: tuple[mike.Row, ...]
    ) -> Iterator[Change]:
        name = mike.folder_name(to.version, [one.version for one in taken_back], tip.folder) if to else ""
        if to and name and LATEST in tip.items:
            facts = PagesFacts(name, to.epoch, self._verified)
            yield self._change(LATEST, Phase.POINT, tip.folder(name), tip, facts)
        elif shows_taken_back(self.pages, tip, rows, LATEST, to, taken_back):
            where = f"{self.url}/{LATEST}/" if self.url else f"{LATEST}/ on {self.pages.branch}"
            what = f"put other pages at {where}, or remove it"
            here, there = f"({to.tag} has no pages)" if to else "(no version is left)", self._object_at(LATEST, tip)
            url = f"{self.url}/" if self.url else self.pages.branch
            yield Change(self.name, what, Phase.RETRACT, State.DIFFERS, here, there, Reversal.PERSON, url=url)

    def survey(self, releases: Sequence[Release]) -> Survey:
        """Every version's folder, what it was made from, and where `latest` leads; as the branch has it."""
        tip = self.pages.look()
        rows = self._rows(tip)
        titled = [(release, mike.title(rows, release.version)) for release in releases]
        marks = [
            Mark.of(release.tag, "taken back", title, title == _taken_back_title(release.version))
            for release, title in titled
            if title
        ]
        seen = [one for release in releases for one in self._folder(release, tip, rows)]
        tags = {release.version: release.tag for release in releases}
        shown = mike.shown_version(rows, LATEST, tags, tip.folder)
        there = tags.get(shown, shown) or ("pages of no version" if LATEST in tip.items else "")
        return Survey(tuple(seen), tuple(marks), (Pointer(LATEST, f"{LATEST}/", there),))

    def _folder(self, release: Release, tip: Tip, rows: tuple[mike.Row, ...]) -> Iterator[SurveyedName]:
        version, tree, note = release.version, tip.folder(release.version), mike.publication_note(rows, release.version)
        sealed = next((artifact.sha256 for artifact in release.of_kind("docs")), "")
        there = note.get("sha256", "") if tree and note.get("tree") == tree else f"tree {tree}" if tree else ""
        url = f"{self.url}/{version}/" if self.url else ""
        if sealed or (tree and not release.artifacts):
            yield SurveyedName(release.tag, f"{version}/", sealed, there, url)
        if sealed and tree:
            listed = "listed" if mike.title(rows, version) else ""
            yield SurveyedName(release.tag, f"{version} in {mike.LISTING}", "listed", listed, url)

    def do(self, change: Change) -> Receipt:
        """One commit and one leased push on top of what is there; when the branch moves meanwhile, on top of that."""
        for _ in range(_ATTEMPTS):
            tip = self.pages.look()
            if self._is_done(change, tip):
                return change.receipt()
            self._refuse(change, tip)
            try:
                self.pages.push(tip, self._edits(change, tip), _message(self.project, change), _identity(change))
            except ConflictError:
                continue
        raise ConflictError(
            f"{self.pages.branch} keeps moving; {change.what} could not be put on top of it",
            facts={"tries": _ATTEMPTS},
            remedy="see what else writes to that branch, then run the same again",
        )

    def verify(self, receipt: Receipt) -> None:
        """The branch holds it, and readers see it: pages by their digest, and the list of versions."""
        tip = self.pages.look()
        if not self._is_done(receipt, tip):
            raise NotVerifiedError(
                f"{receipt.what} on {self.pages.branch} is not what was released",
                facts={"released": receipt.digest, "there": self._object_at(receipt.what, tip) or "(absent)"},
                remedy="find out who changed it: that branch's history has what was released",
            )
        if receipt.url:
            site_check.check_pages(receipt.url, self._expectation(receipt), wait_s=self.wait_s, pause=self.pause)

    # ── looking ──

    @property
    def _verified(self) -> str:
        return "" if self.url else _BRANCH_ONLY

    def _change(self, what: str, phase: Phase, tree: str, tip: Tip, facts: PagesFacts) -> Change:
        there = self._object_at(what, tip)
        change = Change(
            self.name,
            what,
            phase,
            State.DIFFERS if there and (phase is Phase.POINT or there != tree) else State.ABSENT,
            tree,
            there,
            Reversal.UNDONE,
            url=f"{self.url}/{what}/" if self.url else "",
            facts=facts,
        )
        return _as_done(change) if self._is_done(change, tip) else change

    def _mark(self, release: Release, rows: tuple[mike.Row, ...]) -> Change:
        marked = mike.title(rows, release.version)
        change = Change(
            self.name,
            f"{release.version} in {mike.LISTING}",
            Phase.RETRACT,
            State.DIFFERS,
            _taken_back_title(release.version),
            marked,
            Reversal.SUPERSEDED,
            facts=PagesFacts(release.version, release.epoch),
        )
        return _as_done(change) if marked == change.here else change

    def _tree_of(self, artifact: Artifact) -> str:
        return _tree(self.pages, self.files.path(artifact), artifact.sha256)

    def _published_tree(self, artifact: Artifact, version: str, tip: Tip) -> str:
        """The tree that this archive was published as; where nothing says so, its digest, which no tree has."""
        note = mike.publication_note(self._rows(tip), version)
        return note["tree"] if note.get("sha256") == artifact.sha256 else artifact.sha256

    def _rows(self, tip: Tip) -> tuple[mike.Row, ...]:
        return mike.read(self.pages.read(tip, mike.LISTING))

    def _object_at(self, what: str, tip: Tip) -> str:
        return tip.items[what].oid if what in tip.items else ""

    def _is_done(self, wanted: Change | Receipt, tip: Tip) -> bool:
        """Whether the branch holds what a change or its receipt says."""
        rows, version = self._rows(tip), read_facts(wanted.facts, PagesFacts).version
        here = wanted.here if isinstance(wanted, Change) else wanted.digest
        if wanted.phase is Phase.RETRACT:
            return mike.title(rows, version) == here
        if tip.folder(wanted.what) != here or ".nojekyll" not in tip.items:
            return False
        if wanted.phase is Phase.PUBLISH:
            return bool(mike.title(rows, version))
        return mike.alias_target(rows, LATEST) == version and self._root_page(tip) is None

    def _root_page(self, tip: Tip) -> bytes | None:
        """The page that the site's address must lead by; None where it does, or where the project has its own."""
        page, wanted = self.pages.read(tip, "index.html"), mike.redirect(f"{LATEST}/")
        return wanted if page is None or (mike.redirects(page) and page != wanted) else None

    def _refuse(self, change: Change, tip: Tip) -> None:
        there = self._object_at(change.what, tip)
        if change.phase is Phase.PUBLISH and there not in ("", change.here):
            raise ConflictError(
                f"{change.what}/ is already on {self.pages.branch} with other pages",
                facts={"there": f"tree {there}", "here": f"tree {change.here}"},
                remedy="release a new version; the pages of a version that was seen stay as they are",
            )
        version = read_facts(change.facts, PagesFacts).version
        if change.phase is Phase.POINT and tip.folder(version) != change.here:
            raise ConflictError(
                f"{version}/ on {self.pages.branch} is not what {LATEST} is to point to",
                facts={"there": tip.folder(version) or "(absent)", "planned": change.here},
                remedy="run the same again: what is to be done is then planned anew",
            )
        if change.phase is Phase.POINT and mike.title(self._rows(tip), LATEST):
            raise ConflictError(
                f"{mike.LISTING} has a version that is called {LATEST}, so no alias can be",
                facts={"branch": self.pages.branch},
                remedy=f"`mike delete {LATEST}` or `mike retitle` it, then run the same again",
            )

    # ── writing ──

    def _edits(self, change: Change, tip: Tip) -> dict[str, Item | bytes]:
        """What the commit puts into the branch's top folder."""
        rows, version = self._rows(tip), read_facts(change.facts, PagesFacts).version
        if change.phase is Phase.RETRACT:
            return {mike.LISTING: mike.write(mike.with_title(rows, version, change.here))}
        if change.phase is Phase.POINT:
            page = self._root_page(tip)
            rows = mike.with_alias(mike.with_version(rows, version), LATEST, version)
            edits = {} if page is None else {"index.html": page}
        else:
            archive = read_facts(change.facts, FolderFacts)
            self._write_tree(change, archive)
            rows = mike.with_version(rows, version, {"sha256": archive.sha256, "tree": change.here})
            edits = {}
        folder = Item("040000", "tree", change.here)
        return {**edits, change.what: folder, ".nojekyll": b"", mike.LISTING: mike.write(rows)}

    def _write_tree(self, change: Change, archive: FolderFacts) -> None:
        """See that the pages' tree is here, where they are published from another machine than planned on."""
        artifact = Artifact(archive.artifact, "docs", archive.sha256, archive.size_bytes)
        if not self.pages.git.has(change.here) and self.pages.tree_of(self.files.path(artifact)) != change.here:
            raise ConflictError(
                f"{artifact.name} does not hold the pages that were planned",
                facts={"planned": change.here},
                remedy="run the same again: what is to be done is then planned anew",
            )

    def _expectation(self, receipt: Receipt) -> site_check.SiteExpectation:
        """Some of the pages, by address relative to the receipt's, and what `versions.json` must say."""
        version = read_facts(receipt.facts, PagesFacts).version
        files = self.pages.files(receipt.digest)
        chosen = {path: files[path] for path in site_check.sample_paths(files)}
        blobs = self.pages.git.blobs(chosen.values())
        pages = {path: blobs[oid].content for path, oid in chosen.items()}
        if receipt.phase is Phase.POINT:
            return site_check.SiteExpectation(pages, lambda rows: mike.alias_target(rows, LATEST) == version)
        return site_check.SiteExpectation(pages, lambda rows: bool(mike.title(rows, version)))


@functools.lru_cache(maxsize=8)
def _tree(pages: Pages, archive: Path, sha256: str) -> str:
    """The tree that an archive with these bytes holds; written once a run, however often it is planned."""
    del sha256  # the path may hold others another time
    return pages.tree_of(archive)


def _as_done(change: Change) -> Change:
    return replace(change, state=State.SAME)


def _taken_back_title(version: str) -> str:
    return f"{version} (taken back)"


def _identity(change: Change) -> Identity:
    return Identity("windlass", "windlass@localhost", read_facts(change.facts, PagesFacts).epoch)


def _message(project: str, change: Change) -> str:
    version = read_facts(change.facts, PagesFacts).version
    does = {
        Phase.PUBLISH: f"publish {version}",
        Phase.POINT: f"{LATEST} is {version}",
        Phase.RETRACT: f"{version} is taken back",
    }
    return f"docs({project}): {does[change.phase]}\n"


def is_used(config: Config) -> bool:
    """Whether a project has documentation."""
    return bool(config.table(DocsTable).config)


def open_channel(context: ChannelContext) -> Docs | None:
    """The project's documentation site; None when it has no documentation."""
    project, config = context.project, context.project.config.table(DocsTable)
    if not is_used(project.config):
        return None
    pages = Pages(context.git, config.branch)
    where = address(project.root, project.config).rstrip("/")
    return Docs(project.name, pages, context.files, where)
