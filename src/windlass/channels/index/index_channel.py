"""A Python package index: a release's sdist and wheel, by sha256."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from windlass import shell
from windlass.backoff import Backoff, pause
from windlass.builds.artifact_folder import Files
from windlass.channels.index import install_check
from windlass.channels.index.configuration import IndexTable
from windlass.channels.index.simple_api import ListedFile, SimpleApi, same_place
from windlass.channels.protocol import Channel
from windlass.channels.receipt_types import TypedFacts, read_facts
from windlass.deadline import within
from windlass.errors import ConflictError, NotVerifiedError, RemoteRefusedError, ToolError
from windlass.model import (
    Artifact,
    Change,
    Mark,
    Phase,
    Receipt,
    Release,
    Reversal,
    State,
    Survey,
    SurveyedName,
)
from windlass.progress import progress
from windlass.shell.uv_program import PYTHON_VARIABLES
from windlass.verified_digest_cache import proofs_about

if TYPE_CHECKING:
    from windlass.channels.protocol import ChannelContext
    from windlass.project import Project

_UPLOAD_TIMEOUT_S = 300.0
_UPLOADS = 4
"""Tries of an upload, seconds apart, as twine does not tell the index's own `Retry-After`."""
_PASSING = re.compile(r"\b(429|50[0-4]) |Connection(Error| aborted| reset| refused)|Max retries|RemoteDisconnected")
"""Words of twine's after which another try may help; whether the file is there is told by a look."""


class FileFacts(TypedFacts, frozen=True):
    """Of a file on the index.

    Attributes:
        kind: `wheel` or `sdist`.
        pep440: the version as the file's name has it.
        size_bytes: its length.
    """

    kind: str
    pep440: str
    size_bytes: int


