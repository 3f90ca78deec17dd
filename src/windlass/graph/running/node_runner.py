"""One node, done: looked up or run, tried again, its value and outputs taken down."""

from __future__ import annotations

import contextlib
import errno
import threading
import time
import traceback
from collections.abc import Mapping
from typing import Any

from invoke.exceptions import Failure, UnexpectedExit

from windlass.errors import CancelledError, GateError, WindlassError
from windlass.graph.body.context import NodeContext
from windlass.graph.body.file_locks import Locks
from windlass.graph.body.json_output import as_text
from windlass.graph.body.node_execution import Job
from windlass.graph.body.settings import Settings
from windlass.graph.caching.file_digests import is_glob
from windlass.graph.caching.output_owners import Claims
from windlass.graph.caching.result_serialization import decode_value, encode_value, return_type
from windlass.graph.caching.store import CacheEntry, OutputFile
from windlass.graph.caching.up_to_date import Key, NodeResult, UpToDate, digest_of
from windlass.graph.node import CACHED, DONE, ENDED, FAILED, LEFT, Node

_NOT_ITS_FAULT = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})
"""What happens to a body without being its mistake: it needs no traceback."""


class NodeRunner:
    """What the nodes of one run share: values that are known, errors that happened, why each ran.

    Attributes:
        errors: name → what its body raised.
        why: name → why it ran.
        results: name → what is known of a node that succeeded.
    """

    def __init__(
        self, check: UpToDate, settings: Settings, locks: Locks, claims: Claims, force: bool, remainder: str = ""
    ) -> None:
        self.errors: dict[str, BaseException] = {}
        self.why: dict[str, str] = {}
        self.results: dict[str, NodeResult] = {}
        self.check = check
        self._settings = settings
        self._locks = locks
        self._claims = claims
        self._force = force
        self._remainder = remainder
        self._objects: dict[str, Any] = {}
        self._lock = threading.Lock()

    def value(self, node: Node) -> Any:
        """The value of a node that succeeded, also when it was skipped."""
        with self._lock:
            if node.name not in self._objects:
                type_ = node.result if node.result is not None else return_type(node.code or node.body)
                self._objects[node.name] = decode_value(self.results[node.name].value or "null", type_, self.check.root)
            return self._objects[node.name]

    def need_digests(self, node: Node) -> tuple[str, ...]:
        """The digests of what it needs, in the order of its edges."""
        edges = node.edges
        return tuple([self.results[need].got for need in edges]) if edges else ()

    def quick(self, node: Node) -> bool:
        """Whether stats alone say that it is up to date."""
        if self._force or not node.cacheable:
            return False
        gots = self.need_digests(node)
        fact = None if "" in gots else self.check.quick(node, gots)
        if fact is not None:
            self.results[node.name] = fact
        return fact is not None

    def do(self, job: Job, nodes: Mapping[str, Node]) -> str:
        """Do a job; its state. Raises nothing: errors are kept and written to the job's output."""
        if job.is_ending:
            return LEFT
        with job.at_work():
            try:
                with self._locks.exclusive(job) if job.node.outputs else contextlib.nullcontext():
                    return self._do(job, nodes)
            except BaseException as problem:  # noqa: BLE001 - whatever a body raises is the node's failure
                if job.is_ending:
                    return ENDED
                self.errors[job.node.name] = problem
                again = len(nodes) == 1 and isinstance(problem, WindlassError)  # the run ends with these very words
                (job.output.note if again else job.output.write)(error_text(problem))
                return FAILED

    def _do(self, job: Job, nodes: Mapping[str, Node]) -> str:
        node = job.node
        gots = self.need_digests(node)
        key = self._key(node, gots)
        if key is not None and not self._force:
            entry = self.check.find(node, key)
            if entry is not None:
                self.results[node.name] = self.check.record(node, key, entry, gots)
                job.output.write(entry.log)
                return CACHED
        self._explain(node, key, gots)
        before = len(job.output.text)
        began = time.monotonic()
        value = self._run_with_retries(job, nodes)
        seconds = time.monotonic() - began
        text = encode_value(value, self.check.root)
        made = self._own_outputs(node)
        if key is None or text is None or self._input_changed(job, key):
            self._objects[node.name] = value
            self.results[node.name] = NodeResult(digest_of(text, made), text, seconds=seconds)
        else:
            log, answer = job.output.text[before:], as_text(job.answers[-1]) if job.answers else ""
            entry = CacheEntry(key.digest, node.name, text, made, log, time.time(), seconds, answer)
            self.check.cache.store(entry, self.check.root)
            self.results[node.name] = self.check.record(node, key, entry, gots)
        if key is not None and text is None:
            self.check.remember_unkept(node, "its value can't be written as JSON")
        return DONE

    def _own_outputs(self, node: Node) -> tuple[OutputFile, ...]:
        """What it made, which nobody else makes."""
        made = self.check.output_files(node) if node.outputs else ()
        if any(map(is_glob, node.outputs)):
            for one in made:
                self._claims.refuse_second_owner(node.name, one.path)
        return made

    def _input_changed(self, job: Job, key: Key) -> bool:
        """Whether an input changed meanwhile: nobody knows what the result was made from, so it is not kept."""
        path = self.check.changed_input(job.node, key)
        if path:
            job.output.write(f"{path} changed while {job.node.name} ran: it will run again next time\n")
            self.check.remember_unkept(job.node, f"{path} changed while it ran")
        return bool(path)

    def _key(self, node: Node, gots: tuple[str, ...]) -> Key | None:
        """What the node's result depends on; None where it is to run every time."""
        return self.check.key(node, gots) if node.cacheable and "" not in gots else None

    def _explain(self, node: Node, key: Key | None, gots: tuple[str, ...]) -> None:
        if self._force:
            self.why[node.name] = "--force"
        elif key is not None:
            self.why[node.name] = self.check.why(node, key, gots)
        elif node.always:
            self.why[node.name] = node.always
        else:
            untold = node.edges[gots.index("")]
            self.why[node.name] = f"the value of {untold} can't be compared"

    def _run_with_retries(self, job: Job, nodes: Mapping[str, Node]) -> Any:
        """The body's value, after as many attempts as the node has."""
        for left in range(job.node.retries, -1, -1):
            try:
                return self._call_body(job, nodes)
            except Exception as problem:
                if not left or job.is_ending:
                    raise
                job.output.write(f"{error_text(problem).rstrip()}\ntrying again, {left} left\n")
        raise AssertionError("unreachable")

    def _call_body(self, job: Job, nodes: Mapping[str, Node]) -> Any:
        node = job.node
        given = {
            parameter: self.value(nodes[names])
            if isinstance(names, str)
            else tuple(self.value(nodes[name]) for name in names)
            for parameter, names in node.values.items()
        }
        config, commands = self._settings.take(node.name)
        context = NodeContext(config, job, self.check.root, commands, self._remainder)
        try:
            return node.body(context, **given, **node.args)
        finally:
            self.check.basis.tool_texts.forget()
            self._settings.give_back(node.name, config)


