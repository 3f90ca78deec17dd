"""Histories made to order: a small git repository whose commits, merges and tags a test names."""

from __future__ import annotations

import re
from pathlib import Path

from windlass.git import command
from windlass.git.git_folder import GitFolder

_FIRST_AT = 1_700_000_000
_OID = re.compile(r"[0-9a-f]{40}")


class MadeHistory:
    """A repository that grows commit by commit; the same calls make the same object ids.

    Attributes:
        root: its folder.
        branch: the branch that commits go to; checked out by `write`.
    """

    def __init__(self, root: Path, branch: str = "main") -> None:
        self.root = root
        self.branch = branch
        self._count = 0
        self._files: dict[str, dict[str, tuple[str, str]]] = {}
        self._folder = GitFolder.of(root, branch)

    def git(self, *words: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> str:
        """`git WORDS` in the repository; its standard output."""
        return command.run(self.root, *words, stdin=stdin, env=env).text

    def tip(self, branch: str = "") -> str:
        """The object id of a branch's tip (the current one's by default); empty when it has no commit."""
        name = f"refs/heads/{branch or self.branch}"
        loose = self._folder.path / name
        if loose.is_file():
            return loose.read_text().strip()
        if not (self._folder.path / "packed-refs").exists():
            return ""
        return command.run(self.root, "rev-parse", "--verify", "-q", name, ok=None).text

    def commit(
        self,
        message: str | bytes,
        *,
        parents: tuple[str, ...] | None = None,
        author: str = "Ann Author",
        files: dict[str, str] | None = None,
        encoding: str = "",
        later_s: int = 0,
    ) -> str:
        """Commit on the current branch.

        Args:
            message: as it is stored; bytes need not be UTF-8.
            parents: object ids; the branch's tip by default.
            files: path → text, added to those of the first parent.
            encoding: what the commit says its message is in; empty for UTF-8.
            later_s: how much its clock is ahead, in seconds; negative when it is behind.

        Returns:
            The commit's object id.
        """
        if parents is None:
            parents = tuple(filter(None, [self.tip()]))
        who = self._identity(author, later_s)
        person = f"{author} <{who['GIT_AUTHOR_EMAIL']}> {who['GIT_AUTHOR_DATE']}"
        # Written, and not by `git commit`, which would mend a message that is not UTF-8: history holds such.
        raw = message if isinstance(message, bytes) else message.encode()
        added = {path: ("100644", self._folder.write("blob", text.encode())) for path, text in (files or {}).items()}
        whole = {**(self._files_of(parents[0]) if parents else {}), **added}
        oid = self._folder.commit(self._folder.tree(whole), parents, person, raw, encoding)
        self._files[oid] = whole
        self._folder.ref(f"refs/heads/{self.branch}", oid)
        return oid

    def merge(self, other: str, message: str = "", *others: str) -> str:
        """Merge branches or commits into the current branch."""
        parents = (self.tip(), *(self._commit(name) for name in (other, *others)))
        return self.commit(message or f"Merge branch '{other}'", parents=parents)

    def on(self, branch: str, at: str = "") -> None:
        """Make (at a revision, or where the current branch stands) or choose the branch that commits go to."""
        if not self.tip(branch):
            self._folder.ref(f"refs/heads/{branch}", self._commit(at or self.tip()))
        self.branch = branch
        self._folder.choose(branch)

    def tag(self, name: str, at: str = "", *, message: str = "") -> None:
        """Tag a revision, the current branch's tip by default; an annotated tag when there is a message."""
        words = ("-a", "-m", message) if message else ()
        who = self._identity("Ann Author")
        if message or (self._folder.path / "refs/tags" / name).exists():
            self.git("tag", *words, "--", name, at or self.tip(), env=who)
        else:
            self._folder.ref(f"refs/tags/{name}", self._commit(at or self.tip()))

    def _commit(self, name: str) -> str:
        """The commit that a name stands for."""
        tip = self.tip(name)
        return tip or (name if _OID.fullmatch(name) else self.git("rev-parse", f"{name}^{{commit}}"))

    def _files_of(self, commit: str) -> dict[str, tuple[str, str]]:
        """Path → mode and blob of a commit, by whomever it was made."""
        if commit not in self._files:
            rows = (row.split("\t", 1) for row in self.git("ls-tree", "-r", "-z", commit).split("\0") if row)
            self._files[commit] = {path: (what.split()[0], what.split()[2]) for what, path in rows}
        return self._files[commit]

    def _identity(self, name: str, later_s: int = 0) -> dict[str, str]:
        self._count += 1
        email = f"{name.split(maxsplit=1)[0].lower()}@example.org" if name.split() else "nobody@example.org"
        pairs = {"NAME": name, "EMAIL": email, "DATE": f"{_FIRST_AT + 60 * self._count + later_s} +0000"}
        return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in pairs.items()}
