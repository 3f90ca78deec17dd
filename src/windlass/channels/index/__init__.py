"""The package index channel: PyPI, or another one."""

from windlass.channels.channel_declaration import ChannelDeclaration

INDEX = ChannelDeclaration(
    "index",
    opens="windlass.channels.index.index_channel:open_channel",
    after=("oci", "docs"),
    table="windlass.channels.index.configuration:IndexTable",
    makes={"wheel": "build.dist", "sdist": "build.dist"},
    identities={"wheel": "windlass.builds.identity:of_wheel", "sdist": "windlass.builds.identity:of_sdist"},
    checks=("build.compare", "index.check", "index.smoke"),
    tasks="windlass.channels.index.tasks:namespace",
    republish_task="publish.index",
    republish_help="Bring a released version to the package index: files that are absent are uploaded.",
    mark="a person does it",
    stand_in="windlass.channels.index.stand_in:IndexStandIn",
    rehearsal="windlass.channels.index.rehearsal:rehearsal_of",
)
