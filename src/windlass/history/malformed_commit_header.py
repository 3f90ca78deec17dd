"""Subjects that are almost `type(scope): summary`: they ask for nothing, so they are said, and never passed over."""

from __future__ import annotations

import re

_KINDS = {
    "feat": "feat",
    "feats": "feat",
    "feature": "feat",
    "features": "feat",
    "fix": "fix",
    "fixes": "fix",
    "fixed": "fix",
    "bugfix": "fix",
    "hotfix": "fix",
    "bug": "fix",
    "perf": "perf",
    "performance": "perf",
    "security": "security",
    "deps": "deps",
    "revert": "revert",
    "breaking": "feat!",
    "major": "feat!",
    "minor": "feat",
    "patch": "fix",
}
"""What people write → the type that the convention has for it."""
_WORD = re.compile("[a-z]+", re.IGNORECASE)
_FAR = 40
"""Letters; what stands further in is the summary's own."""
_AROUND = re.compile(
    r"(?:[\[/_-][\w/.-]{1,20}\]?)?[^\w:\uff1a]*(?:\([^()\n]*\))?[^\w:\uff1a]*(?:\([^()\n]*\))?[^\w:\uff1a]*[:\uff1a]|[\])}>]"
)
"""What may stand between a type and its colon, or the bracket that it stands in."""


def almost_type(subject: str) -> str:
    """The type that a subject seems to have, such as `feat` for `feat (api): x`; empty where it seems to have none.

    For subjects that have none by the convention, or one that asks for nothing.
    """
    for found in _WORD.finditer(subject, 0, _FAR):
        kind = _KINDS.get(found[0].lower())
        around = _AROUND.match(subject, found.end()) if kind else None
        if kind and around and _begins(subject[: found.start()]):
            breaks = "!" in around[0]
            return f"{kind}!" if breaks and not kind.endswith("!") else kind
    return ""


def _begins(before: str) -> bool:
    """Whether what stands before a type is a mark or a ticket, and not the beginning of a sentence."""
    words = [word for word in re.split(r"[^\w-]+", before) if word]
    return len(words) <= 1 and not (words and re.fullmatch("[a-z]+", words[0]) and before.rstrip().endswith(words[0]))
