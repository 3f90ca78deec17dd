"""Reverts: a commit and its revert cancel, so that neither is released nor decides a version."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from windlass.history.message import _PULL, _QUOTE, is_revert

if TYPE_CHECKING:
    from windlass.history.commit import Commit

_REVERTS = re.compile(
    r"^This reverts commit ([0-9a-f]{40,64})(?:\.|,?[ \t]*$|, reversing\nchanges made to ([0-9a-f]{40,64})\.?)",
    re.MULTILINE,
)
_PHRASE = "This reverts commit"
_REFS = re.compile(r"^Refs: +([0-9a-f]{7,64}(?:[ ,]+[0-9a-f]{7,64})*)[ \t]*$", re.MULTILINE | re.IGNORECASE)


def remaining(commits: Sequence[Commit]) -> tuple[Commit, ...]:
    """The commits that still count once each revert and what it takes back are gone.

    A revert of a revert brings the commit back. A revert of something outside of `commits` stays: it is a change of its
    own. The revert of a merge takes back all that the merge brought.

    Args:
        commits: newest first, children before their parents.
    """
    if not any(map(_may_revert, commits)):
        return tuple(commits)
    known = {commit.id: commit for commit in commits}
    order = {commit.id: position for position, commit in enumerate(commits)}
    gone: set[str] = set()
    for commit in commits:
        if commit.id in gone:
            continue
        targets, whole = _targets(commit, known, commits, order, gone)
        gone |= targets
        if targets and whole and is_revert(commit.subject):
            gone.add(commit.id)
    return tuple(commit for commit in commits if commit.id not in gone)


def _may_revert(commit: Commit) -> bool:
    return commit.subject[:7].lower() in ("revert ", "revert:", "revert(", "reapply") or _PHRASE in commit.body


def _targets(
    commit: Commit,
    known: Mapping[str, Commit],
    commits: Sequence[Commit],
    order: Mapping[str, int],
    gone: set[str],
) -> tuple[set[str], bool]:
    """Ids of the commits that one takes back, and whether they are all that it takes back."""
    named = _reverted_ids(commit)
    if not named:
        twin = _quoted_commit(commit, commits[order[commit.id] + 1 :], gone) if '"' in commit.subject else None
        return ({twin}, True) if twin else (set(), False)
    targets: set[str] = set()
    whole = True
    for oid, back_to in named:
        full = _full(oid, known)
        whole = whole and full is not None and full not in gone
        if full is not None and order[full] > order[commit.id]:
            targets |= _merged_ids(full, back_to, known) if back_to else {full}
    return targets - gone, whole


def _reverted_ids(commit: Commit) -> tuple[tuple[str, str], ...]:
    """What a commit says it reverts: id, and for a merge the id that it goes back to."""
    pairs = tuple(_REVERTS.findall(commit.body)) if _PHRASE in commit.body else ()
    if not pairs and commit.body and commit.subject.lower().startswith(("revert:", "revert(")):
        listed = [oid for found in _REFS.findall(commit.body) for oid in re.split("[ ,]+", found)]
        return tuple((oid, "") for oid in listed)
    return pairs


def _quoted_commit(commit: Commit, older: Sequence[Commit], gone: set[str]) -> str | None:
    """The newest older commit whose subject a `Revert "…"` or `Reapply "…"` quotes; forges give no id."""
    found = _QUOTE.fullmatch(commit.subject)
    if found is None:
        return None
    wanted = found[2] if found[1] == "Revert" else f'Revert "{found[2]}"'
    for other in older:
        if other.id not in gone and wanted in (other.subject, _PULL.sub("", other.subject)):
            return other.id
    return None


def _full(oid: str, known: Mapping[str, Commit]) -> str | None:
    if oid in known:
        return oid
    matches = [full for full in known if full.startswith(oid)]
    return matches[0] if len(matches) == 1 else None


def _merged_ids(merge: str, back_to: str, known: Mapping[str, Commit]) -> set[str]:
    """The merge and the commits that it brought, seen from the parent that its revert goes back to."""
    return _reach(merge, known) - _reach(back_to, known)


def _reach(start: str, known: Mapping[str, Commit]) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        oid = ahead.pop()
        if oid in known and oid not in seen:
            seen.add(oid)
            ahead.extend(known[oid].parents)
    return seen
