"""What a project's files say its version is: the one that was released last, or the one that they lead to."""

from __future__ import annotations

from msgspec import Struct

from windlass.errors import VersionError
from windlass.versions.version import Version


class Standing(Struct, frozen=True):
    """The version in the files.

    Attributes:
        text: as the first place writes it.
        place: that place: `pyproject.toml:3`.
        version: its value; a development version, which comes before all pre-releases, as `1.3.0-0`; None for one that
            SemVer can't order, such as `2024.1.2.3`.
    """

    text: str
    place: str
    version: Version | None

    def is_higher_than(self, version: Version) -> bool:
        """Whether the files name a higher version."""
        if self.version is not None:
            return self.version > version
        from packaging.version import Version as Packaged

        return Packaged(self.text) > Packaged(version.pep440)


def unusual_standing(text: str, place: str) -> Standing | None:
    """A version that Python packages have and that is never released as it is: `1.3.0.dev0`, `1!2.0`, `2024.1.2.3`.

    None for any other text.
    """
    from packaging.version import InvalidVersion
    from packaging.version import Version as Packaged

    try:
        found = Packaged(text)
    except (InvalidVersion, ValueError):
        return None
    if not found.is_devrelease or found.is_postrelease or found.pre or found.epoch:
        return Standing(text, place, None)
    try:
        core = Version.from_pep440(found.base_version)
    except VersionError:
        return Standing(text, place, None)
    return Standing(text, place, Version(core.major, core.minor, core.patch, (0,)))
