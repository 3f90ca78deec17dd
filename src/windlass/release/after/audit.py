"""The audit: every version that was released against every channel, and what is not as it should be.

Reading is apart from judging: `audit` looks at the channels, `judge` is a pure function of what was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from windlass.channels import declaration_of
from windlass.errors import GateError, VersionError, WindlassError
from windlass.model import Mark, Pointer, Release, Survey
from windlass.release.after.rollback import sealed_or_tagged_release
from windlass.release.after.status import state
from windlass.release.context import ReleaseContext
from windlass.release.ledger import PREFIX, unreadable_error
from windlass.release.repository_state import RepositoryState, look
from windlass.versions import Version, floating_owners
from windlass.versions.tags import asked_version, tagged_versions

BEFORE = "before windlass"
_RELEASED, _TAKEN_BACK = "released", "taken back"
_STANDS = (_RELEASED, BEFORE)
_WITHDRAWN = (_TAKEN_BACK, "abandoned")


@dataclass(frozen=True)
class Subject:
    """A version that is audited.

    Attributes:
        release: as it was sealed; without artifacts where nothing was.
        state: `released`, `unfinished`, `taken back` or `abandoned` by its ledger; `before windlass` without one.
        back_to: the version that an unfinished rollback goes to; empty for none.
    """

    release: Release
    state: str
    back_to: str = ""

    @property
    def version(self) -> Version:
        """Its version."""
        return Version.parse(self.release.version)


@dataclass(frozen=True)
class AuditFinding:
    """Something that is not as it should be.

    Attributes:
        channel: where; empty for the ledger itself.
        tag: the version that it is about.
        kind: `absent`, `differs`, `pointer`, `marked`, `not marked`, `unfinished`, `unreadable`.
        what: the name in the channel.
        wanted: what should be there.
        there: what is there; empty for nothing.
        fix: what to do.
        url: where to look, or where the button is.
    """

    channel: str
    tag: str
    kind: str
    what: str
    wanted: str
    there: str
    fix: str
    url: str = ""

    def __str__(self) -> str:
        where = f"{self.channel}: " if self.channel else ""
        there = self.there or "nothing"
        return f"{self.tag:<16} {where}{self.what}: {there}, not {self.wanted}\n{'':<17}fix: {self.fix}"


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        subjects: what was audited, newest first.
        findings: what is not as it should be.
        unseen: channel → why it could not be looked at: what is not seen is not passed.
    """

    subjects: tuple[Subject, ...]
    findings: tuple[AuditFinding, ...]
    unseen: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether everything was seen, and is as it should be."""
        return not self.findings and not self.unseen

    def lines(self) -> list[str]:
        """As a person reads it."""
        rows = [f"{one.release.tag:<16} {_state_text(one)}" for one in self.subjects]
        missed = [f"{channel}: not looked at: {why}" for channel, why in self.unseen.items()]
        found = [*map(str, self.findings), *missed]
        return [*(rows or ["no version was released yet"]), "", *(found or ["all of it is as it should be"])]

    def as_json(self) -> dict[str, Any]:
        """The stable form of `audit --json`."""
        releases = [
            {
                "version": one.release.version,
                "tag": one.release.tag,
                "state": one.state,
                "compared": bool(one.release.artifacts),
            }
            for one in self.subjects
        ]
        unseen = [{"channel": channel, "why": why} for channel, why in self.unseen.items()]
        return {"ok": self.ok, "releases": releases, "findings": [asdict(f) for f in self.findings], "unseen": unseen}

    def check(self) -> None:
        """Raises:
        GateError: something was found, or could not be looked at.
        """
        if not self.ok:
            facts = {"findings": len(self.findings), "channels not looked at": len(self.unseen)}
            raise GateError(
                "the channels do not hold what was released", facts=facts, remedy="see each one's fix above"
            )


def audit(context: ReleaseContext, version: str = "") -> Audit:
    """Look at every channel.

    Args:
        version: judge only this one, with or without the tag's prefix; empty for all.

    Raises:
        VersionError: there is no such version.
    """
    prefix = context.project.config.tag_prefix
    state = look(context.git, context.ledger)
    subjects = _subjects(context, state)
    surveys: dict[str, Survey] = {}
    unseen: dict[str, str] = {}
    for channel in context.channels(""):
        try:
            surveys[channel.name] = channel.survey([one.release for one in subjects])
        except WindlassError as problem:
            unseen[channel.name] = problem.problem
    findings = (*_unreadable(state.unreadable, context.git.remote), *judge(subjects, surveys, context.git.remote))
    if version:
        tag = asked_version(version, prefix).tag(prefix)
        subjects = tuple(one for one in subjects if one.release.tag == tag)
        if not subjects:
            raise VersionError(f"there is no version {tag}", remedy="`inv audit` lists those that there are")
        findings = tuple(one for one in findings if one.tag == tag)
    return Audit(subjects, findings, unseen)


def judge(
    subjects: Sequence[Subject], surveys: Mapping[str, Survey], remote: str = "origin"
) -> tuple[AuditFinding, ...]:
    """What is not as it should be: first by the ledgers, then channel by channel.

    Args:
        remote: the git remote's name, for commands that mend it.
    """
    found = list(_unfinished_findings(subjects))
    known = {one.release.tag: one for one in subjects}
    for channel, survey in surveys.items():
        found += _contents(channel, survey, known, remote)
        for mark in survey.marks:
            found += _marks(channel, mark, known[mark.tag])
        found += _pointers(channel, survey, subjects)
    return tuple(found)


def _subjects(context: ReleaseContext, repository_state: RepositoryState) -> tuple[Subject, ...]:
    prefix = context.project.config.tag_prefix
    found = []
    tags = {*repository_state.tags, *repository_state.entries} - repository_state.unreadable.keys()
    for version, tag in tagged_versions(tags, prefix).items():
        entry = repository_state.entries.get(tag)
        back_to = entry.rolling_back_to if entry else ""
        told = BEFORE if entry is None else _TAKEN_BACK if back_to else state(entry)
        found.append(Subject(sealed_or_tagged_release(context, version, repository_state), told, back_to))
    return tuple(sorted(found, key=lambda one: one.version, reverse=True))


def _unreadable(ledgers: Mapping[str, str], remote: str) -> Iterator[AuditFinding]:
    for tag, why in ledgers.items():
        error = unreadable_error({tag: why}, remote)
        yield AuditFinding("", tag, "unreadable", PREFIX + tag, "a ledger", why, error.remedy)


def _state_text(one: Subject) -> str:
    uncompared = " (nothing was sealed that could be compared)" if not one.release.artifacts else ""
    return f"{one.state}{uncompared}"


def _unfinished_findings(subjects: Iterable[Subject]) -> Iterator[AuditFinding]:
    for one in subjects:
        tag = one.release.tag
        if one.state == "unfinished":
            yield AuditFinding("", tag, "unfinished", "release", "finished", "sealed", f"inv release --version {tag}")
        if one.back_to:
            fix = f"inv rollback --to {one.back_to}"
            yield AuditFinding("", tag, "unfinished", "rollback", f"back at {one.back_to}", "begun", fix)


def _contents(channel: str, survey: Survey, known: Mapping[str, Subject], remote: str) -> Iterator[AuditFinding]:
    """Holes and other bytes. What was given up or taken back may be gone, and nothing unsealed can be compared."""
    for seen in survey.seen:
        standing = known[seen.tag].state
        if seen.wanted in ("", seen.there) or standing not in (_RELEASED, _TAKEN_BACK):
            continue
        if not seen.there and standing == _RELEASED:
            push = f"git push {remote} {seen.wanted}:{seen.what}"
            fix = push if declaration_of(channel).reserves else _publish_command(channel, seen.tag)
            yield AuditFinding(channel, seen.tag, "absent", seen.what, seen.wanted, "", fix, seen.url)
        elif seen.there:
            fix = "find out who changed it; what was released under a name stays, so release a new version"
            yield AuditFinding(channel, seen.tag, "differs", seen.what, seen.wanted, seen.there, fix, seen.url)


def _marks(channel: str, mark: Mark, one: Subject) -> Iterator[AuditFinding]:
    """Marks that should not be, and those that are lacking."""
    if one.state not in (_RELEASED, _TAKEN_BACK) or not one.release.artifacts:
        return
    pre = mark.name == "pre-release" and one.release.prerelease
    if one.state == _RELEASED and not pre and mark.on:
        fix = "take the mark away there; or `inv rollback --to` an earlier version takes it back everywhere"
        what, there = ", ".join(mark.on), mark.name
        yield AuditFinding(channel, mark.tag, "marked", what, "for use", there, fix, mark.url)
    elif (one.state == _TAKEN_BACK or pre) and mark.off:
        by_hand = f"{declaration_of(channel).mark}: {mark.url or mark.tag}"
        what = ", ".join(mark.off)
        yield AuditFinding(channel, mark.tag, "not marked", what, mark.name, "for use", by_hand, mark.url)


def _pointers(channel: str, survey: Survey, subjects: Sequence[Subject]) -> Iterator[AuditFinding]:
    here = {seen.tag for seen in survey.seen}
    standing = [one for one in subjects if one.state in _STANDS]
    stand = [one for one in standing if one.release.tag in here]
    newest = max((one for one in standing if not one.version.prerelease), key=lambda one: one.version, default=None)
    tags = [one.release.tag for one in stand]
    owners = _owners(stand)
    withdrawn = [one.release.tag for one in subjects if one.state in _WITHDRAWN]
    for pointer in survey.pointers:
        there, owner = pointer.there, owners.get(pointer.name)
        if owner is None and there in withdrawn:
            fix = _way_back(pointer, newest, stand)
            yield AuditFinding(channel, there, "pointer", pointer.where, "a version that stands", there, fix)
        if owner is None or there == owner.release.tag or not (there or owner.release.artifacts):
            continue
        tag = owner.release.tag
        back = f"; `inv rollback --to {there}`, where that was meant" if there in tags else ""
        sealed = bool(owner.release.artifacts)
        fix = (_publish_command(channel, tag) if sealed else _way_back(pointer, owner, [newest])) + back
        yield AuditFinding(channel, tag, "pointer", pointer.where, tag, there, fix)


def _way_back(pointer: Pointer, to: Subject | None, among: Sequence[Subject | None]) -> str:
    """The command that leads a floating name to a version, where it moves nothing else; or else what a person does."""
    if to is None:
        return "inv rollback --to none"
    if to in among:
        return f"inv rollback --to {to.release.tag}"
    return f"by hand: point {pointer.where} at a version that stands there, or remove it"


def _publish_command(channel: str, tag: str) -> str:
    return f"inv {declaration_of(channel).republish_task} --version {tag}"


def _owners(stand: Sequence[Subject]) -> dict[str, Subject]:
    """Floating name → the version that it should lead to, among those that a channel has."""
    by_version = {one.version: one for one in stand}
    return {name: by_version[version] for name, version in floating_owners(by_version).items()}
