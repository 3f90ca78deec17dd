"""Commands that need no shell: the same program, run without a shell's start-up, as make does it."""

from __future__ import annotations

import functools
import os
import re
import shutil
from collections.abc import Mapping

_SAFE = re.compile(r"[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+:,./=-]*(?: [A-Za-z0-9_@%+:,./=-]+)*")
"""Words in which no shell sees anything special; the first is no assignment."""
_SHELLS = frozenset({"bash", "sh", "/bin/bash", "/bin/sh", "/usr/bin/bash", "/usr/bin/sh"})
_OWN = frozenset(
    [
        ":",
        ".",
        "[",
        "alias",
        "bg",
        "bind",
        "break",
        "builtin",
        "caller",
        "case",
        "cd",
        "command",
        "compgen",
        "complete",
        "compopt",
        "continue",
        "coproc",
        "declare",
        "dirs",
        "disown",
        "do",
        "done",
        "echo",
        "elif",
        "else",
        "enable",
        "esac",
        "eval",
        "exec",
        "exit",
        "export",
        "fc",
        "fg",
        "fi",
        "for",
        "function",
        "getopts",
        "hash",
        "help",
        "history",
        "if",
        "in",
        "jobs",
        "kill",
        "let",
        "local",
        "logout",
        "mapfile",
        "popd",
        "printf",
        "pushd",
        "pwd",
        "read",
        "readarray",
        "readonly",
        "return",
        "select",
        "set",
        "shift",
        "shopt",
        "source",
        "suspend",
        "test",
        "then",
        "time",
        "times",
        "trap",
        "type",
        "typeset",
        "ulimit",
        "umask",
        "unalias",
        "unset",
        "until",
        "wait",
        "while",
    ]
)
"""What bash understands by itself: builtins and keywords, but for `true` and `false`, which are the same as programs.

Source: bash(1), `compgen -bk`.
"""


def words(command: str, shell: str, env: Mapping[str, str]) -> list[str] | None:
    """The program's path and arguments, where a shell would do nothing but run it; else None."""
    if shell not in _SHELLS or not _SAFE.fullmatch(command):
        return None
    found = command.split(" ")
    name = found[0]
    if name in _OWN or "BASH_ENV" in env or "ENV" in env or "BASH_FUNC_" in "\n".join(env):
        return None
    path = name if "/" in name else _which(name, env.get("PATH", ""))
    return [path, *found[1:]] if path else None


@functools.lru_cache(maxsize=256)
def _which(name: str, path: str) -> str:
    """Where a program lies; empty when it is nowhere, or in a folder that is not told from `/`."""
    found = shutil.which(name, path=path) or ""
    return found if os.path.isabs(found) else ""  # noqa: PTH117 - a string is told about
