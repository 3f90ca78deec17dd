"""A commit's message as Conventional Commits has it: entries with type, scope, summary and breaking changes."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from windlass.history.footers import breaking_notes
from windlass.history.merge_titles import is_merge, merged_messages, title, without_squashed

HEADER = re.compile(r"([A-Za-z][\w-]*)(?:\(([^()\n]+)\))?(!)?: +(\S.*)")
"""`type(scope)!: summary`. Source: https://www.conventionalcommits.org/en/v1.0.0/#specification"""

_BULLET = re.compile(r"\n[*-] +(([A-Za-z]+)(?:\([^()\n]+\))?!?: +\S.*)")
"""A line of a squash commit's body; a newline, unlike `^`, is found fast in bodies of many kilobytes."""

_PARAGRAPH = re.compile(r"\n\n((feat|fix|perf|revert)(?:\([^()\n]+\))?!?: +(?!#?[0-9]+$)\S.*)", re.MULTILINE)
"""The first line of a paragraph that was a commit's subject: what rebase's `squash` and release tools leave. Only types
that ask for something, in lower case: `Fix: #12` is a trailer, and other words with a colon begin a sentence."""

TYPES = frozenset(
    (
        *("feat", "fix", "perf", "refactor", "docs", "style", "test", "tests", "build", "ci", "chore", "revert"),
        *("deps", "security", "deprecate", "remove", "change", "add"),
    )
)
"""The types that are known. What such a line begins with; other words with a colon are prose."""

_ELSEWHERE = re.compile(r" by @[\w\[\]-]+ in (?:https://|[\w./-]*#)\S+$")
_BREAKING_SUBJECT = re.compile(r"BREAKING[ -]CHANGE!?: *(.*)")


class CommitEntry(Struct, frozen=True):
    """One thing that a commit did; a squash commit did several.

    Attributes:
        type: lower case, such as `feat`; empty where the commit follows no convention.
        scope: what stands in the parentheses; empty for none.
        summary: the rest of the line, as written: text from outside.
        breaking: whether it breaks what users rely on.
        notes: the texts of its BREAKING CHANGE footers, each on one line.
    """

    type: str
    scope: str
    summary: str
    breaking: bool = False
    notes: tuple[str, ...] = ()


def entries(subject: str, body: str, *, merge: bool = False, mainline: bool = False) -> tuple[CommitEntry, ...]:
    """What a commit did, by its message.

    Args:
        subject: the message's first line.
        body: the rest.
        merge: whether the commit has several parents: with a subject that git or a forge wrote it did nothing itself.
        mainline: whether a merge stands for its whole branch (first-parent): then the title that a forge writes into
            its body is what it did.
    """
    if merge and not mainline and is_merge(subject):
        return tuple(_free("", "", note, (note,)) for note in breaking_notes(body))
    pulls = merged_messages(subject, body)
    if pulls:
        return _distinct([entry for pull in pulls for entry in _plain(*pull)])
    return _plain(subject, body)


def _plain(subject: str, body: str) -> tuple[CommitEntry, ...]:
    """What a message says that no forge wrote around a title."""
    if not body:
        return (_first(subject),)
    subject, body, listed = without_squashed(subject, body)
    if not listed:
        return _own(subject, body)
    own = _own(subject, body) if subject else ()
    inner = [entry for title, text, merge in listed for entry in entries(title, text, merge=merge)]
    return _distinct([*own, *inner])


def _own(subject: str, body: str) -> tuple[CommitEntry, ...]:
    first = _first(subject)
    if not body:
        return (first,)
    body = f"\n\n{body}"
    marks = _squashed_subjects(body)
    return _with_squashed(first, body, marks) if marks else (_with_notes(first, body),)


def _with_squashed(first: CommitEntry, body: str, marks: list[re.Match[str]]) -> tuple[CommitEntry, ...]:
    """The entries of a squash commit: its own, and one for each line that was a commit's subject."""
    found = [_with_notes(first, body[: marks[0].start()])]
    for mark, following in zip(marks, [*marks, None][1:], strict=True):
        part = body[mark.end() : following.start() if following else len(body)]
        found.append(_with_notes(_first(mark[1]), part))
    return _distinct(found)


