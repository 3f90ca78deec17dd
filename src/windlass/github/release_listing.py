"""What GitHub holds of many releases: all of it in a page a hundred releases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from windlass.github import release_text, releases
from windlass.github.api_types import GitHubRelease as Page
from windlass.github.client import GitHub
from windlass.model import Mark, Pointer, Release, Survey, SurveyedName

PUBLISHED = "published"


def survey(github: GitHub, known: Sequence[Release], kinds: Collection[str], url: Callable[[str], str]) -> Survey:
    """Look at a repository's releases.

    Args:
        kinds: the artifacts that are files of a release.
        url: a tag's page.
    """
    pages = {page.tag_name: page for page in releases.every(github) if not page.draft}
    seen: list[SurveyedName] = []
    marks: list[Mark] = []
    for release in known:
        page, address = pages.get(release.tag), url(release.tag)
        if release.artifacts or page:
            wanted = PUBLISHED if release.artifacts else ""
            seen.append(SurveyedName(release.tag, f"release {release.tag}", wanted, PUBLISHED if page else "", address))
        if page is not None:
            seen += _files(github, release, page, kinds, address)
            marks += _marks(page, address)
    pointed = releases.latest(github)
    return Survey(tuple(seen), tuple(marks), (Pointer("latest", "latest", pointed.tag_name if pointed else ""),))


def _files(github: GitHub, release: Release, page: Page, kinds: Collection[str], url: str) -> Iterator[SurveyedName]:
    artifacts = release.of_kind(*kinds)
    here = {asset.name: asset for asset in page.assets}
    if any(artifact.name not in here for artifact in artifacts):
        here = releases.assets(github, page.id)
    for artifact in artifacts:
        asset = here.get(artifact.name)
        whole = asset is not None and asset.state == "uploaded"
        there = releases.digest(github, asset) if asset is not None and whole else ""
        yield SurveyedName(release.tag, artifact.name, artifact.sha256, there, url)


def _marks(page: Page, url: str) -> Iterator[Mark]:
    for name, is_on in (("pre-release", page.prerelease), ("taken back", release_text.says_taken_back(page.text))):
        yield Mark.of(page.tag_name, name, page.tag_name, is_on, url)
