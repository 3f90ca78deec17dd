"""The stage's pages: serves a branch of the git remote over HTTP, straight from its objects, as GitHub Pages does.

Source: https://docs.github.com/en/pages, and what `*.github.io` answers.
"""

from __future__ import annotations

import functools
import json
import mimetypes
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from windlass import shell
from windlass.git import command
from windlass.git.git_folder import GitFolder
from windlass.stage.addresses import REPOSITORY
from windlass.stage.stand_in import StandIn
from windlass.stage.state_history import Effects, Kind

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_PLAIN_FILES = frozenset({"100644", "100755"})


class PagesItem(NamedTuple):
    """One name of a tree: its mode, its kind (`blob`, `tree`) and its object."""

    mode: str
    kind: str
    oid: str


class PagesSite:
    """A branch of the stage's remote as readers see it.

    A commit becomes visible after as many reads as the site is set to delay, as a real one does after a while.

    Attributes:
        home: the stage's folder; the site's own state lies in its folder `pages`.
        effects: where it is recorded what became of every folder.
    """

    def __init__(self, home: Path, effects: Effects) -> None:
        self.home = home
        self.effects = effects
        self._remote = home / REPOSITORY
        self._lock = threading.Lock()
        self._trees = functools.lru_cache(maxsize=8)(self._tree)
        self._contents = functools.lru_cache(maxsize=256)(self._blob)

    def configure(self, *, branch: str = "gh-pages", delay_reads: int = 0) -> None:
        """Set which branch is served, and how many reads of the old pages come before new ones are seen."""
        with self._lock:
            self._write({**self._read(), "branch": branch, "delay_reads": delay_reads})

    def read(self) -> str:
        """Count one read; the commit that it sees, empty before the first."""
        with self._lock:
            state = self._record_pushes(self._read())
            if state["seen"] != state["recorded"]:
                waited = state["reads"] >= state["delay_reads"]
                state |= {"seen": state["recorded"], "reads": 0} if waited else {"reads": state["reads"] + 1}
            self._write(state)
            return str(state["seen"])

    def settle(self) -> None:
        """Record what was pushed since the last read."""
        with self._lock:
            self._write(self._record_pushes(self._read()))

    def item(self, commit: str, path: str) -> PagesItem | None:
        """What a path below the site's address is; None when it is nothing."""
        return self._trees(commit).get(path)

    def content(self, item: PagesItem) -> bytes:
        """A file's bytes."""
        return self._contents(item.oid)

    def _blob(self, oid: str) -> bytes:
        return self._git("cat-file", "blob", oid).out

    # ── history ──

    def _record_pushes(self, state: dict[str, Any]) -> dict[str, Any]:
        tip = GitFolder(self._remote).refs().get(f"refs/heads/{state['branch']}", "")
        if not tip or tip == state["recorded"]:
            return state
        was = state["recorded"]
        for commit in self._since(was, tip):
            self._record(was, commit)
            was = commit
        return {**state, "recorded": tip, "reads": 0}

    def _since(self, was: str, tip: str) -> list[str]:
        """The commits that led from one to the other; the last alone where none did."""
        done = self._git("merge-base", "--is-ancestor", was, tip, ok=None) if was else None
        if done is not None and done.code != 0:
            return [tip]
        words = ["rev-list", "--reverse", "--first-parent", tip, *([f"^{was}"] if was else [])]
        return self._git(*words).text.split()

    def _record(self, was: str, now: str) -> None:
        before, after = self._items(was) if was else {}, self._items(now)
        versions = {*self._versions(before), *self._versions(after)}
        for name in sorted({*before, *after}):
            old, new = before.get(name), after.get(name)
            self.effects.record("pages", name, _kind(name, versions, new or old), _oid(old), _oid(new))

    def _versions(self, items: Mapping[str, PagesItem]) -> set[str]:
        listing = items.get("versions.json")
        rows = json.loads(self.content(listing)) if listing else []
        return {row["version"] for row in rows}

    def _items(self, commit: str) -> dict[str, PagesItem]:
        """The names of the top folder."""
        return {name: item for name, item in self._trees(commit).items() if "/" not in name}

    def _tree(self, commit: str) -> dict[str, PagesItem]:
        """Every path, folders too."""
        done = self._git("ls-tree", "-r", "-t", "-z", commit, ok=None)
        rows = [row.split("\t", 1) for row in done.out.decode("utf-8", "surrogateescape").split("\0") if row]
        return {name: PagesItem(*what.split()) for what, name in rows}

    # ── edges ──

    def _git(self, *words: str, ok: tuple[int, ...] | None = (0,)) -> shell.ProgramResult:
        return command.run(None, "--git-dir", self._remote, *words, ok=ok, timeout_s=30)

    def _read(self) -> dict[str, Any]:
        first = {"branch": "gh-pages", "delay_reads": 0, "recorded": "", "seen": "", "reads": 0}
        file = self.home / "pages" / "state.json"
        return {**first, **(json.loads(file.read_bytes()) if file.exists() else {})}

    def _write(self, state: Mapping[str, Any]) -> None:
        folder = self.home / "pages"
        folder.mkdir(exist_ok=True)
        (folder / "state.json.new").write_text(json.dumps(state))
        (folder / "state.json.new").replace(folder / "state.json")


