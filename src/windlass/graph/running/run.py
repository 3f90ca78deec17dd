"""Running a graph: checked, scheduled, shown, journaled; failures as errors that name the nodes."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Required, TypedDict, Unpack

from invoke.config import Config

from windlass.digest import text_key
from windlass.errors import GateError, WindlassError
from windlass.graph.body.file_locks import Locks
from windlass.graph.body.json_output import decode_answers
from windlass.graph.body.node_execution import Job, current
from windlass.graph.body.output import Output, route_streams
from windlass.graph.body.settings import Settings, of_one
from windlass.graph.caching.journal import NAME, Journal
from windlass.graph.caching.output_owners import checked_claims
from windlass.graph.caching.store import Cache
from windlass.graph.caching.up_to_date import UpToDate
from windlass.graph.display import chrome_trace
from windlass.graph.display.plain import Plain
from windlass.graph.display.view import View
from windlass.graph.display.view_choice import view_on
from windlass.graph.node import CACHED, DONE, ENDED, FAILED, Node, NodeReport
from windlass.graph.order import Graph, critical_path, graph, remaining
from windlass.graph.report import Report, RunRecord, Values
from windlass.graph.running.node_runner import NodeRunner, as_error
from windlass.graph.running.scheduler import NodeEnd, RunRules, Scheduler, Stop
from windlass.graph.running.signals import end_on_signals
from windlass.graph.running.threads import Threads

_LONG = 180
_MANY = 1000
"""Nodes from which on the journal is read at once."""
_ODD = re.compile(r"[^\w.=,+@\[\]-]")


class RunOptions(TypedDict, total=False):
    """How nodes are run.

    Attributes:
        root: where bodies start, and what inputs and outputs are told from; its place does not count for keys.
        home: the `.windlass` folder: journal, cache and logs.
        jobs: how many run side by side; one for each core when None.
        keep_going: after a failure, finish what does not depend on it, and return instead of raising.
        force: run everything, up to date or not.
        view: who is told; text on standard output when None.
        config: Invoke's settings for bodies.
        remainder: what stood after `--` on the command line.
    """

    root: Required[Path]
    home: Required[Path]
    jobs: int | None
    keep_going: bool
    force: bool
    view: View | None
    config: Config | Settings | None
    remainder: str


def run(nodes: Iterable[Node], **options: Unpack[RunOptions]) -> Report:
    """Run nodes, needs first, side by side where they can be.

    Inside a node's body this is a run of its own, shown in that node's output, that ends when that node is ended.

    Args:
        nodes: all of them; needs name others of them.
        options: `root` and `home`, and whatever else of `RunOptions`.

    Raises:
        GraphError: the nodes do not form a graph that can run; nothing was run.
        GateError: a node failed; another WindlassError where its body raised one.
        CancelledError: the run was ended by a signal, or with the node that it is part of.
    """
    report = attempt(nodes, **options)
    if report.error is not None and (not options.get("keep_going") or report.stopped):
        raise report.error
    return report


def attempt(
    nodes: Iterable[Node],
    *,
    journal: Journal | None = None,
    keep: Callable[[Graph, NodeRunner], None] | None = None,
    **options: Unpack[RunOptions],
) -> Report:
    """As `run`, but failures are in the report and none is raised.

    Args:
        journal: an open one; it is closed when the run ends. That of `home` when None.
        keep: called when every node was up to date, before anything is told.

    Raises:
        GraphError: the nodes do not form a graph that can run; nothing was run.
    """
    checked = graph(nodes)
    root, home, config = options["root"].resolve(), options["home"], options.get("config")
    claims = checked_claims(checked, root)
    journal = journal or Journal(home / NAME)
    try:
        work = NodeRunner(
            UpToDate(root, journal, Cache(home / "cache")),
            config if isinstance(config, Settings) else of_one(config),
            Locks(home / "locks", root),
            claims,
            options.get("force", False),
            options.get("remainder", ""),
        )
        jobs = max(options.get("jobs") or cores(), 1)
        rules = RunRules(jobs=jobs, keep_going=options.get("keep_going", False))
        view = options.get("view") or view_here()
        try:
            return _Run(checked, work, rules, view, home, journal).report(keep)
        finally:
            view.close()
    finally:
        journal.close()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def view_here(whole: bool = False) -> View:
    """Where a run is shown: in the words of the node that it is part of, or where that node has the console.

    Args:
        whole: text shows a node's words when it has ended, never while it writes.
    """
    outer = current()
    if outer is None:
        return view_on(sys.stdout, whole=whole)
    stream = outer.output.stream
    return view_on(stream, whole=whole) if stream else Plain(outer.output.write, whole=whole)


class _Run:
    """One run, from the first node to the report."""

    def __init__(
        self, checked: Graph, work: NodeRunner, rules: RunRules, view: View, home: Path, journal: Journal
    ) -> None:
        self._graph = checked
        self._work = work
        self._view = view
        self._home = home
        self._logs = home / "logs"
        self._journal = journal
        self._outer = current()
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._starts: dict[str, float] = {}
        self._reports: dict[str, NodeReport] = {}
        self._crew = Threads(self._do, self._quick, self._output, self._outer)
        self._rules = rules
        self._stopped = ""

    def report(self, keep: Callable[[Graph, NodeRunner], None] | None) -> Report:
        """Run, and tell how it went."""
        self._view.on_plan({name: node.pool for name, node in self._graph.nodes.items()}, self._reports)
        if self._outer is not None:
            outer = self._outer
            outer.on_end(lambda: self._crew.stop(Stop(f"{outer.node.name} was ended")))
        settled = self._up_to_date_nodes()
        if len(settled) == len(self._graph.nodes):
            if keep is not None:
                keep(self._graph, self._work)
            return self._end(dict.fromkeys(settled, CACHED), (), 0)
        from windlass.graph.body.pty import left_as_found

        with left_as_found(), route_streams(), end_on_signals(self._crew.stop) as first:
            try:
                scheduler = Scheduler(
                    self._graph, self._crew, self._rules, self._ranks(settled), time.monotonic, settled
                )
                states = scheduler.run()
            finally:
                stuck = self._crew.close()
        self._stopped = scheduler.stopped
        return self._end(states, tuple(stuck), first.signal)

    def _up_to_date_nodes(self) -> set[str]:
        """The nodes that are up to date together with all that they need: told in one sweep, without a scheduler."""
        settled: set[str] = set()
        if len(self._graph.nodes) > _MANY:
            self._work.check.read_ahead()
        nodes, needs = self._graph.nodes, self._graph.needs
        for name in self._graph.topological:
            if settled.issuperset(needs[name]) and self._quick(nodes[name]) is not None:
                settled.add(name)
        return settled

    def _ranks(self, settled: set[str]) -> dict[str, float]:
        """The longest remaining path of what is left to do, by past durations."""
        past = {name: self._work.check.seconds(name) for name in self._graph.nodes if name not in settled}
        return remaining(self._graph, {name: seconds for name, seconds in past.items() if seconds is not None})

    def _end(self, states: Mapping[str, str], stuck: tuple[str, ...], signal: int) -> Report:
        wall_s = self._now()
        for name, state in states.items():
            if name not in self._reports:
                end_s = wall_s if name in self._starts else 0.0
                self._reports[name] = NodeReport(name, self._starts.get(name, end_s), end_s, state)
            elif state != self._reports[name].state:  # ended by its own deadline: that is a failure
                self._reports[name] = self._reports[name]._replace(state=state)
        reports = tuple(self._reports[name] for name in states)
        took = {one.name: one.end_s - one.start_s for one in reports}
        path = critical_path(self._graph, took) if any(took.values()) else ()
        errors = self._errors(states)
        answers = decode_answers({name: fact.answer for name, fact in self._work.results.items() if fact.answer})
        answers.update({name: job.answers[-1] for name, job in self._crew.jobs.items() if job.answers})
        unkept = self._unkept_error()
        report = Report(
            Values(self._work, self._graph), reports, wall_s, path, sum(took[name] for name in path),
            errors, answers, stuck, self._stopped, signal, unkept,
        )  # fmt: skip
        self._trace(report)
        with self._lock:
            self._view.on_end(report)
        if unkept is not None:
            sys.stderr.write(f"{unkept}\n")
        return report

    def _trace(self, report: Report) -> None:
        """Written by the outermost run, with what ran inside its nodes."""
        inside = {name: job.runs for name, job in self._crew.jobs.items() if job.runs}
        ran = RunRecord(self._began, report, self._graph.needs, inside)
        if self._outer is None:
            chrome_trace.write(self._home, ran)
        else:
            self._outer.runs.append(ran)

    def _unkept_error(self) -> WindlassError | None:
        why = self._journal.broken or self._work.check.cache.broken
        if not why:
            return None
        facts = {"folder": self._home, "why": why}
        remedy = "make room there, or allow writing; until then it is done again each time"
        return WindlassError("what was done can't be kept for the next run", facts=facts, remedy=remedy)

    def _errors(self, states: Mapping[str, str]) -> dict[str, WindlassError]:
        """Node → what went wrong there; a deadline that passed included."""
        raised = self._work.errors
        failed = [*raised, *(name for name, state in states.items() if state == FAILED and name not in raised)]
        return {name: self._error(name) for name in failed}

    def _error(self, name: str) -> WindlassError:
        job = self._crew.jobs[name]
        said = job.output.error_facts()
        if name in self._work.errors:
            return as_error(self._work.errors[name], name, said)
        problem = f"{name} {job.reason.removeprefix('it ')}"
        return GateError(problem, facts=said, remedy="see why it hangs, or give it a longer timeout_s")

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _quick(self, node: Node) -> NodeEnd | None:
        if not self._work.quick(node):
            return None
        now = self._now()
        log = self._work.results[node.name].log
        report = NodeReport(node.name, now, now, CACHED)
        self._reports[node.name] = report
        if log or self._view.explain:
            with self._lock:
                self._view.on_finish(report, log)
        return NodeEnd(node.name, CACHED)

    def _output(self, node: Node) -> Output:
        log = self._logs / f"{file_name(node.name)}.log"
        console = self._has_console(node)
        stream = self._view.stream if console else None
        name = node.name
        return Output(
            log, lambda text: self._show_output(name, text), name, console, stream, lambda text: self._at(name, text)
        )

    def _has_console(self, node: Node) -> bool:
        """Whether it has the terminal for itself: it was declared so, or there is nothing else that could use it."""
        if self._outer is not None and not self._outer.output.console:
            return False
        if node.pool == "console":
            return True
        alone = self._outer is None and len(self._graph.nodes) == 1
        return alone and not node.cacheable and self._view.stream is not None

    def _show_output(self, name: str, text: str) -> None:
        with self._lock:
            self._view.on_output(name, text)

    def _at(self, name: str, text: str) -> None:
        with self._lock:
            self._view.progress(name, text)

    def _do(self, job: Job) -> str:
        name = job.node.name
        start_s = self._starts[name] = self._now()
        with self._lock:
            self._view.on_start(name)
        state = self._work.do(job, self._graph.nodes)
        end_s = self._now()
        if state == DONE and not job.node.cacheable:
            self._work.check.remember_seconds(name, end_s - start_s)
        why = job.reason if state == ENDED else self._work.why.get(name, "") if state == DONE else ""
        log = str(job.output.log) if job.output.text and job.output.log else ""
        report = NodeReport(name, start_s, end_s, state, why, log)
        with self._lock:
            self._reports[name] = report
            self._view.on_finish(report, job.output.text)
        return state


def file_name(name: str) -> str:
    """A node's name as a file's: what a file can't be called is written as `%2F`; no two nodes share one."""
    plain = _ODD.sub(lambda odd: "".join(f"%{byte:02X}" for byte in odd.group().encode()), name)
    return plain if len(plain) < _LONG else f"{plain[:_LONG]}-{text_key(name)[:8]}"
