"""Reverts: a commit and its revert cancel, so that neither is released nor decides a version."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from windlass.history.merge_titles import title
from windlass.history.message import _PULL, _QUOTE, BARE_REVERT, HEADER, is_revert

if TYPE_CHECKING:
    from windlass.history.commit import Commit

_ID = "[0-9a-f]{4,64}"
_REVERTS = re.compile(
    rf"^(?:This )?revert(?:s|ed)? commits? ({_ID}(?:(?:, (?:and )?| and ){_ID})*)"
    rf"(?:\.|,?[ \t]*$|[ \t]*\(.*$|, reversing\nchanges made to ({_ID})\.?)",
    re.MULTILINE | re.IGNORECASE,
)
"""git's words, with an id of any length, and what `git revert --reference` adds; Azure DevOps' and people's own."""
_WORD = re.compile(rf"\b{_ID}\b")
_SAYS_COMMIT = re.compile("everts?(?:ed)? commit", re.IGNORECASE)
_REFS = re.compile(rf"^Refs: +({_ID}(?:[ ,]+{_ID})*)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_BEGINNINGS = ("revert ", "revert:", "revert(", "reapply")
_CONVENTIONAL = re.compile(r"revert(?:\([^()\n]*\))?!?: +(.*)", re.IGNORECASE)


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
        if commit.id in gone or not _may_revert(commit):
            continue
        targets, whole = _targets(commit, known, commits, order, gone)
        gone |= targets
        if targets and whole and is_revert(commit.subject):
            gone.add(commit.id)
    return tuple(commit for commit in commits if commit.id not in gone)


def _may_revert(commit: Commit) -> bool:
    subject = commit.subject
    if subject[:7].lower() in _BEGINNINGS or ("evert" in subject and title(subject)[:7].lower() in _BEGINNINGS):
        return True
    return "evert" in commit.body and _names_ids(commit.body)


def _names_ids(body: str) -> bool:
    return _SAYS_COMMIT.search(body) is not None


def _targets(
    commit: Commit,
    known: Mapping[str, Commit],
    commits: Sequence[Commit],
    order: Mapping[str, int],
    gone: set[str],
) -> tuple[set[str], bool]:
    """Ids of the commits that one takes back, and whether they are all that it takes back."""
    named = _reverted_ids(commit)
    if all(_full(oid, known) is None for oid, _ in named):  # a rebase gave what it names another id
        twin = _quoted_commit(commit, commits[order[commit.id] + 1 :], gone)
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
    found = _REVERTS.findall(commit.body) if _names_ids(commit.body) else []
    if bare := BARE_REVERT.fullmatch(title(commit.subject)):
        found.append((bare[1], ""))
    pairs = tuple((oid, back_to) for oids, back_to in found for oid in re.findall(_WORD, oids.lower()))
    if not pairs and commit.body and title(commit.subject).lower().startswith(("revert:", "revert(")):
        listed = [oid for refs in _REFS.findall(commit.body) for oid in re.split("[ ,]+", refs.lower())]
        return tuple((oid, "") for oid in listed)
    return pairs


def _quoted_commit(commit: Commit, older: Sequence[Commit], gone: set[str]) -> str | None:
    """The newest older commit whose subject a `Revert "…"`, `Reapply "…"` or `revert: feat: …` quotes without an id."""
    wanted = _quoted_subject(title(commit.subject))
    if not wanted:
        return None
    for other in older:
        if wanted in other.subject and other.id not in gone and wanted in _subjects(other.subject):
            return other.id
    return None


def _quoted_subject(subject: str) -> str:
    """The subject of what is taken back; empty where none is quoted whole."""
    found = _QUOTE.fullmatch(subject)
    if found is not None:
        return found[2] if found[1] == "Revert" else f'Revert "{found[2]}"'
    header = _CONVENTIONAL.fullmatch(subject)
    return _PULL.sub("", header[1]) if header and HEADER.fullmatch(header[1]) else ""


def _subjects(subject: str) -> tuple[str, ...]:
    """What a commit may be quoted by: its subject, or the title in it, with and without the pull request's number."""
    inner = title(subject)
    return (subject, inner, _PULL.sub("", inner))


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
