"""A repository's own files, written and read as git does: where nothing else is at work in it, that costs no program.

For repositories that windlass itself makes, with loose objects and refs as files; a user's repository is git's.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = {bare}\n"
_TREE = "40000"


class GitFolder:
    """A folder of git's: `.git` of a working copy, or a bare repository.

    Source: gitrepository-layout(5), gitformat-loose(5).

    Attributes:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, root: Path, branch: str = "main", *, remote: str = "") -> GitFolder:
        """A new working copy's, with nothing committed; `remote` is the address of its `origin`."""
        config = _CONFIG.format(bare="false") + "\tlogallrefupdates = true\n"
        if remote:
            config += f'[remote "origin"]\n\turl = {remote}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
        return cls(root / ".git")._make(config, branch)

    @classmethod
    def bare(cls, path: Path, branch: str, settings: Mapping[str, str]) -> GitFolder:
        """A new bare repository; `settings` are of its configuration, by `SECTION.KEY`."""
        sections = ([*name.split("."), value] for name, value in settings.items())
        own = "".join(f"[{section}]\n\t{key} = {value}\n" for section, key, value in sections)
        return cls(path)._make(_CONFIG.format(bare="true") + own, branch)

    def _make(self, config: str, branch: str) -> GitFolder:
        for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (self.path / name).mkdir(parents=True, exist_ok=True)
        (self.path / "config").write_text(config)
        self.choose(branch)  # last: what has a HEAD is a repository
        return self

    def choose(self, branch: str) -> None:
        """Make HEAD stand for a branch."""
        (self.path / "HEAD").write_text(f"ref: refs/heads/{branch}\n")

    def chosen(self) -> str:
        """The branch that HEAD stands for."""
        return (self.path / "HEAD").read_text().strip().removeprefix("ref: refs/heads/")

    def refs(self) -> dict[str, str]:
        """Every ref and the object that it names, in the order of their names; symbolic ones left out."""
        loose = dict(self._loose_refs())  # first: one that is packed meanwhile is then among the packed
        return dict(sorted({**dict(self._packed_refs()), **loose}.items()))

    def _loose_refs(self) -> Iterator[tuple[str, str]]:
        for folder, _, names in os.walk(self.path / "refs"):
            below = Path(folder).relative_to(self.path).as_posix()
            for name in names:
                with suppress(FileNotFoundError):
                    oid = Path(folder, name).read_text().strip()
                    if not name.endswith(".lock") and not oid.startswith("ref: "):
                        yield f"{below}/{name}", oid

    def _packed_refs(self) -> Iterator[tuple[str, str]]:
        """Lines but for the first, which tells traits, and those of peeled tags."""
        packed = self.path / "packed-refs"
        for line in packed.read_text().splitlines() if packed.exists() else ():
            if not line.startswith(("#", "^")):
                oid, _, name = line.partition(" ")
                yield name, oid

    def ref(self, name: str, oid: str) -> None:
        """Set a ref, by its full name."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{oid}\n")

    def write(self, kind: str, content: bytes) -> str:
        """Write an object (`blob`, `tree`, `commit`, `tag`); its id."""
        stored = f"{kind} {len(content)}\0".encode() + content
        oid = hashlib.sha1(stored, usedforsecurity=False).hexdigest()
        file = self.path / "objects" / oid[:2] / oid[2:]
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(zlib.compress(stored, 1))
        return oid

    def tree(self, files: Mapping[str, tuple[str, str]]) -> str:
        """Write a tree and those below it; its id.

        Args:
            files: path → mode (`100644`) and blob.
        """
        items: dict[str, tuple[str, str]] = {}
        below: dict[str, dict[str, tuple[str, str]]] = {}
        for path, item in files.items():
            folder, deeper, rest = path.partition("/")
            if deeper:
                below.setdefault(folder, {})[rest] = item
            else:
                items[path] = item
        items |= {folder: (_TREE, self.tree(inside)) for folder, inside in below.items()}
        ordered = sorted(items.items(), key=lambda item: item[0] + "/" * (item[1][0] == _TREE))
        rows = (f"{mode} {name}\0".encode() + bytes.fromhex(oid) for name, (mode, oid) in ordered)
        return self.write("tree", b"".join(rows))

    def commit(self, tree: str, parents: Iterable[str], person: str, message: bytes, encoding: str = "") -> str:
        """Write a commit; its id.

        Args:
            person: author and committer, `NAME <EMAIL> SECONDS +0000`.
            message: as it is stored.
            encoding: what the commit says its message is in; empty for UTF-8.
        """
        lines = [
            f"tree {tree}",
            *(f"parent {parent}" for parent in parents),
            *(f"author {person}", f"committer {person}"),
            *([f"encoding {encoding}"] if encoding else []),
        ]
        return self.write("commit", "\n".join(lines).encode() + b"\n\n" + message)
