"""A release's page, for people: title, marks, notes and files."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from starlette.responses import HTMLResponse, RedirectResponse, Response

from windlass.channels.github.stand_in.store import ForgeAsset, ForgeRelease, ForgeStore
from windlass.channels.github.stand_in.tokens import Ask, ForgeRefusedError

_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}{marks}</h1>
<p>tag <code>{tag}</code></p>
<pre>{notes}</pre>
<ul>
{files}
</ul>
</body></html>
"""


class ReleasePages:
    """The handlers of pages."""

    def __init__(self, store: ForgeStore) -> None:
        self.store = store

    async def release(self, ask: Ask) -> Response:
        """The page of a published release."""
        state = self.store.load()
        held = state.published_release(ask.word("tag"))
        if held is None:
            raise ForgeRefusedError(404, "Not Found")
        return HTMLResponse(_release_html(ask, held, latest=held is state.shown_latest()))

    async def latest(self, ask: Ask) -> Response:
        """Where `releases/latest` leads."""
        held = self.store.load().shown_latest()
        if held is None:
            raise ForgeRefusedError(404, "Not Found")
        return RedirectResponse(f"{ask.web}/releases/tag/{quote(held.tag_name)}", 302)


def _release_html(ask: Ask, held: ForgeRelease, *, latest: bool) -> str:
    marks = [mark for mark, holds in (("Pre-release", held.prerelease), ("Latest", latest)) if holds]
    files = "\n".join(_file(ask, held, asset) for asset in held.assets if asset.state == "uploaded")
    return _PAGE.format(
        title=escape(held.name or held.tag_name),
        marks="".join(f" <small>{mark}</small>" for mark in marks),
        tag=escape(held.tag_name),
        notes=escape(held.body or ""),
        files=files,
    )


def _file(ask: Ask, held: ForgeRelease, asset: ForgeAsset) -> str:
    address = f"{ask.web}/releases/download/{quote(held.tag_name)}/{quote(asset.name)}"
    about = f"{asset.size} bytes <code>{escape(asset.digest or '')}</code>"
    return f'<li><a href="{escape(address)}">{escape(asset.name)}</a> {about}</li>'
