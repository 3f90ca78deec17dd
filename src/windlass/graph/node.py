"""What the graph runs: a node is one task with one set of arguments. A value, safe to show and to compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Tool = str | Callable[..., str]
"""A command, or a function that tells what a result depends on."""


@dataclass(frozen=True, eq=False)
class Node:
    """One piece of work.

    Attributes:
        name: unique in its graph: `unit[python=3.11]`.
        body: `body(c, **values_and_args) -> value`; `c` is an Invoke Context that starts in the run's root.
        needs: names of nodes that must have succeeded, beyond those of `values`.
        values: parameter of the body → the node whose value it gets (or several nodes: a tuple of values).
        effect: changes something outside the working directory: never cached, always run.
        inputs: globs of files below the root that the body reads (`!glob` leaves out); they decide whether it
            is up to date. A node without inputs and outputs always runs.
        outputs: globs of files below the root that it makes; kept in the cache, restored when gone.
        optional_outputs: whether it may make none of them, where the project wants none.
        env: names of environment variables that its result depends on.
        tools: commands whose version its result depends on; and functions that tell, as text, what it depends on that
            is no file of the project. A function is given what it takes of `root` and the node's arguments, by name.
        args: parameter of the body → value; must encode to JSON where the node is cached.
        pool: what bounds it: `cpu`, `net`, `docker`, `exclusive` (alone), `console` (alone,
            with the terminal).
        timeout_s: seconds after which it and all its programs are ended; None for none.
        retries: how often it is tried again after a failure.
        ttl_s: seconds for which a cached result serves; None for ever.
        result: the type of its value, for reading it back; None where that is found from the annotation.
        code: the function whose code decides whether it is up to date; `body` when None.
        about: one line for people.
        family: text that stands, with the name, for inputs, outputs and args: a matrix's cells share one, so that
            ten thousand of them are told apart by their names alone. Empty: those are looked at themselves.
    """

    name: str
    body: Callable[..., Any]
    needs: tuple[str, ...] = ()
    values: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    effect: bool = False
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    optional_outputs: bool = False
    env: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    args: Mapping[str, Any] = field(default_factory=dict)
    pool: str = "cpu"
    timeout_s: float | None = None
    retries: int = 0
    ttl_s: float | None = None
    result: Any = None
    code: Callable[..., Any] | None = None
    about: str = ""
    family: str = ""

    def cell(self, name: str, args: Mapping[str, Any], inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Node:
        """The same node but for these: one cell of a matrix; ten thousand of them are made in no time."""
        twin = object.__new__(Node)
        twin.__dict__.update(self.__dict__, name=name, args=args, inputs=inputs, outputs=outputs)
        return twin

    @property
    def cacheable(self) -> bool:
        """Whether an equal earlier run can stand in for this one."""
        return not self.effect and bool(self.inputs or self.outputs)

    @property
    def always(self) -> str:
        """Why it runs every time; empty where an equal earlier run can stand in."""
        if self.cacheable:
            return ""
        return "it is an effect" if self.effect else "it has no inputs or outputs"

    @property
    def edges(self) -> tuple[str, ...]:
        """Every node that must have succeeded, without repeats, in order."""
        if not self.values:
            return tuple(dict.fromkeys(self.needs)) if len(self.needs) > 1 else tuple(self.needs)
        given: list[str] = list(self.needs)
        for names in self.values.values():
            given.extend((names,) if isinstance(names, str) else names)
        return tuple(dict.fromkeys(given))


DONE, CACHED, FAILED, ENDED, LEFT = "done", "cached", "failed", "ended", "left"
"""How a node ended: ran; was up to date; failed; was ended by the run; was never started."""


class NodeReport(NamedTuple):
    """How one node went.

    Attributes:
        start_s, end_s: seconds since the run began.
        state: `done` (ran), `cached` (was up to date), `failed`, `ended` (by the run), `left` (not
            started).
        why: for `done`, why it was not up to date; for the rest, what there is to say; one line.
        log: path of the file that holds its output; empty when it wrote nothing.
    """

    name: str
    start_s: float
    end_s: float
    state: str
    why: str = ""
    log: str = ""
