"""`[tool.windlass.index]`: the package index."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from windlass.config import Seconds, Table


class IndexTable(Table, frozen=True):
    """The package index."""

    enabled: Annotated[bool, Meta(description="Whether releases go to a package index.")] = True
    upload_url: Annotated[str, Meta(description="Where twine uploads.")] = "https://upload.pypi.org/legacy/"
    url: Annotated[
        str,
        Meta(description="The index's root: its pages for people are below it."),
    ] = "https://pypi.org"
    simple_url: Annotated[
        str,
        Meta(description="Where installers read, as JSON or HTML (PEP 503, PEP 691); {url}/simple when empty."),
    ] = ""
    wait_s: Annotated[Seconds, Meta(description="How long an upload may take to become visible.")] = 600.0
