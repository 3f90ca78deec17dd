"""OCI images without an engine: manifests by their exact bytes, layouts on disk, and a registry's HTTP API."""

from __future__ import annotations

from windlass.oci.address import Address
from windlass.oci.layout import Layout
from windlass.oci.manifest import Descriptor, Manifest
from windlass.oci.repository import ImageRepository, NotThereError, Traffic

__all__ = ["Address", "Descriptor", "ImageRepository", "Layout", "Manifest", "NotThereError", "Traffic"]
