"""A stage's addresses: what `WINDLASS_STAGE` names, and what stand-ins are called in a ledger, whatever their port.

A ledger on a stage names its stand-ins by symbols (`stage://index/…`, `stage://registry/…`), so that a stage can be
kept and opened again elsewhere. Both the variable and the symbols count for a stage's own remote alone, which has a
ref that marks it: what is left over from a rehearsal changes nothing about a real release.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from windlass.errors import ConfigError, RepositoryError
from windlass.git import Git

VARIABLE = "WINDLASS_STAGE"
"""Names a stage's file of addresses."""
MARK = "refs/windlass/stage"
"""The ref that a stage's own repository has, and no other."""
REPOSITORY = "remote.git"
"""A stage's own repository: its folder below the stage's, and its name below the stand-in's address."""
_SCHEME = "stage://"
_REGISTRY = f"{_SCHEME}registry"


@dataclass(frozen=True)
class Addresses:
    """Where a stage's stand-ins are now, and what they are called.

    Attributes:
        host: `127.0.0.1:PORT`; empty for a real run, which knows no symbols.
    """

    host: str = ""

    @classmethod
    def of(cls, git: Git) -> Addresses:
        """The addresses of the stage whose remote this is; none where it is a real one."""
        found = overrides(git.root, git.remote)
        return cls(next((host for text in _texts(found) if (host := urlsplit(text).netloc)), ""))

    def symbolic(self, text: str) -> str:
        """A text with a symbol for every address of a stand-in: the same on any port."""
        if not self.host:
            return text
        return text.replace(f"http://{self.host}/", _SCHEME).replace(self.host, _REGISTRY)

    def resolve(self, text: str, where: str) -> str:
        """A text with the addresses that its symbols stand for now.

        Args:
            where: what holds the text, for an error.

        Raises:
            RepositoryError: it has symbols, and this is no stage.
        """
        if _SCHEME not in text:
            return text
        if not self.host:
            raise RepositoryError(
                f"{where} names a rehearsal's stand-ins, and this is no rehearsal; nothing was touched",
                facts={"named": text[text.index(_SCHEME) :].partition('"')[0]},
                remedy=f"release to a real remote; a stage's own is used with {VARIABLE} set, by `inv rehearse`",
            )
        return text.replace(_REGISTRY, self.host).replace(_SCHEME, f"http://{self.host}/")


def overrides(root: Path, remote: str) -> Mapping[str, Any]:
    """What the file that `WINDLASS_STAGE` names says; nothing where the project's remote is not that of a stage.

    Args:
        root: a folder of the project's repository.
        remote: the remote's name, or its address.

    Raises:
        ConfigError: the file can't be read.
        RemoteUnreachableError: the remote does not answer, so that it can't be told.
    """
    name = os.environ.get(VARIABLE)
    address = _address(root, remote) if name else ""
    if not name or not _is_marked(Path("/") if "://" in address else root, address):
        return {}
    file = Path(name)
    try:
        found: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as broken:
        raise ConfigError(
            f"the file that {VARIABLE} names can't be read",
            facts={"file": file, "problem": broken},
            remedy=f"unset {VARIABLE}, or name a stage's file",
        ) from broken
    return found


@functools.lru_cache(maxsize=16)
def _address(root: Path, remote: str) -> str:
    """A remote's address; empty where there is no such remote."""
    named = Git(root).run("config", "--get", f"remote.{remote}.url", ok=None).text
    return named or (remote if "/" in remote else "")


@functools.lru_cache(maxsize=16)
def _is_marked(root: Path, address: str) -> bool:
    """Whether a repository is a stage's own; what that is stays so."""
    if address and Git(root, address).ls_remote(MARK):
        return True
    print(f"{VARIABLE} is ignored: this project's remote is no stage's", file=sys.stderr)
    return False


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
