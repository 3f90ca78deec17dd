"""What a rehearsal does not do and a release would, as far as project and machine tell; never taken for passed."""

from __future__ import annotations

from collections.abc import Iterable

from windlass.channels import ChannelRehearsal
from windlass.config import Config
from windlass.forge import Forge, NoForge
from windlass.release.report import LeftOut


def not_rehearsed(config: Config, forge: Forge | NoForge, channels: Iterable[ChannelRehearsal]) -> tuple[LeftOut, ...]:
    """What channels can't play on this machine, or lack an address for; and what needs a forge that nobody knows."""
    found = [LeftOut(what, why) for channel in channels for what, why in channel.left_out()]
    if isinstance(forge, NoForge):
        if config.forge != "none":  # who says so misses nothing
            found.append(LeftOut("release page", f"{forge.why}: [tool.windlass.github] repository names one on GitHub"))
        if config.flow == "pull-request":
            found.append(LeftOut("pull request", f"{forge.why}; its commit was pushed in its place"))
    return tuple(found)
