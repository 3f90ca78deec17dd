"""The text of a release's page: our marker, the notes, and what stands above them once a version is taken back.

The marker is an HTML comment on the first line and counts nowhere else, so that nothing in the notes (commit messages
are anybody's words) can pass for one.
"""

from __future__ import annotations

from urllib.parse import quote

_LIMIT = 120_000
"""Characters of notes; GitHub takes 125,000 in all and answers 422 to more."""
_CUT = "\n\n*… these notes are cut; all of them stand in the changelog.*"
_TAKEN_BACK = "<!-- windlass: taken back -->"


def marker(tag: str) -> str:
    """The line by which a release is known as windlass's own for a tag."""
    return f"<!-- windlass: release {quote(tag, safe='')} -->"


def is_marked(body: str, tag: str) -> bool:
    """Whether a release's text starts with our marker for this tag."""
    return body.lstrip().partition("\n")[0].strip() == marker(tag)


def page(tag: str, notes: str) -> str:
    """The text of a release: the marker, then the notes, cut where GitHub would not take them."""
    return f"{marker(tag)}\n{_cut_to_limit(notes.strip())}\n"


def with_taken_back_note(body: str, note: str) -> str:
    """A release's text with a note above the notes that says what to use instead; once, however often it is asked."""
    if says_taken_back(body):
        return body
    first, _, rest = body.lstrip().partition("\n")
    ours = first.startswith("<!-- windlass: release ")
    above, below = (f"{first.strip()}\n", rest) if ours else ("", body)
    return f"{above}{_TAKEN_BACK}\n> **Taken back.** {note}\n\n{_cut_to_limit(below.strip())}\n"


def says_taken_back(body: str) -> bool:
    """Whether the note stands on one of the first two lines."""
    return _TAKEN_BACK in [line.strip() for line in body.lstrip().splitlines()[:2]]


def _cut_to_limit(notes: str) -> str:
    if len(notes) <= _LIMIT:
        return notes
    whole_lines = notes[:_LIMIT].rpartition("\n")[0] or notes[:_LIMIT]
    return whole_lines.rstrip() + _CUT
