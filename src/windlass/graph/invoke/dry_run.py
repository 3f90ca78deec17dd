"""What a run would do, told without doing it: `--dry-run`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from windlass.errors import GateError
from windlass.graph.caching.up_to_date import UpToDate, digest_of
from windlass.graph.node import CACHED, Node
from windlass.graph.order import graph
from windlass.printable_text import printable

RUNS, DEPENDS = "runs", "depends"


@dataclass(frozen=True)
class Outlook:
    """What a node would do.

    Attributes:
        state: `cached` (up to date), `runs`, or `depends` (on what a node that runs before it makes).
        why: why it runs, or what it depends on; one line.
    """

    name: str
    state: str
    why: str = ""


def outlook(nodes: Iterable[Node], check: UpToDate, force: bool = False) -> tuple[Outlook, ...]:
    """What each node would do, needs first.

    Args:
        force: everything is to run, up to date or not.

    Raises:
        GraphError: the nodes do not form a graph that can run.
    """
    checked = graph(nodes)
    gots: dict[str, str] = {}  # of what is up to date: the digest of its value and outputs
    return tuple(_outlook_of(checked.nodes[name], check, gots, force) for name in checked.topological)


def _outlook_of(node: Node, check: UpToDate, gots: dict[str, str], force: bool) -> Outlook:
    always = "--force" if force else node.always
    if always:
        return Outlook(node.name, RUNS, always)
    open_ = [need for need in node.edges if not gots.get(need)]
    if open_:
        return Outlook(node.name, DEPENDS, f"on {', '.join(open_)}")
    mine = [gots[need] for need in node.edges]
    try:
        got, why = _looked_up(node, check, mine)
    except GateError as missing:
        return Outlook(node.name, RUNS, missing.problem)
    if got:
        gots[node.name] = got
        return Outlook(node.name, CACHED)
    return Outlook(node.name, RUNS, why)


def _looked_up(node: Node, check: UpToDate, gots: Sequence[str]) -> tuple[str, str]:
    """The digest of a result that would serve, or why none does."""
    fact = check.quick(node, gots)
    if fact is not None:
        return fact.got, ""
    key = check.key(node, gots)
    entry = check.entry(node, key)
    return (digest_of(entry.value, entry.outputs), "") if entry is not None else ("", check.why(node, key, gots))


def lines(found: Sequence[Outlook]) -> Iterator[str]:
    """What a person reads."""
    words = {CACHED: "up to date", RUNS: "runs", DEPENDS: "depends"}
    width = min(max((len(printable(one.name)) for one in found), default=0), 48)
    for one in found:
        join = " " if one.state == DEPENDS else ": "
        why = f"{join}{printable(one.why)}" if one.why else ""
        yield f"{printable(one.name):<{width}}  {words[one.state]}{why}\n"


def open_up_to_date(root: Path, home: Path) -> UpToDate:
    """The project's state as the last runs left it."""
    from windlass.graph.caching.journal import NAME, Journal
    from windlass.graph.caching.store import Cache

    return UpToDate(root.resolve(), Journal(home / NAME), Cache(home / "cache"))
