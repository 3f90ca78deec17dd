"""A whole history in one `git log`: which commits each version brought."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from windlass.history.commit import Commit
from windlass.history.log import identities, stream
from windlass.history.reverts import remaining
from windlass.history.version_tags import Tag, whole_head
from windlass.versions.tags import from_tag

_NONE = 1 << 60


class Section(Struct, frozen=True):
    """What a version brought.

    Attributes:
        tag: the version's; None for what is not released yet.
        previous: the version that a reader of this one comes from: the final one before it, or for a pre-release the
            one before it; None for the first.
        at: when the tagged commit was made, seconds since 1970; 0 for what is not released.
        commits: newest first, without those that cancel; a final version's include its pre-releases'.
    """

    tag: Tag | None
    previous: Tag | None
    at: int
    commits: tuple[Commit, ...]


def sections(
    root: Path,
    prefix: str,
    *,
    first_parent: bool = False,
    paths: Sequence[str] = (),
    timeout_s: float = 600.0,
) -> tuple[Section, ...]:
    """Every version's section, the highest version first, what is not released before them all.

    A commit belongs to the lowest version that contains it, and (again) to the lowest final one.

    Raises:
        RepositoryError: no repository, nothing committed yet, or a shallow clone.
    """
    head = whole_head(root)
    revisions = [head, f"--tags={_literal(prefix)}*"]
    commits = _parse_all(stream(root, revisions, mainline=first_parent, ordered=False, timeout_s=timeout_s))
    tags = _version_tags(commits, prefix)
    owned = _assign_commits(commits, tags, head, first_parent)
    if paths:
        touched = frozenset(identities(root, revisions, paths, timeout_s))
        owned = {owner: [commit for commit in own if commit.id in touched] for owner, own in owned.items()}
    return _sections(commits, tags, owned)


def _parse_all(commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """The commits, children before their parents, their messages parsed now: git still writes on another core."""
    read: dict[str, Commit] = {}
    ordered = True
    for commit in commits:
        _ = commit.entries
        ordered = ordered and read.keys().isdisjoint(commit.parents)
        read[commit.id] = commit
    return tuple(read.values()) if ordered else _children_first(read)


def _children_first(commits: Mapping[str, Commit]) -> tuple[Commit, ...]:
    """Children before their parents, where clocks went wrong and the order of dates is another."""
    waiting = Counter(parent for commit in commits.values() for parent in commit.parents)
    ready = deque(oid for oid in commits if not waiting[oid])
    made: list[Commit] = []
    while ready:
        commit = commits[ready.popleft()]
        made.append(commit)
        for parent in commit.parents:
            waiting[parent] -= 1
            if not waiting[parent] and parent in commits:
                ready.append(parent)
    return tuple(made)


def _literal(prefix: str) -> str:
    """A prefix without meaning to git's globs."""
    return "".join(f"\\{letter}" if letter in "*?[\\" else letter for letter in prefix)


def _version_tags(commits: Iterable[Commit], prefix: str) -> tuple[Tag, ...]:
    found = (
        Tag(name, version, commit.id)
        for commit in commits
        if commit.tags
        for name in commit.tags
        if (version := from_tag(name, prefix)) is not None
    )
    return tuple(sorted(found, key=lambda tag: tag.version.order))


def _assign_commits(
    commits: Iterable[Commit], tags: Sequence[Tag], head: str, first_parent: bool
) -> Mapping[int, list[Commit]]:
    """Position of a version among `tags` (their number, for what is not released) → its commits.

    Children come before their parents, so one pass carries down, from child to parent, the lowest version so far.
    """
    unreleased = len(tags)
    owned: dict[int, list[Commit]] = {position: [] for position in range(unreleased + 1)}
    own_any, own_final = _own(tags)
    any_of, final_of = {head: unreleased}, {head: unreleased}
    chain = {head, *(tag.commit for tag in tags)}
    for commit in commits:
        oid = commit.id
        first = own_any.get(oid, any_of.pop(oid, _NONE))
        final = own_final.get(oid, final_of.pop(oid, _NONE))
        for parent in commit.parents:
            if first < any_of.get(parent, _NONE):
                any_of[parent] = first
            if final < final_of.get(parent, _NONE):
                final_of[parent] = final
        if first_parent and oid not in chain:
            continue
        if first_parent:
            chain.update(commit.parents[:1])
        _give(commit, first, final, tags, owned)
    return owned


def _own(tags: Sequence[Tag]) -> tuple[dict[str, int], dict[str, int]]:
    """Commit → the lowest version on it, and the lowest final one."""
    lowest: dict[str, int] = {}
    lowest_final: dict[str, int] = {}
    for position, tag in enumerate(tags):
        lowest.setdefault(tag.commit, position)
        if not tag.version.prerelease:
            lowest_final.setdefault(tag.commit, position)
    return lowest, lowest_final


def _give(commit: Commit, first: int, final: int, tags: Sequence[Tag], owned: Mapping[int, list[Commit]]) -> None:
    unreleased = len(tags)
    if first < unreleased and tags[first].version.prerelease:
        owned[first].append(commit)
    if final < unreleased:
        owned[final].append(commit)
    elif first == unreleased:
        owned[unreleased].append(commit)


def _sections(commits: Iterable[Commit], tags: Sequence[Tag], owned: Mapping[int, list[Commit]]) -> tuple[Section, ...]:
    times = {commit.id: commit.at for commit in commits if commit.tags}
    made: list[Section] = []
    previous: Tag | None = None
    final: Tag | None = None
    for position, tag in enumerate(tags):
        before = previous if tag.version.prerelease else final
        made.append(Section(tag, before, times[tag.commit], remaining(owned[position])))
        previous = tag
        final = final if tag.version.prerelease else tag
    made.append(Section(None, previous, 0, remaining(owned[len(tags)])))
    return tuple(reversed(made))
