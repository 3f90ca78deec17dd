"""The image channel: registries that speak OCI."""

from windlass.channels.channel_declaration import ChannelDeclaration

OCI = ChannelDeclaration(
    "oci",
    opens="windlass.channels.oci.oci_channel:open_channel",
    used="windlass.channels.oci.oci_channel:is_used",
    table="windlass.channels.oci.configuration:ImageTable",
    table_name="image",
    makes={"image": "docker.buildx"},
    identities={"image": "windlass.channels.oci.image_smoke:identity"},
    checks=("docker.smoke",),
    tasks="windlass.channels.oci.tasks:namespace",
    republish_task="publish.images",
    republish_help="Bring a released version's image to every registry, its tags and the floating ones that go to it.",
    stand_in="windlass.channels.oci.stand_in:RegistryStandIn",
    rehearsal="windlass.channels.oci.rehearsal:rehearsal_of",
)
