"""How a release commit arrives in a rehearsal of the pull-request flow: proposed, merged as a person would, tagged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windlass.git import RefUpdate
from windlass.github import GitHub, pull_requests

if TYPE_CHECKING:
    from windlass.rehearsal.staged_release import Rehearsal


def bring_release_commit(rehearsal: Rehearsal, options: Sequence[str]) -> Sequence[str]:
    """The options of `inv release` once its commit is there: the same, or the version that was merged and tagged.

    Raises:
        GateError: a task of the flow failed; its words are in it.
    """
    if rehearsal.project.config.flow != "pull-request":
        return options
    own = [word for word in options if word != "--skip-tests"]
    with rehearsal.step("pull request") as step:
        proposal = rehearsal.inv_json("release.prepare", *own, step=step)
        _merge(rehearsal, proposal)
        git = rehearsal.git
        git.run("pull", "--quiet", "--ff-only", git.remote, proposal["into"])
        tagged = rehearsal.inv_json("release.tag", step=step)
    return ["--version", tagged["tag"], *(word for word in options if word == "--skip-tests")]


def _merge(rehearsal: Rehearsal, proposal: Mapping[str, Any]) -> None:
    """Merge the pull request; where the project has no forge, bring its commit in by a push."""
    git, into = rehearsal.git, f"refs/heads/{proposal['into']}"
    if not proposal["pull_request"]:
        git.push(RefUpdate(into, proposal["commit"], git.ls_remote(into)[into]))
        return
    environment = rehearsal.environment()
    addresses = json.loads(Path(environment["WINDLASS_STAGE"]).read_text())["github"]
    number = int(proposal["pull_request"].rpartition("/")[2])
    with GitHub(addresses["repository"], addresses["api_url"], environment["GITHUB_TOKEN"]) as hub:
        pull_requests.merge(hub, number, proposal["commit"])
