"""mike's layout of a documentation branch: what `versions.json` says, and the pages that only lead elsewhere.

Source: https://github.com/jimporter/mike, `mike/versions.py` and `mike/commands.py` (2.1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from windlass.errors import ConflictError

LISTING = "versions.json"
Row = Mapping[str, Any]
"""A version: `{"version": str, "title": str, "aliases": [str], "properties": {…} (optional)}`."""
_OURS = "windlass"
"""The property that says which archive (`sha256`) a folder was unpacked from, and as which `tree`."""

_PARTS = re.compile(r"(\d+|[a-z]+|\.|-)")
_WORDS = {"pre": "c", "preview": "c", "-": "final-", "rc": "c", "dev": "@"}
_REDIRECTS = (b"window.location.replace(", b'http-equiv="refresh"')


def read(text: bytes | None) -> tuple[Row, ...]:
    """The versions that a `versions.json` lists; none when there is no such file.

    Raises:
        ConflictError: it is not what mike writes.
    """
    try:
        rows = json.loads(text or b"[]")
        if all(isinstance(row["version"], str) and isinstance(row["aliases"], list) for row in rows):
            return tuple(rows)
    except (ValueError, TypeError, KeyError):
        pass
    raise ConflictError(
        f"{LISTING} of the documentation branch is not as mike writes it",
        facts={"it begins": (text or b"")[:80].decode("utf-8", "replace")},
        remedy='make it a list of {"version", "title", "aliases"}, then run the same again',
    )


def write(rows: Iterable[Row]) -> bytes:
    """The bytes that mike writes: newest first, names that are no version before them."""
    ordered = sorted(rows, key=lambda row: _order(str(row["version"])), reverse=True)
    return (json.dumps(ordered, indent=2) + "\n").encode()


def title(rows: Iterable[Row], version: str) -> str:
    """A version's title; empty when it is not listed."""
    return next((str(row.get("title", version)) for row in rows if row["version"] == version), "")


def alias_target(rows: Iterable[Row], alias: str) -> str:
    """The version that an alias points to; empty for none."""
    return next((str(row["version"]) for row in rows if alias in row["aliases"]), "")


def folder_name(version: str, others: Collection[str], tree: Callable[[str], str]) -> str:
    """The folder that has a version's pages: `1.2.3`, or the minor or major line's, as mike's users like it.

    A line's folder (`1.2`, `1`) counts only where none of `others` is of that line: it could show theirs.

    Args:
        version: SemVer.
        tree: a folder's name → its tree; empty for none.

    Returns:
        Empty for none.
    """
    major, minor, _ = version.split(".", 2)
    lines = [line for line in (f"{major}.{minor}", major) if not any(one.startswith(f"{line}.") for one in others)]
    spelled = [spelling for name in (version, *lines) for spelling in (name, f"v{name}")]
    return next((name for name in spelled if tree(name)), "")


def shown_version(rows: Iterable[Row], alias: str, versions: Iterable[str], tree: Callable[[str], str]) -> str:
    """Which of these versions, or else which that is listed, an alias shows; empty for none of them.

    Args:
        tree: a folder's name → its tree; empty for none.
    """
    listed, there = alias_target(rows, alias), tree(alias)
    same = [version for version in versions if there and tree(version) == there]
    if listed and tree(listed) and there in ("", tree(listed)):  # as mike's default, a symbolic link, has no tree
        return listed  # the listed one counts where several have equal pages
    return same[-1] if same else ""


def publication_note(rows: Iterable[Row], version: str) -> dict[str, str]:
    """What was noted of a version's pages when they were published: `{"sha256": …, "tree": …}`, or nothing."""
    properties = [row.get("properties") or {} for row in rows if row["version"] == version]
    return dict(properties[0].get(_OURS, {})) if properties else {}


def with_version(rows: Iterable[Row], version: str, note: Mapping[str, str] | None = None) -> tuple[Row, ...]:
    """The versions with one more, unless it is listed; and what is to be noted of its pages."""
    rows = tuple(rows)
    if not title(rows, version):
        rows = (*rows, {"version": version, "title": version, "aliases": []})
    if not note:
        return rows
    return tuple(_with_note(row, note) if row["version"] == version else row for row in rows)


def _with_note(row: Row, note: Mapping[str, str]) -> Row:
    return {**row, "properties": {**(row.get("properties") or {}), _OURS: dict(note)}}


def with_alias(rows: Iterable[Row], alias: str, version: str) -> tuple[Row, ...]:
    """The versions with an alias at one of them, and at no other."""

    def aliases(row: Row) -> list[str]:
        others = [name for name in row["aliases"] if name != alias]
        return sorted([*others, alias]) if row["version"] == version else others

    return tuple({**row, "aliases": aliases(row)} for row in rows)


def with_title(rows: Iterable[Row], version: str, title: str) -> tuple[Row, ...]:
    """The versions, one of them with another title."""
    return tuple({**row, "title": title} if row["version"] == version else row for row in rows)


def redirect(href: str) -> bytes:
    """A page that leads to `href`, a relative address that needs no escaping, with what stands after `?` and `#`."""
    return f"""<!DOCTYPE html>
<html>
<head>
  <meta charset="utf-8">
  <title>Redirecting</title>
  <noscript>
    <meta http-equiv="refresh" content="1; url={href}" />
  </noscript>
  <script>
    window.location.replace("{href}" + window.location.search + window.location.hash);
  </script>
</head>
<body>
  Redirecting to <a href="{href}">{href}</a>...
</body>
</html>
""".encode()


def redirects(page: bytes) -> bool:
    """Whether a page only leads elsewhere, and so may be replaced by one that leads somewhere else."""
    return len(page) < 2000 and any(mark in page for mark in _REDIRECTS)


def _order(version: str) -> tuple[int, tuple[str, ...]]:
    """The key that mike sorts by: setuptools' old loose order, development versions last (and so shown first)."""
    parts: list[str] = []
    for part in _parts(version.lower()):
        if part.startswith("*"):
            while part < "*final" and parts and parts[-1] == "*final-":
                parts.pop()
            while parts and parts[-1] == "00000000":
                parts.pop()
        parts.append(part)
    return (0 if re.match(r"v?\d", version) else 1, tuple(parts))


def _parts(version: str) -> Iterable[str]:
    for found in _PARTS.split(version):
        part = _WORDS.get(found, found)
        if part and part != ".":
            yield part.zfill(8) if part[0].isdigit() else f"*{part}"
    yield "*final"
