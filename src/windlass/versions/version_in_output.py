"""Whether a program's output names a version: in either spelling, as a word of its own."""

from __future__ import annotations

import re

from windlass.versions.version import Version


def spellings(version: Version) -> tuple[str, str]:
    """The version as tags and as packages spell it: `1.3.0-rc.1`, `1.3.0rc1`."""
    return str(version), version.pep440


def names_version(text: str, version: Version) -> bool:
    """Whether a text names the version: `demo 1.2.3` and `v1.2.3` name 1.2.3; `demo 11.2.34` and `1.2.3.4` don't."""
    return any(re.search(rf"(?<![\w.])v?{re.escape(one)}(?![\w.+-]*\w)", text) for one in spellings(version))
