"""What nodes say of files, checked before anything runs: all of it lies in the project, and each file has one maker."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from windlass.errors import GraphError
from windlass.graph.caching import file_digests
from windlass.graph.order import Graph

_MAGIC = re.compile(r"[*?\[]")
_CLEAN = re.compile(r"[^/.]+(?:[/.][^/.]+)*")
"""A path with nothing to normalise: no `//`, no `..`, no `/` at either end."""


class Claims:
    """Which node says of a file that it makes it."""

    def __init__(self, checked: Graph) -> None:
        """Raises GraphError where two nodes say the same."""
        self._graph = checked
        self._plain: dict[str, str] = {}  # path → its maker
        self._globs: dict[str, list[str]] = {}  # what a glob begins with → the nodes that have it
        seen: dict[str, str] = {}
        for name, node in checked.nodes.items():
            for glob in node.outputs:
                if glob.startswith("!"):
                    continue
                path = glob if _CLEAN.fullmatch(glob) else posixpath.normpath(glob.strip("/"))
                other = seen.setdefault(path, name)
                if other != name:
                    raise _two_owners_error(other, name, path)
                if _MAGIC.search(path):
                    self._globs.setdefault(_fixed_prefix(path), []).append(name)
                else:
                    self._plain[path] = name

    def check(self) -> None:
        """See that no file that is named has a second maker, and that who reads one that is made waits for it.

        Raises:
            GraphError: it is otherwise.
        """
        held = {folder for folder in {path.rpartition("/")[0] for path in self._plain} if self._holder(folder)}
        for path, name in self._plain.items():
            if self._globs or path.rpartition("/")[0] in held:
                self.refuse_second_owner(name, path)
        for name, node in self._graph.nodes.items() if self._plain else ():
            for glob in node.inputs:
                maker = self._plain.get(glob)
                if maker is not None and maker != name and not self._waits(name, maker):
                    problem = f"{name} reads {glob}, which {maker} makes, and does not wait for it"
                    raise GraphError(problem, remedy=f"have {maker} among the needs of {name}")

    def refuse_second_owner(self, name: str, path: str) -> None:
        """See that a file that `name` makes has no other maker.

        Raises:
            GraphError: it has.
        """
        for other in itertools.chain(self._holders(path), self._matching_owners(path) if self._globs else ()):
            if other != name:
                raise _two_owners_error(other, name, path)

    def _holders(self, path: str) -> Iterator[str]:
        """Who names the file, or a folder that it lies in."""
        yield from filter(None, (self._plain.get(path), self._holder(path.rpartition("/")[0])))

    def _holder(self, folder: str) -> str | None:
        """Who makes all that is in a folder."""
        above = itertools.accumulate(folder.split("/"), "{}/{}".format)
        return next((found for one in above if (found := self._plain.get(one))), None)

    def _matching_owners(self, path: str) -> Iterator[str]:
        """Whose globs mean the file."""
        for end in range(len(path) + 1):
            for name in self._globs.get(path[:end], ()):
                if file_digests.globs_match(self._graph.nodes[name].outputs, path):
                    yield name

    def _waits(self, name: str, maker: str) -> bool:
        return maker in self._graph.needs[name] or name in self._graph.below(maker)


def _fixed_prefix(glob: str) -> str:
    """A glob up to its first wildcard: `dist/app-*.whl` begins with `dist/app-`, `src/**/*.c` with `src/`."""
    found = _MAGIC.search(glob)
    return glob[: found.start() if found else None]


def _two_owners_error(one: str, other: str, path: str) -> GraphError:
    problem = f"{one} and {other} both make {path}"
    return GraphError(problem, remedy="let one of them make it, and the other need that one")


def checked_claims(checked: Graph, root: Path) -> Claims:
    """What can be known of files before anything runs.

    Raises:
        GraphError: a glob leads out of the project, two nodes make one file, or one reads what another makes without
            waiting for it.
    """
    for name, node in checked.nodes.items():
        for which, globs in (("inputs", node.inputs), ("outputs", node.outputs)):
            for glob in globs:
                if not _CLEAN.fullmatch(glob) or "[" in glob:
                    file_digests.refuse_outside_root(root, glob, which, name)
    claims = Claims(checked)
    claims.check()
    return claims