def error_text(problem: BaseException) -> str:
    """An error as its node's output shows it: ours whole, a command's in a line, others with where they come from."""
    if isinstance(problem, UnexpectedExit):
        return _command(problem)
    if isinstance(problem, (WindlassError, Failure)):
        return f"{problem}\n"
    if isinstance(problem, OSError) and problem.errno in _NOT_ITS_FAULT:
        return f"{problem.strerror}{f': {problem.filename}' if problem.filename else ''}\n"
    return "".join(traceback.format_exception(type(problem), problem, _below(problem)))


def _below(problem: BaseException) -> Any:
    """The traceback from the body on: our own frames say nothing to whoever wrote it."""
    frame = problem.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename == __file__:
        frame = frame.tb_next
    return frame or problem.__traceback__


def _command(problem: UnexpectedExit) -> str:
    result = problem.result
    said = "".join(getattr(result, stream) for stream in ("stdout", "stderr") if stream in result.hide)
    code = f"exited with {result.exited}" if result.exited >= 0 else f"was ended by signal {-result.exited}"
    return f"{said}{'' if not said or said.endswith(chr(10)) else chr(10)}{code}: {result.command}\n"


def as_error(problem: BaseException, name: str, said: Mapping[str, str]) -> WindlassError:
    """A node's failure as an error of ours: its own where it raised one; else with what it said, name → text."""
    if isinstance(problem, WindlassError) and not isinstance(problem, CancelledError):
        return problem
    return GateError(f"{name} failed", facts=said or {"it said": str(problem) or type(problem).__name__})
