"""`inv build`: what ships, into dist/."""

from __future__ import annotations

import os
from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context

from windlass.gate_results import NO_EPOCH, TAG_VARIABLE, Dists
from windlass.graph import answer, need, task
from windlass.model import Artifact
from windlass.shell import environment

EVERYTHING = ("**/*", ".git[ai]*", "!dist/**", "!site/**", "!build/**", "!**/*.egg-info/**", "!**/node_modules/**")
"""Globs of what may get into a build."""
_DAY_S = 86_400.0
"""How long a bill of materials serves where no release fixes the day."""


def git_description(root: Path) -> str:
    """Where the history stands, for a project whose version comes from it: its files alone don't say."""
    from windlass import version_files
    from windlass.git import command

    source = version_files.dynamic_source(root)
    if source is None or not source.from_tag:
        return ""
    if TAG_VARIABLE in os.environ:
        return os.environ[TAG_VARIABLE]
    words = ["describe", "--tags", "--long", "--always", "--dirty", "--match", "*[0-9]*"]
    return command.run(root, *words, ok=None).text


@task(
    inputs=EVERYTHING,
    outputs=["dist/*.whl", "dist/*.tar.gz", "!dist/*-source.tar.gz", "!dist/*-docs.tar.gz"],
    env=["SOURCE_DATE_EPOCH"],
    tools=[git_description],
)
def dist(c: Context) -> Dists:
    """Build the sdist, and the wheel from it, into dist/."""
    from windlass.builds.dist import dist as build_dist
    from windlass.project import Project

    project = Project.load(Path(c.cwd))
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or NO_EPOCH)
    made = build_dist(
        project.root,
        project.root / "dist",
        name=project.name,
        version=project.version,
        tag=os.environ.get(TAG_VARIABLE, ""),
        epoch=epoch,
        passing=environment.named(project.config.pass_env),
    )
    _show(made.artifacts)
    return made


@task(inputs=EVERYTHING, env=["SOURCE_DATE_EPOCH"], tools=[git_description])
def compare(c: Context, dists: Dists = need(dist)) -> int:
    """See that the wheel, which is built from the sdist, lacks no file that the project's own build has."""
    from windlass.builds.missing_files import refuse_missing_files
    from windlass.project import Project
    from windlass.shell import environment

    project = Project.load(Path(c.cwd))
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or str(NO_EPOCH)
    files = refuse_missing_files(
        project.root,
        Path(c.cwd) / dists.folder / dists.wheel.name,
        packages=project.config.packages,
        on_purpose=project.config.not_in_sdist,
        tag=os.environ.get(TAG_VARIABLE, ""),
        given={**environment.named(project.config.pass_env), "SOURCE_DATE_EPOCH": epoch},
    )
    print(f"{len(files)} files" if files else "not compared: the wheel is for one platform")
    return len(files)


def archived(root: Path) -> str:
    """What a commit's archive depends on beside the commit's name: the history's refs, and what its file is called."""
    from windlass.builds.source_archive import history_state
    from windlass.project import name_and_version

    return " ".join((*name_and_version(root), history_state(root)))


@task(inputs=["pyproject.toml"], outputs=["dist/*-source.tar.gz"], env=[TAG_VARIABLE], tools=["git", archived])
def source(c: Context, commit: str = "HEAD") -> Artifact:
    """Archive the source tree of a commit into dist/."""
    from windlass.builds.source_archive import source as archive
    from windlass.project import Project
    from windlass.versions.tags import release_tag

    project = Project.load(Path(c.cwd))
    version = project.version or commit
    tag = release_tag(version, project.config.tag_prefix)
    made = archive(project.root, project.root / "dist", name=project.name, version=version, commit=commit, tag=tag)
    _show((made,))
    return made


def cyclonedx() -> str:
    """Which cyclonedx-bom is here, for it names itself in what it writes; empty for none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("cyclonedx-bom")
    except PackageNotFoundError:
        return ""


@task(
    inputs=["pyproject.toml"],
    outputs=["dist/*.cdx.json"],
    optional_outputs=True,  # [tool.windlass] sbom = false
    env=["SOURCE_DATE_EPOCH"],
    tools=[cyclonedx],
    ttl_s=_DAY_S,
)
def sbom(c: Context, dists: Dists = need(dist)) -> tuple[Artifact, ...]:
    """Write the wheel's bill of materials (CycloneDX), its dependencies included, into dist/."""
    from windlass.builds.sbom import remove_earlier
    from windlass.builds.sbom import sbom as describe
    from windlass.project import Project

    project = Project.load(Path(c.cwd))
    if not project.config.sbom:
        remove_earlier(project.root / "dist", project.name)
        print("no bill of materials: [tool.windlass] sbom is false")
        return ()
    made = describe(
        Path(c.cwd) / dists.folder / dists.wheel.name,
        project.root / "dist",
        name=project.name,
        pythons=project.config.pythons,
        epoch=int(os.environ.get("SOURCE_DATE_EPOCH") or NO_EPOCH),
    )
    _show((made,))
    return (made,)


@task(default=True, name="all", inputs=["pyproject.toml"], json="Show what was built as JSON.")
def all_(
    _: Context,
    dists: Dists = need(dist),
    archive: Artifact = need(source),
    materials: tuple[Artifact, ...] = need(sbom),
) -> tuple[Artifact, ...]:
    """Build everything that ships, into dist/."""
    artifacts = (*dists.artifacts, archive, *materials)
    answer({"ok": True, "folder": dists.folder, "artifacts": artifacts})
    return artifacts


def _show(artifacts: tuple[Artifact, ...]) -> None:
    for artifact in artifacts:
        print(f"{artifact.name}  {artifact.size_bytes} bytes  {artifact.sha256}")


def namespace() -> tuple[Collection, ...]:
    """`build`, `build.compare`, `build.dist`, `build.source`, `build.sbom`."""
    return (Collection("build", all_, compare, dist, source, sbom),)
