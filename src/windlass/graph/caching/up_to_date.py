"""Whether a node is up to date, by content; and what it was that changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from windlass.digest import content_digest
from windlass.errors import GateError
from windlass.graph.caching.file_digests import SMALL_BYTES, Stat, Tree, globs_match, is_glob, to_find
from windlass.graph.caching.fingerprint import Basis
from windlass.graph.caching.journal import Journal
from windlass.graph.caching.store import Cache, CacheEntry, OutputFile, mode_of
from windlass.graph.node import Node

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_NEVER: Stat = (0, 0, 0, 0)
_PLACES = 11
_BASE, _NEEDS, _GOT, _VALUE, _LOG, _ANSWER, _SECONDS, _AT, _TASK, _IN, _OUT = range(_PLACES)
"""A node's record: what each place holds. `_IN` and `_OUT` are rows of path, stat and digest."""


class Key(NamedTuple):
    """What a node's result depends on.

    Attributes:
        digest: `sha256:<hex>` of all of it.
        inputs: path → digest.
        base: digest of what it depends on beside inputs and needs.
    """

    digest: str
    inputs: Mapping[str, str]
    base: str


class NodeResult(NamedTuple):
    """A node that succeeded.

    Attributes:
        got: digest of its value and outputs, for the keys of what needs it; empty when that can't be told.
        value: its value as JSON text; None when it is only at hand as an object.
        log: what it wrote.
        seconds: how long it took, when it ran.
        answer: what its body gave `answer`, as JSON text, where that was kept; empty for nothing.
    """

    got: str
    value: str | None
    log: str = ""
    seconds: float = 0.0
    answer: str = ""


