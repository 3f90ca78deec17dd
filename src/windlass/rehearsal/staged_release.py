"""The rehearsal: the real release, by the real command, of a copy of the project, against stand-ins."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windlass import shell
from windlass.atomic_write import write_whole
from windlass.channels import ChannelRehearsal, rehearsals
from windlass.errors import WindlassError
from windlass.forge import NoForge
from windlass.git import Git
from windlass.graph.display.view import Silent
from windlass.history.version_tags import base
from windlass.next_version.refuse_lower_version import refuse_unread_tags
from windlass.project import Project
from windlass.rehearsal.display import Display, StepNodes
from windlass.rehearsal.early_gates import STEP, early_gates, twin
from windlass.rehearsal.inner_run import Inner, command_error, read_json
from windlass.rehearsal.prepared_stage_cache import SeedCache
from windlass.rehearsal.project_copy import add_commit_after, add_tag, copy, reuse_copy, share_cache
from windlass.rehearsal.pull_request import bring_release_commit
from windlass.rehearsal.report import RehearsalReport, Step
from windlass.rehearsal.skipped_parts import not_rehearsed
from windlass.release.report import LeftOut
from windlass.release.worktree import home_of
from windlass.shell import environment
from windlass.stage import Stage
from windlass.stage.exactly_once_check import exactly_once
from windlass.versions import Version
from windlass.versions.tags import tagged_versions

if TYPE_CHECKING:
    from windlass.stage.digest_cache_server import ProofStore

_RELEASE_TIMEOUT_S = 3600.0
SEEDS = 1_000_000
"""From how many a seed is drawn that nobody gave: few enough to be typed again."""

_OWN_PLACES = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
"""Where this windlass finds itself, and the packages that add channels to it."""


class Rehearsal:
    """A stage with a copy of a project on it, seeded with an earlier version.

    Attributes:
        project: what is rehearsed.
        home: the rehearsal's own folder: `copy/` and `stage/`.
        stage: the stand-ins, running once it is prepared.
        git: the copy.
        seed: the tag of the version that was there before; empty when there is none.
    """

    def __init__(
        self, project: Project, home: Path, stage: Stage, say: Callable[[str], None], display: Display | None = None
    ) -> None:
        """`display`: where the steps are shown, node by node; None tells `say` that each began."""
        self.project = project
        self.home = home
        self.stage = stage
        self.seed = ""
        self._say = say
        self._display = display
        self._began = display.began if display else time.monotonic()
        self._day = datetime.now(UTC).strftime("%Y-%m-%d")  # one day throughout, midnight or not
        self._steps: list[Step] = []
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def step(self, name: str) -> Iterator[str]:
        """Time a part and show that it began; its name, for the commands that are to be shown under it."""
        start = time.monotonic() - self._began
        if self._display is None:
            self._say(f"rehearsal: {name}")
        with self._display.step(name) if self._display else nullcontext():
            yield name
        self._steps.append(Step(name, round(start, 3), round(time.monotonic() - self._began, 3)))

    @contextmanager
    def open_stage(self, options: Sequence[str] | None) -> Iterator[Rehearsal]:
        """The stage open for the block, with a copy of the project, and its earlier version to go back to.

        Where such a stage of the very same project is kept, it is taken.

        Args:
            options: of the release whose gates run while the stage is seeded; None where no release follows at once.

        Raises:
            GateError: that version, or one of those gates, failed.
        """
        seeds, remote = SeedCache(self.project, self.left_out), self.project.config.remote
        with ExitStack() as stack:
            with self.step("copy"):
                self.seed = seeds.restore(self.home)
                place = self.home / "copy"
                stage = stack.enter_context(self.stage)
                self.git = (
                    reuse_copy(place, remote, stage.remote) if self.seed else copy(self.project, place, stage.remote)
                )
                share_cache(home_of(self.project.root), home_of(place))
                tag = self.seed or self._tag_seed()
                ahead = twin(self, tag) if options is not None and not self.seed else None
            if self.seed:
                self._say(f"rehearsal: {tag} is on the stage already, kept by an earlier rehearsal")
            else:
                with early_gates(self, ahead, options or ()):
                    self._seed_stage(tag)
                    seeds.keep(self.home, tag)
                self.seed = tag
            yield self

    def _tag_seed(self) -> str:
        """The tag of the earlier version, made where the project has none."""
        config = self.project.config
        tag = _last_tag(self.git, config.tag_prefix)
        if not tag:
            refuse_unread_tags(base(self.git.root, config.tag_prefix, config.branch), self.project.tag_names)
            tag = _first_tag(self.project)
            add_tag(self.git, tag)
        return tag

    def _seed_stage(self, tag: str) -> None:
        """Release the earlier version to the stage."""
        with self.step("seed") as step:
            self.inv("release", "--version", tag, "--skip-tests", "--yes", step=step, seeding=True)
            add_commit_after(self.git, tag)
            self.stage.settle()

    def run(self, options: Sequence[str]) -> RehearsalReport:
        """Release, then roll back."""
        with self.step("release") as step:
            released = self.inv_json("release", *options, "--yes", step=step)
        with self.step("rollback") as step:
            back = self.inv_json("rollback", "--to", self.seed, "--yes", step=step)
        self.stage.settle()
        return RehearsalReport(
            released,
            back,
            not_rehearsed=(
                *(one._asdict() for one in self.left_out),
                *released["left_out"],
            ),
            violations=exactly_once(self.stage.effects.history()),
            steps=tuple(self._steps),
            early=self._display.nodes_of(STEP) if self._display else StepNodes(),
        )

    def addresses(self, *, seeding: bool = False) -> Path:
        """The file of addresses that the release is given: those stand-ins that this project's channels need.

        Args:
            seeding: for the release of the version that was before.
        """
        given = json.loads(Path(self.stage.environment()["WINDLASS_STAGE"]).read_text())
        forge = self.project.forge
        own = [channel.seed_settings(given) if seeding else channel.settings(given) for channel in self.channels]
        own += [] if isinstance(forge, NoForge) else [forge.rehearsal_settings()]
        mine: dict[str, Any] = {**given}
        for tables in own:
            mine.update({name: {**mine.get(name, {}), **table} for name, table in tables.items()})
        if isinstance(forge, NoForge):  # or the stage, which has a GitHub's API, would be taken for one
            mine["forge"] = "none"
        file = self.home / ("seed-addresses.json" if seeding else "addresses.json")
        write_whole(file, json.dumps(mine, indent=2))  # whoever reads it may just do so
        return file

    @cached_property
    def channels(self) -> tuple[ChannelRehearsal, ...]:
        """What is done with channels on this machine, where that is not all that a release does."""
        return rehearsals(self.project)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What a release would do, and this does not."""
        return not_rehearsed(self.project.config, self.project.forge, self.channels)

    def command(self, *words: str) -> list[str]:
        """`inv WORDS` of windlass's own tasks, as an argv for the copy's folder.

        The project's tasks.py may call its own tasks so, or hang windlass's below another name: it is not asked.
        """
        return [sys.executable, "-m", "windlass", *words]

    def environment(self, *, seeding: bool = False) -> dict[str, str]:
        """What points windlass at the stand-ins; with the project's own variables, and no credential but theirs.

        Safe to ask from several threads.
        """
        with self._one_at_a_time:  # stand-ins make their secrets when they are first asked
            return {
                **environment.named((*self.project.config.pass_env, *_OWN_PLACES)),
                **self.stage.environment(),
                "WINDLASS_STAGE": str(self.addresses(seeding=seeding)),
                "WINDLASS_REHEARSAL": "1",
                "WINDLASS_DAY": self._day,
                "PYTHONDONTWRITEBYTECODE": "1",
            }

    def inv(self, *words: str, step: str = "", ahead: Path | None = None, seeding: bool = False) -> shell.ProgramResult:
        """Run a task in the copy.

        Args:
            step: the step under which it is shown while it runs; shown nowhere when empty, as in trials, of which
                many run side by side.
            ahead: another copy to run it in, ahead of what will say the same: its own words are shown if it fails.
            seeding: whether it is the release of the version that was before.

        Raises:
            GateError: it failed; with what it said.
        """
        inner = Inner(self._display, step, own_words=ahead is None) if self._display and step else None
        run = inner.run if inner else _run_silently
        done = run(self.command(*words), ahead or self.git.root, self.environment(seeding=seeding), _RELEASE_TIMEOUT_S)
        if done.code != 0:
            if inner:
                inner.show_own_words()
            raise command_error(words, done, inner)
        if inner:
            inner.show_rest(done, answered="--json" in words)
        return done

    def inv_json(self, *words: str, step: str = "") -> Mapping[str, Any]:
        """Run a task with `--json`; what it printed."""
        return read_json(words, self.inv(*words, "--json", step=step))


