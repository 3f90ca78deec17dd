"""Making every channel hold a release: a plan's changes become nodes of the one graph, phase first, then needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from windlass.channels import published_before
from windlass.channels.protocol import Channel
from windlass.errors import ConflictError, CredentialError
from windlass.graph import Node, Report
from windlass.graph.running.run import attempt
from windlass.model import Change, Phase, Receipt, Release, Reversal, State
from windlass.release.ledger import Ledger, Record
from windlass.release.ledger.writer import LedgerWriter

T = TypeVar("T")

POINT_OF_NO_RETURN = "point of no return"
_CONTENT = (Phase.SEAL, Phase.RESERVE, Phase.PUBLISH)
_LASTING = frozenset({Reversal.PERSON, Reversal.NONE, Reversal.SUPERSEDED})


def refuse_conflicts(changes: Iterable[Change]) -> None:
    """Content that differs stops a release before it touches anything; floating names may differ, they are moved.

    Raises:
        ConflictError: a channel holds other bytes under a name of this release.
    """
    differing = [change for change in changes if change.state is State.DIFFERS and change.phase in _CONTENT]
    if differing:
        raise ConflictError(
            f"{len(differing)} of this release's names hold other bytes; nothing was touched",
            facts={change.key: f"there {change.there}, here {change.here}" for change in differing},
            remedy="release a new version; what was published under a name stays",
        )


def refuse_missing(channels: Iterable[Channel]) -> None:
    """A secret that is not there stops a release before it touches anything.

    Raises:
        CredentialError: some are missing: all are named.
    """
    missing = [what for channel in channels for what in channel.missing()]
    if missing:
        facts = {f"missing {number}": what for number, what in enumerate(missing, 1)}
        raise CredentialError(
            "a credential is missing; nothing was touched", facts=facts, remedy="set it, and run again"
        )


def irreversible(changes: Sequence[Change]) -> Change | None:
    """The first effect that can't be undone: the point of no return lies before it. None when all is done already."""
    to_do = sorted((c for c in changes if c.state is not State.SAME), key=lambda change: change.phase.order)
    published = [c for c in to_do if c.phase is Phase.PUBLISH and c.reversal in _LASTING]
    order = [
        c
        for reversal in (Reversal.PERSON, Reversal.NONE, Reversal.SUPERSEDED)
        for c in published
        if c.reversal is reversal
    ]
    return next(iter(order), next((c for c in to_do if c.phase is Phase.RESERVE), None))


