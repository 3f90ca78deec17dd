from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.builds.source_archive import history_state, source
from windlass.errors import RepositoryError, ToolError
from windlass.git import Git
from windlass.release.worktree import worktree

ENV = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


@pytest.fixture
def repository(project: Callable[[str], Path]) -> Path:
    root = project("sound")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "feat: all of it"]):
        subprocess.run(["git", *words], cwd=root, check=True, env={**os.environ, **ENV})
    return root


def test_the_source_archive_holds_the_commit_and_nothing_beside_it(repository: Path, tmp_path: Path) -> None:
    (repository / "untracked.txt").touch()
    artifact = source(repository, tmp_path / "out", name="demo", version="1.2.3")
    assert (artifact.name, artifact.kind) == ("demo-1.2.3-source.tar.gz", "source")
    assert (tmp_path / "out" / artifact.name).read_bytes()[4:8] == bytes(4), "the gzip header holds no time"
    with tarfile.open(tmp_path / "out" / artifact.name) as archive:
        files = sorted(member.name for member in archive if member.isfile())
    assert files == [f"demo-1.2.3/{name}" for name in ("pyproject.toml", "src/demo/__init__.py", "tests/test_demo.py")]


def test_the_source_archive_is_the_same_bytes_whatever_git_is_told(repository: Path, tmp_path: Path) -> None:
    first = source(repository, tmp_path / "first", name="demo", version="1.2.3")
    subprocess.run(["git", "-C", repository, "config", "tar.umask", "0077"], check=True)
    assert source(repository, tmp_path / "second", name="demo", version="1.2.3") == first


def test_a_commit_that_looks_like_an_option_is_only_a_name(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError):
        source(repository, tmp_path / "out", name="demo", version="1", commit="--output=/tmp/x")


def test_a_new_source_archive_takes_the_place_of_the_last(repository: Path, tmp_path: Path) -> None:
    source(repository, tmp_path / "out", name="demo", version="1.2.2")
    (tmp_path / "out" / "demo-1.2.2.tar.gz").touch()
    source(repository, tmp_path / "out", name="demo", version="1.2.3")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "demo-1.2.2.tar.gz",
        "demo-1.2.3-source.tar.gz",
    ]


_SUBST = "name: $Format:%(describe)$\nrefs: $Format:%D$\n"


def _described(repository: Path, archive: Path) -> str:
    with tarfile.open(archive) as tar:
        file = tar.extractfile("demo-1.2.3/described.txt")
        assert file is not None
        return file.read().decode()


@pytest.fixture
def describing(repository: Path) -> Path:
    """A project whose archive describes its own commit, one after v1.2.2."""
    git(repository, "tag", "-a", "-m", "one", "v1.2.2")
    (repository / "described.txt").write_text(_SUBST)
    (repository / "private.txt").write_text("not for others\n")
    (repository / ".gitattributes").write_text("described.txt export-subst\nprivate.txt export-ignore\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "feat: it describes itself")
    return repository


def test_an_archive_describes_itself_the_same_before_and_after_its_tag_is_out(describing: Path, tmp_path: Path) -> None:
    """A release is archived before anybody sees its tag; later, and elsewhere, the tag and others are on the commit."""
    work = Git(describing)
    home = tmp_path / "home"
    home.mkdir()
    with worktree(work, home, work.resolve("HEAD"), releasing="v1.2.3") as tree:
        first = source(tree, tmp_path / "first", name="demo", version="1.2.3", tag="v1.2.3")
    for words in (["tag", "-a", "-m", "x", "v1.2.3"], ["tag", "stable"], ["tag", "v1.2.4"], ["branch", "other"]):
        git(describing, *words)
    second = source(describing, tmp_path / "second", name="demo", version="1.2.3", tag="v1.2.3")

    said = _described(describing, tmp_path / "second" / second.name)
    assert said == "name: v1.2.3\nrefs: tag: v1.2.3\n"
    assert first == second


def test_a_commit_that_is_no_release_is_described_by_the_one_before_it(describing: Path, tmp_path: Path) -> None:
    """Its files may still name a version that is out, or one that is to come."""
    made = source(describing, tmp_path / "out", name="demo", version="1.2.3", tag="v1.2.2")

    assert _described(describing, tmp_path / "out" / made.name).startswith("name: v1.2.2-1-g")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".git/info/attributes", "src/** export-ignore\nprivate.txt -export-ignore\n*.py text eol=crlf\n"),
        (".git/config", "[core]\n\tautocrlf = true\n\tabbrev = 30\n[tar]\n\tumask = 0077\n"),
        (".git/config", "[core]\n\tattributesFile = attributes\n"),
    ],
)
def test_no_attribute_or_setting_of_a_machine_is_in_an_archive(
    file: str, text: str, describing: Path, tmp_path: Path
) -> None:
    first = source(describing, tmp_path / "first", name="demo", version="1.2.3")
    (describing / "attributes").write_text("*.py export-ignore\n")
    (describing / file).parent.mkdir(exist_ok=True)
    with (describing / file).open("a") as settings:
        settings.write(text)

    assert source(describing, tmp_path / "second", name="demo", version="1.2.3") == first
    with tarfile.open(tmp_path / "first" / first.name) as tar:
        assert "demo-1.2.3/private.txt" not in tar.getnames()


