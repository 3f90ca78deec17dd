"""Whether an alias of the site shows a version that was taken back, however the alias was made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from windlass.channels.docs import mike
from windlass.channels.docs.pages_branch import Pages, Tip
from windlass.model import Release


def shows_taken_back(
    pages: Pages, tip: Tip, rows: Sequence[mike.Row], alias: str, to: Release | None, taken_back: Iterable[Release]
) -> bool:
    """Whether readers of an alias see what is taken back: it is the folder's tree, or leads to the folder.

    Args:
        to: the version that is gone back to; a line's folder (`1.2`) may show it rather than what is taken back.
    """
    stays = [to.version] if to else []
    bad = {mike.folder_name(one.version, stays, tip.folder) for one in taken_back} - {""}
    if alias not in tip.items:
        return False
    if tip.folder(alias) in map(tip.folder, bad):
        return True
    return mike.alias_target(rows, alias) in bad and _leads_elsewhere(pages, tip.folder(alias))


def _leads_elsewhere(pages: Pages, tree: str) -> bool:
    """Whether an alias was made by mike as a symbolic link (it has no tree), or as pages that lead on."""
    page = pages.git.show(tree, "index.html") if tree else b""
    return not tree or (page is not None and mike.redirects(page))