@dataclass(frozen=True)
class PackageIndex(Channel):
    """One index.

    Attributes:
        project: the distribution's name.
        url: the index's root: its pages are at `URL/manage/`.
        upload_url: where twine uploads to.
        files: the bytes that ship.
        smoke: what a consumer runs after installing; empty for the first console script with `--version`.
        wait_s: how long "not visible yet" is waited for.
        environment: where credentials are looked up.
        simple_url: where installers read, without a last slash; `URL/simple` when empty.
        pythons: the project's, minor versions, oldest first.
        tags: tells every tag of the repository; None where that is not known.
    """

    project: str
    url: str
    upload_url: str
    files: Files
    smoke: tuple[str, ...] = ()
    wait_s: float = 600.0
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    pause: Callable[[float], None] = pause
    simple_url: str = ""
    pythons: tuple[str, ...] = ()
    tags: Callable[[], Collection[str]] | None = None

    name: ClassVar[str] = "index"

    def missing(self) -> tuple[str, ...]:
        """An upload token, unless the environment or keyring has one."""
        if self._credentials():
            return ()
        return (
            f"a token for {self.upload_url}: set TWINE_PASSWORD (with TWINE_USERNAME=__token__) or store it in keyring",
        )

    def version_in_use(self, version: str) -> str:
        """How many files the index shows under this version.

        Raises:
            VersionError: what the index has under the project's name is another's.
        """
        from windlass.channels.index.project_name import refuse_anothers
        from windlass.versions import Version

        pep440 = Version.parse(version).pep440
        listing = self.listed()
        if self.tags is not None:
            refuse_anothers(self.project, self.url, {_version_of(name) for name in listing}, self.tags)
        names = [name for name in listing if _version_of(name) == pep440]
        return f"{self.project} {pep440} on {self.url}: {', '.join(sorted(names))}" if names else ""

    def plan(self, release: Release) -> tuple[Change, ...]:
        """One change a file: wheels and sdist."""
        listing = self.listed()
        return tuple(self._change(release, artifact, listing) for artifact in release.of_kind("sdist", "wheel"))

    def do(self, change: Change) -> Receipt:
        """Upload one file, unless the same bytes are there, and wait until the index shows it."""
        if self._same_there(change):
            return change.receipt()
        said = self._upload_with_retries(change)
        wait_s = self.wait_s if said is None else min(self.wait_s, 5.0)
        backoff = Backoff(wait_s, first_s=0.1, longest_s=10.0, wait=self.pause)
        while not self._same_there(change):
            if not backoff.again(f"waiting for the index to show it, at most {wait_s:.0f} s"):
                raise self._not_there(change, said)
        return change.receipt()

    def verify(self, receipt: Receipt) -> None:
        """Install from the index into a clean environment and run it; an sdist is fetched and its digest compared."""
        if read_facts(receipt.facts, FileFacts).kind == "wheel":
            self._verify_wheel(receipt)
        else:
            self._verify_bytes(receipt)

    def _verify_wheel(self, receipt: Receipt) -> None:
        """Install it, unless these very bytes were installed and ran in an earlier trial: then they must be served."""
        known, pep440 = proofs_about(self.url), read_facts(receipt.facts, FileFacts).pep440
        decides = [os.environ.get(name, "") for name in PYTHON_VARIABLES]
        question = ("wheel", receipt.digest, self.project, pep440, self.smoke, sys.version, decides)
        if known.find(*question) is not None:
            self._verify_bytes(receipt)
            return
        wanted = {Artifact(receipt.what, "wheel", receipt.digest, 0)}
        ran = install_check.install(
            self.project,
            pep440,
            wanted,
            self.simple.address_for_installers(),
            self.smoke,
            self.wait_s,
            self.pythons,
        )
        known.keep(ran, *question)

    def _verify_bytes(self, receipt: Receipt) -> None:
        there = self.listed().get(receipt.what)
        digest = self.simple.downloaded_digest(there) if there else ""
        if digest != receipt.digest:
            raise NotVerifiedError(
                f"{receipt.what} can't be downloaded as it was released",
                facts={"released": receipt.digest, "there": digest or "(absent)"},
                remedy="run the same again; if it stays, find out who changed the index",
            )

    def rollback_changes(self, to: Release | None, taken_back: tuple[Release, ...]) -> tuple[Change, ...]:
        """Every version taken back is yanked, by a person: the index has no way to do it for them."""
        listing = self.listed()
        return tuple(self._yank(release, listing) for release in taken_back if self._files_of(release, listing))

    def fetch(self, release: Release, artifact: Artifact, target: Path) -> bool:
        """The file, if the index has the very one."""
        there = self.listed().get(artifact.name)
        return there is not None and there.sha256 in ("", artifact.sha256) and self.simple.save(there, target)

    def survey(self, releases: Sequence[Release]) -> Survey:
        """Every version's files by digest, and which are yanked."""
        listing = self.listed()
        seen: list[SurveyedName] = []
        marks: list[Mark] = []
        for release in releases:
            sealed = {artifact.name: artifact.sha256 for artifact in release.of_kind("sdist", "wheel")}
            found = [name for name in listing if _version_of(name) == release.pep440]
            wanted = sealed or dict.fromkeys([] if release.artifacts else found, "")
            held = {name: listing[name] for name in wanted if name in listing}
            there = {name: self.simple.digest(file) for name, file in held.items()}
            seen += [SurveyedName(release.tag, name, wanted[name], there.get(name, "")) for name in wanted]
            on = tuple(name for name, file in held.items() if file.yanked)
            off = tuple(name for name in held if name not in on)
            marks.append(Mark(release.tag, "yanked", on, off, self._manage(release)))
        return Survey(tuple(seen), tuple(marks))

    def withdrawal_changes(self, release: Release) -> tuple[Change, ...]:
        """Nothing: a file that is here was seen."""
        return ()

    # ── looking ──

    @property
    def simple(self) -> SimpleApi:
        """Where installers and we read: with the login for uploading, where reading wants one."""
        return SimpleApi(self.simple_url or f"{self.url}/simple", normalize_name(self.project), self._login)

    def _login(self) -> tuple[str, str] | None:
        found = self._credentials() if same_place(self.simple_url or self.url, self.upload_url) else {}
        return (found["TWINE_USERNAME"], found["TWINE_PASSWORD"]) if found else None

    def listed(self) -> dict[str, ListedFile]:
        """Every file of the project: name → what is there."""
        return self.simple.files()

    def _change(self, release: Release, artifact: Artifact, listing: Mapping[str, ListedFile]) -> Change:
        there = self.simple.digest(listing[artifact.name]) if artifact.name in listing else ""
        state = State.ABSENT if not there else State.SAME if there == artifact.sha256 else State.DIFFERS
        return Change(
            self.name,
            artifact.name,
            Phase.PUBLISH,
            state,
            artifact.sha256,
            there,
            Reversal.PERSON,
            url=f"{self.url}/project/{normalize_name(self.project)}/{release.pep440}/",
            facts=FileFacts(artifact.kind, release.pep440, artifact.size_bytes),
        )

    def _same_there(self, change: Change) -> bool:
        there = self.listed().get(change.what)
        digest = self.simple.digest(there) if there is not None else change.here
        if digest != change.here:
            raise ConflictError(
                f"{change.what} is already on the index with other contents",
                facts={"there": digest, "here": change.here, "index": self.url},
                remedy="release a new version; an index never takes a file name twice",
            )
        return there is not None

    def _files_of(self, release: Release, listing: Mapping[str, ListedFile]) -> list[ListedFile]:
        """What is there of a release; of one from before windlass, what its names say."""
        if not release.artifacts:
            return [file for name, file in listing.items() if _version_of(name) == release.pep440]
        return [listing[a.name] for a in release.of_kind("sdist", "wheel") if a.name in listing]

    def _yank(self, release: Release, listing: Mapping[str, ListedFile]) -> Change:
        yanked = all(held.yanked for held in self._files_of(release, listing))
        return Change(
            self.name,
            f"yank {self.project} {release.pep440}",
            Phase.RETRACT,
            State.SAME if yanked else State.ABSENT,
            "yanked",
            "yanked" if yanked else "",
            Reversal.PERSON,
            url=self._manage(release),
        )

    def _manage(self, release: Release) -> str:
        """The page with the button that yanks a release."""
        return f"{self.url}/manage/project/{normalize_name(self.project)}/release/{release.pep440}/"

    # ── writing ──

    def _upload_with_retries(self, change: Change) -> str | None:
        """Upload, and again where the index was busy or could not be reached, and does not have it; as `_upload`."""
        backoff = Backoff(_UPLOADS * _UPLOAD_TIMEOUT_S, first_s=5.0, longest_s=30.0, tries=_UPLOADS, wait=self.pause)
        while True:
            said = self._upload(change)
            if said is None or not _PASSING.search(said) or self._same_there(change):
                return said
            if not backoff.again("the index is busy"):
                return said

    def _upload(self, change: Change) -> str | None:
        """Run twine for one file. None when it says so; else its words, by which nothing is decided."""
        facts = read_facts(change.facts, FileFacts)
        artifact = Artifact(change.what, facts.kind, change.here, facts.size_bytes)
        words = ["upload", "--non-interactive", "--disable-progress-bar", "--repository-url", self.upload_url]
        argv: list[str | Path] = [sys.executable, "-m", "twine", *words, "--", self.files.path(artifact)]
        progress(f"uploading {artifact.size_bytes / 1e6:.1f} MB")
        env = {**self._credentials(), "NO_COLOR": "1", "COLUMNS": "200", "PYTHONWARNINGS": "ignore"}
        try:
            shell.run(argv, env=env, timeout_s=within(_UPLOAD_TIMEOUT_S), credentials=True)
        except ToolError as problem:
            return self._without_secret(problem.facts.get("it said", problem.problem))
        return None

    def _credentials(self) -> dict[str, str]:
        for user, password in (
            ("TWINE_USERNAME", "TWINE_PASSWORD"),
            ("UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD"),
        ):
            if self.environment.get(password):
                name = self.environment.get(user, "__token__")
                return {"TWINE_USERNAME": name, "TWINE_PASSWORD": self.environment[password]}
        for token in ("UV_PUBLISH_TOKEN", "PYPI_TOKEN", "PYPI_API_TOKEN"):
            if self.environment.get(token):
                return {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": self.environment[token]}
        return self._from_keyring()

    def _from_keyring(self) -> dict[str, str]:
        import keyring
        from keyring.errors import KeyringError

        try:
            password = keyring.get_password(self.upload_url, "__token__")
        except KeyringError:
            password = None
        return {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": password} if password else {}

    def _without_secret(self, text: str) -> str:
        secret = self._credentials().get("TWINE_PASSWORD", "")
        return text.replace(secret, "***") if secret else text

    def _not_there(self, change: Change, said: str | None) -> Exception:
        facts = {"file": change.what, "index": self.upload_url}
        if said is not None:
            return RemoteRefusedError(
                f"the package index did not take {change.what}",
                facts={**facts, "twine said": said},
                remedy="mend what it says, then run the same again: what was done stays done",
            )
        return NotVerifiedError(
            f"the package index said that it took {change.what}, and does not show it after {self.wait_s:g} s",
            facts=facts,
            remedy="run the same again later: the release goes on where it stands",
        )


def normalize_name(name: str) -> str:
    """A distribution's name as the simple API spells it. Source: PEP 503."""
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


def _version_of(filename: str) -> str:
    """The version that a distribution file's name holds; empty when it is no such name."""
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    try:
        return str((parse_wheel_filename if filename.endswith(".whl") else parse_sdist_filename)(filename)[1])
    except (InvalidSdistFilename, InvalidWheelFilename):
        return ""


def open_channel(context: ChannelContext) -> PackageIndex | None:
    """The project's index; None when it publishes to none."""
    if not context.project.config.table(IndexTable).enabled:
        return None
    return replace(index_of(context.project, context.files), tags=lambda: frozenset(_tags(context)))


def index_of(project: Project, files: Files) -> PackageIndex:
    """The project's index, as it is configured."""
    config = project.config.table(IndexTable)
    return PackageIndex(
        project.name,
        config.url.rstrip("/"),
        config.upload_url,
        files,
        tuple(project.config.smoke.command),
        config.wait_s,
        simple_url=config.simple_url.rstrip("/"),
        pythons=project.config.pythons,
    )


def _tags(context: ChannelContext) -> Iterator[str]:
    """The tags of the repository, those of its remote included."""
    for ref in context.git.ls_remote("refs/tags/*"):
        yield ref.removeprefix("refs/tags/").removesuffix("^{}")
