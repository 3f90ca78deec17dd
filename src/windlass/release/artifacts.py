"""Gathering: the sealed bytes of a release that are not on this machine, from wherever they are; checked by digest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from windlass import graph
from windlass.channels import identity_check
from windlass.digest import file_digest
from windlass.errors import ConflictError, WindlassError
from windlass.model import Artifact, Change, Phase, Release, State
from windlass.release import build_and_test, local_artifact_cache
from windlass.release.context import ReleaseContext
from windlass.release.worktree import worktree

_CONTENT = (Phase.SEAL, Phase.PUBLISH)


def build(context: ReleaseContext, release: Release, *, skip_gates: bool) -> tuple[tuple[Artifact, ...], graph.Report]:
    """Build (and test) a release in its commit's own tree; the bytes go to the store.

    Raises:
        GateError: a gate or a build failed, or something was built that is not this release.
    """
    with worktree(context.git, context.home, release.commit, releasing=release.tag) as tree:
        artifacts, report = build_and_test.run(context.ready_made(), tree, context.home, release, skip_gates=skip_gates)
        identity_check.refuse_others(release, artifacts, tree / "dist", context.project.config.packages)
        local_artifact_cache.keep(local_artifact_cache.folder_of(context.home, release.tag), tree / "dist", artifacts)
    return artifacts, report


def gather(context: ReleaseContext, release: Release, changes: Sequence[Change]) -> bool:
    """Bring the bytes that changes need into the store: from a channel that has them, or by a rebuild that equals.

    Returns:
        Whether anything came, so that what was planned without it is to be planned again.

    Raises:
        ConflictError: some are nowhere to be had; it names them. Nothing was changed.
    """
    if not any(change.phase in _CONTENT and change.state is not State.SAME for change in changes):
        return False
    folder = local_artifact_cache.folder_of(context.home, release.tag)
    absent = local_artifact_cache.missing(folder, release.artifacts)
    if not absent:
        return False
    names = ", ".join(artifact.name for artifact in absent)
    context.say(f"not on this machine: {names}; taking the sealed bytes from where they are")
    folder.mkdir(parents=True, exist_ok=True)
    left = tuple(artifact for artifact in absent if not _fetch_from_channels(context, release, artifact, folder))
    if left:
        _rebuild(context, release, left)
    return True


def _fetch_from_channels(context: ReleaseContext, release: Release, artifact: Artifact, folder: Path) -> bool:
    """Whether a channel had the artifact's very bytes; they are in the store then."""
    scratch = folder / f"{artifact.name}.part"
    for channel in context.channels(release.tag):
        if not channel.fetch(release, artifact, scratch):
            continue
        if artifact.kind == "image":
            local_artifact_cache.forget(folder, artifact)  # what is here of it is not whole, and it need not be here
            context.say(f"  {artifact.name}: is on {channel.name}")
            return True
        if file_digest(scratch) == artifact.sha256:
            scratch.replace(folder / artifact.name)
            context.say(f"  {artifact.name}: from {channel.name}")
            return True
        scratch.unlink()
    return False


def _rebuild(context: ReleaseContext, release: Release, left: Iterable[Artifact]) -> None:
    """Build again; what comes out with the sealed digest stands in for the sealed bytes.

    Raises:
        ConflictError: it gives others, or none.
    """
    wanted = {artifact.name: artifact for artifact in left}
    problem: WindlassError | None = None
    made: dict[str, str] = {}
    try:
        with worktree(context.git, context.home, release.commit, releasing=release.tag) as tree:
            artifacts, _ = build_and_test.run(
                context.ready_made(), tree, context.home, release, skip_gates=True, kinds={a.kind for a in left}
            )
            made = {artifact.name: artifact.sha256 for artifact in artifacts}
            same = [artifact for artifact in wanted.values() if made.get(artifact.name) == artifact.sha256]
            local_artifact_cache.keep(local_artifact_cache.folder_of(context.home, release.tag), tree / "dist", same)
    except WindlassError as failed:
        problem = failed
    nowhere = [artifact for artifact in wanted.values() if made.get(artifact.name) != artifact.sha256]
    if nowhere:
        raise _lost_bytes_error(release, nowhere, made, problem)


def _lost_bytes_error(
    release: Release, nowhere: Iterable[Artifact], made: dict[str, str], problem: WindlassError | None
) -> ConflictError:
    built = {a.name: f"sealed {a.sha256}, built again {made.get(a.name, '(not built)')}" for a in nowhere}
    return ConflictError(
        f"sealed bytes of {release.tag} are nowhere to be had, and building them again gives others",
        facts={**built, **({"building said": problem.problem} if problem else {})},
        remedy="run on the machine that sealed it, or `inv release.abandon` and release a new version",
    )