def _squashed_subjects(body: str) -> list[re.Match[str]]:
    """The lines of a body that were subjects of commits before they were squashed.

    A forge's release notes look alike, but for their end; a dependency's stand in the messages of bots.
    """
    marks = [found for found in _BULLET.finditer(body) if found[2].lower() in TYPES]
    if ": " in body:
        marks = sorted([*marks, *_PARAGRAPH.finditer(body)], key=lambda found: found.start())
    return [found for found in marks if not _ELSEWHERE.search(found[1])] if marks else marks


def _first(subject: str) -> CommitEntry:
    """The entry that a subject line is."""
    header = HEADER.fullmatch(subject)
    if header is not None:
        kind, scope, bang, summary = header.groups()
        kind = kind.lower()
        return CommitEntry(kind, scope or "", summary.rstrip(), bang is not None or kind == "breaking-change")
    shouted = _BREAKING_SUBJECT.fullmatch(subject)
    if shouted is not None:
        return CommitEntry("", "", shouted[1] or subject, True)
    return _quoted_entry(subject)


def _quoted_entry(subject: str) -> CommitEntry:
    """The entry of a subject without a type; `Revert "feat: …"` is a revert, `Reapply "feat: …"` that feature again."""
    inner, pull, reverted = unquote_revert(subject)
    if BARE_REVERT.fullmatch(subject):
        return CommitEntry("revert", "", subject)
    if inner == subject:
        return CommitEntry("", "", subject)
    entry = _first(inner)
    summary = entry.summary + pull
    return CommitEntry("revert", entry.scope, summary) if reverted else replace(entry, summary=summary)


def _with_notes(entry: CommitEntry, body: str) -> CommitEntry:
    notes = breaking_notes(body)
    return replace(entry, breaking=True, notes=notes) if notes else entry


def _free(kind: str, scope: str, summary: str, notes: tuple[str, ...]) -> CommitEntry:
    return CommitEntry(kind, scope, summary, True, notes)


def _distinct(found: list[CommitEntry]) -> tuple[CommitEntry, ...]:
    """Entries without those a squash says twice: forges repeat the title as the first bullet, with its number added."""
    kept: dict[tuple[str, str, str], CommitEntry] = {}
    for entry in found:
        key = (entry.type, entry.scope, re.sub(r" \(#[0-9]+\)$", "", entry.summary))
        same = kept.get(key)
        if same is None:
            kept[key] = entry
        elif entry.breaking:
            kept[key] = replace(same, breaking=True, notes=(*same.notes, *entry.notes))
    return tuple(kept.values())


_QUOTE = re.compile(r'(Revert|Reapply) "(.*)"( \(#[0-9]+\))?')


_PULL = re.compile(r" \(#[0-9]+\)$")


def unquote_revert(subject: str) -> tuple[str, str, bool]:
    """The subject inside `Revert "…"` and `Reapply "…"`, however deep; the outermost ` (#12)`; whether it is reverted.

    Any other subject comes back as it is, not reverted.
    """
    found = _QUOTE.fullmatch(subject)
    if found is None:
        return subject, "", False
    inner, _, reverted = unquote_revert(found[2])
    return inner, found[3] or "", (not reverted if found[1] == "Revert" else reverted)


BARE_REVERT = re.compile(r"Revert(?: commit)? ([0-9a-f]{7,64})\b.*", re.IGNORECASE)
"""A subject that names what it reverts by its id alone."""


def is_revert(subject: str) -> bool:
    """Whether a subject is a revert's, as git, a forge or the convention writes it."""
    subject = title(subject)
    if subject.lower().startswith(("revert:", "revert(")):
        return True
    return _QUOTE.fullmatch(subject) is not None or BARE_REVERT.fullmatch(subject) is not None
