"""What a rehearsal does not do and a release would, as far as project and machine tell; never taken for passed."""

from __future__ import annotations

from windlass.channels.docs.configuration import DocsTable
from windlass.channels.oci.configuration import ImageTable
from windlass.config import Config
from windlass.forge import Forge, NoForge
from windlass.release.report import LeftOut


def not_rehearsed(config: Config, forge: Forge | NoForge, lacks_engine: str) -> tuple[LeftOut, ...]:
    """Channels that this machine can't play, or whose address nobody named.

    Args:
        lacks_engine: why images can't be built and run here; empty when they can, or the project pushes none.
    """
    found = []
    if lacks_engine:
        found.append(LeftOut("image", lacks_engine))
    image, docs = config.table(ImageTable), config.table(DocsTable)
    if image.dockerfile and not image.registries:
        found.append(LeftOut("image", "no registry is named: [tool.windlass.image] registries"))
    if isinstance(forge, NoForge):
        if config.forge != "none":  # who says so misses nothing
            found.append(LeftOut("release page", f"{forge.why}: [tool.windlass.github] repository names one on GitHub"))
        if config.flow == "pull-request":
            found.append(LeftOut("pull request", f"{forge.why}; its commit was pushed in its place"))
    if docs.config and not docs.url:
        found.append(LeftOut("documentation as readers see it", "no address is named: [tool.windlass.docs] url"))
    return tuple(found)
