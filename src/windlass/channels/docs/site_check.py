"""A reader of a documentation site: fetches some of its pages by HTTP, and waits while they can't be seen yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from windlass.backoff import Backoff
from windlass.channels.docs import mike
from windlass.digest import content_digest
from windlass.errors import ConflictError, NotVerifiedError, RemoteRefusedError, RemoteUnreachableError
from windlass.http import Http

_NOT_SEEN = "404 Not Found"


@dataclass(frozen=True)
class SiteExpectation:
    """What a reader must see.

    Attributes:
        pages: path below the folder → bytes.
        listed: whether the versions that the site lists are as they should be.
    """

    pages: Mapping[str, bytes]
    listed: Callable[[tuple[mike.Row, ...]], bool]


@dataclass(frozen=True)
class SiteMismatch:
    """What a reader did not see as it should be: the address, and what is wanted and what is there, in words."""

    url: str
    wanted: str
    there: str


def sample_paths(paths: Iterable[str], pages: int = 4, others: int = 2) -> tuple[str, ...]:
    """The first page, and a few more files from all over the site: the same ones every time."""
    ordered = sorted(path for path in paths if path not in ("index.html", "404.html"))
    html = [path for path in ordered if path.endswith(".html")]
    rest = [path for path in ordered if not path.endswith((".html", ".gz", ".map"))]
    return ("index.html", *_spread(html, pages), *_spread(rest, others))


def _spread(paths: list[str], count: int) -> list[str]:
    if len(paths) <= count:
        return paths
    return [paths[index * (len(paths) - 1) // (count - 1)] for index in range(count)]


def check_pages(folder: str, expected: SiteExpectation, *, wait_s: float, pause: Callable[[float], None]) -> None:
    """Fetch the pages until all are as expected.

    Args:
        folder: the address of the version's or alias's folder, with its last slash.
        wait_s: how long pages that are missing or old are waited for.

    Raises:
        NotVerifiedError: they still are after that, or the site refuses its readers.
    """
    http = Http("the documentation site", headers={"Cache-Control": "no-cache"}, wait=pause)
    backoff = Backoff(wait_s, first_s=0.25, longest_s=15.0, wait=pause)
    try:
        while unseen := _first_unseen(http, folder, expected):
            if not backoff.again(f"waiting for {unseen.url}, at most {wait_s:.0f} s"):
                raise _not_visible(unseen, wait_s)
    except (RemoteRefusedError, RemoteUnreachableError) as problem:
        raise NotVerifiedError(problem.problem, facts=problem.facts, remedy=problem.remedy) from problem
    finally:
        http.close()


def _first_unseen(http: Http, folder: str, expected: SiteExpectation) -> SiteMismatch | None:
    for path, content in expected.pages.items():
        url = folder + path.removesuffix("index.html")
        wanted, there = _digest(content), _digest(_get(http, url))
        if there != wanted:
            return SiteMismatch(url, wanted, there)
    url = f"{folder.rstrip('/').rpartition('/')[0]}/{mike.LISTING}"
    listing = _get(http, url)
    if not _lists_as_expected(listing, expected):
        return SiteMismatch(url, "a list with this version in its place", _digest(listing))
    return None


def _lists_as_expected(listing: bytes | None, expected: SiteExpectation) -> bool:
    try:
        return listing is not None and expected.listed(mike.read(listing))
    except ConflictError:
        return False


def _get(http: Http, url: str) -> bytes | None:
    answer = http.send("GET", url, ok=(200, 404))
    return answer.content if answer.status_code == 200 else None


def _digest(content: bytes | None) -> str:
    return _NOT_SEEN if content is None else content_digest(content)


def _not_visible(unseen: SiteMismatch, wait_s: float) -> NotVerifiedError:
    missing = unseen.there == _NOT_SEEN
    return NotVerifiedError(
        f"the documentation {'is not there' if missing else 'shows other pages'} for readers after {wait_s:g} s",
        facts={"page": unseen.url, "released": unseen.wanted, "there": unseen.there},
        remedy="see that the site is published from the branch that [tool.windlass.docs] names (GitHub: Settings, "
        "Pages) and that its `url` is where readers look; then run the same again",
    )
