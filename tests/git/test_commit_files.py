"""A commit's files, written out: all of them, with the commit's bytes, whatever the user has set up."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from windlass.errors import RepositoryError
from windlass.git import Git
from windlass.git.borrowed_repository import borrowed_repository
from windlass.git.commit_files import write_files
from windlass.testing.git_history import MadeHistory

_FILES = {
    "a.txt": "one\ntwo\n",
    "id.txt": "$Id$\n",
    "wide.txt": "größer\n",
    "deep/er/b.txt": "b\n",
    "left-out.txt": "kept\n",
    "subst.txt": "$Format:%H$\n",
    ".gitattributes": "*.txt text eol=crlf\nid.txt ident\nwide.txt working-tree-encoding=UTF-16\n"
    "a.txt filter=loud\nleft-out.txt export-ignore\nsubst.txt export-subst\n",
}


@pytest.fixture
def made(tmp_path: Path) -> MadeHistory:
    history = MadeHistory(tmp_path / "mine")
    history.commit("feat: files", files=dict(_FILES))
    return history


def _written(git: Git, commit: str, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    write_files(git, commit, folder)
    below = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return {path.relative_to(folder).as_posix(): _content(path) for path in below}


def _content(path: Path) -> bytes:
    return os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()


def _bytes(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"core.autocrlf": "true"},
        {"core.eol": "crlf"},
        {"filter.loud.smudge": "tr a-z A-Z", "filter.loud.required": "true"},
        {"core.sparseCheckout": "true", "core.sparseCheckoutCone": "false"},
        {"core.symlinks": "false"},
        {"core.attributesFile": "loud"},
        {"core.hooksPath": "hooks"},
    ],
    ids=lambda given: next(iter(given), "none"),
)
def test_no_setting_changes_a_byte(settings: Mapping[str, str], made: MadeHistory, tmp_path: Path) -> None:
    git = Git(made.root)
    for name, value in settings.items():
        git.run("config", name, value)
    (made.root / ".git" / "info").mkdir(exist_ok=True)
    (made.root / ".git" / "info" / "sparse-checkout").write_text("/a.txt\n")
    (made.root / ".git" / "info" / "attributes").write_text("b.txt filter=loud\n")

    assert _written(git, made.tip(), tmp_path / "out") == _bytes(_FILES)


def test_modes_links_and_times_are_the_commit_s(made: MadeHistory, tmp_path: Path) -> None:
    """Neither the umask nor the clock has a part in them: an archive would hold both."""
    (made.root / "run.sh").write_text("#!/bin/sh\n")
    (made.root / "run.sh").chmod(0o755)
    (made.root / "link").symlink_to("run.sh")
    git = Git(made.root)
    git.run("read-tree", "HEAD")
    git.run("add", "run.sh", "link")
    commit = git.commit(git.run("write-tree").text, [made.tip()], "x\n", git.committer_of(made.tip()))
    before = os.umask(0o077)
    try:
        written = _written(git, commit, tmp_path / "out")
    finally:
        os.umask(before)

    out = tmp_path / "out"
    assert written == {**_bytes(_FILES), "run.sh": b"#!/bin/sh\n", "link": b"run.sh"}
    assert [oct((out / name).stat().st_mode & 0o777) for name in ("run.sh", "a.txt", "deep")] == [
        "0o755",
        "0o644",
        "0o755",
    ]
    assert {int((out / name).stat().st_mtime) for name in ("run.sh", "a.txt")} == {git.epoch_of(commit)}


@pytest.mark.parametrize("name", ["../out.txt", ".git/config", "deep/.GIT/hooks/x"])
def test_a_name_that_git_itself_refuses_is_never_written(name: str, made: MadeHistory, tmp_path: Path) -> None:
    first, _, rest = name.partition("/")
    blob = made.git("hash-object", "-w", "--stdin", stdin=b"x")
    tree = _raw_tree(made, rest.rpartition("/")[2] or "b", blob)
    for part in reversed([first, *rest.split("/")[:-1]]):
        tree = _raw_tree(made, part, tree, folder=True)
    git = Git(made.root)
    commit = git.commit(tree, [], "odd\n", git.committer_of(made.tip()))

    with pytest.raises(RepositoryError, match="can't be written"):
        _written(git, commit, tmp_path / "out")
    assert not (tmp_path / "out.txt").exists()


def _raw_tree(made: MadeHistory, name: str, oid: str, *, folder: bool = False) -> str:
    row = f"{'40000' if folder else '100644'} {name}\0".encode() + bytes.fromhex(oid)
    return made.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=row)


# ── submodules ──


@pytest.fixture
def with_submodule(made: MadeHistory, tmp_path: Path) -> MadeHistory:
    """A repository with a submodule in it, which has one in it as well; both are here."""
    inner = MadeHistory(tmp_path / "inner")
    inner.commit("feat: inner", files={"inner.txt": "inner\n"})
    middle = MadeHistory(tmp_path / "middle")
    middle.commit("feat: middle", files={"middle.txt": "middle\n"})
    _add_submodule(middle, inner, "within")
    _add_submodule(made, middle, "vendor/lib")
    made.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive")
    return made


def _add_submodule(made: MadeHistory, other: MadeHistory, path: str) -> None:
    git = Git(made.root)
    who = git.committer_of(made.tip())
    git.run("read-tree", "HEAD")
    git.run("checkout-index", "--all", "--force")
    git.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "--name", "the one", other.root, path)
    oid = git.commit(git.run("write-tree").text, [made.tip()], "feat: a submodule\n", who)
    git.run("update-ref", "HEAD", oid)


def test_submodules_are_written_with_the_commits_that_are_pinned(with_submodule: MadeHistory, tmp_path: Path) -> None:
    """Also one within another; and the submodule's working copy, which may stand elsewhere, has no part in it."""
    (with_submodule.root / "vendor/lib/middle.txt").write_text("edited here\n")
    git = Git(with_submodule.root)
    written = _written(git, git.resolve("HEAD"), tmp_path / "out")

    assert written["vendor/lib/middle.txt"] == b"middle\n"
    assert written["vendor/lib/within/inner.txt"] == b"inner\n"
    assert not list((tmp_path / "out").rglob(".git"))


