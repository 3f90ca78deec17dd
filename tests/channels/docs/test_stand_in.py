"""The stage's pages: a branch of the remote over HTTP, as GitHub Pages shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import web
from tests.channels.repository import WHO, Repository
from windlass.channels.docs.pages_branch import Item, Pages, Tip
from windlass.channels.docs.stand_in import PagesSite
from windlass.git import RefUpdate
from windlass.stage import Stage, exactly_once, pointers


class Readers:
    """A stage with a repository that pushes pages, and somebody who reads them."""

    def __init__(self, folder: Path, stage: Stage) -> None:
        self.stage = stage
        self.git = Repository(folder / "work", stage, stage.repository).git
        self.pages = Pages(self.git, "gh-pages")
        self.site = PagesSite(stage.home, stage.effects)

    def push(self, edits: dict[str, Item | bytes]) -> Tip:
        self.pages.push(self.pages.look(), edits, "pages", WHO)
        return self.pages.look()

    def folder(self, files: dict[str, bytes]) -> Item:
        return Item("040000", "tree", self.git.tree(files))

    def get(self, path: str, method: str = "GET") -> httpx.Response:
        return web.request(method, f"{self.stage.address}/pages/{path}")


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[Readers]:
    with Stage(tmp_path / "stage") as stage:
        yield Readers(tmp_path, stage)


def test_before_the_first_push_there_is_no_site(readers: Readers) -> None:
    assert readers.get("").status_code == 404


def test_files_folders_and_pages_without_their_ending_are_shown(readers: Readers) -> None:
    guide = readers.folder({"index.html": b"guide", "style.css": b"h1 {}"})
    readers.push({"index.html": b"first", "about.html": b"about", "guide": guide})
    shown = {path: readers.get(path) for path in ("", "about", "guide/", "guide/style.css")}
    assert [answer.text for answer in shown.values()] == ["first", "about", "guide", "h1 {}"]
    assert [answer.headers["content-type"].partition(";")[0] for answer in shown.values()] == [
        "text/html",
        "text/html",
        "text/html",
        "text/css",
    ]


def test_a_folder_without_its_slash_is_redirected(readers: Readers) -> None:
    readers.push({"guide": readers.folder({"index.html": b"guide"})})
    answer = readers.get("guide")
    assert (answer.status_code, answer.headers["location"]) == (301, "/pages/guide/")


def test_what_is_not_there_shows_the_sites_own_404_page(readers: Readers) -> None:
    readers.push({"404.html": b"lost?"})
    answer = readers.get("nowhere/at/all")
    assert (answer.status_code, answer.text) == (404, "lost?")


def test_a_folder_without_a_first_page_is_not_listed(readers: Readers) -> None:
    readers.push({"files": readers.folder({"a.txt": b"a"})})
    assert readers.get("files/").status_code == 404


def test_jekyll_hides_odd_names_until_it_is_turned_off(readers: Readers) -> None:
    odd = readers.folder({"a.txt": b"a"})
    readers.push({"_odd": odd})
    assert readers.get("_odd/a.txt").status_code == 404
    readers.push({".nojekyll": b""})
    assert readers.get("_odd/a.txt").text == "a"


def test_a_symbolic_link_is_not_followed(readers: Readers) -> None:
    tip = readers.push({"1.0": readers.folder({"index.html": b"one"})})
    link = readers.git.blob(b"1.0")
    row = f"040000 tree {tip.items['1.0'].oid}\t1.0\n120000 blob {link}\tlatest\n"
    commit = readers.git.commit(readers.git.run("mktree", stdin=row.encode()).text, [tip.commit], "link", WHO)
    readers.git.push(RefUpdate("refs/heads/gh-pages", commit, tip.commit))
    assert readers.get("latest/").status_code == 404
    assert readers.get("latest").status_code == 404


def test_pages_take_no_uploads(readers: Readers) -> None:
    assert readers.get("index.html", "PUT").status_code == 405


def test_new_pages_are_seen_after_as_many_reads_as_are_set(readers: Readers) -> None:
    readers.push({"index.html": b"old"})
    assert readers.get("").text == "old"
    readers.site.configure(delay_reads=2)
    readers.push({"index.html": b"new"})
    assert [readers.get("").text for _ in range(4)] == ["old", "old", "new", "new"]


def test_another_branch_can_be_served(readers: Readers) -> None:
    readers.site.configure(branch="site")
    Pages(readers.git, "site").push(Tip(), {"index.html": b"elsewhere"}, "pages", WHO)
    assert readers.get("").text == "elsewhere"


def test_a_closed_stage_opens_with_the_pages_it_showed(readers: Readers, tmp_path: Path) -> None:
    readers.push({"index.html": b"kept"})
    assert readers.get("").text == "kept"
    with Stage(readers.stage.home) as again:
        assert web.get(f"{again.address}/pages/").text == "kept"


def test_every_commit_is_recorded_by_what_it_did_to_folders(readers: Readers) -> None:
    one, two = readers.folder({"index.html": b"1"}), readers.folder({"index.html": b"2"})
    readers.push({"1.0": one, "latest": one, "versions.json": b'[{"version": "1.0", "aliases": ["latest"]}]'})
    readers.push({"2.0": two, "versions.json": b'[{"version": "2.0"}, {"version": "1.0", "aliases": ["latest"]}]'})
    readers.push({"latest": two})
    readers.get("")
    folders = {e.what: e.kind for e in readers.stage.effects.history() if e.stand_in == "pages"}
    assert folders == {"1.0": "immutable", "latest": "pointer", "2.0": "immutable", "versions.json": "record"}
    assert pointers(readers.stage.effects.history())["pages:latest"] == [one.oid, two.oid]
    assert exactly_once(readers.stage.effects.history()) == ()


def test_a_versions_folder_that_changes_is_a_violation(readers: Readers) -> None:
    one, two = readers.folder({"index.html": b"1"}), readers.folder({"index.html": b"2"})
    readers.push({"1.0": one, "versions.json": b'[{"version": "1.0", "aliases": []}]'})
    readers.push({"1.0": two})
    readers.site.settle()
    assert exactly_once(readers.stage.effects.history()) == (f"pages: 1.0 held two digests: {one.oid}, then {two.oid}",)


def test_history_that_was_thrown_away_is_recorded_by_its_outcome(readers: Readers) -> None:
    one, two = readers.folder({"index.html": b"1"}), readers.folder({"index.html": b"2"})
    tip = readers.push({"latest": one})
    readers.site.settle()
    readers.git.run("--git-dir", readers.stage.repository, "config", "receive.denyNonFastForwards", "false")
    fresh = readers.git.commit(
        readers.git.run("mktree", stdin=f"040000 tree {two.oid}\tlatest\n".encode()).text, [], "x", WHO
    )
    readers.git.push(RefUpdate("refs/heads/gh-pages", fresh, tip.commit))
    readers.site.settle()
    assert pointers(readers.stage.effects.history())["pages:latest"] == [one.oid, two.oid]
