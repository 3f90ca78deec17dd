"""The documentation channel: a site that is published from a branch."""

from windlass.channels.channel_declaration import ChannelDeclaration

DOCS = ChannelDeclaration(
    "docs",
    opens="windlass.channels.docs.docs_channel:open_channel",
    used="windlass.channels.docs.docs_channel:is_used",
    table="windlass.channels.docs.configuration:DocsTable",
    makes={"docs": "docs.build"},
    identities={"docs": "windlass.channels.docs.site_build:identity"},
    tasks="windlass.channels.docs.tasks:namespace",
    republish_task="docs.deploy",
    republish_help="Bring a released version's pages to the site: its folder, and `latest` where it goes to it.",
    stand_in="windlass.channels.docs.stand_in:PagesStandIn",
    rehearsal="windlass.channels.docs.rehearsal:rehearsal_of",
)
