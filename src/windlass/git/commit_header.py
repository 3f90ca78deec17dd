"""A commit's header as git keeps it: read from the object, as a log shows it through the user's settings."""

from __future__ import annotations

import re

from windlass.errors import RepositoryError
from windlass.git.object_types import Identity

_PERSON = re.compile(rb"([^<\n]*)<([^>\n]*)>[^\n]*? (-?\d+) [+-]\d+")
_ENCODING = re.compile(rb"^encoding ([^\n]+)$", re.MULTILINE)


def identity_in(raw: bytes, commit: str) -> Identity:
    """Who made a commit, and when, from the object's bytes.

    Raises:
        RepositoryError: the line that says so is not as git writes it.
    """
    header = raw.partition(b"\n\n")[0]
    line = next((line for line in header.split(b"\n") if line.startswith(b"committer ")), b"")
    found = _PERSON.fullmatch(line.removeprefix(b"committer "))
    if found is None:
        raise RepositoryError(
            "a commit does not say when it was made",
            facts={"commit": commit, "its line": line.decode("utf-8", "replace") or "(none)"},
            remedy="another program than git wrote it: commit on top of it, then run the same again",
        )
    named = _ENCODING.search(header)
    name, email = (_text(part.strip(), named[1] if named else b"") for part in found.groups()[:2])
    return Identity(name, email, int(found[3]))


def _text(raw: bytes, encoding: bytes) -> str:
    try:
        return raw.decode(encoding.decode("ascii") or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return raw.decode("utf-8", "replace")
