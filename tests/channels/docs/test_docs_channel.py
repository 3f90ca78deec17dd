"""The documentation channel on a real git remote, read over HTTP from the stage's pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.channels.docs.site import DocsBench
from windlass.channels import read_facts
from windlass.channels.docs import mike
from windlass.channels.docs.docs_channel import Docs, PagesFacts
from windlass.channels.docs.pages_branch import Item, Pages, Tip
from windlass.errors import ConflictError, NotVerifiedError
from windlass.git import Git, Identity, RefUpdate
from windlass.model import Phase, Reversal, State
from windlass.stage import Stage
from windlass.testing.channel_suite import ChannelSuite, converge

_SOMEBODY = Identity("Somebody", "somebody@example.org", 1_760_000_000)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[DocsBench]:
    """What these tests show is the same whatever git speaks: past the suite, it goes to the remote's folder."""
    with Stage(tmp_path / "stage") as stage:
        yield DocsBench(tmp_path, stage, stage.repository)


def _folder(bench: DocsBench, text: str) -> Item:
    """A folder with one page, as somebody else would put it up."""
    return Item("040000", "tree", bench.repository.git.tree({"index.html": f"<h1>{text}</h1>".encode()}))


class TestDocs(ChannelSuite):
    """The suite that every channel passes, pushing and looking over HTTP, where faults are."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[DocsBench]:
        with Stage(tmp_path / "stage") as stage:
            yield DocsBench(tmp_path, stage)


def test_the_branch_is_laid_out_as_mike_lays_it_out(bench: DocsBench) -> None:
    converge(bench.open(), replace(bench.earlier, floating=("latest",)))
    converge(bench.open(), bench.release)
    tree = bench.tree()
    assert {path.partition("/")[0] for path in tree} == {
        ".nojekyll",
        "1.2.2",
        "1.3.0",
        "index.html",
        "latest",
        "versions.json",
    }
    rows = [{key: row[key] for key in ("version", "title", "aliases")} for row in json.loads(tree["versions.json"])]
    assert rows == [
        {"version": "1.3.0", "title": "1.3.0", "aliases": ["latest"]},
        {"version": "1.2.2", "title": "1.2.2", "aliases": []},
    ]
    assert tree["index.html"].encode() == mike.redirect("latest/")
    assert tree["latest/guide/index.html"] == "the guide of 1.3.0: pages"


def test_each_change_is_one_commit_that_says_what_it_did(bench: DocsBench) -> None:
    converge(bench.open(), bench.release)
    assert bench.log() == ["docs(demo): latest is 1.3.0", "docs(demo): publish 1.3.0"]


def test_the_same_release_makes_the_same_commits_anywhere(bench: DocsBench, tmp_path: Path) -> None:
    converge(bench.open(), bench.release)
    with Stage(tmp_path / "elsewhere" / "stage") as stage:
        other = DocsBench(tmp_path / "elsewhere", stage)
        converge(other.open(), other.release)
        there = Pages(other.repository.git, "gh-pages").look().commit
    assert Pages(bench.repository.git, "gh-pages").look().commit == there


def test_what_somebody_else_keeps_on_the_branch_stays(bench: DocsBench) -> None:
    pages = Pages(bench.repository.git, "gh-pages")
    own = {"CNAME": b"docs.example.org\n", "index.html": b"<h1>our own landing page</h1>"}
    pages.push(Tip(), own, "by hand", _SOMEBODY)
    for receipt in converge(bench.open(), bench.release):
        bench.open().verify(receipt)
    tree = bench.tree()
    assert tree["CNAME"] == "docs.example.org\n"
    assert tree["index.html"] == "<h1>our own landing page</h1>"


def test_a_symbolic_link_that_mike_made_is_replaced_by_the_folder(bench: DocsBench) -> None:
    git = bench.repository.git
    converge(bench.open(), replace(bench.earlier, floating=()))
    pages = Pages(git, "gh-pages")
    tip = pages.look()
    link = git.blob(b"1.2.2")
    rows = mike.with_alias(mike.read(pages.read(tip, mike.LISTING)), "latest", "1.2.2")
    listing = "".join(f"{item.mode} {item.kind} {item.oid}\t{name}\n" for name, item in tip.items.items())
    tree = git.run("mktree", stdin=f"{listing}120000 blob {link}\tlatest\n".encode()).text
    commit = git.commit(tree, [tip.commit], "mike", _SOMEBODY)
    git.push(RefUpdate(pages.ref, commit, tip.commit))
    pages.push(pages.look(), {mike.LISTING: mike.write(rows)}, "mike", _SOMEBODY)
    for receipt in converge(bench.open(), bench.release):
        bench.open().verify(receipt)
    assert bench.at("latest/index.html") == "<h1>demo 1.3.0</h1>pages"


class Moving(Pages):
    """A branch that somebody else pushes to just before each of our first pushes."""

    def __init__(self, git: Git, times: int) -> None:
        super().__init__(git, "gh-pages")
        object.__setattr__(self, "left", times)

    def push(self, tip: Tip, edits: object, message: str, who: Identity) -> None:
        left = self.__dict__["left"]
        if left:
            object.__setattr__(self, "left", left - 1)
            super().push(super().look(), {f"note-{left}": b"in between"}, "in between", _SOMEBODY)
        super().push(tip, edits, message, who)  # type: ignore[arg-type]


def test_a_branch_that_moved_meanwhile_is_built_upon(bench: DocsBench) -> None:
    channel = bench.channel(pages=Moving(bench.repository.git, 2))
    for receipt in converge(channel, bench.release):
        bench.open().verify(receipt)
    tree = bench.tree()
    assert {"note-1", "note-2", "1.3.0/index.html"} <= tree.keys()
    assert bench.violations() == ()


def test_a_branch_that_never_stands_still_is_given_up_with_nothing_half_done(bench: DocsBench) -> None:
    channel = bench.channel(pages=Moving(bench.repository.git, 100))
    with pytest.raises(ConflictError) as conflict:
        converge(channel, bench.release)
    assert str(conflict.value) == (
        "gh-pages keeps moving; 1.3.0 could not be put on top of it\n"
        "  tries: 6\n"
        "  fix:   see what else writes to that branch, then run the same again"
    )
    assert "versions.json" not in bench.tree()


def test_other_pages_of_a_version_say_what_is_there_and_what_to_do(bench: DocsBench) -> None:
    converge(bench.open(), bench.release)
    change = bench.open().plan(bench.other)[0]
    assert change.state is State.DIFFERS
    with pytest.raises(ConflictError) as conflict:
        bench.open().do(change)
    assert str(conflict.value) == (
        "1.3.0/ is already on gh-pages with other pages\n"
        f"  there: tree {change.there}\n"
        f"  here:  tree {change.here}\n"
        "  fix:   release a new version; the pages of a version that was seen stay as they are"
    )


def test_without_the_bytes_the_branchs_own_note_is_compared(bench: DocsBench, tmp_path: Path) -> None:
    converge(bench.open(), bench.release)
    from windlass.builds.artifact_folder import Files

    bare = bench.channel(files=Files(tmp_path / "nothing"))
    assert [change.state for change in bare.plan(bench.release)] == [State.SAME, State.SAME]
    assert [change.state for change in bare.plan(bench.other)] == [State.DIFFERS, State.DIFFERS]


def test_pages_changed_by_hand_are_no_longer_what_was_released(bench: DocsBench) -> None:
    folder, alias = converge(bench.open(), bench.release)
    pages = Pages(bench.repository.git, "gh-pages")
    tip = pages.look()
    pages.push(
        tip,
        {"1.3.0": tip.items["latest"]._replace(oid=bench.repository.git.tree({"index.html": b"!"}))},
        "x",
        _SOMEBODY,
    )
    assert bench.open().plan(bench.release)[0].state is State.DIFFERS
    bench.open().verify(alias)
    with pytest.raises(NotVerifiedError) as broken:
        bench.open().verify(folder)
    assert broken.value.problem == "1.3.0 on gh-pages is not what was released"


# ── readers ──


def test_pages_that_are_not_visible_yet_are_waited_for(bench: DocsBench) -> None:
    bench.site.configure(delay_reads=7)
    for receipt in converge(bench.open(), bench.release):
        bench.channel(wait_s=60.0).verify(receipt)


def test_pages_that_stay_invisible_are_told_apart_from_other_pages(bench: DocsBench) -> None:
    bench.site.configure(delay_reads=10_000)
    folder, _ = converge(bench.open(), bench.release)
    with pytest.raises(NotVerifiedError) as unseen:
        bench.open().verify(folder)
    assert unseen.value.problem == "the documentation is not there for readers after 0 s"
    assert unseen.value.facts["page"] == f"{bench.url}/1.3.0/"
    assert unseen.value.facts["there"] == "404 Not Found"


def test_an_alias_that_still_shows_the_earlier_version_is_not_verified(bench: DocsBench) -> None:
    for receipt in converge(bench.open(), replace(bench.earlier, floating=("latest",))):
        bench.open().verify(receipt)
    bench.site.configure(delay_reads=10_000)
    _, alias = converge(bench.open(), bench.release)
    with pytest.raises(NotVerifiedError) as old:
        bench.open().verify(alias)
    assert old.value.problem == "the documentation shows other pages for readers after 0 s"
    assert old.value.facts["page"] == f"{bench.url}/latest/"


def test_of_two_versions_with_equal_pages_the_alias_names_the_right_one(bench: DocsBench) -> None:
    earlier = replace(bench.release, version="1.2.9", tag="v1.2.9")
    for receipt in converge(bench.open(), earlier):
        bench.open().verify(receipt)
    bench.site.configure(delay_reads=10_000)
    _, alias = converge(bench.open(), bench.release)
    assert mike.alias_target(mike.read(bench.at("versions.json").encode()), "latest") == "1.3.0"
    with pytest.raises(NotVerifiedError) as old:
        bench.open().verify(alias)
    assert old.value.facts["page"] == f"{bench.url}/versions.json"
    assert old.value.facts["released"] == "a list with this version in its place"


def test_a_site_that_nobody_serves_is_not_verified(bench: DocsBench) -> None:
    folder, _ = converge(bench.channel(url="http://127.0.0.1:9"), bench.release)
    with pytest.raises(NotVerifiedError) as nobody:
        bench.open().verify(folder)
    assert nobody.value.problem == "the documentation site did not answer"


def test_without_an_address_the_branch_is_verified_and_the_receipt_says_so(bench: DocsBench) -> None:
    channel = bench.channel(url="")
    for receipt in converge(channel, bench.release):
        channel.verify(receipt)
        assert receipt.url == ""
        assert read_facts(receipt.facts, PagesFacts).verified == (
            "on the branch only: [tool.windlass.docs] url names no place where readers look"
        )


# ── back ──


def test_back_moves_latest_and_marks_what_was_taken_back(bench: DocsBench) -> None:
    converge(bench.open(), replace(bench.earlier, floating=("latest",)))
    converge(bench.open(), bench.release)
    to = replace(bench.earlier, floating=("latest", "1"))
    changes = bench.open().rollback_changes(to, (bench.release,))
    assert [(c.what, c.phase, c.state, c.reversal) for c in changes] == [
        ("1.3.0 in versions.json", Phase.RETRACT, State.DIFFERS, Reversal.SUPERSEDED),
        ("latest", Phase.POINT, State.DIFFERS, Reversal.UNDONE),
    ]
    for change in changes:
        bench.open().verify(bench.open().do(change))
    rows = json.loads(bench.at("versions.json"))
    assert [(row["version"], row["title"], row["aliases"]) for row in rows] == [
        ("1.3.0", "1.3.0 (taken back)", []),
        ("1.2.2", "1.2.2", ["latest"]),
    ]
    assert bench.at("latest/index.html") == "<h1>demo 1.2.2</h1>pages"
    assert bench.at("1.3.0/index.html") == "<h1>demo 1.3.0</h1>pages"
    assert bench.violations() == ()


def test_back_to_a_version_without_pages_leaves_latest_to_a_person_and_marks(bench: DocsBench) -> None:
    converge(bench.open(), bench.release)
    to = replace(bench.earlier, floating=("latest",))
    for target in (to, None):
        changes = bench.open().rollback_changes(target, (bench.release,))
        assert [(change.what.partition(" ")[0], change.reversal) for change in changes] == [
            ("1.3.0", Reversal.SUPERSEDED),
            ("put", Reversal.PERSON),
        ]
    pages = bench.open().pages
    link = Item("120000", "blob", bench.repository.git.blob(b"1.3.0"))  # as mike makes aliases
    pages.push(pages.look(), {"latest": link}, "mike", _SOMEBODY)
    assert [c for c in bench.open().rollback_changes(to, (bench.release,)) if c.reversal is Reversal.PERSON]
    pages.push(pages.look(), {"latest": _folder(bench, "other")}, "by hand", _SOMEBODY)
    assert not [c for c in bench.open().rollback_changes(to, (bench.release,)) if c.reversal is Reversal.PERSON]


@pytest.mark.parametrize("folder", ["1.2", "v1.2.2", "1"])
def test_back_to_pages_that_mike_put_into_a_folder_a_line(bench: DocsBench, folder: str) -> None:
    converge(bench.open(), bench.release)
    tree, pages = _folder(bench, "older"), bench.open().pages
    pages.push(pages.look(), {folder: tree}, "mike", _SOMEBODY)
    to = replace(bench.earlier, floating=("latest",))
    changes = bench.open().rollback_changes(to, (bench.release,))
    for change in changes:
        if change.reversal is not Reversal.PERSON:
            bench.open().verify(bench.open().do(change))
    latest = bench.open().pages.look().folder("latest")
    assert (latest == tree.oid) is (folder != "1")  # 1.3.0 is of line 1 as well: that folder may show it
    assert any(change.reversal is Reversal.PERSON for change in changes) is (folder == "1")


def test_a_hotfix_of_an_older_line_leaves_latest_alone(bench: DocsBench) -> None:
    converge(bench.open(), bench.release)
    older = replace(bench.made("1.2.3"), floating=("1.2",))
    assert [change.what for change in bench.open().plan(older)] == ["1.2.3"]
    converge(bench.open(), older)
    assert bench.at("latest/index.html") == "<h1>demo 1.3.0</h1>pages"


# ── bad input ──


def test_a_list_of_versions_that_is_none_is_a_conflict(bench: DocsBench) -> None:
    Pages(bench.repository.git, "gh-pages").push(Tip(), {"versions.json": b'{"oops": 1}'}, "x", _SOMEBODY)
    with pytest.raises(ConflictError) as conflict:
        bench.open().plan(bench.release)
    assert str(conflict.value) == (
        "versions.json of the documentation branch is not as mike writes it\n"
        '  it begins: {"oops": 1}\n'
        '  fix:       make it a list of {"version", "title", "aliases"}, then run the same again'
    )


def test_a_version_called_latest_is_a_conflict(bench: DocsBench) -> None:
    rows = mike.write([{"version": "latest", "title": "latest", "aliases": []}])
    Pages(bench.repository.git, "gh-pages").push(Tip(), {"versions.json": rows}, "x", _SOMEBODY)
    with pytest.raises(ConflictError) as conflict:
        converge(bench.open(), bench.release)
    assert conflict.value.problem == "versions.json has a version that is called latest, so no alias can be"


def test_a_release_without_documentation_changes_nothing(bench: DocsBench) -> None:
    assert bench.open().plan(replace(bench.release, artifacts=())) == ()


def test_what_is_taken_is_told_by_its_folder(bench: DocsBench) -> None:
    assert bench.open().version_in_use("1.3.0") == ""
    converge(bench.open(), bench.release)
    tree = bench.open().plan(bench.release)[0].here
    assert bench.open().version_in_use("1.3.0") == f"folder 1.3.0/ on gh-pages (tree {tree})"


def test_docs_needs_no_secret_of_its_own(bench: DocsBench) -> None:
    assert isinstance(bench.open(), Docs)
    assert bench.open().missing() == ()
