"""What registries hold of many releases: version tags and floating tags, by digest; nothing is pulled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from windlass.model import Pointer, Release, Survey, SurveyedName
from windlass.oci.repository import ImageRepository


def survey(repositories: Iterable[ImageRepository], releases: Sequence[Release]) -> Survey:
    """Look at one image on each of its registries."""
    seen: list[SurveyedName] = []
    pointers: list[Pointer] = []
    for repository in repositories:
        here = list(_versions(repository, releases))
        seen += here
        tags = {digest: one.tag for one in here for digest in (one.there, one.wanted) if digest}
        for name in _names(releases):
            there = repository.look(name)
            pointers.append(Pointer(name, f"{repository.address}:{name}", tags.get(there, there)))
    return Survey(tuple(seen), pointers=tuple(pointers))


def _versions(repository: ImageRepository, releases: Iterable[Release]) -> Iterator[SurveyedName]:
    for release in releases:
        sealed = next((artifact.sha256 for artifact in release.of_kind("image")), "")
        if release.artifacts and not sealed:
            continue  # released without an image
        there = repository.look(release.version)
        if sealed or there:
            url = f"{repository.address.url}/manifests/{release.version}"
            found = _digest_if_whole(repository, there) if there == sealed else there
            yield SurveyedName(release.tag, f"{repository.address}:{release.version}", sealed, found, url)


def _digest_if_whole(repository: ImageRepository, digest: str) -> str:
    """The digest of an image that is whole; else what of it is gone."""
    gone = repository.absent(repository.manifest(digest)) if digest else ()
    return f"{digest} without {', '.join(gone)}" if gone else digest


def _names(releases: Iterable[Release]) -> list[str]:
    names = {"latest"}
    for release in releases:
        if not release.prerelease:
            major, minor, _ = release.version.split(".", 2)
            names |= {major, f"{major}.{minor}"}
    return sorted(names)
