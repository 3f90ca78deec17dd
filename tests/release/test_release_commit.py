"""The release commit holds what was written, under the names where it lies, and is made by who releases."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from invoke.collection import Collection

from windlass.builds.source_archive import source
from windlass.errors import ConfigError, RepositoryError
from windlass.git import Git, Identity
from windlass.release import release_notes
from windlass.release.context import ReleaseContext
from windlass.release.release_commit import make
from windlass.release.worktree import home_of, worktree
from windlass.testing.git_history import MadeHistory

_WHO = Identity("Ann Releaser", "ann@example.org", 1_750_000_000)
Writer = Callable[[Path], Sequence[str]]


@pytest.fixture
def project(tmp_path: Path) -> Git:
    """A project whose version file and changelog are links, beside one that leads out."""
    made = MadeHistory(tmp_path / "project")
    made.commit("feat: x", files={"docs/changes.md": "# Changes\n", "src/VERSION": "1.2.0\n", "run.sh": "#!/bin/sh\n"})
    for name, target in (("CHANGELOG.md", "docs/changes.md"), ("VERSION", "src/VERSION"), ("out", "../../out")):
        (made.root / name).symlink_to(target)
    git = Git(made.root)
    git.run("read-tree", "HEAD")
    git.run("add", "CHANGELOG.md", "VERSION", "out")
    git.run("update-index", "--chmod=+x", "run.sh", ok=None)
    git.run("update-index", "--cacheinfo", f"100755,{git.run('rev-parse', 'HEAD:run.sh').text},run.sh")
    commit = git.commit(git.run("write-tree").text, [made.tip()], "feat: links\n", _WHO)
    git.run("reset", "--quiet", "--hard", commit)
    return git


def _make(project: Git, write: Writer) -> str:
    return make(project, home_of(project.root), project.resolve("HEAD"), "1.3.0", write, _WHO)


def _writing(**files: str) -> Writer:
    def write(tree: Path) -> list[str]:
        for name, text in files.items():
            (tree / name.replace("__", "/")).write_text(text)
        return [name.replace("__", "/") for name in files]

    return write


def _changed(project: Git, commit: str) -> list[str]:
    return project.run("diff-tree", "-r", "--no-commit-id", "--name-only", commit).text.splitlines()


def test_a_file_behind_a_link_is_staged_where_it_lies(project: Git) -> None:
    """The link's own entry stays; what it leads to holds the version."""
    commit = _make(project, _writing(VERSION="1.3.0\n", **{"CHANGELOG.md": "# Changes\n\n## 1.3.0\n"}))

    assert _changed(project, commit) == ["docs/changes.md", "src/VERSION"]
    assert project.run("cat-file", "blob", f"{commit}:src/VERSION").text == "1.3.0"
    assert project.show(commit, "VERSION") == b"1.3.0\n"
    assert project.show(commit, "CHANGELOG.md") == b"# Changes\n\n## 1.3.0\n"
    assert project.show(commit, "nothing.md") is project.show(commit, "out") is None


def test_a_link_that_leads_out_of_the_repository_can_t_be_released_through(project: Git, tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="leads out of the repository"):
        _make(project, lambda _: ["out"])


def test_what_was_written_and_not_said_is_an_error(project: Git) -> None:
    """Also where git would ignore it: a release commit that lacks it would be tagged for good."""

    def write(tree: Path) -> list[str]:
        (tree / "run.sh").write_text("changed\n")
        (tree / "new.txt").write_text("new\n")
        return []

    with pytest.raises(RepositoryError) as refused:
        _make(project, write)
    assert refused.value.facts == {"files": "new.txt, run.sh"}


def test_bytes_and_modes_are_kept_whatever_the_user_s_settings(project: Git) -> None:
    """A line end or an attribute changes nothing between what was written and what is committed."""
    project.run("config", "core.autocrlf", "input")
    project.run("config", "core.fileMode", "false")
    commit = _make(
        project, _writing(**{"run.sh": "#!/bin/sh\r\nexit\r\n", "new.txt": "a\r\n", ".gitattributes": "* text\n"})
    )

    assert project.show(commit, "run.sh") == b"#!/bin/sh\r\nexit\r\n"
    assert project.show(commit, "new.txt") == b"a\r\n"
    assert project.run("ls-tree", commit, "run.sh").text.startswith("100755 ")
    assert project.run("ls-tree", commit, "VERSION").text.startswith("120000 ")


def test_the_user_s_index_and_refs_stay_as_they_were(project: Git) -> None:
    index = (project.root / ".git" / "index").read_bytes()
    refs = project.run("for-each-ref").text
    _make(project, _writing(VERSION="1.3.0\n"))

    assert (project.root / ".git" / "index").read_bytes() == index
    assert project.run("for-each-ref").text == refs
    assert project.run("worktree", "list").text.count("\n") == 0
    assert project.dirty() == ()


