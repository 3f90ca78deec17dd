"""What was built, judged before anything is out: by the index's rules, and by the consumer's own check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from packaging.utils import parse_wheel_filename

from windlass.builds.artifact_folder import Files
from windlass.channels.index import install_check
from windlass.channels.index.built_file import read_built_file
from windlass.channels.index.configuration import IndexTable
from windlass.channels.index.index_channel import index_of
from windlass.channels.index.upload_rules import RULES, breaches
from windlass.errors import GateError, NotVerifiedError
from windlass.model import Artifact
from windlass.project import Project

_OTHER_INDEX = '; where the index takes it, say `rules = "basic"` in [tool.windlass.index]'


def refuse_breaches(project: Project, files: Files, artifacts: Sequence[Artifact]) -> int:
    """Hold what was built against the rules of the project's index.

    Returns:
        How many rules there were; 0 where the project goes to no index.

    Raises:
        GateError: the index would refuse something; all of it is told.
    """
    config = project.config.table(IndexTable)
    if not config.enabled:
        return 0
    read = [read_built_file(files.path(artifact)) for artifact in artifacts]
    found = breaches(read, pypi=config.has_pypis_rules, is_new=lambda: not index_of(project, files).listed())
    if found:
        raise GateError(
            "the package index would refuse what was built",
            facts={name: "\n".join(texts) for name, texts in found.items()},
            remedy=f"mend what it says{_OTHER_INDEX if config.has_pypis_rules else ''}",
        )
    return len([rule for rule in RULES if config.has_pypis_rules or rule.everywhere])


def run_built(project: Project, files: Files, wheels: Sequence[Artifact]) -> str:
    """Install each wheel as a consumer will, from the file instead of the index, and run it.

    Returns:
        What it printed, the last one of several.

    Raises:
        GateError: it can't be installed, or does not run: what would be found out when it is too late.
    """
    config = project.config.table(IndexTable)
    simple_url = index_of(project, files).simple.address_for_installers() if config.enabled else ""
    printed = ""
    for wheel in wheels:
        path = files.path(wheel)
        try:
            printed = install_check.install_built(
                project.name,
                str(parse_wheel_filename(path.name)[1]),
                path.resolve(),
                wheel.sha256,
                simple_url,
                project.config.smoke.command,
                project.config.pythons,
            )
        except NotVerifiedError as failed:
            raise _found_in_time(path, failed) from failed
    return printed


def _found_in_time(wheel: Path, failed: NotVerifiedError) -> GateError:
    return GateError(
        f"{wheel.name}: {failed.problem}",
        facts=failed.facts,
        remedy="mend it, or say what is to be run: `[tool.windlass.smoke] command`. Nothing is out",
    )
