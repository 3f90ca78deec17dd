"""git: the one place that runs it. GitPython reads the working copy; plumbing and remotes are supervised processes."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from windlass import shell
from windlass.deadline import within
from windlass.errors import (
    ConflictError,
    RemoteRefusedError,
    RemoteUnreachableError,
    RepositoryError,
    ToolError,
)
from windlass.git import command, remote_errors

if TYPE_CHECKING:
    import git as gitpython

_REMOTE_TIMEOUT_S = 120.0
_LONGEST_PAUSE_S = 4.0
_REMEMBERED = 256
"""Answers about objects that are kept in memory, the latest."""
_SSH = "ssh -o BatchMode=yes -o ConnectTimeout=15"


@dataclass(frozen=True)
class Identity:
    """Who and when, for an object that must come out the same anywhere.

    Attributes:
        name: a person's name.
        email: their address, without brackets.
        epoch: seconds since 1970, UTC.
    """

    name: str
    email: str
    epoch: int

    def environment(self) -> dict[str, str]:
        """Author and committer alike, as git's variables."""
        pairs = {"NAME": self.name, "EMAIL": self.email, "DATE": f"@{self.epoch} +0000"}
        return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in pairs.items()}


@dataclass(frozen=True)
class RefUpdate:
    """One compare-and-swap of a remote ref.

    Attributes:
        ref: full name, `refs/…`.
        new: object id to set; empty to delete.
        expected: object id that must be there; empty for "must not exist".
    """

    ref: str
    new: str
    expected: str


@dataclass(frozen=True)
class Blob:
    """A file's object id and its bytes."""

    oid: str
    content: bytes


