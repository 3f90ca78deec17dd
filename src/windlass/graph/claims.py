"""What nodes say of files, checked before anything runs: all of it lies in the project, and each file has one maker."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from windlass.errors import GraphError
from windlass.graph import files
from windlass.graph.order import Graph

_MAGIC = re.compile(r"[*?\[]")


class Claims:
    """Which node says of a file that it makes it."""

    def __init__(self, checked: Graph) -> None:
        """Raises GraphError where two nodes say the same."""
        self._graph = checked
        self._plain: dict[str, str] = {}  # path → its maker
        self._globs: dict[str, list[str]] = {}  # what a glob begins with → the nodes that have it
        self._folders: dict[str, str | None] = {}  # folder → who makes all that is in it
        seen: dict[str, str] = {}
        for name, node in checked.nodes.items():
            for glob in node.outputs:
                if glob.startswith("!"):
                    continue
                path = posixpath.normpath(glob.strip("/"))
                other = seen.setdefault(path, name)
                if other != name:
                    raise _twice(other, name, path)
                if files.is_glob(path):
                    self._globs.setdefault(_beginning(path), []).append(name)
                else:
                    self._plain[path] = name

    def check(self) -> None:
        """See that no file that is named has a second maker, and that who reads one that is made waits for it.

        Raises:
            GraphError: it is otherwise.
        """
        for path, name in self._plain.items():
            self.alone(name, path)
        if self._plain:
            for name, node in self._graph.nodes.items():
                for glob in node.inputs:
                    maker = self._plain.get(glob)
                    if maker is not None and maker != name and not self._waits(name, maker):
                        problem = f"{name} reads {glob}, which {maker} makes, and does not wait for it"
                        raise GraphError(problem, remedy=f"have {maker} among the needs of {name}")

    def alone(self, name: str, path: str) -> None:
        """See that a file that `name` makes has no other maker.

        Raises:
            GraphError: it has.
        """
        for other in itertools.chain(self._holders(path), self._matching(path) if self._globs else ()):
            if other != name:
                raise _twice(other, name, path)

    def _holders(self, path: str) -> Iterator[str]:
        """Who names the file, or a folder that it lies in."""
        maker = self._plain.get(path)
        if maker is not None:
            yield maker
        folder = path.rpartition("/")[0]
        if folder not in self._folders:
            above = itertools.accumulate(folder.split("/"), "{}/{}".format)
            self._folders[folder] = next((found for one in above if (found := self._plain.get(one))), None)
        holder = self._folders[folder]
        if holder is not None:
            yield holder

    def _matching(self, path: str) -> Iterator[str]:
        """Whose globs mean the file."""
        for end in range(len(path) + 1):
            for name in self._globs.get(path[:end], ()):
                if files.meant(self._graph.nodes[name].outputs, path):
                    yield name

    def _waits(self, name: str, maker: str) -> bool:
        return maker in self._graph.needs[name] or name in self._graph.below(maker)


def _beginning(glob: str) -> str:
    """A glob up to its first wildcard: `dist/app-*.whl` begins with `dist/app-`, `src/**/*.c` with `src/`."""
    found = _MAGIC.search(glob)
    return glob[: found.start() if found else None]


def _twice(one: str, other: str, path: str) -> GraphError:
    problem = f"{one} and {other} both make {path}"
    return GraphError(problem, remedy="let one of them make it, and the other need that one")


def checked_claims(checked: Graph, root: Path) -> Claims:
    """What can be known of files before anything runs.

    Raises:
        GraphError: a glob leads out of the project, two nodes make one file, or one reads what another makes without
            waiting for it.
    """
    for name, node in checked.nodes.items():
        for glob in node.inputs:
            files.inside(root, glob, "inputs", name)
        for glob in node.outputs:
            files.inside(root, glob, "outputs", name)
    claims = Claims(checked)
    claims.check()
    return claims
