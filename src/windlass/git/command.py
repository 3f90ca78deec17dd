"""git as a program: the one place that starts it, with the environment that makes it say the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from windlass import shell
from windlass.shell.stream import stream as _stream

ENVIRONMENT: Mapping[str, str] = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",  # looking at a repository never writes to its index
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
}
_UNBUFFERED = {"GIT_FLUSH": "0"}  # or git writes each commit on its own


def run(
    folder: Path | None,
    *words: str | Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    ok: Sequence[int] | None = (0,),
    timeout_s: float = 120.0,
) -> shell.ProgramResult:
    """`git WORDS` in a folder (this process's where None); the rest, and its errors, as `shell.run`'s."""
    full = {**ENVIRONMENT, **(env or {})}
    return shell.run(["git", *words], cwd=folder, env=full, stdin=stdin, ok=ok, timeout_s=timeout_s)


def stream(
    folder: Path, *words: str, timeout_s: float, failed: Callable[[shell.ProgramResult], Exception]
) -> Iterator[bytes]:
    """`git WORDS` in a folder, its output as it comes; see `windlass.shell.stream`."""
    env = {**ENVIRONMENT, **_UNBUFFERED}
    return _stream(["git", *words], cwd=folder, env=env, timeout_s=timeout_s, failed=failed)
