"""Why a push was not taken, and what helps: the branch's rules, the tag's, those of windlass's own refs, or the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from windlass.errors import ConflictError, RemoteRefusedError, RemoteUnreachableError, ToolError
from windlass.git import remote_errors
from windlass.git.object_types import RefUpdate

_OWN_REFS = "refs/windlass/"


def push_error(updates: Sequence[RefUpdate], remote: str, text: str) -> RemoteRefusedError | RemoteUnreachableError:
    """The error for a push that the remote did not take, from what git said."""
    lines = [line for line in text.splitlines() if line.strip() and line != "Done"]
    facts = {"refs": ", ".join(update.ref for update in updates), "it said": "\n".join(lines[-8:]) or "(nothing)"}
    if remote_errors.lacks_atomic_push(text):
        return no_atomic_push_error(remote)
    if remote_errors.is_protected(text):
        return _protected_error([update.ref for update in updates], text, facts)
    if remote_errors.is_rejected(text):
        return RemoteRefusedError(
            "the git remote refused the push; nothing was changed",
            facts=facts,
            remedy="mend what it says, then run the same again",
        )
    return RemoteUnreachableError(
        "the git remote did not take the push; nothing was changed",
        facts={"remote": remote, **facts},
        remedy="see that `git ls-remote` works for this remote, then run the same again",
    )


def _protected_error(refs: Sequence[str], text: str, facts: Mapping[str, str]) -> RemoteRefusedError:
    """Which of the refs a rule is about decides what helps: a tag or a ref of windlass's own has no pull request."""
    blamed = remote_errors.blamed_refs(refs, text)
    tags = [ref for ref in blamed if ref.startswith("refs/tags/")]
    own = [ref for ref in blamed if ref.startswith(_OWN_REFS)]
    rest = [ref for ref in blamed if ref not in (*tags, *own)]
    what, ways = [], []
    if tags:
        what.append(f"this tag ({tags[0].removeprefix('refs/tags/')})")
        ways.append("let whoever releases (a person, a team or an app) bypass the rule for tags, or exempt this tag")
    if own:
        what.append("windlass's own refs")
        ways.append(f"let whoever releases create, move and delete {_OWN_REFS}**, or exempt these refs from the rule")
    if rest or not blamed:
        what.append("this branch")
        ways.append(
            'set flow = "pull-request" in [tool.windlass], then `inv release.prepare`: the release commit goes in by a '
            "pull request"
        )
    return RemoteRefusedError(
        f"the remote's rules for {' and '.join(what)} refused the push; nothing was changed",
        facts=facts,
        remedy="; and ".join(ways),
    )


def no_atomic_push_error(remote: str) -> RemoteRefusedError:
    """A remote where a branch could move without its tag."""
    return RemoteRefusedError(
        "the git remote takes no atomic pushes: it could take a release's branch without its tag; nothing was changed",
        facts={"remote": remote},
        remedy="release from a remote that does (GitHub, GitLab, Gitea, Bitbucket and plain git do), and mirror it to "
        "this one; on a server of your own: git config receive.advertiseAtomic true",
    )


def moved_error(moved: Iterable[RefUpdate], there: Mapping[str, str]) -> ConflictError:
    """A ref that did not hold what was expected of it."""
    first = next(iter(moved))
    return ConflictError(
        f"{first.ref} moved on the remote meanwhile; nothing was changed",
        facts={"expected": first.expected or "(absent)", "there": there.get(first.ref, "") or "(absent)"},
        remedy="fetch, look at what came, and run the same again",
    )


def unreachable_error(remote: str, problem: ToolError) -> RemoteUnreachableError:
    """A question that the remote did not answer, and what git said of it."""
    return RemoteUnreachableError(
        "the git remote did not answer as it should",
        facts={"remote": remote, **problem.facts},
        remedy="see that `git ls-remote` works for this remote, then run the same again",
    )
