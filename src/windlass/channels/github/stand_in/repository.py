"""The repository itself: its refs, branches and rules, its pages, and how often it may be asked."""

from __future__ import annotations

import time

from starlette.responses import JSONResponse, Response

from windlass.channels.github.stand_in import api_json
from windlass.channels.github.stand_in.bare_repository import BareRepository
from windlass.channels.github.stand_in.store import ForgeStore, now
from windlass.channels.github.stand_in.tokens import Ask, ForgeRefusedError

_PARAMETERS = {
    "pull_request": {
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_approving_review_count": 1,
        "required_review_thread_resolution": False,
    },
    "required_status_checks": {"required_status_checks": [], "strict_required_status_checks_policy": False},
}


class RepositoryHandlers:
    """The handlers of the repository."""

    def __init__(self, store: ForgeStore) -> None:
        self.bare = BareRepository(store.remote)

    async def one(self, ask: Ask) -> Response:
        """The repository."""
        return JSONResponse(api_json.repository(ask, self.bare.default_branch(), now()))

    async def ref(self, ask: Ask) -> Response:
        """One ref by its exact name."""
        name = f"refs/{ask.word('ref')}"
        found = self.bare.refs(name).get(name)
        if found is None:
            raise ForgeRefusedError(404, "Not Found")
        return JSONResponse(api_json.ref(ask, name, found))

    async def matching(self, ask: Ask) -> Response:
        """The refs whose names begin so."""
        found = self.bare.refs(f"refs/{ask.word('ref')}")
        return ask.list_page([api_json.ref(ask, name, target) for name, target in found.items()])

    async def tag(self, ask: Ask) -> Response:
        """An annotated tag's object."""
        sha = ask.word("tag_sha")
        parts = self.bare.tag_object(sha)
        if parts is None:
            raise ForgeRefusedError(404, "Not Found")
        return JSONResponse(api_json.tag_object(ask, sha, parts))

    async def branch(self, ask: Ask) -> Response:
        """One branch, and whether it is protected."""
        name = ask.word("branch")
        sha = self.bare.branch(name)
        if not sha:
            raise ForgeRefusedError(404, "Branch not found")
        return JSONResponse(api_json.branch(ask, self.bare, name, sha))

    async def rules(self, ask: Ask) -> Response:
        """The rules of a branch, whether it is there or not."""
        source = {"ruleset_source_type": "Repository", "ruleset_source": f"{ask.owner}/{ask.name}", "ruleset_id": 1}
        types = ask.options.protected.get(ask.word("branch"), [])
        with_parameters = {kind: {"parameters": _PARAMETERS[kind]} for kind in types if kind in _PARAMETERS}
        return ask.list_page([{"type": kind, **source, **with_parameters.get(kind, {})} for kind in types])

    async def pages(self, ask: Ask) -> Response:
        """The pages site."""
        if not self.bare.branch("gh-pages"):
            raise ForgeRefusedError(404, "Not Found")
        site = {"url": f"{ask.api}/pages", "status": "built", "cname": None, "custom_404": False, "public": True}
        source = {"branch": "gh-pages", "path": "/"}
        where = ask.base.removesuffix("/forge") + "/pages/"
        return JSONResponse(
            {**site, "html_url": where, "build_type": "legacy", "source": source, "https_enforced": False}
        )

    async def rate_limit(self, ask: Ask) -> Response:
        """How many requests are left: as many as at first."""
        rate = {"limit": 5000, "remaining": 5000, "used": 0, "reset": int(time.time()) + 3600}
        return JSONResponse({"resources": {"core": rate, "search": rate}, "rate": rate})
