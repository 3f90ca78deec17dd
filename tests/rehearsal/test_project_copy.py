"""The copy that a rehearsal releases: a repository of its own, with all that the project's commits are made of."""

from __future__ import annotations

from pathlib import Path

from windlass.git import Git
from windlass.git.commit_files import write_files
from windlass.git.git_folder import GitFolder
from windlass.project import Project
from windlass.rehearsal.project_copy import copy
from windlass.testing.git_history import MadeHistory

_PYPROJECT = '[project]\nname = "demo"\nversion = "1.0.0"\n'


def test_a_copy_of_a_project_with_a_submodule_has_the_submodule_s_commits(tmp_path: Path) -> None:
    """Its folder is no file to copy, and what the copy's release is made of needs the commit that is pinned."""
    other = MadeHistory(tmp_path / "other")
    other.commit("feat: data", files={"data.txt": "1\n"})
    made = MadeHistory(tmp_path / "project")
    made.commit("feat: x", files={"pyproject.toml": _PYPROJECT})
    git = Git(made.root)
    git.run("reset", "--quiet", "--hard")
    git.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.root, "vendor/lib")
    head = git.commit(git.run("write-tree").text, [made.tip()], "feat: lib\n", git.committer_of("HEAD"))
    git.run("update-ref", "HEAD", head)
    (made.root / "new.txt").write_text("not committed yet\n")
    remote = GitFolder.bare(tmp_path / "remote.git", "main", {}).path

    copied = copy(Project.load(made.root), tmp_path / "copy", str(remote))
    (tmp_path / "out").mkdir()
    write_files(copied, copied.resolve("HEAD"), tmp_path / "out")

    assert copied.dirty() == ()
    assert copied.run("ls-tree", "HEAD", "vendor/lib").text.startswith("160000 commit ")
    assert (tmp_path / "out" / "vendor/lib/data.txt").read_text() == "1\n"
    assert (tmp_path / "out" / "new.txt").read_text() == "not committed yet\n"
