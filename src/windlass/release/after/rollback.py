"""Taking releases back: floating names return to an earlier version, the rest by each channel's reversal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from windlass import graph
from windlass.backoff import Backoff, pause
from windlass.errors import ConflictError, UsageError, VersionError
from windlass.model import Change, Release, Reversal, State
from windlass.release import lock
from windlass.release.apply_changes import Convergence, by_channel, side_by_side
from windlass.release.context import ReleaseContext
from windlass.release.ledger import Record
from windlass.release.preflight_rules import live_versions
from windlass.release.report import change_lines
from windlass.release.repository_state import RepositoryState
from windlass.versions import Version, floating_names, floating_owners
from windlass.versions.tags import asked_version, tagged_versions

NOTHING = "none"
"""What is gone back to where no release is left."""


@dataclass(frozen=True)
class Rollback:
    """A rollback as a value.

    Attributes:
        to: the release that floating names return to, with the names that do; None where none is left.
        taken_back: the releases that are taken back, newest first.
        changes: what each channel would do.
        sealed: tags of releases above it that nobody saw yet: what is begun would still be finished.
    """

    to: Release | None
    taken_back: tuple[Release, ...]
    changes: tuple[Change, ...]
    sealed: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The plan as a person reads it."""
        back = _tags(self.taken_back)
        begun = [f"{tag} is sealed and not out: `inv release.abandon --version {tag}` ends it" for tag in self.sealed]
        return [f"back to {self.target}; taken back: {back}", "", *change_lines(self.changes), "", *begun]

    @property
    def target(self) -> str:
        """The tag that is gone back to; `none` where no release is left."""
        return self.to.tag if self.to else NOTHING

    @property
    def ledger_tag(self) -> str:
        """Whose ledger has what the channels did, and what people were asked for."""
        return self.to.tag if self.to else self.taken_back[0].tag

    def result_line(self) -> str:
        """How it ended: never "back" where a name still shows what was taken back."""
        what = f"back at {self.to.tag}" if self.to else f"taken back: {_tags(self.taken_back)}"
        return f"{what}, but for what a person must do" if self.for_a_person else what

    def as_json(self) -> dict[str, Any]:
        """The stable form of `rollback --json`: what stands after it was done."""
        grouped = by_channel(self.changes)
        return {
            "ok": all(change.state is State.SAME or change.reversal is Reversal.PERSON for change in self.changes),
            "to": self.to.tag if self.to else None,
            "taken_back": [release.tag for release in self.taken_back],
            "channels": [
                {
                    "name": name,
                    "changes": [
                        {"what": c.what, "state": c.state.value, "reversal": c.reversal.value, "url": c.url}
                        for c in changes
                    ],
                }
                for name, changes in grouped.items()
            ],
            "for_a_person": [{"what": change.what, "url": change.url} for change in self.for_a_person],
        }

    def person_lines(self) -> list[str]:
        """What only a person can do, with the address where the button is."""
        return [f"for a person to do: {change.what}: {change.url}" for change in self.for_a_person]

    @property
    def for_a_person(self) -> tuple[Change, ...]:
        """What only a person can do, and has not done yet."""
        return tuple(c for c in self.changes if c.reversal is Reversal.PERSON and c.state is not State.SAME)


def plan(context: ReleaseContext, to: str, only: str = "") -> Rollback:
    """What going back to a version would change.

    Args:
        to: the version, with or without the tag's prefix; `none` takes every version back, as where the first is bad.
        only: one channel's name; empty for all.

    Raises:
        VersionError: no such release stands, so nothing can go back to it; or, for `none`, no release stands at all.
    """
    return _plan_again(context, context.look(), to, only)


def _plan_again(context: ReleaseContext, state: RepositoryState, to: str, only: str) -> Rollback:
    prefix = context.project.config.tag_prefix
    under_way = {tag for tag, entry in state.entries.items() if entry.rolling_back_to}
    released = live_versions(state, prefix)
    if to == NOTHING:
        return _plan_without_target(context, state, {*released, *tagged_versions(under_way, prefix)}, only)
    version = asked_version(to, prefix)
    if version not in released:
        raise _does_not_stand(version.tag(prefix), state, released, prefix)
    final = [other for other in released if not other.prerelease]
    above = sorted((other for other in final if other > version), reverse=True)
    begun = list(tagged_versions(under_way, prefix))
    taken = {*above, *begun}
    names = {name for name, owner in floating_owners({*final, *taken}).items() if owner in taken}
    names |= set(floating_names(version, [other for other in final if other not in taken]))
    release = replace(sealed_or_tagged_release(context, version, state), floating=tuple(sorted(names)))
    taken_back = tuple(sealed_or_tagged_release(context, other, state) for other in sorted(taken, reverse=True))
    changes = _changes(context, release, taken_back, only)
    return Rollback(release, taken_back, changes, _sealed_above(state, version))


def _plan_without_target(
    context: ReleaseContext, state: RepositoryState, taken: Iterable[Version], only: str
) -> Rollback:
    taken_back = tuple(sealed_or_tagged_release(context, one, state) for one in sorted(taken, reverse=True))
    if not taken_back:
        raise VersionError("there is no release to take back", remedy="`inv release.status` lists what there is")
    return Rollback(None, taken_back, _changes(context, None, taken_back, only), tuple(_sealed(state)))


