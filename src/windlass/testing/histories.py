"""Histories made to order: a small git repository whose commits, merges and tags a test names."""

from __future__ import annotations

from pathlib import Path

from windlass import shell

_FIRST_AT = 1_700_000_000


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
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", branch)

    def git(self, *words: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> str:
        """`git WORDS` in the repository; its standard output."""
        return shell.run(["git", *words], cwd=self.root, stdin=stdin, env=env).text

    def tip(self, branch: str = "") -> str:
        """The object id of a branch's tip (the current one's by default); empty when it has no commit."""
        name = f"refs/heads/{branch or self.branch}"
        return shell.run(["git", "rev-parse", "--verify", "-q", name], cwd=self.root, ok=None).text

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
        lines = [
            f"tree {self._tree(parents, files or {})}",
            *(f"parent {parent}" for parent in parents),
            *(f"author {person}", f"committer {person}"),
            *([f"encoding {encoding}"] if encoding else []),
        ]
        # `git commit` would mend a message that is not UTF-8; history holds those that something else wrote.
        raw = message if isinstance(message, bytes) else message.encode()
        stored = "\n".join(lines).encode() + b"\n\n" + raw
        oid = self.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=stored)
        self.git("update-ref", f"refs/heads/{self.branch}", oid)
        return oid

    def merge(self, other: str, message: str = "", *others: str) -> str:
        """Merge branches or commits into the current branch."""
        parents = (self.tip(), *(self.git("rev-parse", f"{name}^{{commit}}") for name in (other, *others)))
        return self.commit(message or f"Merge branch '{other}'", parents=parents)

    def on(self, branch: str, at: str = "") -> None:
        """Make (at a revision, or where the current branch stands) or choose the branch that commits go to."""
        if not self.tip(branch):
            self.git("update-ref", f"refs/heads/{branch}", self.git("rev-parse", f"{at or self.tip()}^{{commit}}"))
        self.branch = branch
        self.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    def tag(self, name: str, at: str = "", *, message: str = "") -> None:
        """Tag a revision, the current branch's tip by default; an annotated tag when there is a message."""
        words = ("-a", "-m", message) if message else ()
        self.git("tag", *words, "--", name, at or self.tip(), env=self._identity("Ann Author"))

    def _tree(self, parents: tuple[str, ...], files: dict[str, str]) -> str:
        """The first parent's tree with files added; an index of its own keeps the working copy out of it."""
        if not files:
            return self.git("rev-parse", f"{parents[0]}^{{tree}}") if parents else self.git("mktree")
        index = {"GIT_INDEX_FILE": str(self.root / ".git" / "made-index")}
        self.git(*(("read-tree", parents[0]) if parents else ("read-tree", "--empty")), env=index)
        for path, text in files.items():
            blob = self.git("hash-object", "-w", "--stdin", stdin=text.encode())
            self.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=index)
        return self.git("write-tree", env=index)

    def _identity(self, name: str, later_s: int = 0) -> dict[str, str]:
        self._count += 1
        email = f"{name.split(maxsplit=1)[0].lower()}@example.org" if name.split() else "nobody@example.org"
        pairs = {"NAME": name, "EMAIL": email, "DATE": f"{_FIRST_AT + 60 * self._count + later_s} +0000"}
        return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in pairs.items()}
