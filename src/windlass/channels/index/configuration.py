"""`[tool.windlass.index]`: the package index."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

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
    rules: Annotated[
        Literal["auto", "pypi", "basic"],
        Meta(
            description="Whose rules a file is held against before it is uploaded: PyPI's, or those that every index "
            "has; auto: by where it is uploaded."
        ),
    ] = "auto"
    wait_s: Annotated[Seconds, Meta(description="How long an upload may take to become visible.")] = 600.0

    @property
    def has_pypis_rules(self) -> bool:
        """Whether files are held against PyPI's rules."""
        host = urlsplit(self.upload_url).hostname or ""
        return self.rules == "pypi" or (self.rules == "auto" and (host == "pypi.org" or host.endswith(".pypi.org")))
