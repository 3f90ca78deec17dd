"""The image channel: registries that speak OCI."""

from windlass.channels.channel_declaration import ChannelDeclaration

OCI = ChannelDeclaration(
    "oci",
    opens="windlass.channels.oci.oci_channel:open_channel",
    used="windlass.channels.oci.oci_channel:is_used",
    table="windlass.channels.oci.configuration:ImageTable",
    table_name="image",
    stand_in="windlass.channels.oci.stand_in:RegistryStandIn",
    makes={"image": "docker.buildx"},
    checks=("docker.smoke",),
    again="publish.images",
)
