"""What a rehearsal does not do and a release would, as far as project and machine tell; never taken for passed."""

from __future__ import annotations

from windlass.config import Config
from windlass.release.report import LeftOut


def not_rehearsed(config: Config, lacks_engine: str) -> tuple[LeftOut, ...]:
    """Channels that this machine can't play, or whose address nobody named.

    Args:
        lacks_engine: why images can't be built and run here; empty when they can, or the project pushes none.
    """
    found = []
    if lacks_engine:
        found.append(LeftOut("image", lacks_engine))
    if config.image.dockerfile and not config.image.registries:
        found.append(LeftOut("image", "no registry is named: [tool.windlass.image] registries"))
    if not config.github.repository:
        found.append(LeftOut("GitHub release", "no repository is named: [tool.windlass.github] repository"))
        if config.flow == "pull-request":
            found.append(LeftOut("pull request", "no repository is named; its commit was pushed in its place"))
    if config.docs.config and not config.docs.url:
        found.append(LeftOut("documentation as readers see it", "no address is named: [tool.windlass.docs] url"))
    return tuple(found)