class Convergence:
    """The nodes that make channels hold a release.

    Attributes:
        tag: the release's tag, whose ledger every receipt goes to.
        channels: by name.
        check: called before every effect; raises when the lock was lost.
        say: prints a line.
    """

    def __init__(
        self,
        tag: str,
        channels: Iterable[Channel],
        ledger: Ledger,
        check: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self.tag = tag
        self.channels = {channel.name: channel for channel in channels}
        self._writer = LedgerWriter(ledger, tag)
        self._check = check
        self._say = say

    def run(self, changes: Sequence[Change], *, root: Path, home: Path, last: Sequence[Record] = ()) -> Report:
        """Do every change, verify it, and record both; a failure of a node is in the report.

        Args:
            root: the project's root.
            home: the `.windlass` folder.
            last: what is recorded with the last of it, once all is done and verified.

        Raises:
            WindlassError: all is done, and that could not be recorded.
        """
        try:
            report = attempt(self._nodes(changes), root=root, home=home)
            if report.error is None:
                self._writer.hand_over(*last)
                self._writer.settle()
        finally:
            self._writer.close()
        return report

    def _nodes(self, changes: Sequence[Change]) -> tuple[Node, ...]:
        """Every change as a node, the verification of each, and the barriers between the phases.

        Order: seal, reserve, content that can be undone and its verification, the point of no return, content that
        can't, verification of all, floating names, their verification.
        """
        nodes: list[Node] = []
        before: tuple[str, ...] = ()
        phases = [phase for phase in Phase if any(change.phase is phase for change in changes)]
        for phase in phases:
            here = [change for change in changes if change.phase is phase]
            made = self._phase(here, before, irreversible(changes))
            nodes += made
            before = (f"{phase.value}: all verified",)
            nodes.append(self._barrier(before[0], [node.name for node in made], last=phase is phases[-1]))
        return tuple(nodes)

    def _phase(self, changes: Sequence[Change], before: tuple[str, ...], last: Change | None) -> list[Node]:
        nodes: list[Node] = []
        gated = [c for c in changes if last is not None and c.phase is last.phase and c.reversal in _LASTING]
        free = [change for change in changes if change not in gated]
        if gated and last is not None:
            needs = (*before, *(_verify_node_name(change) for change in free))
            nodes.append(self._announce(last, needs))
        for change in changes:
            needs = (POINT_OF_NO_RETURN,) if change in gated else before
            earlier = [_verify_node_name(other) for other in changes if other.channel in self._comes_after(change)]
            asked = [key for key in change.needs if any(key == other.key for other in changes)]
            if change.phase is Phase.RETRACT and change.reversal is Reversal.PERSON:
                nodes.append(self._ask_node(change, needs))
                continue
            nodes.append(self._do_node(change, (*needs, *earlier, *asked)))
            nodes.append(self._verify_node(change))
        return nodes

    def _comes_after(self, change: Change) -> tuple[str, ...]:
        return published_before(change.channel) if change.phase is Phase.PUBLISH else ()

    def _announce(self, last: Change, needs: Iterable[str]) -> Node:
        def body(_c: object, **_values: Any) -> None:
            self._writer.settle()
            self._say(f"point of no return: {last.key} can't be undone ({last.reversal.value})")

        return Node(POINT_OF_NO_RETURN, body, needs=tuple(needs), effect=True, pool="net")

    def _do_node(self, change: Change, needs: Iterable[str]) -> Node:
        def body(_c: object, **_values: Any) -> Receipt:
            self._check()
            self._writer.check()
            receipt = change.receipt() if change.state is State.SAME else self.channels[change.channel].do(change)
            self._writer.hand_over(Record("receipt", change.key, receipt=receipt))
            return receipt

        return Node(change.key, body, needs=tuple(dict.fromkeys(needs)), effect=True, pool="net", result=Receipt)

    def _ask_node(self, change: Change, needs: Iterable[str]) -> Node:
        def body(_c: object, **_values: Any) -> None:
            if change.state is State.SAME:
                return
            self._say(f"for a person to do: {change.what}: {change.url}")
            self._writer.hand_over(Record("asked", change.key, receipt=change.receipt()))

        return Node(change.key, body, needs=tuple(needs), effect=True, pool="net")

    def _verify_node(self, change: Change) -> Node:
        def body(_c: object, receipt: Receipt) -> None:
            self.channels[change.channel].verify(receipt)
            self._writer.hand_over(Record("verified", change.key, receipt=receipt))

        return Node(_verify_node_name(change), body, values={"receipt": change.key}, effect=True, pool="net")

    def _barrier(self, name: str, needs: Iterable[str], *, last: bool) -> Node:
        """Between two phases: all that was done is in the ledger. After the last one, the run itself sees to that."""

        def body(_c: object, **_values: Any) -> None:
            if not last:
                self._writer.settle()

        return Node(name, body, needs=tuple(needs), effect=True, pool="net")


def _verify_node_name(change: Change) -> str:
    return f"verify {change.key}"


def side_by_side(channels: Iterable[Channel], look: Callable[[Channel], T]) -> tuple[T, ...]:
    """What each channel says to a look, in their order; all are asked at once, since answers are mostly waited for."""
    asked = tuple(channels)
    with ThreadPoolExecutor(max(len(asked), 1), thread_name_prefix="look") as threads:
        return tuple(threads.map(look, asked))


def plan(channels: Iterable[Channel], release: Release) -> tuple[Change, ...]:
    """What every channel would do, in the order of phases."""
    changes = [change for own in side_by_side(channels, lambda channel: channel.plan(release)) for change in own]
    return tuple(sorted(changes, key=lambda change: change.phase.order))


def by_channel(changes: Iterable[Change]) -> Mapping[str, tuple[Change, ...]]:
    """The changes of each channel, in their order."""
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.channel, []).append(change)
    return {name: tuple(own) for name, own in grouped.items()}
