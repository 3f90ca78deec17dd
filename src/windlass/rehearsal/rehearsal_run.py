"""Rehearsing a project: the release, the rollback, and the faults, from the first folder to the report."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from windlass.graph.display.view import View
from windlass.graph.running.run import cores
from windlass.project import Project
from windlass.rehearsal.display import Display
from windlass.rehearsal.pull_request import bring_release_commit, refuse_unknown_forge
from windlass.rehearsal.report import RehearsalReport
from windlass.rehearsal.staged_release import SEEDS, alike, rehearsal, steps_of
from windlass.rehearsal.trial_report import Tally


def rehearse(
    project: Project,
    options: Sequence[str],
    view: View,
    *,
    keep: bool = False,
    faults: bool = False,
    sample: int = 0,
    seed: int = 0,
) -> RehearsalReport:
    """Rehearse a release of a project as it stands, and taking it back.

    Args:
        options: what `inv release` gets, such as `["--part", "minor"]`.
        view: is told of every step, and of every node under it; not of those of faults.
        keep: leave the rehearsal's folder for a look.
        faults: then break every effect of the release and of the rollback in turn, and run each again; as many side
            by side as there are cores, each on a stage of its own.
        sample: only so many of the faults; 0 for all.
        seed: which of them, and in which order; drawn by lot for 0.

    Raises:
        ConfigError: as `refuse_unknown_forge`.
        GateError: the release or the rollback failed; its words are in it.
    """
    refuse_unknown_forge(project)
    display = Display(view, steps_of(project, faults=faults))
    try:
        if not faults:
            with rehearsal(project, display.say, keep, display, options=options) as prepared:
                return prepared.run(bring_release_commit(prepared, options))
        from windlass.rehearsal.fault_trials import try_all

        with alike(project, options, display, keep, min(cores(), sample or cores())) as (rehearsals, final):
            first = rehearsals[0]
            with first.step("faults") as step:
                tally = Tally(display.say, lambda text: display.progress(step, text))
                tried = try_all(rehearsals, final, tally, sample, seed or secrets.randbelow(SEEDS) + 1)
            return replace(first.run(final), faults=tried)
    finally:
        display.close()
