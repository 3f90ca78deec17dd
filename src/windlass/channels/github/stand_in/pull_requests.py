"""Pull requests between branches of the bare remote, merged there with git.

Source: https://docs.github.com/rest/pulls/pulls
"""

from __future__ import annotations

import asyncio
from typing import Literal

import msgspec
from starlette.responses import JSONResponse, Response

from windlass.channels.github.stand_in import api_json
from windlass.channels.github.stand_in.bare_repository import BareRepository, NotMergeableError
from windlass.channels.github.stand_in.store import ForgePull, ForgeState, ForgeStore, now
from windlass.channels.github.stand_in.tokens import Ask, ForgeRefusedError, invalid

_RIGHT = "pull_requests=write"


class PullFields(msgspec.Struct):
    """What a pull request is opened with."""

    head: str = ""
    base: str = ""
    title: str = ""
    body: str | None = None


class PullUpdate(msgspec.Struct):
    """What is changed of one."""

    title: str | None = None
    body: str | None = None
    state: Literal["open", "closed"] | None = None


class Merge(msgspec.Struct):
    """How one is merged."""

    sha: str = ""
    merge_method: Literal["merge", "squash", "rebase"] = "merge"
    commit_title: str = ""
    commit_message: str = ""


class Pulls:
    """The handlers of pull requests."""

    def __init__(self, store: ForgeStore) -> None:
        self.store = store
        self.bare = BareRepository(store.remote)
        self._merging = asyncio.Lock()

    async def listing(self, ask: Ask) -> Response:
        """Those of a state, a head `OWNER:BRANCH`, a base; newest first."""
        query = ask.request.query_params
        state, head, base = query.get("state", "open"), query.get("head", ""), query.get("base", "")
        found = [
            pull
            for pull in self.store.load().pulls
            if state in ("all", pull.state)
            and (":" not in head or head == f"{ask.owner}:{pull.head}")
            and base in ("", pull.base)
        ]
        found.sort(key=lambda pull: pull.number, reverse=query.get("direction", "desc") == "desc")
        return ask.list_page([self._as_json(ask, pull) for pull in found])

    async def one(self, ask: Ask) -> Response:
        """One as it stands: an open one's head is its branch's."""
        return JSONResponse(self._as_json(ask, _find_pull(self.store.load(), ask)))

    async def make(self, ask: Ask) -> Response:
        """Open one; of two branches there is at most one open."""
        ask.to_write(_RIGHT)
        fields = await ask.fields(PullFields)
        head = fields.head.removeprefix(f"{ask.owner}:")
        state = self.store.load()
        sides = {"head": self.bare.branch(head), "base": self.bare.branch(fields.base)}
        for side, sha in sides.items():
            if not sha:
                raise invalid("PullRequest", "invalid", side)
        if not fields.title:
            raise invalid("PullRequest", "missing_field", "title")
        if any(pull.state == "open" and (pull.head, pull.base) == (head, fields.base) for pull in state.pulls):
            message = f"A pull request already exists for {ask.owner}:{head}."
            raise invalid("PullRequest", "custom", message=message)
        if not self.bare.ahead(sides["base"], sides["head"]):
            raise invalid("PullRequest", "custom", message=f"No commits between {fields.base} and {head}")
        number, at = len(state.pulls) + 1, now()
        pull = ForgePull(number, fields.title, head, fields.base, sides["head"], sides["base"], at, at, fields.body)
        state.pulls.append(pull)
        self.store.save(state)
        made = self._as_json(ask, pull)
        return JSONResponse(made, 201, headers={"Location": made["url"]})

    async def change(self, ask: Ask) -> Response:
        """Its words, or whether it is open."""
        ask.to_write(_RIGHT)
        change = await ask.fields(PullUpdate)
        state = self.store.load()
        pull = _find_pull(state, ask)
        pull.title, pull.body = change.title or pull.title, change.body if change.body is not None else pull.body
        if change.state is not None and pull.merged_at is None:
            pull.state, pull.closed_at = change.state, now() if change.state == "closed" else None
        pull.updated_at = now()
        self.store.save(state)
        return JSONResponse(self._as_json(ask, pull))

    async def merge(self, ask: Ask) -> Response:
        """Merge it, with git, as asked."""
        ask.to_write("contents=write; pull_requests=write")
        how = await ask.fields(Merge)
        async with self._merging:
            pull = _find_pull(self.store.load(), ask)
            if pull.state != "open":
                raise ForgeRefusedError(405, "Pull Request is not mergeable")
            head = self.bare.branch(pull.head)
            if how.sha and how.sha != head:
                raise ForgeRefusedError(409, "Head branch was modified. Review and try the merge again.")
            sha = await asyncio.to_thread(self._merge, ask, pull, head, how)
            state = self.store.load()
            held = _find_pull(state, ask)
            held.head_sha, held.base_sha = head, self.bare.commit(f"{sha}^") or held.base_sha
            held.state, held.merge_commit_sha = "closed", sha
            held.merged_at = held.closed_at = held.updated_at = now()
            self.store.save(state)
        return JSONResponse({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})

    def _merge(self, ask: Ask, pull: ForgePull, head: str, how: Merge) -> str:
        squashed = f"{pull.title} (#{pull.number})\n\n{pull.body or ''}"
        merged = f"Merge pull request #{pull.number} from {ask.owner}/{pull.head}\n\n{pull.title}"
        words = f"{how.commit_title}\n\n{how.commit_message}" if how.commit_title else ""
        message = (words or (squashed if how.merge_method == "squash" else merged)).strip() + "\n"
        try:
            return self.bare.merge(pull.base, head, how.merge_method, message)
        except NotMergeableError:
            raise ForgeRefusedError(405, "Pull Request is not mergeable") from None

    def _as_json(self, ask: Ask, pull: ForgePull) -> api_json.Json:
        if pull.state == "open":
            pull.head_sha = self.bare.branch(pull.head) or pull.head_sha
            pull.base_sha = self.bare.branch(pull.base) or pull.base_sha
        return api_json.pull(
            ask, self.bare, pull, lambda: api_json.repository(ask, self.bare.default_branch(), pull.created_at)
        )


def _find_pull(state: ForgeState, ask: Ask) -> ForgePull:
    number = ask.number("pull_number")
    found = next((pull for pull in state.pulls if pull.number == number), None)
    if found is None:
        raise ForgeRefusedError(404, "Not Found")
    return found