def test_an_archive_holds_the_files_of_submodules(repository: Path, tmp_path: Path) -> None:
    """Also where a file ends in as many zeros as the end of an archive has."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q", "-b", "main")
    (other / "zeros.bin").write_bytes(b"x" + bytes(20_000))
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "feat: zeros")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "lib")
    (repository / "zz.bin").write_bytes(b"y" + bytes(20_000))
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "feat: lib")
    made = source(repository, tmp_path / "out", name="demo", version="1.2.3")

    with tarfile.open(tmp_path / "out" / made.name) as tar:
        sizes = {member.name.removeprefix("demo-1.2.3/"): member.size for member in tar if member.isfile()}
    assert sizes["lib/zeros.bin"] == sizes["zz.bin"] == 20_001
    assert source(repository, tmp_path / "again", name="demo", version="1.2.3") == made

    git(repository, "submodule", "--quiet", "deinit", "-f", "--all")
    (repository / ".git" / "modules").rename(tmp_path / "elsewhere")
    with pytest.raises(RepositoryError, match="a submodule's files are not here"):
        source(repository, tmp_path / "out", name="demo", version="1.2.3")


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, env={**os.environ, **ENV})


def test_the_history_s_state_is_the_same_while_no_ref_moves(repository: Path) -> None:
    before = history_state(repository)
    (repository / "new.py").touch()
    git(repository, "add", ".")
    git(repository, "status")
    assert history_state(repository) == history_state(repository / "src") == before != ""


@pytest.mark.parametrize(
    "words",
    [
        ["commit", "-q", "--allow-empty", "-m", "fix: it"],
        ["tag", "v1"],
        ["branch", "other"],
        ["switch", "-q", "-c", "other"],
        ["switch", "-q", "--detach"],
        ["config", "core.autocrlf", "true"],
        ["update-ref", "refs/windlass/one", "HEAD"],
    ],
    ids=" ".join,
)
def test_a_ref_or_setting_that_moves_is_another_state(repository: Path, words: list[str]) -> None:
    before = history_state(repository)
    git(repository, *words)
    assert history_state(repository) != before


def test_a_packed_tag_that_moves_is_another_state(repository: Path) -> None:
    git(repository, "tag", "v1")
    git(repository, "pack-refs", "--all")
    before = history_state(repository)
    git(repository, "tag", "-d", "v1")
    assert history_state(repository) != before


def test_a_worktree_s_state_is_its_own_head_and_the_refs_of_all(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "beside"))
    states = [history_state(tmp_path / "beside")]
    git(repository, "tag", "v1")
    states.append(history_state(tmp_path / "beside"))
    git(tmp_path / "beside", "commit", "-q", "--allow-empty", "-m", "fix: it")
    states.append(history_state(tmp_path / "beside"))
    assert len(set(states)) == 3


def test_two_clones_of_one_history_have_the_same_state(repository: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        git(tmp_path, "clone", "-q", str(repository), name)
    assert history_state(tmp_path / "one") == history_state(tmp_path / "two")


def test_where_git_is_led_elsewhere_nothing_can_be_told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    assert history_state(repository) != history_state(repository)


def test_a_folder_without_a_repository_has_no_state(tmp_path: Path) -> None:
    assert history_state(tmp_path) == ""