def _kind(name: str, versions: set[str], item: PagesItem | None) -> Kind:
    """A version's folder is set once; another folder is an alias, which moves; files beside them are bookkeeping."""
    if name in versions:
        return "immutable"
    is_file = item is not None and item.mode in _PLAIN_FILES
    return "record" if is_file else "pointer"


def _oid(item: PagesItem | None) -> str | None:
    return item.oid if item else None


def answer(site: PagesSite, path: str, here: str) -> Response:
    """What a reader of `path` (below the site's address, without a first slash) gets.

    Args:
        here: the address's own path, for a redirect: `/pages/1.3.0`.
    """
    commit = site.read()
    if not commit:
        return _missing(site, commit)
    item = _find_item(site, commit, path)
    if item is not None and item.kind == "tree":
        return RedirectResponse(f"{here}/", 301)
    return _missing(site, commit) if item is None else _page(site, item, path)


def _find_item(site: PagesSite, commit: str, path: str) -> PagesItem | None:
    """The file that an address shows, or the folder whose last slash it lacks."""
    if _hidden_by_jekyll(site, commit, path):
        return None
    if path == "" or path.endswith("/"):
        return _file(site, commit, f"{path}index.html")
    item = site.item(commit, path)
    if item is not None and item.kind == "tree":
        return item
    return _file(site, commit, path) or _file(site, commit, f"{path}.html")


def _file(site: PagesSite, commit: str, path: str) -> PagesItem | None:
    """A plain file; symbolic links are not served."""
    item = site.item(commit, path)
    return item if item is not None and item.mode in _PLAIN_FILES else None


def _hidden_by_jekyll(site: PagesSite, commit: str, path: str) -> bool:
    """Whether Jekyll leaves it out: names that begin with `_`, `.` or `#`, unless there is a `.nojekyll`."""
    odd = any(part.startswith(("_", ".", "#")) for part in path.split("/"))
    return odd and site.item(commit, ".nojekyll") is None


def _page(site: PagesSite, item: PagesItem, path: str, status: int = 200) -> Response:
    name = path if path and not path.endswith("/") else "index.html"
    kind = mimetypes.guess_type(name)[0] or ("text/html" if "." not in name.rpartition("/")[2] else None)
    headers = {"Cache-Control": "max-age=600", "ETag": f'"{item.oid}"'}
    return Response(site.content(item), status, headers, media_type=kind or "application/octet-stream")


def _missing(site: PagesSite, commit: str) -> Response:
    """The site's own 404.html, or a plain one."""
    own = _file(site, commit, "404.html") if commit else None
    if own is not None:
        return _page(site, own, "404.html", 404)
    return Response("There isn't a GitHub Pages site here.", 404, media_type="text/html")


class PagesStandIn(StandIn):
    """The documentation's web server."""

    name: ClassVar[str] = "pages"

    def app(self, home: Path, effects: Effects) -> ASGIApp:
        """Serves the pages; new commits are seen as `PagesSite(home, effects).configure` says."""
        site = PagesSite(home, effects)

        def serve(request: Request) -> Response:
            return answer(site, request.path_params["path"], request.url.path)

        return Starlette(routes=[Route("/{path:path}", serve, methods=["GET", "HEAD"])])

    def settings(self, address: str) -> Mapping[str, Any]:
        """Where readers look."""
        return {"docs": {"url": f"{address}/"}}

    def settle(self, home: Path, effects: Effects) -> None:
        """Record what came to the branch since it was last read."""
        PagesSite(home, effects).settle()
