"""`git log`, once: streamed, NUL-separated, parsed while git still writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from windlass import shell
from windlass.errors import RepositoryError, ToolError
from windlass.git import command
from windlass.history.commit import Commit

_FIELDS = 7
_FORMAT = "%H%x00%P%x00%ct%x00%an%x00%ae%x00%D%x00%B"
COMMAND = (
    *("-c", "log.showSignature=false", "-c", "core.quotePath=false", "log", "-z"),
    *("--encoding=UTF-8", "--no-color", "--no-show-signature", "--no-notes", "--no-patch", "--decorate=full"),
    *("--decorate-refs=refs/tags/*", f"--format=tformat:{_FORMAT}"),
)


def read(
    root: Path,
    since: str | Sequence[str] | None,
    until: str | Sequence[str] = "HEAD",
    *,
    first_parent: bool = False,
    paths: Sequence[str] = (),
    timeout_s: float = 300.0,
) -> tuple[Commit, ...]:
    """The commits that `until` contains and `since` does not, newest first, children before their parents.

    Args:
        root: a folder of the repository.
        since: a revision, several, or None for the whole history.
        until: a revision, or several.
        first_parent: follow merges' first parents only; then a merge stands for its branch.
        paths: only commits that touch these (git's pathspecs, from `root`).

    Raises:
        RepositoryError: no repository, no such revision, or a history cut off by a shallow clone where it matters.
    """
    revisions = ["--end-of-options", *_revision_words(until), *(f"^{revision}" for revision in _revision_words(since))]
    return tuple(stream(root, revisions, first_parent=first_parent, paths=paths, timeout_s=timeout_s))


def _revision_words(revisions: str | Sequence[str] | None) -> tuple[str, ...]:
    return (revisions,) if isinstance(revisions, str) else tuple(revisions or ())


def stream(
    root: Path,
    revisions: Sequence[str],
    *,
    first_parent: bool = False,
    mainline: bool = False,
    ordered: bool = True,
    paths: Sequence[str] = (),
    timeout_s: float = 300.0,
) -> Iterator[Commit]:
    """The commits as git writes them; arguments as `read`'s.

    Args:
        revisions: as `git rev-list` takes them: never text from outside, as options count too.
        mainline: what the commits' own `mainline` says.
        ordered: children before their parents, always; otherwise newest first, which git can write at once, and
            which is the same wherever clocks were right.
    """
    options = [*(["--topo-order"] if ordered else []), *(["--first-parent"] if first_parent else [])]
    argv = [*COMMAND, *options, *revisions, "--", *paths]
    stands = mainline or first_parent
    for records in _records(argv, root, timeout_s):
        yield from [_commit(fields, stands) for fields in zip(*[iter(records)] * _FIELDS, strict=True)]


def identities(root: Path, revisions: Sequence[str], paths: Sequence[str], timeout_s: float) -> Iterator[str]:
    """Object ids of the commits that touch these paths; `revisions` as `stream`'s."""
    out = b"".join(_chunks(["rev-list", *revisions, "--", *paths], root, timeout_s))
    return iter(out.decode("ascii").split())


def _commit(fields: Sequence[str], mainline: bool) -> Commit:
    """A commit from its fields, as git wrote them."""
    oid, parents, at, author, email, names, message = fields
    if "\r" in message:
        message = message.replace("\r\n", "\n")
    subject, _, body = message.lstrip("\n").partition("\n")
    return Commit(
        oid,
        tuple(parents.split()),
        int(at or 0),
        author,
        email,
        subject.strip(),
        body.strip(),
        _tags(names) if names else (),
        mainline,
    )


def _tags(names: str) -> tuple[str, ...]:
    """Tag names out of `%D`; no ref name holds a space, so `, ` only separates."""
    marks = (name.removeprefix("tag: refs/tags/") for name in names.split(", ") if name.startswith("tag: refs/tags/"))
    return tuple(marks)


def _records(argv: Sequence[str], root: Path, timeout_s: float) -> Iterator[list[str]]:
    """The fields of whole commits, seven each, as many as have come."""
    fields: list[str] = []
    begun: list[bytes] = []
    for chunk in _chunks(argv, root, timeout_s):
        ended, nul, rest = chunk.rpartition(b"\0")
        if nul:
            fields += b"".join([*begun, ended]).decode("utf-8", "replace").split("\0")
            begun = []
            whole = len(fields) - len(fields) % _FIELDS
            yield fields[:whole]
            del fields[:whole]
        begun.append(rest)


def _chunks(words: Sequence[str], root: Path, timeout_s: float) -> Iterator[bytes]:
    """A git process's output as it comes; it ends with its reader, with windlass, or at the deadline."""
    if not root.exists():
        raise RepositoryError("this folder does not exist", facts={"folder": root})
    yield from command.stream(root, *words, timeout_s=timeout_s, failed=lambda done: _git_log_error(done, root))


def _git_log_error(done: shell.ProgramResult, root: Path) -> Exception:
    """What git's failure means."""
    code, said = done.code, done.err
    facts = {"folder": root, "git said": said or f"(nothing; it ended with {code})"}
    if "not a git repository" in said:
        return RepositoryError("this folder is in no git repository", facts=facts, remedy="git init, and commit")
    if "bad revision" in said or "unknown revision" in said or "bad object" in said:
        return RepositoryError(
            "there is no such commit here",
            facts=facts,
            remedy="commit something first, or fetch what is missing: git fetch --tags",
        )
    if code < 0:
        return ToolError("git log was ended before it was done", facts={**facts, "command": " ".join(done.argv)})
    return ToolError(f"git log exited with {code}", facts={**facts, "command": " ".join(done.argv)})
