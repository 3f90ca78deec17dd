from __future__ import annotations

import threading
from pathlib import Path

import pytest

from windlass.builds.clean_source_copy import copy, files
from windlass.errors import RepositoryError
from windlass.git import Git
from windlass.testing.git_history import MadeHistory


def test_a_file_that_comes_and_goes_while_a_tree_is_copied_fails_nothing(tmp_path: Path) -> None:
    """Builds beside this one have files of their own below the tree; each is there whole, or it is not there."""
    root = tmp_path / "root"
    root.mkdir()
    for number in range(50):
        (root / f"{number:02}.txt").write_text("stays")
    passing = [root / f"passing-{number}.txt" for number in range(50)]
    done = threading.Event()

    def come_and_go() -> None:
        while not done.is_set():
            for path in passing:
                path.write_text("x")
            for path in passing:
                path.unlink()

    others = threading.Thread(target=come_and_go)
    others.start()
    try:
        for number in range(12):
            copy(root, tmp_path / f"copy-{number}")
    finally:
        done.set()
        others.join()
    kept = {path.name for path in (tmp_path / "copy-0").iterdir() if not path.name.startswith("passing")}
    assert len(kept) == 50


@pytest.fixture
def with_submodule(tmp_path: Path) -> Path:
    """A working copy with a submodule in `lib`, which is here, and has a file that nobody committed."""
    other = MadeHistory(tmp_path / "other")
    other.commit("feat: data", files={"data.txt": "1\n", ".gitignore": "*.log\n"})
    made = MadeHistory(tmp_path / "project")
    made.commit("feat: x", files={"a.txt": "a\n"})
    git = Git(made.root)
    git.run("reset", "--quiet", "--hard")
    git.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.root, "lib")
    (made.root / "lib" / "new.txt").write_text("new\n")
    (made.root / "lib" / "build.log").write_text("ignored\n")
    return made.root


def test_a_submodule_s_files_are_the_project_s(with_submodule: Path, tmp_path: Path) -> None:
    """What `python -m build` would find in the working copy; git lists a submodule as a folder."""
    copy(with_submodule, tmp_path / "copy")

    found = {
        path.relative_to(tmp_path / "copy").as_posix() for path in (tmp_path / "copy").rglob("*") if path.is_file()
    }
    assert found == {"a.txt", ".gitmodules", "lib/data.txt", "lib/.gitignore", "lib/new.txt"}


def test_a_submodule_whose_files_are_not_here_is_an_error(with_submodule: Path) -> None:
    Git(with_submodule).run("submodule", "--quiet", "deinit", "--force", "--all")
    with pytest.raises(RepositoryError) as refused:
        list(files(with_submodule))

    assert refused.value.facts == {"folder": "lib"}
    assert "git submodule update --init" in str(refused.value.remedy)


def test_a_link_to_what_is_left_out_is_copied_as_the_file_that_it_leads_to(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("src/page.md", "kept.md", "docs/own.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "docs" / "page.md").symlink_to("../src/page.md")
    (root / "docs" / "kept.md").symlink_to("../kept.md")
    (root / "docs" / "nowhere.md").symlink_to("../src/none.md")
    copy(root, tmp_path / "copy", without=[Path("src")])
    docs = tmp_path / "copy" / "docs"
    assert (docs / "page.md").read_text() == "src/page.md"
    assert [path.is_symlink() for path in (docs / "page.md", docs / "kept.md", docs / "nowhere.md")] == [
        False, True, True,
    ]  # fmt: skip
