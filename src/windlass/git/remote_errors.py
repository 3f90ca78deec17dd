"""What git says when a remote fails it, understood: no answer, a no, or a branch that takes no pushes.

Whether something happened is never told from words, only by a look; words tell what to do next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_REJECTED = re.compile(r"^!\t.*\[(remote )?rejected\]", re.MULTILINE)
_NO_RIGHT = re.compile(
    r"returned error: 40[0-79]|HTTP 40[0-79]|Permission .*denied|denied to |[Aa]uthentication failed"
    r"|could not read (Username|Password)|Permission to .* denied"
)
_PASSING = re.compile(
    r"[Cc]ould not resolve host|[Tt]emporary failure in name resolution|Connection (refused|reset|timed out|closed)"
    r"|Failed to connect|Couldn't connect|Operation timed out|hung up unexpectedly|early EOF|unexpected disconnect"
    r"|kex_exchange_identification|(returned error:|HTTP) (408|429|5\d\d)|HTTP/2 stream|GnuTLS recv error|SSL_read"
)
_PROTECTED = re.compile(
    r"GH006|GH013|[Pp]rotected [Bb]ranch|protected branches|protected ref|repository rule violations"
    r"|must be made through a (pull|merge) request|must have verified signatures|required signatures?|TF402455"
    r"|protected tag|tag as it is protected|[Tt]ag \S+ is protected|deny updating a hidden ref"
)
_ABOUT_TAGS = re.compile(r"protected tag|tag as it is protected|[Tt]ag \S+ is protected")
_NAMED = re.compile(r"(?:violations found|update failed) for (refs/\S+?)\.?$", re.MULTILINE)
_REFUSED_REF = re.compile(r"^!\t[^\t]*:(refs/\S+)\t\[(?:remote )?rejected\] \((.*)\)", re.MULTILINE)
_WITH_OTHERS = re.compile(r"atomic|transaction")
"""The reasons of refs that were refused only because another of the same push was."""
_NO_ATOMIC = "does not support --atomic"


def is_rejected(text: str) -> bool:
    """Whether the remote answered a push, and the answer is no (or it lets this user do nothing at all)."""
    return bool(_REJECTED.search(text) or _NO_RIGHT.search(text))


def is_transient(text: str) -> bool:
    """Whether the trouble is one that may be over in a moment: no connection, a cut one, a busy server."""
    return bool(_PASSING.search(text)) and not _REJECTED.search(text)


def is_protected(text: str) -> bool:
    """Whether a branch's protection refused: it takes pull requests only, or signed commits only.

    Source: GitHub's GH006 and GH013, and the words of GitLab, Bitbucket and Azure DevOps.
    """
    return bool(_PROTECTED.search(text))


def blamed_refs(refs: Sequence[str], text: str) -> tuple[str, ...]:
    """Which of the pushed refs a rule of the remote is about; empty when it does not say.

    Source: GitHub names the ref ("… found for refs/tags/v1.2.3"); git's own report gives every ref a reason; GitLab
    and Gitea say "protected tag", and refuse every ref of the push with the same words.
    """
    named = {match[1] for match in _NAMED.finditer(text)} & set(refs)
    if not named and _ABOUT_TAGS.search(text):
        named = {ref for ref in refs if ref.startswith("refs/tags/")}
    reasons = {match[1]: match[2] for match in _REFUSED_REF.finditer(text)}
    if not named and len(refused := {ref for ref, why in reasons.items() if not _WITH_OTHERS.search(why)}) < len(refs):
        named = refused
    return tuple(ref for ref in refs if ref in named or len(refs) == 1)


def lacks_atomic_push(text: str) -> bool:
    """Whether the other end can't take several refs as one."""
    return _NO_ATOMIC in text
