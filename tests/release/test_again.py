"""Rolled back and released again, on every channel: v1.3.0, back to v1.2.2, hotfix v1.2.3, then v1.3.1."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import web
from tests.release.demo import Demo
from windlass.release import release_version
from windlass.release.after import rollback
from windlass.release.after.audit import audit
from windlass.release.after.status import Status, state
from windlass.release.flows.hotfix import back_merge, start
from windlass.release.preflight_rules import ReleaseRequest
from windlass.stage import Stage

pytestmark = pytest.mark.faults


def pointed(demo: Demo) -> dict[str, str]:
    """Which version every floating name leads to, told by what its digest is the digest of."""
    registry, forge, git = demo.held("registry"), demo.held("forge"), demo.git
    of_digest = {now: what.rpartition(":")[2] for what, now in registry.items() if what.count(".") >= 2 and now}
    names = {what: str(of_digest[now]) for what, now in registry.items() if what.startswith("acme/demo:") and now}
    branch = demo.refs("refs/heads/gh-pages")["refs/heads/gh-pages"]
    git.fetch("refs/heads/gh-pages")
    trees = {row.split("\t")[1]: row.split()[2] for row in git.run("ls-tree", branch).text.splitlines()}
    docs = next(name for name, tree in trees.items() if tree == trees["latest"] and name != "latest")
    floating = {what.rpartition(":")[2]: to for what, to in names.items() if what.count(".") < 2}
    return {**floating, "docs": docs, "github": str(forge["latest"]).removeprefix("v")}


def states(demo: Demo) -> dict[str, str]:
    return {entry.tag: state(entry) for entry in Status.read(demo.opened()).entries}


def clean(demo: Demo) -> bool:
    """What the audit finds, shown; whether that is nothing, and no person is left with something to do."""
    found = audit(demo.opened())
    print("\n".join(found.lines()))
    return found.ok and Status.read(demo.opened()).open_requests == ()


def press(url: str) -> None:
    """Press the button that yanks a version."""
    assert web.post(url, data={"action": "yank", "yanked_reason": "broken"}).status_code == 303


def part(demo: Demo, part: str) -> str:
    context = demo.opened()
    return str(release_version.next_release(context, context.look(), ReleaseRequest(part=part)).following.next)


def everywhere(version: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(("latest", "docs", "github", "1", *names), version)


def test_rolled_back_and_released_again(tmp_path: Path, stage: Stage) -> None:
    demo = Demo(tmp_path / "work", stage, indexed=True)
    demo.release("1.2.2")
    demo.commit("feature")
    demo.release("1.3.0")
    assert pointed(demo) == {**everywhere("1.3.0", "1.3"), "1.2": "1.2.2"}
    assert clean(demo)

    back = demo.go_back("v1.2.2")
    assert pointed(demo) == everywhere("1.2.2", "1.2", "1.3")
    assert [change.what for change in back.for_a_person] == ["yank demo 1.3.0"]
    assert [(found.channel, found.kind) for found in audit(demo.opened()).findings] == [("index", "not marked")]
    assert Status.read(demo.opened()).lines()[-1].startswith("for a person to do: yank demo 1.3.0: http://")
    back = rollback.wait_for_person(demo.opened(), back, 60.0, lambda _: press(back.for_a_person[0].url))
    assert back.for_a_person == ()
    assert clean(demo)
    assert states(demo) == {"v1.3.0": "taken back", "v1.2.2": "released"}

    start(demo.opened(), "v1.2.2")
    demo.commit("fix")
    assert part(demo, "hotfix") == "1.2.3"
    fixed = demo.release("1.2.3").release
    assert pointed(demo) == {**everywhere("1.2.3", "1.2"), "1.3": "1.2.2"}
    assert clean(demo)
    assert back_merge(demo.opened(), fixed)[0].startswith("v1.2.3 is not in main yet")

    demo.git.run("checkout", "-q", "main")
    demo.commit("fix of 1.3.0")
    assert part(demo, "patch") == "1.3.1"
    demo.release("1.3.1")
    assert pointed(demo) == {**everywhere("1.3.1", "1.3"), "1.2": "1.2.3"}
    assert states(demo) == {
        "v1.3.1": "released",
        "v1.3.0": "taken back",
        "v1.2.3": "released",
        "v1.2.2": "released",
    }
    assert clean(demo)
    assert demo.violations() == ()
