"""`inv docker…`: the image, built from the shipped wheel, proven on each platform, and its tags on the registries."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection
from invoke.context import Context

from windlass.builds.tasks import EVERYTHING, dist
from windlass.gate_results import NO_EPOCH, Dists, Proof
from windlass.graph import need, task
from windlass.model import Artifact

if TYPE_CHECKING:
    from windlass.channels.oci.image_build import Recipe

_JSON = "Print the result as JSON, alone on standard output."
_HOUR_S = 3600.0


@task
def revision(c: Context) -> str:
    """Tell the commit that is checked out: an image is labelled with it."""
    from windlass.git import Git

    return Git(Path(c.cwd)).resolve("HEAD")


@task(pool="docker", timeout_s=_HOUR_S, effect=True)
def build(c: Context, dists: Dists = need(dist), commit: str = need(revision)) -> str:
    """Build the image for this machine's platform and load it into the engine."""
    from windlass.channels.oci import image_build

    name = image_build.load(_recipe(Path(c.cwd), dists, commit))
    print(name)
    return name


@task(
    inputs=EVERYTHING,
    outputs=["dist/*.oci/**"],
    env=["SOURCE_DATE_EPOCH"],
    tools=["docker"],
    pool="docker",
    timeout_s=_HOUR_S,
)
def buildx(c: Context, dists: Dists = need(dist), commit: str = need(revision)) -> Artifact:
    """Build the image for all its platforms into dist/NAME.oci, an OCI layout: the same bytes every time."""
    from windlass.channels.oci import image_build

    root = Path(c.cwd)
    made = image_build.layout(_recipe(root, dists, commit), root / "dist")
    print(f"{made.name}  {made.size_bytes} bytes  {made.sha256}  {', '.join(made.platforms)}")
    return made


@task(inputs=["pyproject.toml"], tools=["docker"], pool="docker", timeout_s=_HOUR_S)
def smoke(c: Context, image: Artifact = need(buildx), dists: Dists = need(dist)) -> tuple[Proof, ...]:
    """Run the built image on each of its platforms: it must name its version, and its HEALTHCHECK pass."""
    from windlass.channels.oci.image_smoke import Smoke, of_layout
    from windlass.project import Project

    root = Path(c.cwd)
    config = Project.load(root).config
    wanted = Smoke.configured(config, _version(dists))
    proofs = of_layout(root / "dist" / f"{image.name}.oci", wanted)
    for proof in proofs:
        print(f"{proof.platform}: {proof.printed.splitlines()[0] if proof.printed else 'ran'}; health: {proof.health}")
    return proofs


@task(json=_JSON, effect=True)
def tags(c: Context) -> dict[str, Any]:
    """Show what every tag on every registry holds."""
    from windlass.channels.oci import registry_tags
    from windlass.project import Project

    channel = registry_tags.open_registries(Project.load(Path(c.cwd)))
    form = registry_tags.tags(channel)
    channel.close()
    print("\n".join(registry_tags.lines(form)))
    return form


def _recipe(root: Path, dists: Dists, commit: str) -> Recipe:
    from windlass.channels.oci.configuration import ImageTable
    from windlass.channels.oci.image_build import Recipe
    from windlass.project import Project

    project = Project.load(root)
    wheels = tuple(root / dists.folder / one.name for one in dists.artifacts if one.kind == "wheel")
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or NO_EPOCH)
    return Recipe(project.root, project.config.table(ImageTable), wheels, _version(dists), commit, epoch)


def _version(dists: Dists) -> str:
    """SemVer, as the wheel's name tells it."""
    from packaging.utils import parse_wheel_filename

    from windlass.versions import Version

    return str(Version.from_pep440(str(parse_wheel_filename(dists.wheel.name)[1])))


def namespace() -> Sequence[Collection]:
    """`docker.build`, `docker.buildx`, `docker.smoke`, `docker.tags`."""
    return (Collection("docker", build, buildx, smoke, tags),)
