"""The release: from what is so to every channel holding a version, as one resumable transaction.

The steps and their numbers are those of docs/release.md: resume, preflight, release commit, gates and builds, plan,
seal, reserve, publish, point, record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from windlass import graph
from windlass.errors import ConflictError, RemoteRefusedError, VersionError
from windlass.model import Change, Phase, Release, State
from windlass.progress import progress
from windlass.release import build_and_test, lock, rules, withdraw
from windlass.release.artifacts import build, gather
from windlass.release.context import ReleaseContext
from windlass.release.converge import Convergence, plan, refuse_conflicts, refuse_missing, side_by_side
from windlass.release.ledger import Entry, Record
from windlass.release.repository_state import RepositoryState
from windlass.release.rules import Existing, New, Nothing, Request, Resume
from windlass.release.target import aim, release_of

_WAIT_S = 1800.0
"""How long a run for a version that is begun already waits for the run that is at it."""


@dataclass(frozen=True)
class Prepared:
    """A release that is made, tested, built and planned, with nothing touched yet.

    Attributes:
        release: what will be sealed, or was.
        changes: what every channel would do.
        sealed: whether its bytes are fixed already.
        runs: how the gates and builds ran.
    """

    release: Release
    changes: tuple[Change, ...]
    sealed: bool
    runs: tuple[graph.Report, ...]


def prepare(site: ReleaseContext, request: Request) -> Prepared | Nothing:
    """Steps 0 to 4: everything up to the plan.

    Raises:
        WindlassError: whatever stands in the way; nothing was touched.
    """
    progress("looking at what is released")
    facts = site.look()
    target = aim(site, facts, request)
    if isinstance(target, Nothing):
        return target
    if isinstance(target, Resume):
        site.say(f"{target.entry.tag} is sealed: " + ("finishing it" if target.entry.open else "comparing it"))
        return _resumed(site, facts, target.entry)
    _preflight(site, target)
    made = release_of(site, facts, target)
    artifacts, report = build(site, made, skip_gates=request.skip_gates)
    release = replace(
        made,
        artifacts=artifacts,
        tools=build_and_test.tools(),
        skipped=build_and_test.SKIPPABLE if request.skip_gates else (),
    )
    return Prepared(release, _plan(site, facts, release), sealed=False, runs=(report,))


def perform(site: ReleaseContext, prepared: Prepared) -> tuple[Prepared, graph.Report]:
    """Steps 5 to 9: under the lock, seal and make every channel hold the release.

    Returns:
        The release with its plan as it stands afterwards, and how it ran.

    Raises:
        LockedError: another release is under way; nothing was touched.
        ConflictError: something moved since the plan; nothing was touched, or what was sealed stays to be finished.
        NotVerifiedError: it is published, and a consumer can't use it.
    """
    release = prepared.release
    wait_s = _WAIT_S if prepared.sealed or not prepared.release.branch else 0.0
    with lock.hold(site.git, f"release {release.tag}", wait_s=wait_s, say=site.say) as held:
        facts = site.look()
        _still_so(facts, prepared)
        release = site.floating(facts, _sealed(site, facts, release))
        changes = _plan(site, facts, release, held)
        if gather(site, release, changes):
            changes = _plan(site, facts, release, held)
        finished = release.tag in facts.entries and facts.entries[release.tag].says("done")
        if finished and all(change.state is State.SAME for change in changes):
            changes = ()  # it was verified then, and nothing moved since
        report = _converged(site, release, changes, held)
        after = plan(site.channels(release.tag, held), release)
    site.bring_home(release)
    return replace(prepared, release=release, changes=after, sealed=True), report


def _sealed(site: ReleaseContext, facts: RepositoryState, release: Release) -> Release:
    """The release as it is sealed: by this run, or by another of the same commit, whose bytes then count.

    Raises:
        ConflictError: its version is sealed for another commit.
    """
    entry = facts.entries.get(release.tag)
    if entry is None or entry.release.commit != release.commit:
        progress("sealing")
        entry = site.ledger.seal(release)
    elif entry.release.artifacts != release.artifacts:
        site.say(f"{release.tag} was sealed by another run, with other bytes: those count")
    return entry.release


def _converged(site: ReleaseContext, release: Release, changes: Sequence[Change], held: lock.Held) -> graph.Report:
    """Do the changes. Where the reservation is refused, nobody saw anything: what was sealed is cleared away."""
    convergence = Convergence(release.tag, site.channels(release.tag, held), site.ledger, held.check, site.say)
    done = Record("done", release.version)
    report = convergence.run(changes, root=site.project.root, home=site.home, last=[done])
    if report.error is None:
        return report
    problems = [report.errors.get(change.key) for change in changes if change.phase is Phase.RESERVE]
    if any(isinstance(problem, ConflictError | RemoteRefusedError) for problem in problems):
        withdraw.refused(site, release, held, report.error)
    raise report.error


def _preflight(site: ReleaseContext, target: New | Existing) -> None:
    """What can be known before the work: credentials, and names that are taken.

    Raises:
        CredentialError: a secret is missing.
        VersionError: a channel holds the version already.
    """
    progress("asking every channel whether the version is free")
    channels = site.channels(target.tag)
    refuse_missing(channels)
    if isinstance(target, Existing):
        return
    version = str(target.version)
    held = side_by_side(channels, lambda channel: channel.taken(version))
    taken = {channel.name: words for channel, words in zip(channels, held, strict=True) if words}
    if taken:
        raise VersionError(
            f"{target.version} is taken; nothing was touched", facts=taken, remedy="release another version"
        )


def _resumed(site: ReleaseContext, facts: RepositoryState, entry: Entry) -> Prepared:
    """A sealed release again. Its bytes are looked for under the lock, and only where something needs them."""
    changes = _plan(site, facts, entry.release)
    return Prepared(site.floating(facts, entry.release), changes, sealed=True, runs=())


def _plan(
    site: ReleaseContext, facts: RepositoryState, release: Release, held: lock.Held | None = None
) -> tuple[Change, ...]:
    """Step 4: compare every channel; content that differs stops here."""
    progress("comparing every channel")
    changes = plan(site.channels(release.tag, held), site.floating(facts, release))
    refuse_conflicts(changes)
    return changes


def _still_so(facts: RepositoryState, prepared: Prepared) -> None:
    """Between the plan and the lock somebody else may have released.

    Raises:
        ConflictError: they did.
    """
    release = prepared.release
    entry = facts.entries.get(release.tag)
    if entry is None and prepared.sealed:
        raise ConflictError(f"{release.tag} was withdrawn meanwhile", remedy="run the same again: it begins anew")
    if entry is not None and entry.withdrawn:
        raise ConflictError(f"{release.tag} was taken back or abandoned meanwhile", remedy="release the next version")
    pending = [other.tag for other in rules.unfinished(facts) if other.tag != release.tag]
    if pending:
        raise ConflictError(
            f"{pending[0]} was begun meanwhile; nothing was touched",
            remedy="finish it first: run the same again",
        )
    there = facts.tags.get(release.tag)
    if entry is None and there is not None and there != release.commit:
        raise ConflictError(
            f"{release.tag} was released meanwhile; nothing was touched",
            facts={"there": there, "here": release.commit},
            remedy="pull, and release the next version",
        )
