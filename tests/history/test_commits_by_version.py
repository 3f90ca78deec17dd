"""Which commits each version brought, over the whole history."""

from __future__ import annotations

import random

import pytest

from windlass import history, shell
from windlass.testing.git_history import MadeHistory


def brought(made: MadeHistory, *, first_parent: bool = False, paths: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Tag (or `-`) → subjects, oldest first."""
    return {
        part.tag.name if part.tag else "-": [commit.subject for commit in reversed(part.commits)]
        for part in history.sections(made.root, "v", first_parent=first_parent, paths=paths)
    }


def test_each_commit_belongs_to_the_version_that_brought_it(made: MadeHistory) -> None:
    made.commit("feat: a")
    made.tag("v1.0.0")
    made.commit("feat: b")
    made.commit("fix: c")
    made.tag("v1.1.0", message="annotated")
    made.commit("feat: d")
    assert brought(made) == {"-": ["feat: d"], "v1.1.0": ["feat: b", "fix: c"], "v1.0.0": ["feat: a"]}


def test_a_final_version_has_what_its_pre_releases_brought_too(made: MadeHistory) -> None:
    made.commit("feat: a")
    made.tag("v1.0.0")
    made.commit("feat: b")
    made.tag("v1.1.0-rc.1")
    made.commit("fix: c")
    made.tag("v1.1.0-rc.2")
    made.tag("v1.1.0")
    assert brought(made) == {
        "-": [],
        "v1.1.0": ["feat: b", "fix: c"],
        "v1.1.0-rc.2": ["fix: c"],
        "v1.1.0-rc.1": ["feat: b"],
        "v1.0.0": ["feat: a"],
    }
    previous = [part.previous and part.previous.name for part in history.sections(made.root, "v")]
    assert previous == ["v1.1.0", "v1.0.0", "v1.1.0-rc.1", "v1.0.0", None]


def test_a_hotfix_on_its_own_branch_has_its_own_section(made: MadeHistory) -> None:
    made.commit("feat: a")
    made.tag("v1.0.0")
    made.on("hotfix/v1.0.1")
    made.commit("fix: hot")
    made.tag("v1.0.1")
    made.on("main")
    made.commit("feat: b")
    made.tag("v1.1.0")
    made.merge("hotfix/v1.0.1")
    assert brought(made) == {
        "-": ["Merge branch 'hotfix/v1.0.1'"],
        "v1.1.0": ["feat: b"],
        "v1.0.1": ["fix: hot"],
        "v1.0.0": ["feat: a"],
    }


def test_clocks_that_went_wrong_change_nothing(made: MadeHistory) -> None:
    made.commit("feat: a", later_s=90_000)
    made.tag("v1.0.0")
    made.commit("feat: b", later_s=-90_000)
    made.on("topic")
    made.commit("fix: c", later_s=50_000)
    made.on("main")
    made.merge("topic")
    made.tag("v1.1.0")
    assert brought(made)["v1.0.0"] == ["feat: a"]
    assert sorted(brought(made)["v1.1.0"]) == ["Merge branch 'topic'", "feat: b", "fix: c"]


def test_what_only_a_tag_that_is_no_version_holds_is_left_out(made: MadeHistory) -> None:
    made.commit("feat: a")
    made.tag("v1.0.0")
    made.on("experiment")
    made.commit("feat: never")
    made.tag("vnightly")
    made.on("main")
    assert brought(made) == {"-": [], "v1.0.0": ["feat: a"]}


def test_first_parent_takes_merges_for_their_branches(made: MadeHistory) -> None:
    made.commit("chore: base")
    made.on("topic")
    made.commit("wip")
    made.on("main")
    made.merge("topic", "Merge pull request #3 from ann/topic\n\nfeat: the topic")
    made.tag("v1.0.0")
    assert brought(made, first_parent=True)["v1.0.0"] == ["chore: base", "Merge pull request #3 from ann/topic"]
    (part, *_) = (part for part in history.sections(made.root, "v", first_parent=True) if part.tag)
    assert part.commits[0].entries[0].summary == "the topic (#3)"


def test_paths_keep_what_touches_them_and_every_version(made: MadeHistory) -> None:
    made.commit("feat: a", files={"a.py": "1"})
    made.tag("v1.0.0")
    made.commit("feat: b", files={"b.py": "1"})
    made.tag("v1.1.0")
    assert brought(made, paths=("a.py",)) == {"-": [], "v1.1.0": [], "v1.0.0": ["feat: a"]}


def test_a_version_tagged_above_a_higher_one_does_not_take_its_commits(made: MadeHistory) -> None:
    made.commit("feat: a")
    made.tag("v2.0.0")
    made.commit("fix: b")
    made.tag("v1.9.0")
    assert brought(made) == {"-": [], "v2.0.0": ["feat: a"], "v1.9.0": ["fix: b"]}


@pytest.mark.parametrize("wrong_s", [0, 3600], ids=["clocks agree", "clocks differ"])
def test_random_histories_are_divided_as_git_divides_them(made: MadeHistory, wrong_s: int) -> None:
    """A version's commits are what git lists for it without every lower one: checked on branches, merges and tags."""
    chance = random.Random(5)
    branches = ["main"]
    made.commit("feat: 0")
    for number in range(1, 60):
        made.on(chance.choice(branches))
        act = chance.random()
        if act < 0.15:
            branches.append(f"b{number}")
            made.on(f"b{number}")
        others = [name for name in branches if name != made.branch]
        if act > 0.8 and others:
            made.merge(chance.choice(others), f"feat: merge {number}")
        else:
            made.commit(f"feat: {number}", later_s=chance.randint(-wrong_s, wrong_s))
    made.on("main")
    line = made.git("rev-list", "--reverse", "--topo-order", "--all").split()
    for number, oid in enumerate(sorted(chance.sample(line, 9), key=line.index)):
        made.tag(f"v1.{number}.0", oid)
    tags = history.version_tags.tags(made.root, "v")
    for part in history.sections(made.root, "v"):
        lower = [tag.commit for tag in tags if part.tag is None or tag.version < part.tag.version]
        words = [part.tag.commit if part.tag else "main", *(f"^{oid}" for oid in lower)]
        listed = shell.run(["git", "rev-list", *words], cwd=made.root).text.split()
        assert sorted(commit.id for commit in part.commits) == sorted(listed)
