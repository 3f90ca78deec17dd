"""How a run went, as a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from windlass.errors import CancelledError, GateError, WindlassError
from windlass.graph.node import CACHED, DONE, NodeReport

if TYPE_CHECKING:
    from windlass.graph.node import Node
    from windlass.graph.order import Graph


class Report(NamedTuple):
    """How a run went.

    Attributes:
        values: node → its value, for every node that succeeded, the skipped ones included.
        nodes: how each node went, in the order in which they ended.
        wall_s: seconds from beginning to end.
        critical_path: the nodes that bounded it.
        critical_path_s: seconds that they took.
        errors: node → what went wrong there.
        answers: node → what its body gave `answer`.
        stuck: nodes whose bodies did not return although they were ended.
        stopped: why the run ended early; empty when it did not.
        signal: the signal that ended it, or 0.
        unkept: why results could not be kept for the next run; None when they were.
    """

    values: Mapping[str, Any]
    nodes: tuple[NodeReport, ...]
    wall_s: float
    critical_path: tuple[str, ...]
    critical_path_s: float
    errors: Mapping[str, WindlassError] = MappingProxyType({})
    answers: Mapping[str, Any] = MappingProxyType({})
    stuck: tuple[str, ...] = ()
    stopped: str = ""
    signal: int = 0
    unkept: WindlassError | None = None

    @property
    def ok(self) -> bool:
        """Whether every node succeeded."""
        return all(node.state in {DONE, CACHED} for node in self.nodes)

    @property
    def error(self) -> WindlassError | None:
        """What the run failed with: a node's own error where one failed, or a GateError that names them all."""
        if self.stopped and not self.errors:
            return CancelledError(f"the run was ended: {self.stopped}")
        if len(self.errors) < 2:
            return next(iter(self.errors.values()), None)
        facts = {name: str(error) for name, error in self.errors.items()}
        return GateError(f"{len(facts)} nodes failed: {', '.join(facts)}", facts=facts)


class HasValues(Protocol):
    """Who ran the nodes, and can read back what they gave."""

    @property
    def results(self) -> Mapping[str, Any]:
        """Node → what is known of it, for every node that succeeded."""
        ...

    def value(self, node: Node) -> Any:
        """A node's value."""
        ...


class Values(Mapping[str, Any]):
    """Node → value; read back only when asked for."""

    def __init__(self, work: HasValues, checked: Graph) -> None:
        self._work = work
        self._nodes = checked.nodes

    def __getitem__(self, name: str) -> Any:
        if name not in self._work.results:
            raise KeyError(name)
        return self._work.value(self._nodes[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._work.results)

    def __len__(self) -> int:
        return len(self._work.results)


class RunRecord(NamedTuple):
    """A run, and those inside its nodes.

    Attributes:
        began: when, in seconds of the monotonic clock; the report's times are counted from there.
        report: how it went.
        needs: node → the nodes that it needed.
        inside: node → the runs that its body made.
    """

    began: float
    report: Report
    needs: Mapping[str, tuple[str, ...]]
    inside: Mapping[str, Sequence[RunRecord]] = MappingProxyType({})
