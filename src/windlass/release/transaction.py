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
from windlass.next_version.unrecognized_commits import PassedOver
from windlass.progress import progress
from windlass.release import build_and_test, discard_unpublished, lock, preflight_rules
from windlass.release.apply_changes import Convergence, plan, refuse_conflicts, refuse_missing, side_by_side
from windlass.release.artifacts import build, gather
from windlass.release.context import ReleaseContext
from windlass.release.ledger import LedgerEntry, Record
from windlass.release.preflight_rules import ExistingTag, NewRelease, NothingToRelease, ReleaseRequest, ResumeRelease
from windlass.release.repository_state import RepositoryState
from windlass.release.version_and_commit import choose_target, unbuilt_release

_WAIT_S = 1800.0
"""How long a run for a version that is begun already waits for the run that is at it."""


@dataclass(frozen=True)
class ReleasePlan:
    """A release that is made, tested, built and planned, with nothing touched yet.

    Attributes:
        release: what will be sealed, or was.
        changes: what every channel would do.
        sealed: whether its bytes are fixed already.
        runs: how the gates and builds ran.
        passed_over: what was seen and not recognised where the version was looked for.
    """

    release: Release
    changes: tuple[Change, ...]
    sealed: bool
    runs: tuple[graph.Report, ...]
    passed_over: tuple[PassedOver, ...] = ()


def plan_release(context: ReleaseContext, request: ReleaseRequest) -> ReleasePlan | NothingToRelease:
    """Steps 0 to 4: everything up to the plan.

    Raises:
        WindlassError: whatever stands in the way; nothing was touched.
    """
    progress("looking at what is released")
    state = context.look()
    target = choose_target(context, state, request)
    if isinstance(target, NothingToRelease):
        return target
    if isinstance(target, ResumeRelease):
        context.say(f"{target.entry.tag} is sealed: " + ("finishing it" if target.entry.open else "comparing it"))
        return _resume_plan(context, state, target.entry)
    _preflight(context, target)
    made = unbuilt_release(context, state, target)
    artifacts, report = build(context, made, skip_gates=request.skip_gates)
    release = replace(
        made,
        artifacts=artifacts,
        tools=build_and_test.tools(),
        skipped=build_and_test.SKIPPABLE if request.skip_gates else (),
    )
    passed_over = target.passed_over if isinstance(target, NewRelease) else ()
    changes = _plan(context, state, release)
    return ReleasePlan(release, changes, sealed=False, runs=(report,), passed_over=passed_over)


def perform(context: ReleaseContext, prepared: ReleasePlan) -> tuple[ReleasePlan, graph.Report]:
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
    with lock.hold(context.git, f"release {release.tag}", wait_s=wait_s, say=context.say) as held:
        state = context.look()
        _still_so(state, prepared)
        release = context.with_floating_names(state, _seal(context, state, release))
        changes = _plan(context, state, release, held)
        if gather(context, release, changes):
            changes = _plan(context, state, release, held)
        finished = release.tag in state.entries and state.entries[release.tag].says("done")
        if finished and all(change.state is State.SAME for change in changes):
            changes = ()  # it was verified then, and nothing moved since
        report = _converge(context, release, changes, held)
        after = plan(context.channels(release.tag, held), release)
    context.update_local_refs(release)
    return replace(prepared, release=release, changes=after, sealed=True), report


def _seal(context: ReleaseContext, state: RepositoryState, release: Release) -> Release:
    """The release as it is sealed: by this run, or by another of the same commit, whose bytes then count.

    Raises:
        ConflictError: its version is sealed for another commit.
    """
    entry = state.entries.get(release.tag)
    if entry is None or entry.release.commit != release.commit:
        progress("sealing")
        entry = context.ledger.seal(release)
    elif entry.release.artifacts != release.artifacts:
        context.say(f"{release.tag} was sealed by another run, with other bytes: those count")
    return entry.release


def _converge(
    context: ReleaseContext, release: Release, changes: Sequence[Change], held: lock.HeldLock
) -> graph.Report:
    """Do the changes. Where the reservation is refused, nobody saw anything: what was sealed is cleared away."""
    convergence = Convergence(release.tag, context.channels(release.tag, held), context.ledger, held.check, context.say)
    done = Record("done", release.version)
    report = convergence.run(changes, root=context.project.root, home=context.home, last=[done])
    if report.error is None:
        return report
    problems = [report.errors.get(change.key) for change in changes if change.phase is Phase.RESERVE]
    if any(isinstance(problem, ConflictError | RemoteRefusedError) for problem in problems):
        discard_unpublished.withdraw_refused(context, release, held, report.error)
    raise report.error


def _preflight(context: ReleaseContext, target: NewRelease | ExistingTag) -> None:
    """What can be known before the work: credentials, names that are taken, and what the remote can't do.

    Raises:
        CredentialError: a secret is missing.
        RemoteRefusedError: the remote takes no atomic pushes.
        VersionError: a channel holds the version already.
    """
    progress("asking every channel whether the version is free")
    channels = context.channels(target.tag)
    refuse_missing(channels)
    context.git.refuse_without_atomic_push()
    if isinstance(target, ExistingTag):
        return
    if mine := context.git.resolve(f"refs/tags/{target.tag}"):
        context.say(
            f"a tag {target.tag} is here, on {mine[:12]}, and not on the remote: it has no part in this release"
        )
    version = str(target.version)
    held = side_by_side(channels, lambda channel: channel.version_in_use(version))
    taken = {channel.name: words for channel, words in zip(channels, held, strict=True) if words}
    if taken:
        raise VersionError(
            f"{target.version} is taken; nothing was touched", facts=taken, remedy="release another version"
        )


def _resume_plan(context: ReleaseContext, state: RepositoryState, entry: LedgerEntry) -> ReleasePlan:
    """A sealed release again. Its bytes are looked for under the lock, and only where something needs them."""
    changes = _plan(context, state, entry.release)
    return ReleasePlan(context.with_floating_names(state, entry.release), changes, sealed=True, runs=())


def _plan(
    context: ReleaseContext, state: RepositoryState, release: Release, held: lock.HeldLock | None = None
) -> tuple[Change, ...]:
    """Step 4: compare every channel; content that differs stops here."""
    progress("comparing every channel")
    changes = plan(context.channels(release.tag, held), context.with_floating_names(state, release))
    refuse_conflicts(changes)
    return changes


def _still_so(state: RepositoryState, prepared: ReleasePlan) -> None:
    """Between the plan and the lock somebody else may have released.

    Raises:
        ConflictError: they did.
    """
    release = prepared.release
    entry = state.entries.get(release.tag)
    if entry is None and prepared.sealed:
        raise ConflictError(f"{release.tag} was withdrawn meanwhile", remedy="run the same again: it begins anew")
    if entry is not None and entry.superseded_or_abandoned:
        raise ConflictError(f"{release.tag} was taken back or abandoned meanwhile", remedy="release the next version")
    pending = [other.tag for other in preflight_rules.unfinished_releases(state) if other.tag != release.tag]
    if pending:
        raise ConflictError(
            f"{pending[0]} was begun meanwhile; nothing was touched",
            remedy="finish it first: run the same again",
        )
    there = state.tags.get(release.tag)
    if entry is None and there is not None and there != release.commit:
        raise ConflictError(
            f"{release.tag} was released meanwhile; nothing was touched",
            facts={"there": there, "here": release.commit},
            remedy="pull, and release the next version",
        )
