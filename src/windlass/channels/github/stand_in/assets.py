"""Assets: uploaded to an address of their own, served after a redirect, and fixed once a release is immutable.

Source: https://docs.github.com/rest/releases/assets
"""

from __future__ import annotations

import re

from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from windlass.channels.github.stand_in import api_json
from windlass.channels.github.stand_in.store import ForgeAsset, ForgeRelease, ForgeStore, now
from windlass.channels.github.stand_in.tokens import Ask, ForgeRefusedError, Rights, invalid

_BINARY = "application/octet-stream"


class Assets:
    """The handlers of assets."""

    def __init__(self, store: ForgeStore) -> None:
        self.store = store

    async def listing(self, ask: Ask) -> Response:
        """The files of a release, leftovers of cut uploads included."""
        held = self.store.load().release(ask.number("release_id"))
        if held is None or not _shows(ask, held):
            raise ForgeRefusedError(404, "Not Found")
        return ask.list_page([api_json.asset(ask, held, asset) for asset in held.assets])

    async def upload(self, ask: Ask) -> Response:
        """Take a file. From its first byte its name is taken; only with its last is it uploaded."""
        ask.to_write()
        asset_id = self._begin(ask)
        try:
            content = await ask.request.body()
        except ClientDisconnect:
            return Response(status_code=499)
        state = self.store.load()
        found = state.asset(asset_id)
        if found is None:
            raise ForgeRefusedError(404, "Not Found")
        held, asset = found
        asset.digest, asset.size, asset.updated_at = self.store.keep(content), len(content), now()
        asset.state = "uploaded"
        self.store.save(state)
        return JSONResponse(api_json.asset(ask, held, asset), 201)

    def _begin(self, ask: Ask) -> int:
        state = self.store.load()
        held = state.release(ask.number("release_id"))
        if held is None:
            raise ForgeRefusedError(404, "Not Found")
        if not ask.word("name"):
            raise invalid("ReleaseAsset", "missing_field", "name")
        if ask.request.headers.get("Content-Length", "") == "0":
            raise ForgeRefusedError(400, "Bad Content-Length: ")
        _mutable(held)
        name = stored_name(ask.word("name"))
        if any(asset.name == name for asset in held.assets):
            raise invalid("ReleaseAsset", "already_exists", "name")
        kind, at = ask.request.headers.get("Content-Type", _BINARY), now()
        asset = ForgeAsset(state.new_id(), name, kind, at, at, label=ask.word("label") or None)
        held.assets.append(asset)
        self.store.save(state)
        return asset.id

    async def one(self, ask: Ask) -> Response:
        """A file: about it, or with `Accept: application/octet-stream` a redirect to its bytes."""
        held, asset = self._find(ask)
        if ask.request.headers.get("Accept") != _BINARY:
            return JSONResponse(api_json.asset(ask, held, asset))
        return self._to_bytes(ask, asset)

    async def remove(self, ask: Ask) -> Response:
        """A file, gone."""
        ask.to_write()
        state = self.store.load()
        found = state.asset(ask.number("asset_id"))
        if found is None:
            raise ForgeRefusedError(404, "Not Found")
        held, asset = found
        _mutable(held)
        held.assets.remove(asset)
        self.store.save(state)
        return Response(status_code=204)

    async def download(self, ask: Ask) -> Response:
        """What a reader clicks on."""
        if ask.options.private:  # the page's links work by cookie: a token does not open them
            raise ForgeRefusedError(404, "Not Found")
        held = self.store.load().published_release(ask.word("tag"))
        asset = next((a for a in held.assets if a.name == ask.word("asset")), None) if held else None
        if asset is None or asset.state != "uploaded":
            raise ForgeRefusedError(404, "Not Found")
        return self._to_bytes(ask, asset)

    async def content(self, ask: Ask) -> Response:
        """The bytes, at the address that redirects lead to."""
        digest = ask.word("digest")
        path = self.store.bytes_of(digest)
        if not re.fullmatch(r"[0-9a-f]{64}", digest) or not path.is_file():
            raise ForgeRefusedError(404, "Not Found")
        return FileResponse(path, media_type=_BINARY)

    def _to_bytes(self, ask: Ask, asset: ForgeAsset) -> Response:
        if asset.digest is None:
            raise ForgeRefusedError(404, "Not Found")
        return RedirectResponse(f"{ask.base}/objects/{asset.digest.removeprefix('sha256:')}", 302)

    def _find(self, ask: Ask) -> tuple[ForgeRelease, ForgeAsset]:
        found = self.store.load().asset(ask.number("asset_id"))
        if found is None or not _shows(ask, found[0]):
            raise ForgeRefusedError(404, "Not Found")
        return found


def stored_name(name: str) -> str:
    """A file's name as GitHub keeps it: what is special becomes a period, and none stands at either end."""
    return re.sub(r"[^A-Za-z0-9._+-]+", ".", name).strip(".")


def _mutable(held: ForgeRelease) -> None:
    if held.immutable:
        raise ForgeRefusedError(422, "Cannot upload or delete assets of an immutable release.")


def _shows(ask: Ask, held: ForgeRelease) -> bool:
    return not held.draft or ask.access is Rights.WRITE
