"""git as a program: the one place that starts it, with the environment that makes it say the same everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from windlass import shell
from windlass.git import local_errors
from windlass.git.environment import environment
from windlass.shell.stream import stream as _stream

_UNBUFFERED = {"GIT_FLUSH": "0"}  # or git writes each commit on its own


def run(
    folder: Path | None,
    *words: str | Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    ok: Sequence[int] | None = (0,),
    timeout_s: float = 120.0,
    as_the_user: bool = False,
) -> shell.ProgramResult:
    """`git WORDS` in a folder (this process's where None); the rest, and its errors, as `shell.run`'s.

    Args:
        as_the_user: with the user's own settings and hooks; see `windlass.git.environment`.

    Raises:
        RepositoryError: git reads nothing here at all, and says why; whatever `ok` is.
    """
    full = {**environment(os.environ, as_the_user=as_the_user), **(env or {})}
    done = shell.run(["git", *words], cwd=folder, env=full, stdin=stdin, ok=None, timeout_s=timeout_s, credentials=True)
    local_errors.refuse_unreadable(done)
    if ok is not None and done.code not in ok:
        raise local_errors.explained(done) or shell.failure(done)
    return done


def stream(
    folder: Path, *words: str, timeout_s: float, failed: Callable[[shell.ProgramResult], Exception]
) -> Iterator[bytes]:
    """`git WORDS` in a folder, its output as it comes; see `windlass.shell.stream`."""

    def explained(done: shell.ProgramResult) -> Exception:
        local_errors.refuse_unreadable(done)
        return failed(done)

    env = {**environment(os.environ), **_UNBUFFERED}
    return _stream(["git", *words], cwd=folder, env=env, timeout_s=timeout_s, failed=explained)
