"""The git channel: the remote that the release commit and its tag are pushed to."""

from windlass.channels.channel_declaration import ChannelDeclaration

GIT = ChannelDeclaration(
    "git",
    opens="windlass.channels.git.git_channel:open_channel",
    reserves=True,
    stand_in="windlass.channels.git.stand_in:GitStandIn",
)
