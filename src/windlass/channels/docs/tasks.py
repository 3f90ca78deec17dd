"""`inv docs`: the documentation site, built, and served while it is written."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context

from windlass.builds.tasks import EVERYTHING
from windlass.gate_results import NO_EPOCH, TAG_VARIABLE
from windlass.graph import need, task
from windlass.model import Artifact
from windlass.shell import environment


@task(name="docs-tools")
def tools(_: Context) -> dict[str, str]:
    """Tell what MkDocs, its themes and its plugins are here: name to version."""
    from importlib.metadata import distributions

    # A plugin can be called anything, so everything in this environment counts.
    return dict(sorted((found.metadata["Name"], found.version) for found in distributions()))


@task(
    inputs=EVERYTHING,
    outputs=["dist/*-docs.tar.gz"],
    env=["SOURCE_DATE_EPOCH", TAG_VARIABLE],
    json="Print what was built as JSON, alone on standard output.",
)
def build(c: Context, _made_with: dict[str, str] = need(tools)) -> Artifact:
    """Build the documentation site, warnings being errors, and pack it into dist/."""
    from windlass.channels.docs.configuration import DocsTable
    from windlass.channels.docs.site_build import docs
    from windlass.errors import ConfigError
    from windlass.project import Project

    project = Project.load(Path(c.cwd))
    site = project.config.table(DocsTable)
    if not site.config:
        raise ConfigError("there is no documentation to build", remedy="write mkdocs.yml and docs/index.md")
    if not project.version:
        raise ConfigError(
            "there is no version to build the documentation of",
            remedy='write version = "…" in [project]; one that comes from the tag is there when it is released',
        )
    made = docs(
        project.root,
        project.root / "dist",
        name=project.name,
        version=project.version,
        config=site.config,
        epoch=int(os.environ.get("SOURCE_DATE_EPOCH") or NO_EPOCH),
        passing=environment.named(project.config.pass_env),
    )
    print(f"{made.name}  {made.size_bytes} bytes  {made.sha256}")
    return made


@task(effect=True, pool="console", help={"address": "Where to listen."})
def serve(c: Context, address: str = "127.0.0.1:8000") -> None:
    """Show the pages in a browser while they are written, each change at once."""
    from windlass.channels.docs.configuration import DocsTable
    from windlass.channels.docs.site_build import require_mkdocs
    from windlass.project import Project

    require_mkdocs()
    project = Project.load(Path(c.cwd))
    config = project.root / (project.config.table(DocsTable).config or "mkdocs.yml")
    argv = [sys.executable, "-P", "-m", "mkdocs", "serve", "--config-file", str(config), "--dev-addr", address]
    seen = {**environment.without_credentials(), **environment.named(project.config.pass_env)}
    c.run(shlex.join(argv), env={**seen, "NO_MKDOCS_2_WARNING": "1"}, replace_env=True)


def namespace() -> tuple[Collection, ...]:
    """`docs.build`, `docs.serve`."""
    return (Collection("docs", build, serve),)