class Git:
    """A repository and its remote.

    Attributes:
        root: a folder of the working copy, or a bare repository.
        remote: the remote's name or address.

    `wait` is how pauses between tries are made; tests pass their own.
    """

    def __init__(self, root: Path, remote: str = "origin", wait: Callable[[float], None] = time.sleep) -> None:
        self.root = root
        self.remote = remote
        self._wait = wait
        self._read: dict[tuple[str, ...], bytes] = {}
        self._blobs: dict[bytes, str] = {}
        self._here: set[str] = set()

    def run(
        self,
        *words: str | Path,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        ok: Sequence[int] | None = (0,),
        timeout_s: float = 120.0,
    ) -> shell.ProgramResult:
        """`git WORDS`, in the root; errors as `shell.run`'s."""
        ssh = {} if "GIT_SSH_COMMAND" in os.environ else {"GIT_SSH_COMMAND": _SSH}
        full = {**ssh, **(env or {})}
        return command.run(self.root, *words, env=full, stdin=stdin, ok=ok, timeout_s=timeout_s)

    # ── the working copy ──

    @cached_property
    def _repo(self) -> gitpython.Repo:
        import git as gitpython

        try:
            return gitpython.Repo(self.root, search_parent_directories=True)
        except (gitpython.InvalidGitRepositoryError, gitpython.NoSuchPathError) as none:
            raise RepositoryError(
                "this folder is in no git repository",
                facts={"folder": self.root},
                remedy="git init, commit, and add a remote",
            ) from none

    @property
    def top(self) -> Path:
        """The working copy's top folder."""
        return Path(self._repo.working_dir)

    def branch(self) -> str:
        """The branch that is checked out; empty when HEAD is detached."""
        return "" if self._repo.head.is_detached else str(self._repo.active_branch.name)

    def dirty(self) -> tuple[str, ...]:
        """Paths that differ from HEAD, untracked ones included, ignored ones not."""
        listing = self.run("status", "--porcelain=v1", "-z", "--untracked-files=all").out.decode("utf-8", "replace")
        return tuple(entry[3:] for entry in listing.split("\0") if entry[2:3] == " ")

    def shallow(self) -> bool:
        """Whether history was cut off by a shallow clone."""
        return self.run("rev-parse", "--is-shallow-repository").text == "true"

    def remotes(self) -> dict[str, str]:
        """Remote name → address."""
        return {remote.name: remote.url for remote in self._repo.remotes}

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
        """A file's bytes as of a commit; None when it has no such file."""
        done = self.run("cat-file", "blob", f"{commit}:{path}", ok=None)
        return done.out if done.code == 0 else None

    def blobs(self, names: Iterable[str]) -> dict[str, Blob]:
        """Several files at once: what each name (an object id, or `COMMIT:PATH`) stands for; without those for nothing.

        No name has a line's end in it.
        """
        asked = tuple(dict.fromkeys(names))
        left = self.run("cat-file", "--batch", stdin="".join(f"{name}\n" for name in asked).encode()).out
        found = {}
        for name in asked:
            about, _, left = left.partition(b"\n")
            if not about.endswith(b" missing"):
                oid, _, size = about.decode().split(" ")
                found[name], left = Blob(oid, left[: int(size)]), left[int(size) + 1 :]
        return found

    def blob(self, content: bytes) -> str:
        """Write a blob; its object id."""
        digest = hashlib.sha256(content).digest()
        if digest not in self._blobs:
            self._blobs[digest] = self.run("hash-object", "-w", "--stdin", stdin=content).text
        return self._blobs[digest]

    def tree(self, files: Mapping[str, bytes | Blob]) -> str:
        """Write a flat tree of plain files, some of which may be there already; its object id."""
        oids = {name: one.oid if isinstance(one, Blob) else self.blob(one) for name, one in files.items()}
        rows = "".join(f"100644 blob {oid}\t{name}\n" for name, oid in sorted(oids.items()))
        return self.run("mktree", stdin=rows.encode()).text

    def commit(self, tree: str, parents: Iterable[str], message: str, who: Identity) -> str:
        """Write a commit; its object id, which depends on the arguments alone."""
        parent_words = [word for parent in parents for word in ("-p", parent)]
        words = ("-c", "commit.gpgSign=false", "commit-tree", tree, *parent_words, "-F", "-")
        commit = self.run(*words, stdin=message.encode(), env=who.environment()).text
        self._here.add(commit)
        return commit

    def tag_object(self, name: str, commit: str, message: str, who: Identity) -> str:
        """Write an annotated tag's object (no ref); its object id, which depends on the arguments alone."""
        header = f"object {commit}\ntype commit\ntag {name}\ntagger {who.name} <{who.email}> {who.epoch} +0000\n"
        return self.run("mktag", stdin=f"{header}\n{message}\n".encode()).text

    def author_of(self, commit: str) -> Identity:
        """A commit's author, with the committer's date."""
        name, email, epoch = self.run("show", "-s", "--format=%an%x00%ae%x00%ct", commit).text.split("\0")
        return Identity(name or "windlass", email, int(epoch))

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
        """
        options = ["--no-tags", "--no-write-fetch-head", "--quiet", *(["--prune"] if prune else [])]
        self._ask(*_NO_UPKEEP, "fetch", *options, "--end-of-options", self.remote, *refspecs)

    def _ask(self, *words: str) -> shell.ProgramResult:
        """A question to the remote, asked again where its trouble may be over in a moment."""
        try:
            done = self._retry(words)
            if done.code != 0:
                raise shell.failure(done)
        except ToolError as problem:
            raise self._unreachable(problem) from problem
        return done

    def _retry(self, words: Sequence[str], settled: Callable[[], bool] = lambda: False) -> shell.ProgramResult:
        """Run a remote command until it works, fails for good, is found settled, or its deadline comes."""
        until = time.monotonic() + within(_REMOTE_TIMEOUT_S)
        pause_s = 0.5
        while True:
            done = self.run(*words, ok=None, timeout_s=max(until - time.monotonic(), 1.0))
            again = done.code != 0 and remote_errors.is_transient(f"{done.err}\n{done.text}")
            if not again or pause_s > _LONGEST_PAUSE_S or time.monotonic() + pause_s > until or settled():
                return done
            self._wait(pause_s)
            pause_s *= 2

    def _unreachable(self, problem: ToolError) -> RemoteUnreachableError:
        return RemoteUnreachableError(
            "the git remote did not answer as it should",
            facts={"remote": self.remote, **problem.facts},
            remedy="see that `git ls-remote` works for this remote, then run the same again",
        )

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
            done = self._retry(_pushing(self.remote, updates), lambda: bool(moved_refs()))
            text = f"{done.err}\n{done.text}"
            if done.code == 0 and its_word_counts:
                return
        except ToolError as late:
            text = late.problem
        differing = moved_refs()
        if all(there.get(update.ref, "") == update.new for update in updates):
            return
        if differing:
            raise _moved_error(differing, there)
        raise _push_error(updates, self.remote, text)


def _pushing(remote: str, updates: Iterable[RefUpdate]) -> tuple[str, ...]:
    leases = [f"--force-with-lease={update.ref}:{update.expected}" for update in updates]
    return (*_PUSH, *leases, "--", remote, *(f"{update.new}:{update.ref}" for update in updates))


_NO_UPKEEP = ("-c", "maintenance.auto=false", "-c", "gc.auto=0")
"""A few refs and their objects are no reason to tidy up a user's repository, which takes its time."""
_PUSH = (
    *("-c", "push.followTags=false", "-c", "push.recurseSubmodules=no", "-c", "push.gpgSign=false"),
    *("push", "--atomic", "--no-verify", "--porcelain"),
)


def _push_error(updates: Sequence[RefUpdate], remote: str, text: str) -> RemoteRefusedError | RemoteUnreachableError:
    lines = [line for line in text.splitlines() if line.strip() and line != "Done"]
    facts = {"refs": ", ".join(update.ref for update in updates), "it said": "\n".join(lines[-8:]) or "(nothing)"}
    if remote_errors.is_protected(text):
        return RemoteRefusedError(
            "the remote's rules for this branch refused the push; nothing was changed",
            facts=facts,
            remedy='set flow = "pull-request" in [tool.windlass], then `inv release.prepare`: the release commit goes '
            "in by a pull request",
        )
    if remote_errors.is_rejected(text):
        return RemoteRefusedError(
            "the git remote refused the push; nothing was changed",
            facts=facts,
            remedy="mend what it says, then run the same again",
        )
    return RemoteUnreachableError(
        "the git remote did not take the push; nothing was changed",
        facts={"remote": remote, **facts},
        remedy="see that `git ls-remote` works for this remote, then run the same again",
    )


def _moved_error(moved: Iterable[RefUpdate], there: Mapping[str, str]) -> ConflictError:
    first = next(iter(moved))
    return ConflictError(
        f"{first.ref} moved on the remote meanwhile; nothing was changed",
        facts={"expected": first.expected or "(absent)", "there": there.get(first.ref, "") or "(absent)"},
        remedy="fetch, look at what came, and run the same again",
    )