@contextmanager
def rehearsal(
    project: Project,
    say: Callable[[str], None],
    keep: bool = False,
    display: Display | None = None,
    proofs: ProofStore | None = None,
    options: Sequence[str] | None = None,
) -> Iterator[Rehearsal]:
    """A prepared rehearsal for the block; its folder goes afterwards, unless it is to be kept or something failed.

    Args:
        say: prints a line.
        keep: whether to keep the folder.
        display: where its steps are shown; None where they are not.
        proofs: where what trials prove on its stage is kept; None for a rehearsal without trials.
        options: as for `open_stage`.
    """
    home = Path(tempfile.mkdtemp(prefix="windlass-rehearsal-"))
    try:
        stage = Stage(home / "stage", [project.name], proofs=proofs)
        with Rehearsal(project, home, stage, display.say if display else say, display).open_stage(options) as ready:
            yield ready
    except WindlassError:
        say(f"rehearsal: kept for a look: {home}")
        raise
    if keep:
        say(f"rehearsal: kept: {home}")
    else:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def alike(
    project: Project, options: Sequence[str], display: Display, keep: bool, count: int
) -> Iterator[tuple[tuple[Rehearsal, ...], Sequence[str]]]:
    """Rehearsals of one project, prepared alike for trials, and the options of its release; only the first is shown."""
    from windlass.stage.digest_cache_server import ProofStore

    proofs = ProofStore()
    with ExitStack() as stack, ThreadPoolExecutor(max(count - 1, 1)) as pool:
        first = stack.enter_context(rehearsal(project, display.say, keep, display, proofs))
        final = bring_release_commit(first, options)

        def one(_: int) -> Rehearsal:
            unseen = Display(Silent(), ())
            prepared = stack.enter_context(rehearsal(project, display.say, display=unseen, proofs=proofs))
            bring_release_commit(prepared, options)
            return prepared

        yield (first, *pool.map(one, range(count - 1))), final


def steps_of(project: Project, *, faults: bool) -> tuple[str, ...]:
    """The parts of a rehearsal, in order, those that it has in any case."""
    flow = ("pull request",) if project.config.flow == "pull-request" else ()
    return ("copy", *flow, *(("faults",) if faults else ()), "release", "rollback")


def _run_silently(argv: Sequence[str], cwd: Path, env: Mapping[str, str], timeout_s: float) -> shell.ProgramResult:
    return shell.run(argv, cwd=cwd, env=env, timeout_s=timeout_s, ok=None)


def _last_tag(git: Git, prefix: str) -> str:
    names = git.run("tag", "--merged", "HEAD").text.splitlines()
    finals = [(version, tag) for version, tag in tagged_versions(names, prefix).items() if not version.prerelease]
    return max(finals, default=(None, ""))[1]


def _first_tag(project: Project) -> str:
    """The tag of the version that the project's files name."""
    version = Version.from_pep440(project.version) if project.version else Version(0, 1, 0)
    return version.tag(project.config.tag_prefix)
