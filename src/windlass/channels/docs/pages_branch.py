"""The branch that pages are published from: read and committed to by git's plumbing, without a checkout."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from windlass.errors import ConflictError
from windlass.git import Git, Identity, RefUpdate


class Item(NamedTuple):
    """One name in a tree: its mode, its kind (`blob`, `tree`, `commit`) and its object."""

    mode: str
    kind: str
    oid: str


@dataclass(frozen=True)
class Tip:
    """The branch as it was seen.

    Attributes:
        commit: its newest commit; empty when there is no such branch.
        items: what its top folder holds.
    """

    commit: str = ""
    items: Mapping[str, Item] = field(default_factory=dict)

    def folder(self, name: str) -> str:
        """The tree of a folder; empty when there is none."""
        item = self.items.get(name)
        return item.oid if item is not None and item.kind == "tree" else ""


@dataclass(frozen=True)
class Pages:
    """A branch of pages on a remote.

    Attributes:
        git: any repository with that remote; objects are kept there.
        branch: its name, without `refs/heads/`.
    """

    git: Git
    branch: str

    @property
    def ref(self) -> str:
        """The branch's full name on the remote."""
        return f"refs/heads/{self.branch}"

    def look(self) -> Tip:
        """Read the remote's branch.

        Raises:
            RemoteUnreachableError: no answer.
        """
        commit = self.git.ls_remote(self.ref).get(self.ref, "")
        if commit and not self.git.has(commit):
            kept = f"refs/windlass/pages/{self.branch}"
            self.git.fetch(f"+{self.ref}:{kept}")
            commit = self.git.resolve(kept)
        return Tip(commit, self._items(commit)) if commit else Tip()

    def _items(self, commit: str) -> dict[str, Item]:
        listing = self.git.read("ls-tree", "-z", commit).decode("utf-8", "surrogateescape")
        rows = (entry.split("\t", 1) for entry in listing.split("\0") if entry)
        return {name: Item(*what.split()) for what, name in rows}

    def read(self, tip: Tip, name: str) -> bytes | None:
        """A file of the top folder; None when there is none."""
        item = tip.items.get(name)
        return self.blob(item.oid) if item is not None and item.kind == "blob" else None

    def blob(self, oid: str) -> bytes:
        """A file's bytes."""
        return self.git.read("cat-file", "blob", oid)

    def files(self, tree: str) -> dict[str, str]:
        """Every file below a tree: path → blob."""
        listing = self.git.read("ls-tree", "-r", "-z", tree).decode("utf-8", "surrogateescape")
        rows = (entry.split("\t", 1) for entry in listing.split("\0") if entry)
        return {path: what.split()[2] for what, path in rows}

    def push(self, tip: Tip, edits: Mapping[str, Item | bytes], message: str, who: Identity) -> None:
        """Put names into the top folder: one commit on top of `tip`, one leased push, all of it seen or nothing.

        The remote's word is enough: whoever verifies looks at the branch.

        Raises:
            ConflictError: the branch moved meanwhile; nothing was changed.
            RemoteRefusedError, RemoteUnreachableError: as `Git.push`.
        """
        items = {**tip.items, **{name: self._item(edit) for name, edit in edits.items()}}
        rows = "".join(f"{item.mode} {item.kind} {item.oid}\t{name}\0" for name, item in items.items())
        tree = self.git.run("mktree", "-z", stdin=rows.encode("utf-8", "surrogateescape")).text
        commit = self.git.commit(tree, [tip.commit] if tip.commit else [], message, who)
        self.git.append(RefUpdate(self.ref, commit, tip.commit))

    def _item(self, edit: Item | bytes) -> Item:
        return edit if isinstance(edit, Item) else Item("100644", "blob", self.git.blob(edit))

    def tree_of(self, archive: Path) -> str:
        """Write the files of a tar.gz as a tree; its object id, which depends on their names and bytes alone.

        Raises:
            ConflictError: it holds something else than plain files below it.
        """
        with tempfile.TemporaryDirectory(prefix="windlass-pages-") as scratch:
            paths = list(_unpack(archive, Path(scratch)))
            listing = "".join(f"{scratch}/{number}\n" for number in range(len(paths)))
            oids = self.git.run(
                "hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listing.encode()
            ).text.split()
            rows = "".join(f"100644 {oid}\t{path}\0" for oid, path in zip(oids, paths, strict=True))
            env = {"GIT_INDEX_FILE": f"{scratch}/index"}
            self.git.run("update-index", "-z", "--index-info", stdin=rows.encode("utf-8", "surrogateescape"), env=env)
            return self.git.run("write-tree", env=env).text


def _unpack(archive: Path, scratch: Path) -> Iterator[str]:
    """Write each file of the archive under its number, so that no name in it means anything here; the names."""
    with tarfile.open(archive) as tar:
        for number, entry in enumerate(entry for entry in tar if not entry.isdir()):
            content = tar.extractfile(entry) if entry.isreg() else None
            if content is None or not _plain(entry.name):
                raise ConflictError(
                    f"{archive.name} holds something else than plain files",
                    facts={"entry": entry.name},
                    remedy="build the documentation again; symbolic links can't be published",
                )
            (scratch / str(number)).write_bytes(content.read())
            yield entry.name


def _plain(name: str) -> bool:
    """Whether a name stays below the folder it is put in, on the way there and in a repository."""
    parts = PurePosixPath(name).parts
    odd = {"..", "/"}
    return bool(parts) and not any(part in odd or part.lower() == ".git" for part in parts) and "\0" not in name
