"""The audit: its judgement, on surveys made by hand; and its eyes, on a stage that was tampered with."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from tests import web
from tests.oci.registries import repository
from tests.release.demo import Demo
from windlass.channels.docs.pages_branch import Pages
from windlass.errors import GateError, VersionError
from windlass.git import RefUpdate
from windlass.model import Artifact, Mark, Pointer, Release, Survey, SurveyedName
from windlass.release.after.audit import BEFORE, Audit, AuditFinding, Subject, audit, judge
from windlass.versions import Version

pytestmark = pytest.mark.stage

A, B, C = ("sha256:" + letter * 64 for letter in "abc")


def subject(version: str, state: str = "released", *, sealed: bool = True, back_to: str = "") -> Subject:
    artifacts = (Artifact(f"demo-{version}.tar.gz", "sdist", A, 1),) if sealed else ()
    pre = Version.parse(version).prerelease
    release = Release("demo", version, version, f"v{version}", "c" * 40, "main", 0, artifacts, prerelease=pre)
    return Subject(release, state, back_to)


def file(version: str, there: str, wanted: str = A) -> SurveyedName:
    return SurveyedName(f"v{version}", f"demo-{version}.tar.gz", wanted, there)


def judged(channel: str, survey: Survey, *subjects: Subject) -> list[tuple[str, str, str, str, str]]:
    found = judge(subjects, {channel: survey})
    return [(one.tag, one.kind, one.what, one.there, one.fix) for one in found]


# ── judging ──


def test_what_is_there_as_it_was_sealed_is_no_finding() -> None:
    pointers = (Pointer("latest", "demo:latest", "v1.3.0"), Pointer("1.2", "demo:1.2", "v1.2.2"))
    survey = Survey((file("1.2.2", A), file("1.3.0", A)), (Mark.of("v1.3.0", "yanked", "x", False),), pointers)
    assert judged("index", survey, subject("1.3.0"), subject("1.2.2")) == []


def test_a_hole_names_the_task_that_fills_it_and_other_bytes_do_not() -> None:
    survey = Survey((file("1.2.2", ""), file("1.3.0", B)))
    lost, other = judged("oci", survey, subject("1.3.0"), subject("1.2.2"))
    assert lost == ("v1.2.2", "absent", "demo-1.2.2.tar.gz", "", "inv publish.images --version v1.2.2")
    assert other[:4] == ("v1.3.0", "differs", "demo-1.3.0.tar.gz", B)


def test_a_version_from_before_windlass_has_nothing_to_be_compared_with() -> None:
    survey = Survey((file("1.2.2", B, ""),), (Mark.of("v1.2.2", "yanked", "x", True),), (Pointer("1", "1", ""),))
    assert judged("index", survey, subject("1.2.2", BEFORE, sealed=False)) == []
    assert judged("index", survey, subject("1.2.2", sealed=False)) == []  # a rollback gave it a ledger, and no bytes


def test_floating_names_lead_to_the_newest_that_stands_of_those_that_a_channel_has() -> None:
    pre, new, old = subject("2.0.0-rc.1"), subject("1.3.0"), subject("1.2.2")
    pointers = tuple(Pointer(name, name, "v1.2.2") for name in ("latest", "1", "1.2", "1.3"))
    survey = Survey((file("1.2.2", A), file("1.3.0", A), file("2.0.0-rc.1", A)), (), pointers)
    found = judged("docs", survey, pre, new, old)
    fix = "inv docs.deploy --version v1.3.0; `inv rollback --to v1.2.2`, where that was meant"
    assert found == [("v1.3.0", "pointer", name, "v1.2.2", fix) for name in ("latest", "1", "1.3")]
    without = replace(survey, seen=(file("1.2.2", A),))  # 1.3.0 has no pages
    assert judged("docs", without, pre, new, old) == []


def test_names_that_a_rollback_moved_may_lead_to_another_line_but_never_to_what_was_taken_back() -> None:
    back, old = subject("1.3.0", "taken back"), subject("1.2.2")
    seen = (file("1.2.2", A), file("1.3.0", A))
    moved = Survey(seen, (), (Pointer("latest", "latest", "v1.2.2"), Pointer("1.3", "1.3", "v1.2.2")))
    assert judged("oci", moved, back, old) == []
    left = Survey(seen, (), (Pointer("latest", "latest", "v1.2.2"), Pointer("1.3", "1.3", "v1.3.0")))
    assert judged("oci", left, back, old) == [("v1.3.0", "pointer", "1.3", "v1.3.0", "inv rollback --to v1.2.2")]


def test_a_fix_is_a_command_that_works_or_says_what_a_person_does() -> None:
    back, old = subject("1.3.0", "taken back"), subject("1.2.2")
    left = Survey((file("1.3.0", A),), (), (Pointer("latest", "demo:latest", "v1.3.0"),))
    by_hand = "by hand: point demo:latest at a version that stands there, or remove it"
    assert [row[4] for row in judged("oci", left, back, old)] == [by_hand]  # 1.2.2 never had an image
    assert [row[4] for row in judged("oci", left, back)] == ["inv rollback --to none"]
    before = subject("1.2.2", BEFORE, sealed=False)
    behind = Survey((file("1.2.2", B, ""), file("1.2.1", A)), (), (Pointer("latest", "latest", "v1.2.1"),))
    fix = "inv rollback --to v1.2.2; `inv rollback --to v1.2.1`, where that was meant"
    assert [row[4] for row in judged("docs", behind, before, subject("1.2.1"))] == [fix]
    tag = SurveyedName("v1.3.0", "refs/tags/v1.3.0", "c" * 40, "")
    assert [row[4] for row in judged("git", Survey((tag,)), subject("1.3.0"))] == [
        f"git push origin {'c' * 40}:refs/tags/v1.3.0"
    ]


def test_a_floating_name_that_is_gone_is_found_where_windlass_made_it() -> None:
    gone = Survey((file("1.3.0", A),), (), (Pointer("latest", "latest", ""),))
    assert [row[:4] for row in judged("oci", gone, subject("1.3.0"))] == [("v1.3.0", "pointer", "latest", "")]
    older = Survey((file("1.3.0", A, ""),), (), (Pointer("latest", "latest", ""),))
    assert judged("oci", older, subject("1.3.0", BEFORE, sealed=False)) == []


def test_a_mark_on_what_stands_and_its_lack_on_what_was_taken_back_are_found() -> None:
    yanked = Mark("v1.3.0", "yanked", ("a.whl",), ("a.tar.gz",), "https://index/manage")
    (on,) = judged("index", Survey(marks=(yanked,)), subject("1.3.0"))
    assert on[:4] == ("v1.3.0", "marked", "a.whl", "yanked")
    (off,) = judged("index", Survey(marks=(yanked,)), subject("1.3.0", "taken back"))
    assert off == ("v1.3.0", "not marked", "a.tar.gz", "for use", "a person does it: https://index/manage")
    assert judged("index", Survey(marks=(yanked,)), subject("1.3.0", "abandoned")) == []


@pytest.mark.parametrize(
    ("version", "state", "marked", "kinds"),
    [
        ("1.3.0", "released", True, ["marked"]),
        ("1.3.0", "released", False, []),
        ("1.3.0-rc.1", "released", True, []),
        ("1.3.0-rc.1", "released", False, ["not marked"]),
        ("1.3.0", "taken back", False, ["not marked"]),
        ("1.3.0", "taken back", True, []),
    ],
)
def test_the_pre_release_mark_belongs_to_pre_releases_and_to_what_was_taken_back(
    version: str, state: str, marked: bool, kinds: list[str]
) -> None:
    mark = Mark.of(f"v{version}", "pre-release", f"v{version}", marked)
    assert [row[1] for row in judged("github", Survey(marks=(mark,)), subject(version, state))] == kinds


def test_what_was_taken_back_or_given_up_may_be_gone() -> None:
    survey = Survey((file("1.3.0", ""), file("1.4.0", B)))
    assert judged("docs", survey, subject("1.4.0", "abandoned"), subject("1.3.0", "taken back")) == []


def test_what_was_begun_and_not_finished_is_found_in_the_ledger() -> None:
    found = judge([subject("1.4.0", "unfinished"), subject("1.3.0", "taken back", back_to="1.2.2")], {})
    assert [(one.tag, one.what, one.fix) for one in found] == [
        ("v1.4.0", "release", "inv release --version v1.4.0"),
        ("v1.3.0", "rollback", "inv rollback --to 1.2.2"),
    ]


def test_a_channel_that_could_not_be_looked_at_is_never_passed() -> None:
    blind = Audit((subject("1.3.0"),), (), {"oci": "the registry ghcr.io did not answer"})
    assert not blind.ok
    assert blind.lines()[-1] == "oci: not looked at: the registry ghcr.io did not answer"
    with pytest.raises(GateError):
        blind.check()


# ── looking ──


def audited(demo: Demo, version: str = "") -> list[tuple[str, str, str, str]]:
    found = audit(demo.opened(), version)
    assert found.unseen == {}
    return [(one.channel, one.tag, one.kind, one.what) for one in found.findings]


@pytest.mark.faults  # seconds of releases
def test_releases_and_rollbacks_are_audited_clean_at_each_step(demo: Demo) -> None:
    """v1.3.0 → back to v1.2.2 → hotfix v1.2.3, which `latest` follows → v1.3.1."""
    demo.git.push(RefUpdate("refs/tags/v1.0.0", demo.git.resolve("HEAD"), ""))  # from before windlass
    assert audited(demo) == []
    for version in ("1.2.2", "1.3.0"):
        demo.release(version)
        demo.commit(f"after {version}")
    assert audited(demo) == []
    demo.go_back("v1.2.2")
    assert audited(demo) == []
    for version in ("1.2.3", "1.3.1"):
        demo.release(version)
        demo.commit(f"after {version}")
        assert audited(demo) == []
    told = audit(demo.opened())
    assert told.lines()[:5] == [
        "v1.3.1           released",
        "v1.3.0           taken back",
        "v1.2.3           released",
        "v1.2.2           released",
        "v1.0.0           before windlass (nothing was sealed that could be compared)",
    ]
    assert told.as_json()["ok"] is True


def test_everything_that_was_tampered_with_is_found(demo: Demo) -> None:
    demo.release("1.2.2")
    demo.commit("more")
    demo.release("1.3.0")
    host = demo.stage.address.removeprefix("http://")
    images, pages = repository(host), Pages(demo.git, "gh-pages")
    images.put_manifest(images.manifest("1.2.2"), "latest")
    child = images.manifest("1.3.0").children[0].digest
    assert web.delete(f"http://{host}/v2/acme/demo/manifests/{child}").status_code == 202
    tip = pages.look()
    kept = replace(tip, items={name: item for name, item in tip.items.items() if name != "1.2.2"})
    pages.push(
        kept, {"latest": tip.items["1.2.2"], "1.0.0": tip.items["1.2.2"]}, "by hand", demo.git.committer_of("HEAD")
    )
    headers = {"Authorization": f"Bearer {demo.stage.environment()['GITHUB_TOKEN']}"}
    with httpx.Client(base_url=f"{demo.stage.address}/forge/repos/demo-org/demo", headers=headers) as api:
        new, old = (api.get(f"/releases/tags/{tag}").json() for tag in ("v1.3.0", "v1.2.2"))
        wheel = next(asset for asset in new["assets"] if asset["name"].endswith(".whl"))
        api.delete(f"/releases/assets/{wheel['id']}")
        api.patch(f"/releases/{old['id']}", json={"prerelease": True})
    tag = demo.git.ls_remote("refs/tags/v1.2.2")["refs/tags/v1.2.2"]
    demo.git.push(RefUpdate("refs/tags/v1.2.2", "", tag))
    assert set(audited(demo)) == {
        ("git", "v1.2.2", "absent", "refs/tags/v1.2.2"),
        ("oci", "v1.3.0", "differs", f"{host}/acme/demo:1.3.0"),  # its index is there, and a platform is not
        ("oci", "v1.3.0", "pointer", f"{host}/acme/demo:latest"),
        ("docs", "v1.2.2", "absent", "1.2.2/"),
        ("docs", "v1.3.0", "pointer", "latest/"),
        ("github", "v1.3.0", "absent", wheel["name"]),
        ("github", "v1.2.2", "marked", "v1.2.2"),
    }
    assert {tag for _, tag, _, _ in audited(demo, "1.2.2")} == {"v1.2.2"}
    with pytest.raises(VersionError, match=r"there is no version v9\.9\.9"):
        audit(demo.opened(), "v9.9.9")


@pytest.mark.faults  # seconds of releases
def test_a_yank_that_a_person_still_has_to_do_is_found_until_it_is_done(demo: Demo) -> None:
    demo.indexed = True
    demo.release("1.2.2")
    demo.commit("more")
    demo.release("1.3.0")
    demo.go_back("v1.2.2")
    found: tuple[AuditFinding, ...] = audit(demo.opened()).findings
    assert [(one.channel, one.kind, one.tag) for one in found] == [("index", "not marked", "v1.3.0")]
    assert found[0].url.endswith("/manage/project/demo/release/1.3.0/")
    web.post(found[0].url, data={"action": "yank", "yanked_reason": "broken"})
    assert audit(demo.opened()).ok
    web.post(found[0].url.replace("1.3.0", "1.2.2"), data={"action": "yank"})
    assert [(one.kind, one.tag) for one in audit(demo.opened()).findings] == [("marked", "v1.2.2")]