def test_a_submodule_that_was_put_away_is_still_here(with_submodule: MadeHistory, tmp_path: Path) -> None:
    """git keeps its commits when its folder is emptied."""
    with_submodule.git("submodule", "--quiet", "deinit", "--force", "--all")
    git = Git(with_submodule.root)

    assert _written(git, git.resolve("HEAD"), tmp_path / "out")["vendor/lib/within/inner.txt"] == b"inner\n"


def test_a_submodule_that_is_not_here_is_an_error_that_names_it(with_submodule: MadeHistory, tmp_path: Path) -> None:
    git = Git(with_submodule.root)
    pinned = git.run("rev-parse", "HEAD:vendor/lib").text
    git.run("clone", "--quiet", with_submodule.root, tmp_path / "clone")
    clone = Git(tmp_path / "clone")
    with pytest.raises(RepositoryError) as refused:
        _written(clone, clone.resolve("HEAD"), tmp_path / "out")

    assert refused.value.problem == "a submodule's files are not here, and what is built would lack them"
    assert refused.value.facts == {"folder": "vendor/lib", "its commit": pinned}
    assert "git submodule update --init" in str(refused.value.remedy)


def test_a_repository_that_was_added_as_a_file_is_told_from_a_submodule(made: MadeHistory, tmp_path: Path) -> None:
    """Without an entry in .gitmodules there is nothing that `submodule update` could bring."""
    git = Git(made.root)
    git.run("read-tree", "HEAD")
    git.run("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},stray")
    commit = git.commit(git.run("write-tree").text, [], "x\n", git.committer_of(made.tip()))
    with pytest.raises(RepositoryError) as refused:
        _written(git, commit, tmp_path / "out")

    assert "git rm --cached stray" in str(refused.value.remedy)


# ── Git LFS ──