class UpToDate:
    """Decides for one run. Paths in keys are told from the root, so that its place does not count."""

    def __init__(self, root: Path, journal: Journal, cache: Cache) -> None:
        self.root = root
        self.journal = journal
        self.cache = cache
        self.basis = Basis(root, journal)
        self._kind = f"node {root}"
        self.tree = Tree(root, self._known_files)

    # ---- what is looked at before anything else: the last run's record and the stats of files

    def quick(self, node: Node, gots: Sequence[str]) -> NodeResult | None:
        """The last run's result, where the stats of files say that nothing moved.

        Small files whose stat moved are read: being touched is no change.
        """
        last = self._last(node.name)
        if last is None or last[_BASE] != self.basis.digest(node) or last[_NEEDS] != list(gots):
            return None
        if node.ttl_s is not None and last[_AT] + node.ttl_s < time.time():
            return None
        inputs, outputs = last[_IN], last[_OUT]
        if self._others(node.inputs, inputs) or self._others(node.outputs, outputs):
            return None
        moved = self.tree.changed_rows(inputs + outputs) if inputs or outputs else ()
        for path, _, digest in moved:
            now = self.tree.stat(path)
            if now is None or now[0] > SMALL_BYTES or self.tree.digest(path) != digest:
                return None
        if moved:
            rows = [[self._row(path) for path, _, _ in last[side]] for side in (_IN, _OUT)]
            self.journal.add(self._kind, node.name, [*last[:_IN], *rows])
        return NodeResult(last[_GOT], last[_VALUE], last[_LOG], last[_SECONDS], last[_ANSWER])

    def _others(self, globs: Sequence[str], rows: Sequence[Any]) -> bool:
        """Whether globs mean other files now; whether a file that is named is there its stat will tell."""
        paths = [row[0] for row in rows]
        return to_find(globs, paths) and self.tree.find(globs) != paths

    def until(self, nodes: Iterable[Node]) -> float | None:
        """When the first of the last results stops to serve, seconds since 1970; None for never."""
        ends = [self._last(node.name)[_AT] + node.ttl_s for node in nodes if node.ttl_s is not None]
        return min(ends, default=None)

    def evidence(self, node: Node) -> tuple[list[Any], list[tuple[tuple[str, ...], list[str]]]]:
        """What the last `quick` of a node rested on: rows of path, stat and digest; globs, and what they mean."""
        last = self._last(node.name)
        sides = [(node.inputs, last[_IN]), (node.outputs, last[_OUT])]
        meanings = [(globs, [row[0] for row in rows]) for globs, rows in sides]
        return last[_IN] + last[_OUT], [one for one in meanings if to_find(*one)]

    def read_ahead(self) -> None:
        """Read all that the last runs found, for a graph that will ask for most of it."""
        self.journal.read_ahead(self._kind)

    def seconds(self, name: str) -> float | None:
        """How long a node took when it last ran here; None when that is not known."""
        last = self._last(name)
        took = self.journal.last("seconds", name) if last is None else last[_SECONDS]
        return float(took) if isinstance(took, int | float) else None

    def remember_seconds(self, name: str, seconds: float) -> None:
        """Remember how long a node took that is never up to date; not where that is what is known already."""
        known = self.seconds(name)
        if known is None or abs(seconds - known) > max(known / 10, 0.01):
            self.journal.add("seconds", name, round(seconds, 4))

    # ---- by content

    def key(self, node: Node, gots: Sequence[str]) -> Key:
        """What the node's result depends on now.

        Raises:
            GateError: an input that was named without wildcards is not there.
        """
        files = self.tree.find(node.inputs)
        for glob in node.inputs:
            if not is_glob(glob) and not any(one == glob or one.startswith(glob + "/") for one in files):
                problem = f"{node.name} reads {glob}, which is not there"
                raise GateError(problem, remedy="make that file, or have the task that makes it among its needs")
        inputs = {path: self.tree.digest(path) for path in files}
        needs, base = dict(zip(node.edges, gots, strict=True)), self.basis.digest(node)
        parts = {"node": node.name, "base": base, "needs": _digest_of_parts(needs), "inputs": _digest_of_parts(inputs)}
        return Key(_digest_of_parts(parts), inputs, base)

    def find(self, node: Node, key: Key) -> CacheEntry | None:
        """A result with this key, its outputs back in their places."""
        entry = self.entry(node, key)
        if entry is None:
            return None
        back = all(self._has_digest(made.path, made.digest) or self._restore(node, made) for made in entry.outputs)
        return entry if back else None

    def entry(self, node: Node, key: Key) -> CacheEntry | None:
        """What the cache has for this key, as it lies there; files that the node does not make are no part of it."""
        entry = self.cache.find(key.digest)
        if entry is None or (node.ttl_s is not None and entry.made_at + node.ttl_s < time.time()):
            return None
        return entry if all(globs_match(node.outputs, made.path) for made in entry.outputs) else None

    def _restore(self, node: Node, made: OutputFile) -> bool:
        self._within(node, made.path)
        try:
            return self.cache.fetch(made, self.root / made.path)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            refused = GateError(f"{made.path} could not be restored: {reason}", remedy="make room, or allow it")
            raise refused from problem

    # ---- afterwards

    def output_files(self, node: Node) -> tuple[OutputFile, ...]:
        """The files that a node made.

        Raises:
            GateError: its outputs are not there, or lead out of the project by a symbolic link.
        """
        for glob in () if node.optional_outputs else node.outputs:
            if not glob.startswith("!") and not self.tree.find([glob]):
                problem = f"{node.name} did not make {glob}"
                raise GateError(problem, remedy="correct the task's outputs, or have it make what it promises")
        paths = self.tree.find(node.outputs)
        for path in paths:
            self._within(node, path)
        return tuple(OutputFile(path, self.tree.digest(path), mode_of(self.root / path)) for path in paths)

    def _within(self, node: Node, path: str) -> None:
        """See that a file's folder is no way out of the project."""
        folder = os.path.realpath(os.path.dirname(self.root / path))  # noqa: PTH120
        if folder != str(self.root) and not folder.startswith(f"{self.root}{os.sep}"):
            problem = f"{path}, which {node.name} makes, lies outside of the project, behind a symbolic link"
            raise GateError(problem, facts={"folder": folder}, remedy="have it made below the root")

    def changed_input(self, node: Node, key: Key) -> str:
        """What is not as it was when the key was made, an input or what a tool tells; empty where all is."""
        for path, digest in key.inputs.items():
            if not self._has_digest(path, digest):
                return path
        return "what its tools tell" if self.basis.digest(node) != key.base else ""

    def _has_digest(self, path: str, digest: str) -> bool:
        try:
            return self.tree.digest(path) == digest
        except OSError:
            return False

    def remember_unkept(self, node: Node, why: str) -> None:
        """Remember why a node's result could not be kept."""
        self.journal.add("unkept", node.name, why)

    def record(self, node: Node, key: Key, entry: CacheEntry, gots: Sequence[str]) -> NodeResult:
        """Remember that the node is up to date now."""
        got = digest_of(entry.value, entry.outputs)
        shared = self.basis.of_task(node)
        if self.journal.last("task", shared.name) is None:
            self.journal.add("task", shared.name, dict(shared.parts))
        inputs, outputs = [self._row(path) for path in key.inputs], [self._row(one.path) for one in entry.outputs]
        digests = [*key.inputs.values(), *(one.digest for one in entry.outputs)]
        if [row[2] for row in (*inputs, *outputs)] == digests:  # else somebody changed one just now
            seconds = round(entry.seconds, 4)
            said = [entry.value, entry.log, entry.answer, seconds, round(entry.made_at, 3)]
            facts = [self.basis.digest(node), list(gots), got, *said, shared.name, inputs, outputs]
            self.journal.add(self._kind, node.name, facts)
        return NodeResult(got, entry.value, entry.log, entry.seconds, entry.answer)

    def _row(self, path: str) -> list[Any]:
        try:
            seen, digest = self.tree.stat_and_digest(path)
        except OSError:
            return [path, list(_NEVER), ""]
        return [path, list(seen), digest]

    def why(self, node: Node, key: Key, gots: Sequence[str]) -> str:
        """Why the node has to run: what changed since it last did."""
        last = self._last(node.name)
        if last is None:
            return str(self.journal.last("unkept", node.name) or "it has not run here yet")
        moved = _changes_text({path: digest for path, _, digest in last[_IN]}, key.inputs)
        if moved:
            return moved
        needs = zip(node.edges, gots, last[_NEEDS], strict=False)
        other = [need for need, now, before in needs if now != before]
        before = self.journal.last("task", last[_TASK]) or {}
        other += [part for part, now in self.basis.of_task(node).parts.items() if before.get(part) != now]
        if not other and last[_BASE] != self.basis.digest(node):
            other = ["its arguments, inputs or outputs"]
        return f"changed: {', '.join(other)}" if other else "its result is no longer in the cache"

    def _last(self, name: str) -> Any:
        """A node's last record; None when there is none that can be read."""
        last = self.journal.last(self._kind, name)
        return last if isinstance(last, list) and len(last) == _PLACES else None

    def _known_files(self) -> dict[str, tuple[Stat, str]]:
        """Path → stat and digest, as the last runs saw them."""
        self.read_ahead()
        known: dict[str, tuple[Stat, str]] = {}
        for name, _ in self.journal.of(self._kind):
            record = self._last(name) or [()] * _PLACES
            for path, seen, digest in (*record[_IN], *record[_OUT]):
                if seen[1]:
                    known[path] = (tuple(seen), digest)
        return known


def digest_of(value: str | None, outputs: tuple[OutputFile, ...] = ()) -> str:
    """Digest of a node's value and outputs; empty when the value can't be told."""
    if value is None:
        return ""
    if value == "null" and not outputs:
        return _NOTHING
    return _digest_of_parts({"": value, **{made.path: made.digest for made in outputs}})


def _digest_of_parts(parts: Mapping[str, str]) -> str:
    return content_digest(_ENCODER.encode(parts).encode())


_NOTHING = _digest_of_parts({"": "null"})
"""The digest of a node that neither makes files nor has a value, as most do."""


def _changes_text(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    changed = [path for path in now if path in before and before[path] != now[path]]
    new = [path for path in now if path not in before]
    gone = [path for path in before if path not in now]
    says = (("changed", changed), ("new", new), ("gone", gone))
    return "; ".join(f"{word}: {_first_three(paths)}" for word, paths in says if paths)


def _first_three(paths: list[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(paths[:3]) + more
