"""The rehearsal: the real release, by the real command, of a copy of the project, against stand-ins."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from windlass import shell
from windlass.errors import GateError, WindlassError
from windlass.git import Git
from windlass.graph.runs import cores
from windlass.project import Project
from windlass.release.scratch import home_of
from windlass.stage import Stage
from windlass.stage.arrival import arrived
from windlass.stage.copy import add_commit, add_tag, copy, moved, share_cache
from windlass.stage.history import exactly_once
from windlass.stage.rehearsed import Rehearsed, Step
from windlass.stage.seed_cache import SeedCache
from windlass.versions import Version, from_tag

_RELEASE_TIMEOUT_S = 3600.0


class Rehearsal:
    """A stage with a copy of a project on it, seeded with an earlier version.

    Attributes:
        project: what is rehearsed.
        home: the rehearsal's own folder: `copy/` and `stage/`.
        stage: the stand-ins, running once it is prepared.
        git: the copy.
        seed: the tag of the version that was there before; empty when there is none.
    """

    def __init__(self, project: Project, home: Path, stage: Stage, say: Callable[[str], None]) -> None:
        self.project = project
        self.home = home
        self.stage = stage
        self.seed = ""
        self._say = say
        self._began = time.monotonic()
        self._day = datetime.now(UTC).strftime("%Y-%m-%d")  # one day throughout, midnight or not
        self._steps: list[Step] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a part and say that it began."""
        start = time.monotonic() - self._began
        self._say(f"rehearsal: {name}")
        yield
        self._steps.append(Step(name, round(start, 3), round(time.monotonic() - self._began, 3)))

    @contextmanager
    def prepared(self) -> Iterator[Rehearsal]:
        """The stage open for the block, with a copy of the project, and its earlier version to go back to.

        Where such a stage of the very same project is kept, it is taken.
        """
        seeds, remote = SeedCache(self.project, self.lacks_engine), self.project.config.remote
        with ExitStack() as stack:
            with self.step("copy"):
                self.seed = seeds.restore(self.home)
                place = self.home / "copy"
                stage = stack.enter_context(self.stage)
                self.git = moved(place, remote, stage.remote) if self.seed else copy(self.project, place, stage.remote)
                share_cache(home_of(self.project.root), home_of(place))
            if self.seed:
                self._say(f"rehearsal: {self.seed} is on the stage already, kept by an earlier rehearsal")
            else:
                with self.step("seed"):
                    self.seed = self._seeded()
                    seeds.keep(self.home, self.seed)
            yield self

    def _seeded(self) -> str:
        """Release the earlier version to the stage; its tag."""
        tag = _last_tag(self.git, self.project.config.tag_prefix)
        if not tag:
            tag = _first_tag(self.project)
            add_tag(self.git, tag)
        self.inv("release", "--version", tag, "--skip-tests", "--yes")
        if self.git.resolve(tag) == self.git.resolve("HEAD"):
            add_commit(self.git, "feat: what a rehearsal releases")
        settle(self.stage)
        return tag

    def run(self, options: Sequence[str]) -> Rehearsed:
        """Release, then roll back."""
        with self.step("release"):
            released = self.inv_json("release", *options, "--yes")
        with self.step("rollback"):
            back = self.inv_json("rollback", "--to", self.seed, "--yes")
        settle(self.stage)
        return Rehearsed(
            released,
            back,
            not_rehearsed=({"what": "image", "why": self.lacks_engine},) if self.lacks_engine else (),
            violations=exactly_once(self.stage.effects.history()),
            steps=tuple(self._steps),
        )

    def addresses(self) -> Path:
        """The file of addresses that the release is given: those stand-ins that this project's channels need."""
        given = json.loads(Path(self.stage.environment()["WINDLASS_STAGE"]).read_text())
        config = self.project.config
        host = given["image"]["registries"][0]
        registries = [] if self.lacks_engine else [f"{host}/{one}" for one in config.image.registries]
        mine = {
            **given,
            "image": {"registries": registries},
            "github": {**given["github"], "repository": config.github.repository},
        }
        file = self.home / "addresses.json"
        file.write_text(json.dumps(mine, indent=2))
        return file

    @cached_property
    def lacks_engine(self) -> str:
        """Why images can't be rehearsed here; empty when they can, or the project pushes none."""
        image = self.project.config.image
        if not image.registries or not image.dockerfile:
            return ""
        from windlass.builds.engine import Engine

        try:
            Engine.connect()
        except WindlassError as missing:
            return missing.problem
        return ""

    def command(self, *words: str) -> list[str]:
        """`inv WORDS` in the copy, as an argv."""
        return [sys.executable, "-m", "invoke", "--search-root", str(self.git.root), *words]

    def environment(self) -> dict[str, str]:
        """What points windlass at the stand-ins."""
        return {
            **self.stage.environment(),
            "WINDLASS_STAGE": str(self.addresses()),
            "WINDLASS_REHEARSAL": "1",
            "WINDLASS_DAY": self._day,
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def inv(self, *words: str) -> shell.Done:
        """Run a task in the copy.

        Raises:
            GateError: it failed; with what it said.
        """
        argv = self.command(*words)
        done = shell.run(argv, cwd=self.git.root, env=self.environment(), timeout_s=_RELEASE_TIMEOUT_S, ok=None)
        if done.code != 0:
            raise _failed(words, done)
        return done

    def inv_json(self, *words: str) -> Mapping[str, Any]:
        """Run a task with `--json`; what it printed."""
        done = self.inv(*words, "--json")
        try:
            answer: Mapping[str, Any] = json.loads(done.out)
        except ValueError:
            raise GateError(
                f"`inv {' '.join(words)} --json` printed something else than JSON",
                facts={"it printed": done.text[:400]},
            ) from None
        if "tag" not in answer and "ok" not in answer:
            raise GateError("there was nothing to release", facts={"it said": json.dumps(answer)[:400]})
        return answer


@contextmanager
def rehearsal(project: Project, say: Callable[[str], None], keep: bool = False) -> Iterator[Rehearsal]:
    """A prepared rehearsal for the block; its folder goes afterwards, unless it is to be kept or something failed."""
    home = Path(tempfile.mkdtemp(prefix="windlass-rehearsal-"))
    try:
        with Rehearsal(project, home, Stage(home / "stage", [project.name]), say).prepared() as ready:
            yield ready
    except WindlassError:
        say(f"rehearsal: kept for a look: {home}")
        raise
    if keep:
        say(f"rehearsal: kept: {home}")
    else:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _more(
    project: Project, options: Sequence[str], count: int, say: Callable[[str], None]
) -> Iterator[tuple[Rehearsal, ...]]:
    """More rehearsals of the same project, prepared alike and side by side."""
    with ExitStack() as stack, ThreadPoolExecutor(max(count, 1)) as pool:

        def one(_: int) -> Rehearsal:
            prepared = stack.enter_context(rehearsal(project, say))
            arrived(prepared, options)
            return prepared

        yield tuple(pool.map(one, range(count)))


def rehearse(
    project: Project,
    options: Sequence[str],
    say: Callable[[str], None],
    *,
    keep: bool = False,
    faults: bool = False,
    sample: int = 0,
    seed: int = 1,
) -> Rehearsed:
    """Rehearse a release of a project as it stands, and taking it back.

    Args:
        options: what `inv release` gets, such as `["--part", "minor"]`.
        keep: leave the rehearsal's folder for a look.
        faults: then break every effect of the release and of the rollback in turn, and run each again; as many side
            by side as there are cores, each on a stage of its own.
        sample: only so many of the faults; 0 for all.
        seed: which of them.

    Raises:
        GateError: the release or the rollback failed; its words are in it.
    """
    from windlass.stage.trials import try_all

    with rehearsal(project, say, keep) as prepared:
        final = arrived(prepared, options)
        if not faults:
            return prepared.run(final)
        hands = min(cores(), sample or cores())
        with _more(project, options, hands - 1, say) as others:
            trials = try_all((prepared, *others), final, say, sample, seed)
        return replace(prepared.run(final), trials=trials)


def _last_tag(git: Git, prefix: str) -> str:
    names = git.run("tag", "--merged", "HEAD").text.splitlines()
    versions = {v: name for name in names if (v := from_tag(name, prefix)) is not None and not v.prerelease}
    return max(versions.items(), default=(None, ""))[1]


def _first_tag(project: Project) -> str:
    """The tag of the version that the project's files name."""
    if not project.version:
        return f"{project.config.tag_prefix}0.1.0"
    return Version.from_pep440(project.version).tag(project.config.tag_prefix)


def _failed(words: Sequence[str], done: shell.Done) -> GateError:
    last = "\n".join((done.text + "\n" + done.err).strip().splitlines()[-40:])
    failed = GateError(f"`inv {' '.join(words)}` ended with {done.code} in the rehearsal", facts={"it said": last})
    failed.remedy = "mend what it says; a release would have ended the same way"
    return failed


def settle(stage: Stage) -> None:
    """Let git and the pages see what was changed and not recorded yet, so that the history is whole."""
    from windlass.stage.git import Remote
    from windlass.stage.pages import Site

    Remote(stage.home, stage.effects).settle()
    Site(stage.home, stage.effects).settle()


def inside() -> bool:
    """Whether this very run is part of a rehearsal."""
    return os.environ.get("WINDLASS_REHEARSAL") == "1"