def _pointer(content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"


def test_large_files_are_the_bytes_that_their_pointers_name(made: MadeHistory, tmp_path: Path) -> None:
    """They are as much the commit's as a blob is; LFS itself need not be installed."""
    content = b"\0large\r\n"
    files = {".gitattributes": "*.bin filter=lfs -text\n", "a.bin": _pointer(content), "b.md": _pointer(b"other")}
    commit = made.commit("feat: large", files=files)
    digest = hashlib.sha256(content).hexdigest()
    kept = made.root / ".git/lfs/objects" / digest[:2] / digest[2:4] / digest
    kept.parent.mkdir(parents=True)
    kept.write_bytes(content)

    written = _written(Git(made.root), commit, tmp_path / "out")
    assert written["a.bin"] == content
    assert written["b.md"] == _pointer(b"other").encode()  # attributes don't give it to LFS

    kept.write_bytes(b"broken")
    with pytest.raises(RepositoryError) as refused:
        _written(Git(made.root), commit, tmp_path / "again")
    assert refused.value.facts == {"files": "a.bin"}
    assert "git lfs pull" in str(refused.value.remedy)


# ── a repository that borrows ──


def test_a_borrowed_repository_has_the_history_and_the_tags_and_no_setting(made: MadeHistory, tmp_path: Path) -> None:
    made.tag("v1.0.0", message="one")
    made.git("update-ref", "refs/elsewhere/tags/v0.9.0", made.tip())
    made.git("config", "core.autocrlf", "true")
    made.git("config", "user.name", "Ann")
    made.git("remote", "add", "origin", "https://ann:s3cret@example.org/a/b.git")
    (tmp_path / "own").mkdir()
    own = borrowed_repository(Git(made.root), tmp_path / "own")
    own.run("update-ref", "--no-deref", "HEAD", made.tip())

    assert own.run("describe", "--tags").text == "v1.0.0"
    assert own.run("tag").text == "v1.0.0"
    assert own.run("config", "core.autocrlf").text == "false"
    assert own.run("config", "--get", "--local", "user.name", ok=None).text == ""
    assert own.run("remote", "get-url", "origin").text == "https://example.org/a/b.git"
    assert b"s3cret" not in (tmp_path / "own" / ".git" / "config").read_bytes()

    other = tmp_path / "other"
    other.mkdir()
    assert borrowed_repository(Git(made.root), other, tags="refs/elsewhere/tags/").run("tag").text == "v0.9.0"


def test_what_is_done_in_a_borrowed_repository_stays_there(made: MadeHistory, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    own = borrowed_repository(Git(made.root), tmp_path / "own")
    before = sorted(path for path in made.root.rglob("*"))
    blob = own.blob(b"new")
    own.run("update-ref", "refs/tags/mine", blob)

    assert sorted(path for path in made.root.rglob("*")) == before


def test_a_repository_with_longer_object_ids_is_borrowed_from_as_well(tmp_path: Path) -> None:
    root, own = tmp_path / "long", tmp_path / "own"
    own.mkdir()
    git = Git(root)
    root.mkdir()
    git.run("init", "--quiet", "--object-format=sha256")
    (root / "a").write_text("a\n")
    git.run("add", "a")
    env = {f"GIT_{role}_{key}": "a@b" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    git.run("commit", "--quiet", "-m", "feat: a", env=env)
    head = git.resolve("HEAD")

    assert borrowed_repository(git, own).resolve(head) == head
    assert _written(git, head, tmp_path / "out") == {"a": b"a\n"}


def test_not_even_a_user_s_global_attributes_and_settings_reach_it(
    made: MadeHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What builds in it asks git as well, with the user's global settings."""
    (tmp_path / "attributes").write_text("* export-ignore\n")
    (tmp_path / "ignore").write_text("*.txt\n")
    (tmp_path / "global").write_text(
        f"[core]\n\tattributesFile = {tmp_path}/attributes\n\texcludesFile = {tmp_path}/ignore\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    (tmp_path / "own").mkdir()
    own = borrowed_repository(Git(made.root), tmp_path / "own")
    (tmp_path / "own" / "new.txt").write_text("")

    assert own.run("check-attr", "export-ignore", "a.txt").text == "a.txt: export-ignore: unspecified"
    assert own.run("ls-files", "--others", "--exclude-standard").text == "new.txt"
