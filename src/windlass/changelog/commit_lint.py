"""Whether commits follow the convention: what `inv changelog --check` says in CI."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from windlass.history.commit import Commit
from windlass.history.message import HEADER, is_revert
from windlass.versions.version import read

_OTHERS = re.compile(r"(?:Merge |fixup! |squash! |amend! |Initial commit$)")
_DOUBTFUL = "looks like a breaking change; write `BREAKING CHANGE: …`"
_DOUBTFUL_RELEASE = "looks like a Release-As trailer; write `Release-As: 1.4.0`"
_ALMOST = re.compile(r"[A-Za-z][\w-]*(?:\([^()]*\))?!?:")


class CommitProblem(Struct, frozen=True):
    """A line of a commit's message that the convention doesn't allow.

    Attributes:
        commit: object id.
        line: the offending line, as written: text from outside.
        problem: what is wrong with it.
    """

    commit: str
    line: str
    problem: str


def faults(commits: Iterable[Commit]) -> tuple[CommitProblem, ...]:
    """Every line that breaks the convention, in the order of the commits.

    Source: https://www.conventionalcommits.org/en/v1.0.0/#specification
    """
    return tuple(fault for commit in commits for fault in _commit_problems(commit))


def _commit_problems(commit: Commit) -> list[CommitProblem]:
    problem = "" if _is_exempt(commit) else _subject_problem(commit.subject)
    found = [CommitProblem(commit.id, commit.subject, problem)] if problem else []
    found += [CommitProblem(commit.id, line, _DOUBTFUL) for line in commit.doubtful]
    found += [CommitProblem(commit.id, line, _DOUBTFUL_RELEASE) for line in commit.doubtful_release]
    if commit.release_as is not None and read(commit.release_as) is None:
        found.append(CommitProblem(commit.id, f"Release-As: {commit.release_as}", "names no version"))
    return found


def _is_exempt(commit: Commit) -> bool:
    """Commits whose subject git or a forge writes."""
    return len(commit.parents) > 1 or is_revert(commit.subject) or commit.subject.startswith("Reapply ")


def _subject_problem(subject: str) -> str:
    if HEADER.fullmatch(subject):
        return ""
    if _OTHERS.match(subject):
        return "is to be squashed before it is merged" if "! " in subject else ""
    if not subject:
        return "is empty"
    if _ALMOST.match(subject):
        return (
            "has no description after `type: `" if subject.rstrip().endswith(":") else "lacks a space after the colon"
        )
    return "does not begin with `type: ` or `type(scope): `"
