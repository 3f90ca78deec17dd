"""How a release commit arrives in a rehearsal of the pull-request flow: proposed, merged as a person would, tagged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from windlass.forge import NoForge
from windlass.git import RefUpdate

if TYPE_CHECKING:
    from windlass.project import Project
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


def refuse_unknown_forge(project: Project) -> None:
    """What stops the real release stops its rehearsal, before anything is made.

    Raises:
        ConfigError: release commits arrive by pull request, and nobody knows which forge the remote has.
    """
    forge = project.forge
    if project.config.flow == "pull-request" and isinstance(forge, NoForge) and not forge.known:
        raise forge.error("a release of this project arrives by a pull request")


def _merge(rehearsal: Rehearsal, proposal: Mapping[str, Any]) -> None:
    """Merge the pull request; where the project has no forge, bring its commit in by a push."""
    git, into = rehearsal.git, f"refs/heads/{proposal['into']}"
    if not proposal["pull_request"]:
        git.push(RefUpdate(into, proposal["commit"], git.ls_remote(into)[into]))
        return
    forge = rehearsal.project.forge
    if isinstance(forge, NoForge):
        raise forge.error("a pull request is to be merged")
    settings = json.loads(rehearsal.addresses().read_text())
    stand_in = forge.on_stage(settings, rehearsal.environment())
    stand_in.merge_pull_request(proposal["pull_request"], proposal["commit"])
