"""`inv index…`: what was built is judged before it is uploaded, by what judges it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context

from windlass.builds.tasks import dist
from windlass.gate_results import Dists
from windlass.graph import need, task
from windlass.shell.uv_program import PYTHON_VARIABLES

_DAY_S = 86_400.0
"""How long a result serves: dependencies come from an index that moves, and so do its rules."""


def judges() -> str:
    """What decides beside the files: the lists and readers that rules go by."""
    from importlib.metadata import version

    return " ".join(f"{name} {version(name)}" for name in ("packaging", "readme-renderer", "trove-classifiers"))


def rules(root: Path) -> str:
    """Whose rules they are."""
    from windlass.channels.index.configuration import IndexTable
    from windlass.project import Project

    config = Project.load(root).config.table(IndexTable)
    return f"{config.enabled} {config.has_pypis_rules}"


def consumer() -> str:
    """The Python that installs and runs the wheel."""
    import sys

    return f"{sys.executable} {sys.version}"


@task(inputs=["pyproject.toml"], tools=[judges, rules], ttl_s=_DAY_S)
def check(c: Context, dists: Dists = need(dist)) -> int:
    """Hold the built wheel and sdist against what the package index refuses."""
    from windlass.builds.artifact_folder import Files
    from windlass.channels.index.built_file_check import refuse_breaches
    from windlass.project import Project

    project, files = Project.load(Path(c.cwd)), Files(Path(c.cwd) / dists.folder)
    count = refuse_breaches(project, files, dists.artifacts)
    print(f"{count} rules, {len(dists.artifacts)} files" if count else "this project goes to no package index")
    return count


@task(inputs=["pyproject.toml"], tools=[consumer], env=PYTHON_VARIABLES, ttl_s=_DAY_S, timeout_s=1800)
def smoke(c: Context, dists: Dists = need(dist)) -> str:
    """Install the built wheel in a clean environment, as a consumer will from the index, and run it."""
    from windlass.builds.artifact_folder import Files
    from windlass.channels.index.built_file_check import run_built
    from windlass.project import Project

    project, files = Project.load(Path(c.cwd)), Files(Path(c.cwd) / dists.folder)
    printed = run_built(project, files, [one for one in dists.artifacts if one.kind == "wheel"])
    print(printed.strip())
    return printed


def namespace() -> Sequence[Collection]:
    """`index.check`, `index.smoke`."""
    return (Collection("index", check, smoke),)
