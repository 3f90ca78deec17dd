"""The flows know a forge by its protocol alone: another than GitHub will do, and one that is not known is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest

from tests.release.demo import Demo, StagedSite
from windlass.errors import ConfigError, CredentialError
from windlass.forge import Forge, ForgePages, NoForge, NoPages, PullRequest
from windlass.release.context import ReleaseContext
from windlass.release.flows.hotfix import back_merge, start
from windlass.release.flows.pull_request import Proposal, propose
from windlass.release.flows.tag_merged import tag
from windlass.release.preflight_rules import ReleaseRequest
from windlass.release.report import plan_json, plan_lines, without_forge

pytestmark = pytest.mark.stage

UNKNOWN = NoForge("windlass does not know which forge git.example.org is", known=False)


@dataclass
class Shed(Forge):
    """A forge in a list: pull requests by their branches."""

    token: str = "a token"
    opened: list[PullRequest] = field(default_factory=list)

    name: ClassVar[str] = "Shed"
    channel: ClassVar[str] = ""

    @property
    def pages(self) -> ForgePages:
        return NoPages()

    def missing(self) -> tuple[str, ...]:
        return () if self.token else ("a token for the shed: set SHED_TOKEN",)

    def open_pull_request(self, wanted: PullRequest) -> str:
        there = [(one.head, one.into) for one in self.opened]
        if (wanted.head, wanted.into) not in there:
            self.opened.append(wanted)
        return f"https://shed.example/{wanted.head}"

    def merge_pull_request(self, url: str, head: str) -> None:
        raise NotImplementedError

    def rehearsal_settings(self) -> Mapping[str, Any]:
        return {}

    def on_stage(self, settings: Mapping[str, Any], environment: Mapping[str, str]) -> Forge:
        return self

    def tag_push_warning(self, environment: Mapping[str, str]) -> str:
        return "the shed starts nothing by itself"


@dataclass(frozen=True)
class OnForge(StagedSite):
    """A context of a repository on another forge."""

    own_forge: Forge | NoForge

    @property
    def forge(self) -> Forge | NoForge:
        return self.own_forge


@pytest.fixture
def demo(by_pull_request: Demo) -> Demo:
    return by_pull_request


def on(demo: Demo, forge: Forge | NoForge) -> ReleaseContext:
    there = demo.opened()
    return OnForge(**{name: getattr(there, name) for name in there.__dataclass_fields__}, own_forge=forge)


def proposed(demo: Demo, forge: Forge | NoForge) -> Proposal:
    found = propose(on(demo, forge), ReleaseRequest(part="minor"))
    assert isinstance(found, Proposal)
    return found


def test_a_release_is_proposed_merged_and_tagged_on_another_forge(demo: Demo) -> None:
    shed = Shed()
    first = proposed(demo, shed)
    assert proposed(demo, shed) == first
    assert first.url == "https://shed.example/release/v1.3.0"
    assert [(one.head, one.into, one.title) for one in shed.opened] == [
        ("release/v1.3.0", "main", "chore(release): 1.3.0")
    ]
    assert "a feature" in shed.opened[0].body
    demo.merged(first.commit)
    demo.git.run("checkout", "-q", "-f", first.commit, "--", ".")
    demo.commit("merged", {name: (demo.git.show(first.commit, name) or b"").decode() for name in
                           demo.git.run("ls-tree", "--name-only", first.commit).text.split()})  # fmt: skip
    found = tag(on(demo, shed))
    assert found.lines()[-1] == "the shed starts nothing by itself"
    assert tag(on(demo, shed)).warning == "", "it was not pushed by this"


def test_a_hotfix_comes_back_by_the_forges_pull_request(demo: Demo) -> None:
    shed = Shed()
    start(on(demo, shed), "1.2.2")
    demo.commit("a fix")
    release = demo.out("1.2.3", "done")
    assert back_merge(on(demo, shed), release) == ["v1.2.3 comes back into main by https://shed.example/hotfix/v1.2.3"]
    by_hand = back_merge(on(demo, UNKNOWN), release)
    assert by_hand[-1] == (
        "  (no pull request was opened: a pull request is to be opened, and windlass does not know which forge "
        "git.example.org is; nothing was touched)"
    )
    assert len(back_merge(on(demo, NoForge("the remote origin is a folder")), release)) == 2


def test_without_the_forges_secret_nothing_is_pushed(demo: Demo) -> None:
    with pytest.raises(CredentialError, match="a token for the shed: set SHED_TOKEN"):
        proposed(demo, Shed(token=""))
    assert demo.refs("refs/heads/release/*") == {}


def test_a_forge_that_is_not_known_stops_a_proposal_and_says_what_to_do(demo: Demo) -> None:
    with pytest.raises(ConfigError) as unknown:
        proposed(demo, UNKNOWN)
    assert str(unknown.value) == (
        "a release is to be proposed by a pull request, and windlass does not know which forge git.example.org is; "
        "nothing was touched\n"
        "  known: GitHub: github.com, and servers of your own by their api-url\n"
        "  fix:   where it is GitHub, set `repository` (OWNER/NAME) in [tool.windlass.github], and for a server of "
        'your own its `api-url`; where it is another, set `forge = "none"` in [tool.windlass]: pull requests are '
        "then opened by a person"
    )
    assert demo.refs("refs/heads/release/*") == {}


def test_where_there_is_no_forge_a_person_opens_the_pull_request(demo: Demo) -> None:
    found = proposed(demo, NoForge("[tool.windlass] says that there is no forge"))
    assert found.lines()[0] == ("v1.3.0 is proposed: a pull request that you open, from release/v1.3.0 into main")


def test_the_plan_says_what_an_unknown_forge_costs(demo: Demo) -> None:
    passed_over = without_forge(UNKNOWN)
    line = plan_lines(replace(demo.made("1.3.0")), (), passed_over)[-1]
    assert line.startswith(
        "passed over: a release page, and links in the notes: windlass does not know which forge git.example.org is; "
        "where it is GitHub, set `repository`"
    )
    assert plan_json("1.3.0", (), passed_over)["passed_over"] == [passed_over[0]._asdict()]
    assert without_forge(Shed()) == without_forge(NoForge("the remote origin is a folder")) == ()
