"""The release's gates and builds ahead of it, while the stage is seeded: publishing leaves most of a machine idle.

They run on a twin of the copy, as it will be once the stage is seeded, with a remote of its own that is a stage's too:
by `inv release --dry-run`, which publishes nothing. The release itself makes the same commit there, and so finds them
up to date, as any release finds what was tested before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from windlass.git import Git
from windlass.graph.running.run import cores
from windlass.rehearsal.project_copy import add_commit_after, replicate, reuse_copy
from windlass.shell import Group, join_group
from windlass.stage.addresses import REPOSITORY

if TYPE_CHECKING:
    from windlass.rehearsal.staged_release import Rehearsal

STEP = "gates"


def twin(rehearsal: Rehearsal, seed: str) -> Git | None:
    """The copy as the release will find it once `seed` (a tag) is on the stage, with a remote like the stage's.

    None where nothing can run ahead: on a single core, which has nothing to spare; and where release commits arrive by
    pull request, as the release does not make them then.
    """
    if cores() < 2 or rehearsal.project.config.flow == "pull-request":
        return None
    home = rehearsal.home / "twin"
    replicate(rehearsal.git.root, home / "copy")
    replicate(rehearsal.stage.repository, home / REPOSITORY)
    git = reuse_copy(home / "copy", rehearsal.git.remote, str(home / REPOSITORY))
    add_commit_after(git, seed)
    return git


@contextmanager
def early_gates(rehearsal: Rehearsal, ahead: Git | None, options: Sequence[str]) -> Iterator[None]:
    """Run what the release with these options will need, while the block seeds the stage; then wait for it.

    Args:
        ahead: the twin; nothing runs for None.

    Raises:
        GateError: a gate failed, as it would in the release; its words are in it.
    """
    if ahead is None:
        yield
        return
    with ThreadPoolExecutor(1) as pool, Group() as own:  # where seeding fails, nobody waits for gates
        gates = pool.submit(_run, rehearsal, ahead, options, own)
        yield
        gates.result()


def _run(rehearsal: Rehearsal, ahead: Git, options: Sequence[str], own: Group) -> None:
    with join_group(own), rehearsal.step(STEP) as step:
        rehearsal.inv("release", *options, "--dry-run", "--json", step=step, ahead=ahead.root)
