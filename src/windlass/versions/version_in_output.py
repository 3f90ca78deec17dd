"""Whether a program's output names a version: in either spelling, as a word of its own."""

from __future__ import annotations

import re

from windlass.versions.version import Version


def spellings(version: Version) -> tuple[str, str]:
    """The version as tags and as packages spell it: `1.3.0-rc.1`, `1.3.0rc1`."""
    return str(version), version.pep440


def names_version(text: str, version: Version) -> bool:
    """Whether a text names the version: `demo 1.2.3` and `v1.2.3` name 1.2.3; `demo 11.2.34` and `1.2.3.4` don't."""
    return any(names_spelling(text, one) for one in spellings(version))


def names_spelling(text: str, spelling: str) -> bool:
    """The same, of a version that is spelled just so."""
    return re.search(rf"(?<![\w.])v?{re.escape(spelling)}(?![\w.+-]*\w)", text) is not None


def names_some_version(text: str) -> bool:
    """Whether a text names anything that looks like a version: `demo 1.2`, `v3.1.0rc1`."""
    return re.search(r"(?<![\w.])v?\d+\.\d+", text) is not None
