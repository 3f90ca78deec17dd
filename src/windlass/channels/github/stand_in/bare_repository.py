"""The forge's git side: looks into the stage's bare remote, and merges there, so that merges are real."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from windlass import shell
from windlass.git import command
from windlass.git.git_folder import GitFolder

_MERGER = {
    "GIT_AUTHOR_NAME": "forge",
    "GIT_AUTHOR_EMAIL": "forge@example.invalid",
    "GIT_COMMITTER_NAME": "forge",
    "GIT_COMMITTER_EMAIL": "forge@example.invalid",
}


class NotMergeableError(Exception):
    """The two sides contradict each other, or the base moved meanwhile."""


@dataclass(frozen=True)
class Target:
    """What a ref leads to: its object, that object's type, and the commit behind it."""

    sha: str
    type: str
    commit: str


@dataclass(frozen=True)
class BareRepository:
    """A bare repository.

    Attributes:
        path: its folder.
    """

    path: Path

    def refs(self, prefix: str) -> dict[str, Target]:
        """Full ref name → what it leads to, for `prefix` itself and everything that begins with it."""
        found = {name: sha for name, sha in GitFolder(self.path).refs().items() if name.startswith(prefix)}
        return {name: _target(self, sha) for name, sha in found.items()}

    def branch(self, name: str) -> str:
        """A branch's commit; empty when there is no such branch."""
        return self.commit(f"refs/heads/{name}")

    def commit(self, name: str) -> str:
        """The commit that a ref or an id leads to; empty when to none."""
        return self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", ok=None).text

    def default_branch(self) -> str:
        """The branch that HEAD names."""
        return GitFolder(self.path).chosen()

    def tag_object(self, sha: str) -> dict[str, str] | None:
        """An annotated tag's parts: `object`, `type`, `tag`, `tagger`, `message`; None when it is no tag object."""
        if self._git("cat-file", "-t", sha, ok=None).text != "tag":
            return None
        header, _, message = self._git("cat-file", "tag", sha).text.partition("\n\n")
        parts = dict(line.split(" ", 1) for line in header.splitlines())
        return {**parts, "message": message}

    def commit_fields(self, commit: str) -> dict[str, str]:
        """A commit's `tree`, `parents` (by spaces), `name`, `email`, `date` (RFC 3339) and `message`."""
        form = "--format=%T%x00%P%x00%an%x00%ae%x00%cd%x00%B"
        words = ("show", "-s", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", form, commit)
        names = ("tree", "parents", "name", "email", "date", "message")
        return dict(zip(names, self._git(*words, env={"TZ": "UTC"}).text.split("\0"), strict=True))

    def make_tag(self, tag: str, commit: str) -> None:
        """Make a lightweight tag."""
        self._git("update-ref", f"refs/tags/{tag}", commit, "")

    def ahead(self, base: str, head: str) -> int:
        """How many commits `head` has that `base` has not."""
        return int(self._git("rev-list", "--count", f"{base}..{head}").text)

    def merge(self, base: str, head: str, method: str, message: str) -> str:
        """Bring commit `head` onto branch `base`; the commit that the branch then is.

        Raises:
            NotMergeableError: they contradict each other.
        """
        was = self.branch(base)
        if method == "rebase":
            now = self._rebase(was, head)
        else:
            parents = (was, head) if method == "merge" else (was,)
            now = self._commit_tree(self._merged_tree(was, head), parents, message)
        done = self._git("update-ref", f"refs/heads/{base}", now, was, ok=None)
        if done.code != 0:
            raise NotMergeableError(done.err)
        return now

    def _merged_tree(self, one: str, other: str) -> str:
        done = self._git("merge-tree", "--write-tree", one, other, ok=None)
        if done.code != 0:
            raise NotMergeableError(done.text)
        return done.text.splitlines()[0]

    def _rebase(self, onto: str, head: str) -> str:
        """Each commit of `head` that `onto` lacks, again on top of it."""
        for commit in self._git("rev-list", "--reverse", "--no-merges", f"{onto}..{head}").text.split():
            # git before 2.40 can't be told the base: a commit with the new side's tree on top of it says the same.
            side = self._commit_tree(f"{onto}^{{tree}}", (f"{commit}^",), "side")
            tree = self._merged_tree(side, commit)
            about = self.commit_fields(commit)
            who = {
                "GIT_AUTHOR_NAME": about["name"],
                "GIT_AUTHOR_EMAIL": about["email"],
                "GIT_AUTHOR_DATE": about["date"],
            }
            onto = self._commit_tree(tree, (onto,), about["message"], who)
        return onto

    def _commit_tree(self, tree: str, parents: tuple[str, ...], message: str, who: dict[str, str] | None = None) -> str:
        words = [word for parent in parents for word in ("-p", parent)]
        env = {**_MERGER, **(who or {})}
        done = self._git("-c", "commit.gpgSign=false", "commit-tree", tree, *words, "-F", "-", stdin=message, env=env)
        return done.text

    def target(self, sha: str) -> Target:
        """What an object is, and where it leads if it is a tag."""
        listing = self._git("cat-file", "--batch-check", stdin=f"{sha}\n{sha}^{{}}\n").text
        (_, kind, _), (behind, _, _) = (line.split(" ") for line in listing.splitlines())
        return Target(sha, kind, behind)

    def _git(
        self, *words: str, stdin: str = "", env: dict[str, str] | None = None, ok: tuple[int, ...] | None = (0,)
    ) -> shell.ProgramResult:
        return command.run(None, "--git-dir", self.path, *words, env=env, stdin=stdin.encode(), ok=ok, timeout_s=60.0)


@functools.lru_cache(maxsize=1024)
def _target(repository: BareRepository, sha: str) -> Target:
    """Asked for once: what an object is does not change."""
    return repository.target(sha)
