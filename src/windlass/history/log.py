"""`git log`, once: streamed, NUL-separated, parsed while git still writes."""

from __future__ import annotations

import fcntl
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from windlass import shell
from windlass.errors import RepositoryError, ToolError, ToolMissingError
from windlass.history.commit import Commit

_FIELDS = 7
_FORMAT = "%H%x00%P%x00%ct%x00%an%x00%ae%x00%D%x00%B"
_CHUNK_BYTES = 1 << 18
_PIPE_BYTES = 1 << 20
"""So that git goes on writing while a chunk is parsed."""
COMMAND = (
    *("git", "-c", "log.showSignature=false", "-c", "core.quotePath=false", "log", "-z"),
    *("--encoding=UTF-8", "--no-color", "--no-show-signature", "--no-notes", "--no-patch", "--decorate=full"),
    *("--decorate-refs=refs/tags/*", f"--format=tformat:{_FORMAT}"),
)
ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "GIT_FLUSH": "0",  # or git writes each commit on its own
}


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
    revisions = ["--end-of-options", *_listed(until), *(f"^{revision}" for revision in _listed(since))]
    return tuple(stream(root, revisions, first_parent=first_parent, paths=paths, timeout_s=timeout_s))


def _listed(revisions: str | Sequence[str] | None) -> tuple[str, ...]:
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
    out = b"".join(_chunks(["git", "rev-list", *revisions, "--", *paths], root, timeout_s))
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


def _chunks(argv: Sequence[str], root: Path, timeout_s: float) -> Iterator[bytes]:
    """A git process's output as it comes; the process ends with its reader, with windlass, or at the deadline."""
    process = _started(argv, root)
    stdout = cast("IO[bytes]", process.stdout)
    _widen(stdout.fileno())
    said = _Said(process)
    deadline = threading.Timer(timeout_s, process.kill)
    deadline.daemon = True
    deadline.start()
    try:
        while chunk := os.read(stdout.fileno(), _CHUNK_BYTES):
            yield chunk
        process.wait()
    finally:
        deadline.cancel()
        process.kill()
        stdout.close()
        process.wait()
        said.join()
    if process.returncode:
        raise _refused(argv, root, process.returncode, said.text)


def _widen(pipe: int) -> None:
    """Let a pipe hold more, where the system does: it is only faster."""
    try:
        fcntl.fcntl(pipe, getattr(fcntl, "F_SETPIPE_SZ", -1), _PIPE_BYTES)
    except OSError:
        return


def _started(argv: Sequence[str], root: Path) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            cwd=root,
            env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=shell.group().id,
        )
    except FileNotFoundError as missing:
        if not root.exists():
            raise RepositoryError("this folder does not exist", facts={"folder": root}) from missing
        raise ToolMissingError("git is not installed", remedy="install git") from missing


class _Said:
    """Standard error, read beside standard output so that neither fills up and waits."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._lines: list[bytes] = []
        self._thread = threading.Thread(target=self._read, args=(cast("IO[bytes]", process.stderr),), daemon=True)
        self._thread.start()

    def _read(self, stderr: IO[bytes]) -> None:
        with stderr:
            self._lines.extend(stderr)

    def join(self) -> None:
        self._thread.join()

    @property
    def text(self) -> str:
        return b"".join(self._lines[-12:]).decode("utf-8", "replace").strip()


def _refused(argv: Sequence[str], root: Path, code: int, said: str) -> Exception:
    """What git's failure means."""
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
        return ToolError("git log was ended before it was done", facts={**facts, "command": " ".join(argv)})
    return ToolError(f"git log exited with {code}", facts={**facts, "command": " ".join(argv)})
