"""Floating names of an image that have nowhere to go back to."""

from __future__ import annotations

from collections.abc import Iterable

from windlass.model import Change, Phase, Release, Reversal, State
from windlass.oci import ImageRepository, tags


def left_to_person(
    channel: str, repository: ImageRepository, to: Release | None, taken_back: Iterable[Release]
) -> Iterable[Change]:
    """The names on a registry that show what is taken back, while it has nothing to go back to: a person removes them.

    Args:
        to: the version that is gone back to, of which this registry has no image; None where no version is left.
    """
    taken_back = tuple(taken_back)
    bad = {digest for release in taken_back for digest in _digests(repository, release)}
    possible = {name for release in taken_back for name in tags.possible_floating_names(release.version)}
    here = "(no version is left)"
    if to:
        again = f": `inv publish.images --version {to.tag}` sends it again" if to.of_kind("image") else ""
        here = f"({to.tag} has no image there{again})"
    for name in to.floating if to else sorted(possible):
        if (there := repository.look(name)) in bad:
            what, url = f"remove {repository.address}:{name}", repository.address.url
            yield Change(channel, what, Phase.RETRACT, State.DIFFERS, here, there, Reversal.PERSON, url=url)


def _digests(repository: ImageRepository, release: Release) -> set[str]:
    """What a release's image is known by there: as it was sealed, or as its tag shows it."""
    sealed = {artifact.sha256 for artifact in release.of_kind("image")}
    names = () if release.artifacts else tags.version_tags(release.version, release.tag)
    return (sealed | {repository.look(name) for name in names}) - {""}
