"""What is written without git is what git writes, and what is read without it is what git says."""

from __future__ import annotations

from pathlib import Path

from windlass.git import command
from windlass.git.git_folder import GitFolder

WHO = "Ada <ada@example.org> 1750000000 +0000"


def git(folder: Path, *words: str) -> str:
    return command.run(None, "--git-dir", folder, *words).text


def test_a_bare_repository_is_one_for_git(tmp_path: Path) -> None:
    made = GitFolder.bare(tmp_path / "made.git", "trunk", {"receive.denyNonFastForwards": "true"})
    assert git(made.path, "rev-parse", "--is-bare-repository") == "true"
    assert git(made.path, "symbolic-ref", "HEAD") == f"refs/heads/{made.chosen()}" == "refs/heads/trunk"
    assert git(made.path, "config", "receive.denyNonFastForwards") == "true"
    made.ref("refs/heads/trunk", made.commit(made.tree({}), [], WHO, b"first\n"))
    assert git(made.path, "fsck", "--strict") == ""


def test_refs_are_those_that_git_lists_packed_or_not(tmp_path: Path) -> None:
    made = GitFolder.bare(tmp_path / "made.git", "main", {})
    assert made.refs() == {}
    first, second = (made.commit(made.tree({}), [], WHO, text) for text in (b"first\n", b"second\n"))
    for name in ("refs/heads/main", "refs/heads/deep/er", "refs/tags/v1", "refs/windlass/lock"):
        made.ref(name, first)
    git(made.path, "-c", "user.name=A", "-c", "user.email=a@b.c", "tag", "-a", "-m", "annotated", "v2", first)
    git(made.path, "pack-refs", "--all")
    git(made.path, "update-ref", "refs/heads/main", second)
    git(made.path, "update-ref", "-d", "refs/heads/deep/er")
    (made.path / "refs/tags/v3.lock").write_text(f"{first}\n")  # git is at work on it
    listed = git(made.path, "for-each-ref", "--format=%(refname) %(objectname)")
    assert list(made.refs().items()) == [tuple(line.split(" ")) for line in listed.splitlines()]
    assert made.refs()["refs/heads/main"] == second
    assert len(made.refs()) == 4
