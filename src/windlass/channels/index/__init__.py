"""The package index channel: PyPI, or another one."""

from windlass.channels.channel_declaration import ChannelDeclaration

INDEX = ChannelDeclaration(
    "index",
    opens="windlass.channels.index.index_channel:open_channel",
    table="windlass.channels.index.configuration:IndexTable",
    stand_in="windlass.channels.index.stand_in:IndexStandIn",
    makes={"wheel": "build.dist", "sdist": "build.dist"},
    again="publish.index",
    mark="a person does it",
)
