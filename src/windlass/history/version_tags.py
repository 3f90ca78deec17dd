"""Tags that are versions, and the one that a history continues from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from windlass import shell
from windlass.errors import RepositoryError
from windlass.git import command
from windlass.versions.tags import from_tag
from windlass.versions.version import Version

HOTFIX = "hotfix/"
"""What the names of hotfix branches begin with."""
TAGS = "refs/tags/"
REMOTE_TAGS = "refs/windlass/remote/tags/"
"""Where the remote's tags are kept here, apart from local ones, which nobody else sees."""
FORMAT = "%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(HEAD)"


class Tag(Struct, frozen=True):
    """A tag that names a version.

    Attributes:
        name: short, such as `v1.3.0`.
        version: what it names.
        commit: object id of the commit it is on.
    """

    name: str
    version: Version
    commit: str


class Base(Struct, frozen=True):
    """Where a history stands: the versions that it continues from.

    Attributes:
        head: object id of the commit it ends with.
        branch: the branch that is checked out; empty when HEAD is detached.
        current: the newest version, pre-releases included; None before the first.
        final: the newest final version; None before the first.
        tags: every version that is tagged here, on any branch, oldest version first.
        contained: the newest version that HEAD contains: `current`, unless that was released beside it.
        other_tags: name and commit of every tag that is no version; the commit is empty where that is not told.
    """

    head: str
    branch: str
    current: Tag | None
    final: Tag | None
    tags: tuple[Tag, ...]
    contained: Tag | None = None
    other_tags: tuple[tuple[str, str], ...] = ()

    @property
    def used_versions(self) -> tuple[Version, ...]:
        """Every version that is out."""
        return tuple(tag.version for tag in self.tags)

    def hotfix(self, prefix: str) -> Version | None:
        """The version that a hotfix branch was made for (`hotfix/v1.2.4`), while it is still to come and free."""
        name = self.branch.removeprefix(HOTFIX)
        version = from_tag(name, prefix) if name != self.branch else None
        if version is None or self.current is None or version in self.used_versions:
            return None
        now = self.current.version
        return version if version > now and version.line == now.line else None


def base(root: Path, prefix: str, main: str = "main", *, where: str = TAGS) -> Base:
    """Where HEAD stands among the versions.

    Only versions that HEAD contains count; on the main branch also final ones that were released beside it: from a
    release branch that left main later than the newest version main contains, and patches of that version's line.

    Raises:
        RepositoryError: no repository, nothing committed yet, or a shallow clone, whose tags and commits can't be told.
    """
    head = whole_head(root)
    branch, found, others = _refs(root, prefix, where)
    contained = _contained_versions(root, found, where)
    newest, final = _newest(contained), _newest(_finals(contained))
    current = newest
    if branch == main and found and (current is None or found[-1].version > current.version):
        final = _beside(root, head, final, found) or final
        current = max((tag for tag in (current, final) if tag), key=lambda tag: tag.version, default=None)
    return Base(head, branch, current, final, found, newest, others)


def tags(root: Path, prefix: str) -> tuple[Tag, ...]:
    """Every tag that names a version, the lowest version first; any other tag is passed over."""
    return _refs(root, prefix, TAGS)[1]


def _git(root: Path, *words: str, ok: Sequence[int] | None = (0,)) -> shell.ProgramResult:
    return command.run(root, *words, ok=ok)


def whole_head(root: Path) -> str:
    """The object id of HEAD's commit, in a repository whose history is whole.

    Raises:
        RepositoryError: no repository, nothing committed yet, or a shallow clone.
    """
    done = _git(root, "rev-parse", "--is-shallow-repository", "--verify", "--quiet", "HEAD^{commit}", ok=None)
    lines = done.text.splitlines()
    if not lines:
        raise RepositoryError(
            "this folder is in no git repository",
            facts={"folder": root, "git said": done.err.strip() or "(nothing)"},
            remedy="git init, and commit",
        )
    if len(lines) < 2:
        raise RepositoryError(
            "nothing is committed yet",
            facts={"folder": root},
            remedy="commit something, then run the same again",
        )
    if lines[0] == "true":
        raise RepositoryError(
            "this is a shallow clone: its tags and its history are cut off, so no version can be told from it",
            facts={"folder": root},
            remedy="git fetch --unshallow --tags (on GitHub: actions/checkout with fetch-depth: 0)",
        )
    return lines[1]


def _refs(root: Path, prefix: str, where: str) -> tuple[str, tuple[Tag, ...], tuple[tuple[str, str], ...]]:
    """The branch that is checked out, the tags that are versions, and name and commit of the others."""
    branch, found, others = "", [], []
    for line in _git(root, "for-each-ref", f"--format={FORMAT}", where, "refs/heads").text.split("\n"):
        name, kind, oid, inner_kind, inner, head = line.split("\0") if line else [""] * 6
        if head == "*":
            branch = name.removeprefix("refs/heads/")
        version = from_tag(name.removeprefix(where), prefix) if name.startswith(where) else None
        commit = oid if kind == "commit" else inner if inner_kind == "commit" else ""
        if version is not None and inner_kind == "tag":
            commit = _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", ok=None).text
        if version is not None and commit:
            found.append(Tag(name.removeprefix(where), version, commit))
        elif name.startswith(where):
            others.append((name.removeprefix(where), commit))
    return branch, tuple(sorted(found, key=lambda tag: tag.version.order)), tuple(others)


def _contained_versions(root: Path, found: Sequence[Tag], where: str) -> tuple[Tag, ...]:
    """The versions that HEAD contains; only the newest, where that is one of them and final: no other matters then."""
    if not found:
        return ()
    if not found[-1].version.prerelease and contains(root, found[-1].commit, "HEAD"):
        return (found[-1],)
    listing = _git(root, "for-each-ref", "--merged=HEAD", "--format=%(refname)", where).text
    names = set(listing.split("\n"))
    return tuple(tag for tag in found if f"{where}{tag.name}" in names)


def contains(root: Path, older: str, newer: str) -> bool:
    """Whether a commit contains an older one."""
    return _git(root, "merge-base", "--is-ancestor", older, newer, ok=(0, 1)).code == 0


def _finals(found: Sequence[Tag]) -> tuple[Tag, ...]:
    return tuple(tag for tag in found if not tag.version.prerelease)


def _newest(found: Sequence[Tag]) -> Tag | None:
    return max(found, key=lambda tag: tag.version, default=None)


def _beside(root: Path, head: str, contained: Tag | None, found: Sequence[Tag]) -> Tag | None:
    """The newest final version that HEAD doesn't contain, but that main's next one has to follow."""
    for tag in reversed(_finals(found)):
        if contained is not None and tag.version <= contained.version:
            return None
        same_line = contained is not None and tag.version.line == contained.version.line
        if same_line or _left_later(root, head, tag, contained):
            return tag
    return None


def _left_later(root: Path, head: str, tag: Tag, contained: Tag | None) -> bool:
    """Whether the tag's branch left HEAD's history after the newest version that HEAD contains."""
    forks = _git(root, "merge-base", "--all", head, tag.commit, ok=(0, 1)).text.split()
    return any(contained is None or not contains(root, fork, contained.commit) for fork in forks)
