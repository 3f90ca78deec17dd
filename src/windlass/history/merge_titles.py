"""Merges and squashes as forges and git write them: the title and the messages that stand inside theirs."""

from __future__ import annotations

import re
from textwrap import dedent

_SAYS = re.compile(r"Merge|Pull request #|Auto merge of ")
_IN_SUBJECT = (
    re.compile(r"Merged PR (?P<number>[0-9]+): (?P<title>\S.*)"),  # Azure DevOps
    re.compile(r"Merge pull request '(?P<title>.+)' \(#(?P<number>[0-9]+)\) from .+"),  # Gitea, Forgejo
    re.compile(r"Pull request #(?P<number>[0-9]+): (?P<title>\S.*)"),  # Bitbucket Data Center
    re.compile(r'Merge "(?P<title>.+)"(?: into .+)?'),  # Gerrit
)
"""Subjects that hold the title."""
_IN_BODY = re.compile(
    r"Merge (?:pull request|branch|branches|remote-tracking branch|tags?|commits?|PR)\b.*"
    r"|Merged in .+ \(pull request #[0-9]+\)"  # Bitbucket
    r"|Auto merge of #[0-9]+ .*"  # homu, bors
)
"""Subjects whose message has the title as its body's first line."""
_BORS = re.compile(r"Merge(?: #[0-9]+)+")
_BORS_TITLE = re.compile(r"^([0-9]+): (.+?)(?: r=\S+)?(?: a=\S+)?[ \t]*$", re.MULTILINE)
_LISTING = re.compile(r"^\* commit '[0-9a-f]+':.*", re.MULTILINE | re.DOTALL)
"""The subjects that Bitbucket Data Center adds to a merge's body."""
_SQUASHED = "Squashed commit of the following:"
_COMMIT = re.compile(r"^commit [0-9a-f]{7,64}[^\n]*\n((?:[A-Z]\w*: [^\n]*\n)*)", re.MULTILINE)


def is_merge(subject: str) -> bool:
    """Whether a subject is one that git or a forge writes for a merge."""
    if not _SAYS.match(subject):
        return False
    bodies = _IN_BODY.fullmatch(subject) or _BORS.fullmatch(subject)
    return bool(bodies) or any(form.fullmatch(subject) for form in _IN_SUBJECT)


def title(subject: str) -> str:
    """What a subject is about: the pull request's title where the subject is a merge's that holds it."""
    if subject[:1] not in "MPA" or not _SAYS.match(subject):
        return subject
    found = next((found for form in _IN_SUBJECT if (found := form.fullmatch(subject))), None)
    return found["title"] if found else subject


def merged_messages(subject: str, body: str) -> tuple[tuple[str, str], ...]:
    """The messages (subject and body) that a merge's own message stands for; empty for any other message.

    One for a pull request, with its title; several where a queue merged several.
    """
    if subject[:1] not in "MPA" or not _SAYS.match(subject):
        return ()
    for form in _IN_SUBJECT:
        if found := form.fullmatch(subject):
            return ((_numbered(found["title"], subject), _LISTING.sub("", body).strip()),)
    if _BORS.fullmatch(subject):
        return _queued(subject, body)
    if not _IN_BODY.fullmatch(subject):
        return ()
    first, _, rest = _LISTING.sub("", body).strip().partition("\n")
    listing = _LISTING.search(body)
    if not first and listing:
        return tuple((line.strip(), "") for line in listing[0].split("\n") if line.startswith("  "))
    return ((_numbered(first, subject) or subject, rest.strip() if first else ""),)


def _numbered(title: str, subject: str) -> str:
    """A title with the number of the pull request that the merge's subject names."""
    number = re.search("#[0-9]+", subject)
    return f"{title} ({number[0]})" if title and number and number[0] not in title else title


def _queued(subject: str, body: str) -> tuple[tuple[str, str], ...]:
    """The pull requests that one merge of bors brought: `12: feat: title r=ann`, each with its description."""
    marks = [mark for mark in _BORS_TITLE.finditer(body) if f"#{mark[1]}" in subject]
    ends = [*(mark.start() for mark in marks[1:]), len(body)]
    found = tuple(
        (_numbered(mark[2], f"#{mark[1]}"), body[mark.end() : end].strip())
        for mark, end in zip(marks, ends, strict=True)
    )
    return found or ((subject, body),)


def without_squashed(subject: str, body: str) -> tuple[str, str, tuple[tuple[str, str, bool], ...]]:
    """A message without what `git merge --squash` listed in it, and the messages of that list.

    Returns:
        Subject and body as a person wrote them (both empty where git wrote all of it), then subject, body and "was a
        merge" of each commit that was squashed.
    """
    if _SQUASHED not in body and subject != _SQUASHED:
        return subject, body, ()
    message = f"{subject}\n{body}"
    before, phrase, listing = message.partition(_SQUASHED)
    if not phrase or (before and not before.endswith("\n")):
        return subject, body, ()
    own_subject, _, own_body = before.strip().partition("\n")
    marks = list(_COMMIT.finditer(listing))
    ends = [*(mark.start() for mark in marks[1:]), len(listing)]
    found = tuple(_listed(listing[mark.end() : end], mark[1]) for mark, end in zip(marks, ends, strict=True))
    return (own_subject, own_body.strip(), found) if found else (subject, body, ())


def _listed(text: str, about: str) -> tuple[str, str, bool]:
    subject, _, body = dedent(text.strip("\n")).strip().partition("\n")
    return subject.strip(), body.strip(), "Merge: " in about
