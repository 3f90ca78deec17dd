"""git: the one place that runs it. plumbing and remotes, as supervised processes."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from windlass import shell
from windlass.backoff import Backoff, pause
from windlass.deadline import within
from windlass.digest import content_digest
from windlass.errors import RepositoryError, ToolError
from windlass.git import command, local_errors, remote_errors, stale_locks
from windlass.git.commit_header import identity_in
from windlass.git.object_types import Blob as Blob
from windlass.git.object_types import Identity as Identity
from windlass.git.object_types import RefUpdate as RefUpdate
from windlass.git.push_command import plain_push_words, push_words
from windlass.git.push_errors import moved_error, no_atomic_push_error, push_error, unreachable_error

_REMOTE_TIMEOUT_S = 120.0
_TRIES = 5
_REMEMBERED = 256
"""Answers about objects that are kept in memory, the latest."""
_NEVER_PUSHED = "refs/windlass/asked"
"""A ref that a question names, and that never comes to be."""
_SSH = "ssh -o BatchMode=yes -o ConnectTimeout=15"


class Git:
    """A repository and its remote.

    Attributes:
        root: a folder of the working copy, or a bare repository.
        remote: the remote's name or address.

    `wait` is how pauses between tries are made; tests pass their own.
    """

    def __init__(self, root: Path, remote: str = "origin", wait: Callable[[float], None] = pause) -> None:
        self.root = root
        self.remote = remote
        self._wait = wait
        self._env: Mapping[str, str] = {}
        self._read: dict[tuple[str, ...], bytes] = {}
        self._blobs: dict[str, str] = {}
        self._here: set[str] = set()

    @classmethod
    def objects_in(cls, folder: Path) -> Git:
        """A repository's own folder, for its objects alone: its working copy may be gone, and is not looked for."""
        found = cls(folder)
        found._env = {"GIT_DIR": str(folder), "GIT_WORK_TREE": str(folder)}
        return found

    def run(
        self,
        *words: str | Path,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        ok: Sequence[int] | None = (0,),
        timeout_s: float = 120.0,
    ) -> shell.ProgramResult:
        """`git WORDS`, in the root; errors as `shell.run`'s."""
        full = {**self._env, **(env or {})}
        return command.run(self.root, *words, env=full, stdin=stdin, ok=ok, timeout_s=timeout_s)

    def run_for_the_user(self, *words: str | Path, ok: Sequence[int] | None = (0,)) -> shell.ProgramResult:
        """As `run`, for what changes the files of the working copy: with the user's own settings, filters and hooks."""
        return command.run(self.root, *words, ok=ok, as_the_user=True)

    # ── the working copy ──

    @cached_property
    def top(self) -> Path:
        """The working copy's top folder.

        Raises:
            RepositoryError: there is none.
        """
        found = self.run("rev-parse", "--show-toplevel", ok=None)
        if found.code != 0:
            raise RepositoryError(
                "this folder is in no git repository",
                facts={"folder": self.root, "git said": found.err.strip()},
                remedy="git init, commit, and add a remote",
            )
        return Path(os.fsdecode(found.out.removesuffix(b"\n")))

    def branch(self) -> str:
        """The branch that is checked out; empty when HEAD is detached."""
        return self.run("symbolic-ref", "--quiet", "HEAD", ok=None).text.removeprefix("refs/heads/")

    def dirty(self) -> tuple[str, ...]:
        """Paths that differ from HEAD, untracked ones and submodules' included, ignored ones not."""
        words = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=none")
        listing = os.fsdecode(self.run(*words).out)
        return tuple(entry[3:] for entry in listing.split("\0") if entry)

    def user(self) -> tuple[str, str] | None:
        """Name and address of who works here, by git's settings or variables; None where nobody said so."""
        words = ("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
        done = self.run(*words, ok=None)
        found = re.fullmatch(r"(.*?) <(.*)> \d+ [+-]\d+", done.text) if done.code == 0 else None
        return (found[1], found[2]) if found else None

    def shallow(self) -> bool:
        """Whether history was cut off by a shallow clone."""
        return self.run("rev-parse", "--is-shallow-repository").text == "true"

    def has_remote(self) -> bool:
        """Whether the remote is one that this repository knows by its name."""
        return self.run("remote", "get-url", "--", self.remote, ok=None).code == 0

    def remotes(self) -> tuple[str, ...]:
        """The names of all remotes, for people to read; none where they can't be told."""
        from configparser import Error

        import git as gitpython

        try:
            return tuple(remote.name for remote in gitpython.Repo(self.top).remotes)
        except (gitpython.GitError, OSError, Error):
            return ()

    # ── objects ──

    def resolve(self, name: str) -> str:
        """The object id that a name stands for, tags peeled to their commit; empty when it stands for nothing."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return self.run(*words, ok=None).text

    def tree_of(self, commit: str) -> str:
        """The object id of a commit's tree."""
        return self.run("rev-parse", "--verify", f"{commit}^{{tree}}").text

    def has(self, oid: str) -> bool:
        """Whether the object is here; asked for until it is."""
        if oid not in self._here and self.run("cat-file", "-e", oid, ok=None).code == 0:
            self._here.add(oid)
        return oid in self._here

    def read(self, *words: str) -> bytes:
        """What `git WORDS` prints of an object that is named by its id: asked for once, as that can't change."""
        if words not in self._read:
            self._read[words] = self.run(*words).out
            while len(self._read) > _REMEMBERED:
                self._read.pop(next(iter(self._read)))
        return self._read[words]

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` contains `older`."""
        return self.run("merge-base", "--is-ancestor", older, newer, ok=(0, 1)).code == 0

    def show(self, commit: str, path: str) -> bytes | None:
        """A file's bytes as of a commit, behind symbolic links; None when it has no such file."""
        asked = self.run("cat-file", "--batch", "--follow-symlinks", stdin=os.fsencode(f"{commit}:{path}\n"), ok=None)
        about, _, content = asked.out.partition(b"\n")
        kind, _, size = about.rpartition(b" ")
        return content[: int(size)] if asked.code == 0 and kind.endswith(b" blob") else None

    def blobs(self, names: Iterable[str]) -> dict[str, Blob]:
        """Several files at once: what each name (an object id, or `COMMIT:PATH`) stands for; without those for nothing.

        No name has a line's end in it.
        """
        asked = tuple(dict.fromkeys(names))
        out = self.run("cat-file", "--batch", stdin=os.fsencode("".join(f"{name}\n" for name in asked))).out
        found, at = {}, 0
        for name in asked:
            end = out.index(b"\n", at)
            about, at = out[at:end], end + 1
            if not about.endswith(b" missing"):
                oid, _, size = about.decode().split(" ")
                found[name], at = Blob(oid, out[at : at + int(size)]), at + int(size) + 1
        return found

    def blob(self, content: bytes) -> str:
        """Write a blob; its object id."""
        digest = content_digest(content)
        if digest not in self._blobs:
            self._blobs[digest] = self.run("hash-object", "-w", "--stdin", stdin=content).text
        return self._blobs[digest]

    def tree(self, files: Mapping[str, bytes | Blob]) -> str:
        """Write a flat tree of plain files, some of which may be there already; its object id."""
        oids = {name: one.oid if isinstance(one, Blob) else self.blob(one) for name, one in files.items()}
        rows = "".join(f"100644 blob {oid}\t{name}\n" for name, oid in sorted(oids.items()))
        return self.run("mktree", stdin=rows.encode()).text

    @contextmanager
    def scratch_index(self) -> Iterator[Mapping[str, str]]:
        """An empty index for the block, as variables for `run`: the user's own is never touched."""
        with tempfile.TemporaryDirectory(prefix="windlass-index-") as scratch:
            yield {"GIT_INDEX_FILE": f"{scratch}/index"}

    def commit(self, tree: str, parents: Iterable[str], message: str, who: Identity) -> str:
        """Write a commit; its object id, which depends on the arguments alone."""
        parent_words = [word for parent in parents for word in ("-p", parent)]
        words = ("commit-tree", tree, *parent_words, "-F", "-")
        commit = self.run(*words, stdin=message.encode(), env=who.environment()).text
        self._here.add(commit)
        return commit

    def tag_object(self, name: str, commit: str, message: str, who: Identity) -> str:
        """Write an annotated tag's object (no ref); its object id, which depends on the arguments alone."""
        header = f"object {commit}\ntype commit\ntag {name}\ntagger {who.name} <{who.email}> {who.epoch} +0000\n"
        return self.run("mktag", stdin=f"{header}\n{message}\n".encode()).text

    def committer_of(self, commit: str) -> Identity:
        """Who made a commit, and when.

        Raises:
            RepositoryError: its header can't be read.
        """
        return identity_in(self.run("cat-file", "commit", commit).out, commit)

    def epoch_of(self, commit: str) -> int:
        """When a commit was made, seconds since 1970."""
        return self.committer_of(commit).epoch

    # ── the remote ──

    def ls_remote(self, *patterns: str) -> dict[str, str]:
        """Ref → object id on the remote (annotated tags also as `REF^{}`, peeled).

        Raises:
            RemoteUnreachableError: no answer.
        """
        done = self._ask("ls-remote", "--end-of-options", self.remote, *patterns)
        return {ref: oid for oid, _, ref in (line.partition("\t") for line in done.text.splitlines())}

    def fetch(self, *refspecs: str, prune: bool = False) -> None:
        """Bring objects and refs here; no tags beyond those named.

        Raises:
            RemoteUnreachableError: no answer.
            RepositoryError: something in this repository is in the way, and it says what.
        """
        options = ["--no-tags", "--no-write-fetch-head", "--quiet", "--prune" if prune else "--no-prune"]
        self._ask("fetch", *options, "--end-of-options", self.remote, *refspecs)

    def _ask(self, *words: str) -> shell.ProgramResult:
        """A question to the remote, asked again where its trouble may be over in a moment."""
        try:
            done = self._retry(words)
            if done.code != 0 and stale_locks.clear(done.err, self._folders(), self._wait):
                done = self._retry(words)
            if done.code != 0:
                raise local_errors.explained(done) or shell.failure(done)
        except ToolError as problem:
            raise unreachable_error(self.remote, problem) from problem
        return done

    def _folders(self) -> list[Path]:
        """The repository's own folder and those of its working copies."""
        listing = os.fsdecode(self.run("worktree", "list", "--porcelain").out).splitlines()
        copies = [Path(line.removeprefix("worktree ")) for line in listing if line.startswith("worktree ")]
        return [self.root / os.fsdecode(self.run("rev-parse", "--git-common-dir").out.removesuffix(b"\n")), *copies]

    def _retry(self, words: Sequence[str], settled: Callable[[], bool] = lambda: False) -> shell.ProgramResult:
        """Run a remote command until it works, fails for good, is found settled, or its deadline comes."""
        bound_s = within(_REMOTE_TIMEOUT_S)
        backoff = Backoff(bound_s, first_s=0.5, longest_s=4.0, tries=_TRIES, room_s=1.0, wait=self._wait)
        while True:
            done = self.run(*words, env=self._ssh, ok=None, timeout_s=max(backoff.left_s, 1.0))
            again = done.code != 0 and remote_errors.is_transient(f"{done.err}\n{done.text}")
            if not again or backoff.is_over or settled() or not backoff.again("the git remote does not answer"):
                return done

    @cached_property
    def _ssh(self) -> dict[str, str]:
        """ssh that never asks; nothing where the user says which ssh it is to be, with its keys and options."""
        own = any(name in os.environ for name in ("GIT_SSH_COMMAND", "GIT_SSH"))
        if own or self.run("config", "--get", "core.sshCommand", ok=None).text:
            return {}
        return {"GIT_SSH_COMMAND": _SSH}

    def refuse_without_atomic_push(self) -> None:
        """Ask whether the remote takes several refs in one push, all or none; nothing is pushed.

        Whoever may not push here finds out later: this says nothing of it.

        Raises:
            RemoteRefusedError: it does not.
        """
        words = ("--dry-run", "--atomic", "--", self.remote, f"HEAD:{_NEVER_PUSHED}")
        done = self._retry((*plain_push_words(self.remote), *words))
        if remote_errors.lacks_atomic_push(done.err):
            raise no_atomic_push_error(self.remote)

    def push(self, *updates: RefUpdate) -> None:
        """One atomic, leased push, then a look: done means that the remote was seen to hold every new value.

        The project's own pre-push hook does not run: a ledger's push is no push of work.

        Raises:
            ConflictError: a ref did not hold what was expected; nothing was changed.
            RemoteRefusedError: the remote said no (a protected branch, a hook); nothing was changed.
            RemoteUnreachableError: no answer; nothing was changed when last seen.
        """
        self._push(updates, its_word_counts=False)

    def append(self, update: RefUpdate) -> None:
        """As `push`, to one ref that is looked at later anyway: the remote's word that it took it is enough.

        The next push is leased on this one's value, and what verifies looks: one that did not happen is seen.

        Raises:
            ConflictError, RemoteRefusedError, RemoteUnreachableError: as `push`.
        """
        self._push([update], its_word_counts=True)

    def _push(self, updates: Sequence[RefUpdate], *, its_word_counts: bool) -> None:
        there: dict[str, str] = {}

        def moved_refs() -> list[RefUpdate]:
            there.clear()
            there.update(self.ls_remote(*(update.ref for update in updates)))
            return [update for update in updates if there.get(update.ref, "") != update.expected]

        try:
            done = self._retry(push_words(self.remote, updates), lambda: bool(moved_refs()))
            text = f"{done.err}\n{done.text}"
            if done.code == 0 and its_word_counts:
                return
        except ToolError as late:
            text = late.problem
        differing = moved_refs()
        if all(there.get(update.ref, "") == update.new for update in updates):
            return
        if differing:
            raise moved_error(differing, there)
        raise push_error(updates, self.remote, text)
