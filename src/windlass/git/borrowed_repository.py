"""A repository of its own that borrows another's objects: what is done in it sees none of that one's settings.

Hooks, filters, sparse checkouts, attributes, local tags and signatures are one machine's; what a release is made of is
the commit's, and the remote's tags.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from windlass.git import Git, command
from windlass.git.environment import SETTINGS

RELEASING = "refs/windlass/releasing/"
"""Where the worktree of a release has the tag that its commit is to get."""
_AS_COMMITTED = "* -text -crlf -eol -ident -filter -working-tree-encoding\n"
"""Attributes for all files: their bytes are the commit's, whatever attributes the commit or the user has."""
_OWN_SETTINGS = {
    **{name: value for name, value in SETTINGS.items() if value},
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.sparseCheckout": "false",
    "core.symlinks": "true",
    "core.fileMode": "true",
    "core.abbrev": "12",
    "status.showUntrackedFiles": "all",
}


def borrowed_repository(git: Git, folder: Path, *, tags: str = "refs/tags/") -> Git:
    """Make a repository in `folder` that has all objects of `git`'s, its version tags and its remote, and no more.

    Args:
        folder: must be there; HEAD is where it is in `git`, detached.
        tags: where in `git` the tags are that it gets.
    """
    kind = git.run("rev-parse", "--show-object-format").text
    command.run(folder, "init", "--quiet", "--template=", f"--object-format={kind}")
    own = folder / ".git"
    (own / "info").mkdir(exist_ok=True)
    (own / "info" / "attributes").write_text(_AS_COMMITTED)
    (own / "info" / "exclude").write_text("/.windlass\n")
    (own / "objects" / "info").mkdir(parents=True, exist_ok=True)
    (own / "objects" / "info" / "alternates").write_bytes(os.fsencode(_path_of(git, "objects")) + b"\n")
    (own / "packed-refs").write_text(_packed(git, tags))
    with (own / "config").open("a") as config:
        config.write(_as_config({**_OWN_SETTINGS, **_remote_settings(git)}))
    return Git(folder, git.remote)


def hold_as_committed(git: Git, paths: Iterable[str]) -> None:
    """Let git take files as unchanged, whose bytes are not those of the index: a version must not be called dirty."""
    names = "".join(f"{path}\0" for path in paths)
    if names:
        git.run("update-index", "--assume-unchanged", "-z", "--stdin", stdin=os.fsencode(names))


def held_as_committed(git: Git) -> tuple[str, ...]:
    """The files that git takes as unchanged."""
    listing = os.fsdecode(git.run("ls-files", "-v", "-z").out).split("\0")
    return tuple(entry[2:] for entry in listing if entry.startswith("h "))


def _path_of(git: Git, name: str) -> Path:
    """A file or folder of a repository's own, absolute."""
    return (git.root / os.fsdecode(git.run("rev-parse", "--git-path", name).out.removesuffix(b"\n"))).resolve()


def _packed(git: Git, tags: str) -> str:
    """Tags as a file of packed refs has them."""
    listing = git.run("for-each-ref", "--format=%(objectname) %(refname)", tags).text
    return "".join(f"{line.replace(tags, 'refs/tags/', 1)}\n" for line in listing.splitlines())


def _remote_settings(git: Git) -> Mapping[str, str]:
    """Where the remote is, without a login; and where objects come from that a partial clone left out."""
    if "/" in git.remote:
        return {}
    url = git.run("remote", "get-url", "--", git.remote, ok=None).text
    promisor = git.run("config", "--get", "extensions.partialClone", ok=None).text
    lazy = {f"remote.{git.remote}.promisor": "true", "extensions.partialClone": git.remote} if promisor else {}
    return {f"remote.{git.remote}.url": _without_login(url), **lazy} if url else {}


def _without_login(url: str) -> str:
    """An address without the password that stands in it: the project's own code runs beside this file."""
    parts = urlsplit(url) if "://" in url else None
    if parts is None or not parts.password:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _as_config(settings: Mapping[str, str]) -> str:
    """`SECTION.KEY` and `SECTION.SUBSECTION.KEY` → value, as git's configuration files have them."""
    lines = []
    for name, value in settings.items():
        section, _, rest = name.partition(".")
        below, _, key = rest.rpartition(".")
        lines.append(f"[{section} {_quoted(below)}]" if below else f"[{section}]")
        lines.append(f"\t{key} = {_quoted(value)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