def test_who_releases_is_the_author_and_not_who_wrote_the_last_commit(project: Git) -> None:
    commit = _make(project, _writing(VERSION="1.3.0\n"))

    assert project.committer_of(commit) == _WHO
    assert (
        project.run("log", "-1", "--format=%an <%ae> %at", commit).text == "Ann Releaser <ann@example.org> 1750000000"
    )


def test_a_stray_file_among_the_worktrees_is_nobody_s_trouble(project: Git) -> None:
    """Finder writes .DS_Store wherever it looks; what windlass did not make, it neither reads nor removes."""
    work = home_of(project.root) / "work"
    work.mkdir()
    strays = [work / name for name in (".DS_Store", "notes.txt", "abc.12x", f"{'a' * 12}.77x.y")]
    for stray in strays:
        stray.write_text("")
    dead = work / f"{'b' * 12}.{2**22 + 1}.abcdef"
    dead.mkdir()
    (dead / "left.txt").write_text("")

    with worktree(project, home_of(project.root), project.resolve("HEAD")) as tree:
        assert (tree / "src" / "VERSION").read_text() == "1.2.0\n"
        assert all(stray.exists() for stray in strays)
        assert not dead.exists()
        with worktree(project, home_of(project.root), project.resolve("HEAD")) as other:
            assert other != tree
            assert tree.exists()
    assert sorted(work.iterdir()) == sorted(strays)


def test_a_commit_that_holds_windlass_s_own_folder_is_an_error_that_says_so(project: Git) -> None:
    home = home_of(project.root)
    (home / "journal.jsonl").write_text("")
    project.run("add", "--force", ".windlass/journal.jsonl")
    commit = project.commit(project.run("write-tree").text, [project.resolve("HEAD")], "oops\n", _WHO)

    with pytest.raises(RepositoryError, match="are committed"), worktree(project, home, commit):
        pass
    assert not list((home / "work").iterdir())


def test_the_changelog_s_history_is_that_of_the_file_behind_the_link(project: Git) -> None:
    """Also from a subfolder, where git would take the path for one below it."""
    (project.root / "pyproject.toml").write_text('[project]\nname = "demo"\nversion = "1.2.0"\n')
    context = ReleaseContext.open(project.root, print, Collection)

    commit = _make(project, _writing(**{"CHANGELOG.md": "# Changes\n\n## 1.3.0\n"}))
    words = ("log", "--format=%H", "--max-count=1", commit, "--", *release_notes.pathspecs(context))
    assert Git(project.root / "src").run(*words).text == commit


def test_a_file_that_lfs_keeps_is_there_and_makes_nothing_dirty(project: Git) -> None:
    """A backend that asks git for the version would call it a dirty one."""
    content = b"large"
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 5\n"
    files = {".gitattributes": b"*.bin filter=lfs -text\n", "a.bin": pointer.encode()}
    parent = project.commit(project.tree(files), [project.resolve("HEAD")], "feat: large\n", _WHO)
    kept = project.root / ".git/lfs/objects" / digest[:2] / digest[2:4] / digest
    kept.parent.mkdir(parents=True)
    kept.write_bytes(content)
    home = home_of(project.root)

    with worktree(project, home, parent) as tree:
        assert (tree / "a.bin").read_bytes() == content
        assert Git(tree).run("describe", "--always", "--dirty").text == parent[:12]
        assert Git(tree).dirty() == ()
    commit = make(project, home, parent, "1.3.0", _writing(VERSION="1.3.0\n"), _WHO)
    assert project.show(commit, "a.bin") == pointer.encode()
    assert _changed(project, commit) == ["VERSION"]


@pytest.mark.parametrize("target", ["../outside.md", "no/such/folder.md"])
def test_a_changelog_that_is_a_stray_link_is_told_before_anything_is_written(tmp_path: Path, target: str) -> None:
    tree = tmp_path / "tree"
    (tree / ".git").mkdir(parents=True)
    (tree / "CHANGELOG.md").symlink_to(target)

    with pytest.raises(ConfigError) as refused:
        release_notes.write(tree, "## 1.3.0\n")
    assert refused.value.facts == {"file": "CHANGELOG.md", "leads to": target}
    assert not (tmp_path / "outside.md").exists()


def test_the_archive_of_a_release_finds_the_submodules_that_its_tree_has(project: Git, tmp_path: Path) -> None:
    """The tree is a repository of its own, and no submodule was ever fetched into it."""
    other = MadeHistory(tmp_path / "other")
    other.commit("feat: data", files={"data.txt": "1\n"})
    project.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.root, "lib")
    commit = project.commit(project.run("write-tree").text, [project.resolve("HEAD")], "feat: lib\n", _WHO)

    with worktree(project, home_of(project.root), commit, releasing="v1.3.0") as tree:
        made = source(tree, tmp_path / "out", name="demo", version="1.3.0")
        assert (tree / "lib" / "data.txt").read_text() == "1\n"
    with tarfile.open(tmp_path / "out" / made.name) as archive:
        assert "demo-1.3.0/lib/data.txt" in archive.getnames()
