"""The scheduler on a crew without threads and processes: readiness, bounds, cascade, endings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.graph import Node
from windlass.graph.node import CACHED, DONE, ENDED, FAILED, LEFT
from windlass.graph.order import graph
from windlass.graph.running.scheduler import NodeEnd, RunRules, Scheduler, Stop


@dataclass
class Crew:
    """Ends nodes one by one, in the order that `pick` says; time passes only while it waits.

    Attributes:
        fails: nodes that fail.
        cached: nodes that need no work.
        deaf: nodes that do not end when told, nor when killed.
        met: node → what had ended when it began.
    """

    fails: frozenset[str] = frozenset()
    cached: frozenset[str] = frozenset()
    deaf: frozenset[str] = frozenset()
    hang: frozenset[str] = frozenset()
    pick: list[int] = field(default_factory=list)
    stops: list[tuple[int, Stop]] = field(default_factory=list)
    now: float = 0.0
    running: list[str] = field(default_factory=list)
    began: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    killed: list[str] = field(default_factory=list)
    beside: list[tuple[str, ...]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    met: dict[str, tuple[str, ...]] = field(default_factory=dict)
    most: int = 0
    pools: dict[str, int] = field(default_factory=dict)
    events: int = 0
    woken: int = 0
    then: Callable[[NodeEnd], None] = lambda ended: None

    def clock(self) -> float:
        return self.now

    def quick(self, node: Node) -> NodeEnd | None:
        if node.name not in self.cached:
            return None
        self.met[node.name] = tuple(self.ended)
        self.ended.append(node.name)
        return NodeEnd(node.name, CACHED)

    def start(self, node: Node, then: Callable[[NodeEnd], None]) -> None:
        self.then = then
        self.met[node.name] = tuple(self.ended)
        self.running.append(node.name)
        self.began.append(node.name)
        self.beside.append(tuple(self.running))
        self.most = max(self.most, len(self.running))

    def wait(self, timeout_s: float | None) -> Stop | None:
        self.events += 1
        for at, stop in self.stops:
            if at == self.events:
                return stop
        ready = [name for name in self.running if name not in self.hang or name in self.told]
        ready = [name for name in ready if name not in self.deaf]
        if not ready:
            assert timeout_s is not None, "would wait for ever"
            self.now += timeout_s
            return None
        name = ready[(self.pick.pop() if self.pick else 0) % len(ready)]
        self.running.remove(name)
        self.ended.append(name)
        self.then(NodeEnd(name, FAILED if name in self.fails or name in self.told else DONE))
        return None

    def wake(self) -> None:
        self.woken += 1

    def tell_to_end(self, name: str, reason: str) -> None:
        self.told[name] = reason

    def kill(self, name: str) -> None:
        self.killed.append(name)


def nodes(edges: dict[str, tuple[str, ...]], **options: str) -> list[Node]:
    return [
        Node(name, body=lambda c: None, needs=needs, pool=options.get(name, "cpu")) for name, needs in edges.items()
    ]


def schedule(
    edges: dict[str, tuple[str, ...]], crew: Crew, jobs: int = 2, keep_going: bool = False, **pools: str
) -> dict[str, str]:
    scheduler = Scheduler(
        graph(nodes(edges, **pools)), crew, RunRules(jobs=jobs, keep_going=keep_going), {}, crew.clock
    )
    return scheduler.run()


@st.composite
def acyclic(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    size = draw(st.integers(0, 12))
    return {
        f"n{i}": tuple(f"n{j}" for j in draw(st.sets(st.integers(0, i - 1), max_size=4))) if i else ()
        for i in range(size)
    }


PICKS = st.lists(st.integers(0, 20), max_size=20)


@given(acyclic(), PICKS, st.integers(1, 4), st.sets(st.integers(0, 11)))
def test_every_node_runs_once_after_its_needs_and_never_more_than_jobs_side_by_side(
    edges: dict[str, tuple[str, ...]], pick: list[int], jobs: int, cached: set[int]
) -> None:
    crew = Crew(pick=pick, cached=frozenset(f"n{i}" for i in cached))
    states = schedule(edges, crew, jobs)
    assert {name for name, state in states.items() if state == DONE} == set(edges) - crew.cached
    assert sorted(crew.began) == sorted(set(edges) - crew.cached)
    assert crew.most <= jobs
    for name, needs in edges.items():
        assert set(needs) <= set(crew.met[name])


@given(acyclic(), PICKS, st.integers(1, 4))
def test_no_hand_is_idle_while_a_node_could_run(edges: dict[str, tuple[str, ...]], pick: list[int], jobs: int) -> None:
    """Whenever a node ended, as many run as there are jobs, or all of those whose needs have ended."""
    waited: list[tuple[frozenset[str], frozenset[str]]] = []

    class Watched(Crew):
        def wait(self, timeout_s: float | None) -> Stop | None:
            waited.append((frozenset(self.running), frozenset(self.ended)))
            return super().wait(timeout_s)

    crew = Watched(pick=pick)
    schedule(edges, crew, jobs)
    for running, ended in waited:
        could = {name for name, needs in edges.items() if set(needs) <= ended and name not in ended}
        assert len(running) == min(jobs, len(could))


@given(
    acyclic(),
    PICKS,
    st.integers(1, 3),
    st.lists(st.sampled_from(["cpu", "net", "docker", "exclusive", "console"]), min_size=12, max_size=12),
)
def test_pools_are_never_overfull_and_what_must_be_alone_is(
    edges: dict[str, tuple[str, ...]], pick: list[int], jobs: int, pools: list[str]
) -> None:
    named = {f"n{i}": pool for i, pool in enumerate(pools)}
    crew = Crew(pick=pick)
    checked = graph([Node(name, body=lambda c: None, needs=needs, pool=named[name]) for name, needs in edges.items()])
    states = Scheduler(checked, crew, RunRules(jobs=jobs), {}, crew.clock).run()
    assert set(states.values()) <= {DONE}
    for beside in crew.beside:
        used = [named[name] for name in beside]
        assert used.count("docker") <= 2
        assert used.count("cpu") <= jobs
        assert len(used) == 1 or not {"exclusive", "console"} & set(used)


@given(acyclic(), PICKS, st.sets(st.integers(0, 11), min_size=1))
def test_with_keep_going_exactly_what_depends_on_a_failure_is_left(
    edges: dict[str, tuple[str, ...]], pick: list[int], fails: set[int]
) -> None:
    crew = Crew(pick=pick, fails=frozenset(f"n{i}" for i in fails))
    states = schedule(edges, crew, keep_going=True)
    checked = graph(nodes(edges))
    below = {one for name in crew.fails if name in edges for one in checked.below(name)}
    for name, state in states.items():
        assert state == (LEFT if name in below else FAILED if name in crew.fails else DONE)


@given(acyclic(), PICKS, st.sets(st.integers(0, 11), min_size=1))
def test_after_a_failure_nothing_starts_and_all_that_ran_was_told(
    edges: dict[str, tuple[str, ...]], pick: list[int], fails: set[int]
) -> None:
    crew = Crew(pick=pick, fails=frozenset(f"n{i}" for i in fails))
    states = schedule(edges, crew, jobs=3)
    failed = [name for name, state in states.items() if state == FAILED]
    assert len(failed) <= 1
    ended = {name for name, state in states.items() if state == ENDED}
    assert ended == set(crew.told)
    assert not crew.running


def test_the_node_with_the_longest_way_to_go_starts_first() -> None:
    crew = Crew()
    checked = graph(nodes({"short": (), "long": ()}))
    Scheduler(checked, crew, RunRules(jobs=1), {"short": 1.0, "long": 9.0}, crew.clock).run()
    assert crew.began == ["long", "short"]


def test_a_node_that_must_be_alone_is_alone() -> None:
    crew = Crew()
    schedule({"a": (), "bench": (), "b": (), "after": ("bench",)}, crew, jobs=3, bench="exclusive")
    assert [beside for beside in crew.beside if "bench" in beside] == [("bench",)]


def test_pools_bound_their_own_nodes() -> None:
    crew = Crew()
    checked = graph(nodes({f"n{i}": () for i in range(9)}, **{f"n{i}": "docker" for i in range(9)}))
    Scheduler(checked, crew, RunRules(jobs=8), {}, crew.clock).run()
    assert crew.most == 2


def test_a_node_past_its_deadline_is_told_then_killed_then_left_behind() -> None:
    crew = Crew(deaf=frozenset({"slow"}))
    slow = Node("slow", body=lambda c: None, timeout_s=5.0)
    scheduler = Scheduler(graph([slow]), crew, RunRules(grace_s=1.0, patience_s=2.0), {}, crew.clock)
    assert scheduler.run() == {"slow": FAILED}
    assert crew.told == {"slow": "it did not finish within 5 s"}
    assert crew.killed == ["slow"]
    assert crew.now == 8.0
    assert scheduler.stopped == "slow failed"


def test_a_signal_ends_what_runs_and_leaves_the_rest() -> None:
    crew = Crew(hang=frozenset({"a", "b"}), stops=[(1, Stop("Ctrl-C"))])
    assert schedule({"a": (), "b": (), "c": ("a",)}, crew) == {"a": ENDED, "b": ENDED, "c": LEFT}
    assert crew.told == {"a": "Ctrl-C", "b": "Ctrl-C"}


def test_a_second_signal_kills_without_grace() -> None:
    crew = Crew(deaf=frozenset({"a"}), stops=[(1, Stop("Ctrl-C")), (2, Stop("Ctrl-C", at_once=True))])
    assert schedule({"a": ()}, crew) == {"a": ENDED}
    assert crew.killed == ["a"]
    assert crew.now == 0.5  # patience only


def test_who_waits_is_woken_when_a_deadline_comes_nearer_and_when_all_is_over() -> None:
    woken: list[int] = []

    class Watched(Crew):
        def wait(self, timeout_s: float | None) -> Stop | None:
            stop = super().wait(timeout_s)
            woken.append(self.woken)
            return stop

    crew = Watched()
    first, plain, timed, last = (
        Node(name, body=lambda c: None, needs=needs, timeout_s=timeout_s)
        for name, needs, timeout_s in (("a", (), None), ("b", ("a",), None), ("c", ("b",), 9.0), ("d", ("c",), None))
    )
    Scheduler(graph([first, plain, timed, last]), crew, RunRules(), {}, crew.clock).run()
    assert woken == [0, 1, 1, 2]


def test_who_ended_a_node_starts_one_and_leaves_the_rest_to_who_waits() -> None:
    began: list[tuple[str, ...]] = []

    class Watched(Crew):
        def wait(self, timeout_s: float | None) -> Stop | None:
            stop = super().wait(timeout_s)
            began.append(tuple(self.began))
            return stop

    crew = Watched(cached=frozenset({"b", "c"}))
    edges: dict[str, tuple[str, ...]] = {"a": (), "b": ("a",), "c": ("b",), "d": ("a",), "e": ("a",)}
    assert set(schedule(edges, crew, jobs=4).values()) == {DONE, CACHED}
    assert began[0] == ("a",), "`b` was looked at, and that is enough"
    assert crew.woken >= 1
    assert set(crew.began) == {"a", "d", "e"}


def test_what_nobody_expected_ends_the_run_and_nothing_starts_any_more() -> None:
    class Broken(Crew):
        def quick(self, node: Node) -> NodeEnd | None:
            if node.name == "bad":
                raise RuntimeError("odd")
            return super().quick(node)

    crew = Broken()
    scheduler = Scheduler(
        graph(nodes({"a": (), "bad": ("a",), "b": (), "c": ("b",)})), crew, RunRules(), {}, crew.clock
    )
    with pytest.raises(RuntimeError, match="odd"):
        scheduler.run()
    before = list(crew.began)
    crew.then(NodeEnd("b", DONE))
    assert crew.began == before


def test_a_problem_in_the_work_itself_ends_the_run_also_when_it_was_the_last() -> None:
    class Broken(Crew):
        def wait(self, timeout_s: float | None) -> Stop | None:
            self.then(NodeEnd("only", FAILED, RuntimeError("odd")))
            return None

    crew = Broken()
    with pytest.raises(RuntimeError, match="odd"):
        schedule({"only": ()}, crew)


def test_a_node_that_ended_in_time_is_not_late_because_it_had_to_wait_for_its_turn() -> None:
    class Slow(Crew):
        """The thread that ended `timed` comes to its turn only after the deadline was looked at."""

        def wait(self, timeout_s: float | None) -> Stop | None:
            if self.now:
                self.then(NodeEnd("timed", DONE))
            scheduler._over.add("timed")
            self.now += 9.0
            return None

    crew = Slow()
    scheduler = Scheduler(graph([Node("timed", lambda c: None, timeout_s=5.0)]), crew, RunRules(), {}, crew.clock)
    assert scheduler.run() == {"timed": DONE}
    assert not crew.told


def test_a_node_whose_time_was_over_before_it_began_failed() -> None:
    class Late(Crew):
        def wait(self, timeout_s: float | None) -> Stop | None:
            if not self.told:
                self.now += 9.0
                return None
            self.then(NodeEnd("timed", LEFT))
            return None

    crew = Late()
    scheduler = Scheduler(graph([Node("timed", lambda c: None, timeout_s=5.0)]), crew, RunRules(), {}, crew.clock)
    assert scheduler.run() == {"timed": FAILED}
