"""Releases: made as drafts or at once, changed, published, removed; and which of them is the latest.

Source: https://docs.github.com/rest/releases/releases
"""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.responses import JSONResponse, Response

from windlass.channels.github.stand_in import api_json
from windlass.channels.github.stand_in.bare_repository import BareRepository
from windlass.channels.github.stand_in.store import ForgeRelease, ForgeState, ForgeStore, now
from windlass.channels.github.stand_in.tokens import Ask, ForgeRefusedError, Rights, invalid

_BODY_LIMIT = 125_000


class ReleaseFields(msgspec.Struct):
    """What a release is made or changed with; UNSET where it was not said."""

    tag_name: str | msgspec.UnsetType = msgspec.UNSET
    target_commitish: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType | None = msgspec.UNSET
    body: str | msgspec.UnsetType | None = msgspec.UNSET
    draft: bool | msgspec.UnsetType = msgspec.UNSET
    prerelease: bool | msgspec.UnsetType = msgspec.UNSET
    make_latest: Literal["true", "false", "legacy"] | msgspec.UnsetType = msgspec.UNSET

    @property
    def set_fields(self) -> dict[str, str | bool | None]:
        """Those that were said, `make_latest` apart."""
        names = (name for name in self.__struct_fields__ if name != "make_latest")
        return {name: value for name in names if (value := getattr(self, name)) is not msgspec.UNSET}


class Releases:
    """The handlers of releases."""

    def __init__(self, store: ForgeStore) -> None:
        self.store = store
        self.bare = BareRepository(store.remote)

    async def listing(self, ask: Ask) -> Response:
        """Every release, newest first; drafts for those who may write."""
        shown = [held for held in self.store.load().releases if _shows(ask, held)]
        shown.sort(key=lambda held: held.id, reverse=True)
        return ask.list_page([api_json.release(ask, held) for held in shown])

    async def one(self, ask: Ask) -> Response:
        """A release by its number."""
        held = self.store.load().release(ask.number("release_id"))
        return _answer(ask, held if held is not None and _shows(ask, held) else None)

    async def by_tag(self, ask: Ask) -> Response:
        """A published release by its tag."""
        return _answer(ask, self.store.load().published_release(ask.word("tag")))

    async def latest(self, ask: Ask) -> Response:
        """The release that readers are sent to."""
        return _answer(ask, self.store.load().shown_latest())

    async def make(self, ask: Ask) -> Response:
        """A new draft, or a release at once."""
        ask.to_write()
        fields = await ask.fields(ReleaseFields)
        if fields.tag_name is msgspec.UNSET or not fields.tag_name:
            raise invalid("Release", "missing_field", "tag_name")
        state, at = self.store.load(), now()
        held = ForgeRelease(state.new_id(), fields.tag_name, self.bare.default_branch(), at, at)
        state.releases.append(held)
        self._change(state, held, fields, published_before=False)
        self.store.save(state)
        made = api_json.release(ask, held)
        return JSONResponse(made, 201, headers={"Location": made["url"]})

    async def change(self, ask: Ask) -> Response:
        """Fields of a release; its publication is one of these."""
        ask.to_write()
        fields = await ask.fields(ReleaseFields)
        state = self.store.load()
        held = state.release(ask.number("release_id"))
        if held is None:
            raise ForgeRefusedError(404, "Not Found")
        self._change(state, held, fields, published_before=not held.draft)
        self.store.save(state)
        return _answer(ask, held)

    async def remove(self, ask: Ask) -> Response:
        """A release or draft; an immutable release's tag can't be released again."""
        ask.to_write()
        state = self.store.load()
        held = state.release(ask.number("release_id"))
        if held is None:
            raise ForgeRefusedError(404, "Not Found")
        state.releases.remove(held)
        if held.immutable:
            state.burned.append(held.tag_name)
        self.store.save(state)
        return Response(status_code=204)

    def _change(self, state: ForgeState, held: ForgeRelease, fields: ReleaseFields, *, published_before: bool) -> None:
        said = fields.set_fields
        if held.immutable and (said.get("draft") or said.get("tag_name", held.tag_name) != held.tag_name):
            raise invalid("Release", "custom", message="Cannot change the tag or draft state of an immutable release")
        if len(str(said.get("body") or "")) > _BODY_LIMIT:
            raise invalid("Release", "custom", "body", f"body is too long (maximum is {_BODY_LIMIT} characters)")
        for name, value in said.items():
            setattr(held, name, value)
        if fields.make_latest == "true" and (held.draft or held.prerelease):
            raise invalid("Release", "custom", message="Latest release cannot be draft or prerelease")
        held.updated_at = now()
        if not held.draft:
            self._publish(state, held, published_before)
        _point(state, held, fields, published_before)

    def _publish(self, state: ForgeState, held: ForgeRelease, published_before: bool) -> None:
        others = [other for other in state.releases if other is not held and not other.draft]
        if any(other.tag_name == held.tag_name for other in others):
            raise invalid("Release", "already_exists", "tag_name")
        if published_before:
            return
        if held.tag_name in state.burned:
            raise invalid("Release", "custom", "tag_name", "tag_name was used by an immutable release")
        held.created_at = self.bare.commit_fields(self._tag_commit(held))["date"]
        held.published_at = now()
        held.immutable = self.store.options().immutable_releases

    def _tag_commit(self, held: ForgeRelease) -> str:
        """The tag's commit; a tag that is not there is made, where the release says or on the default branch."""
        there = self.bare.commit(f"refs/tags/{held.tag_name}")
        if there:
            return there
        target = self.bare.branch(held.target_commitish) or self.bare.commit(held.target_commitish)
        if not target:
            raise invalid("Release", "invalid", "target_commitish")
        self.bare.make_tag(held.tag_name, target)
        return target


def _point(state: ForgeState, held: ForgeRelease, fields: ReleaseFields, published_before: bool) -> None:
    fit = not held.draft and not held.prerelease
    asked = fields.make_latest
    if asked is msgspec.UNSET:
        asked = "true" if fit and not published_before else asked
    if asked == "true" and fit:
        state.latest = held.id
    elif asked == "legacy" or (state.latest == held.id and (asked == "false" or not fit)):
        state.latest = None


def _shows(ask: Ask, held: ForgeRelease) -> bool:
    return not held.draft or ask.access is Rights.WRITE


def _answer(ask: Ask, held: ForgeRelease | None) -> Response:
    if held is None:
        raise ForgeRefusedError(404, "Not Found")
    return JSONResponse(api_json.release(ask, held))
