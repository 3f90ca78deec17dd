"""The GitHub channel: the release on GitHub, with its files."""

from windlass.channels.channel_declaration import ChannelDeclaration

GITHUB = ChannelDeclaration(
    "github",
    opens="windlass.channels.github.github_channel:open_channel",
    after=("oci", "docs", "index"),
    table="windlass.github.configuration:GitHubTable",  # the forge reads it too
    makes={"source": "build.source", "sbom": "build.sbom"},
    identities={"source": "windlass.builds.identity:of_source", "sbom": "windlass.builds.identity:of_sbom"},
    republish_task="publish.github",
    republish_help='Bring a released version to GitHub: the release, its files, and "latest" where it goes to it.',
    stand_in="windlass.channels.github.stand_in:ForgeStandIn",
)