def perform(context: ReleaseContext, rollback: Rollback, only: str = "") -> tuple[Rollback, graph.Report]:
    """Do it, under the lock; killed and run again, it finishes.

    Returns:
        The plan as it stands afterwards (what is left is for a person), and how it ran.

    Raises:
        LockedError: a release is under way; nothing was touched.
        ConflictError: what there is to take back changed since the plan; nothing was touched.
    """
    with lock.hold(context.git, f"rollback to {rollback.target}", wait_s=60.0, say=context.say) as held:
        state = context.look()
        rollback = _still_so(rollback, _plan_again(context, state, rollback.target, only))
        for release in (*([rollback.to] if rollback.to else []), *rollback.taken_back):
            if release.tag not in state.entries:
                context.ledger.seal(release)  # from before windlass: its tag is all that is known, and it is out
                context.ledger.append(release.tag, Record("done", release.version))
        if not only:
            _record(context, rollback, "taken-back")
        convergence = Convergence(
            rollback.ledger_tag, context.channels(rollback.ledger_tag, held), context.ledger, held.check, context.say
        )
        report = convergence.run(rollback.changes, root=context.project.root, home=context.home)
        if report.error is not None:
            raise report.error
        if not only:
            _record(context, rollback, "rolled-back")
    return replace(rollback, changes=_changes(context, rollback.to, rollback.taken_back, only)), report


def wait_for_person(
    context: ReleaseContext,
    rollback: Rollback,
    wait_s: float,
    pause: Callable[[float], None] = pause,
    only: str = "",
) -> Rollback:
    """Look until a person has done their part, or the time is over; the plan as it stands then."""
    asked = {change.key for change in rollback.changes if change.reversal is Reversal.PERSON}
    backoff = Backoff(wait_s, first_s=10.0, longest_s=10.0, wait=pause)
    while rollback.for_a_person and backoff.again(f"waiting for a person: {rollback.for_a_person[0].what}"):
        rollback = replace(rollback, changes=_changes(context, rollback.to, rollback.taken_back, only))
    _record_done(context, rollback, asked)
    return rollback


def _record_done(context: ReleaseContext, rollback: Rollback, asked: Set[str]) -> None:
    """What a person was asked to do and has done: it is seen done, or what was to be done is no longer there."""
    done_keys = asked - {change.key for change in rollback.for_a_person}
    if not done_keys:
        return
    entry = context.ledger.look().get(rollback.ledger_tag)
    done = [one for one in (entry.open_requests if entry else ()) if one.key in done_keys]
    if done:
        context.ledger.append(rollback.ledger_tag, *(Record("receipt", one.key, receipt=one) for one in done))


def _still_so(shown: Rollback, now: Rollback) -> Rollback:
    """The rollback as planned under the lock, where it takes back what was shown."""
    if now.taken_back != shown.taken_back:
        raise ConflictError(
            "what there is to take back changed meanwhile; nothing was touched",
            facts={"shown": _tags(shown.taken_back), "now": _tags(now.taken_back)},
            remedy="run the same again, and look at the plan",
        )
    return now


def _tags(releases: Iterable[Release]) -> str:
    return ", ".join(release.tag for release in releases) or "(nothing)"


def _sealed_above(state: RepositoryState, version: Version) -> tuple[str, ...]:
    """Releases that are begun and not out."""
    return tuple(tag for tag, sealed in _sealed(state).items() if sealed > version)


def _sealed(state: RepositoryState) -> dict[str, Version]:
    open_ones = [entry for tag, entry in state.entries.items() if entry.open and tag not in state.tags]
    return {entry.tag: Version.parse(entry.release.version) for entry in open_ones}


def _changes(
    context: ReleaseContext, to: Release | None, taken_back: Sequence[Release], only: str
) -> tuple[Change, ...]:
    tag = to.tag if to else taken_back[0].tag
    channels = [channel for channel in context.channels(tag) if only in ("", channel.name)]
    if only and not channels:
        raise UsageError(f"this project has no channel {only}", remedy="see [tool.windlass] in pyproject.toml")
    own = side_by_side(channels, lambda channel: channel.rollback_changes(to, tuple(taken_back)))
    changes = [change for one in own for change in one]
    return tuple(sorted(changes, key=lambda change: change.phase.order))


def _record(context: ReleaseContext, rollback: Rollback, kind: str) -> None:
    for release in rollback.taken_back:
        context.ledger.append(release.tag, Record(kind, rollback.to.version if rollback.to else NOTHING))


def sealed_or_tagged_release(context: ReleaseContext, version: Version, state: RepositoryState) -> Release:
    """The sealed release; for a version from before windlass, what its tag tells."""
    tag = version.tag(context.project.config.tag_prefix)
    if tag in state.entries:
        return state.entries[tag].release
    return Release(
        project=context.project.name,
        version=str(version),
        pep440=version.pep440,
        tag=tag,
        commit=state.tags[tag],
        branch="",
        epoch=state.epochs[tag],
        artifacts=(),
        prerelease=version.prerelease,
    )


def _does_not_stand(tag: str, state: RepositoryState, released: Iterable[Version], prefix: str) -> VersionError:
    newest = sorted((version for version in released if not version.prerelease), reverse=True)[:5]
    withdrawn = tag in state.entries and state.entries[tag].superseded_or_abandoned
    return VersionError(
        f"{tag} was taken back itself" if withdrawn else f"there is no release {tag}",
        facts={"releases": ", ".join(version.tag(prefix) for version in newest) or "(none)"},
        remedy="go back to one of these",
    )
