"""Declaring work: Invoke's `@task` with needs, inputs and outputs; `need()` for another task's value."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar, cast, overload

from invoke.exceptions import Exit
from invoke.parser.argument import Argument
from invoke.tasks import Call, Task

from windlass.errors import GraphError, UsageError
from windlass.graph.node import Tool

P = ParamSpec("P")
R = TypeVar("R")
W = TypeVar("W")

FLAGS: Mapping[str, tuple[type, Any, str]] = {
    "jobs": (int, None, "How many nodes may run side by side; one for each core by default."),
    "keep_going": (bool, False, "After a failure, finish what does not depend on it."),
    "force": (bool, False, "Run everything, up to date or not."),
    "explain": (bool, False, "Say of every node why it runs."),
    "dry_run": (bool, False, "Show what would run, and run nothing."),
}
"""Flags of the run, added to every graph task that has none of that name: name → kind, default, help."""
_JSON = "Print the result as JSON, alone on standard output."


class Need(NamedTuple):
    """An edge to another task, and its arguments; made by `need`.

    Attributes:
        task: the task, or its name in the collection (for one that is declared further down).
        args: the other task's arguments.
    """

    task: Task[Any] | str
    args: Mapping[str, Any] = MappingProxyType({})


@overload
def need(other: GraphTask[P, R], **args: Any) -> R: ...
@overload
def need(other: Task[Any] | str, **args: Any) -> Any: ...
def need(other: Any, **args: Any) -> Any:
    """A parameter's default that means: run `other` first, and give me its value.

    The command line does not show it. Of a matrix task that is not pinned to one cell, it is the tuple of all
    cells' values.
    """
    return Need(other, args)


def each(other: GraphTask[P, R], **args: Any) -> tuple[R, ...]:
    """`need` of a matrix task, typed as what it is: the tuple of its cells' values."""
    return cast("tuple[R, ...]", Need(other, args))


class GraphTask(Task[Any], Generic[P, R]):
    """An Invoke task that is part of a graph. Made by `@task`.

    Called as a function, it runs its body only.
    """

    def __init__(
        self,
        body: Callable[..., R],
        *,
        needs: Sequence[Task[Any] | Need | str] = (),
        inputs: Iterable[str] = (),
        outputs: Iterable[str] = (),
        optional_outputs: bool = False,
        env: Iterable[str] = (),
        tools: Iterable[Tool] = (),
        matrix: Mapping[str, Iterable[Any] | Callable[..., Iterable[Any]]] | None = None,
        effect: bool = False,
        timeout_s: float | None = None,
        retries: int = 0,
        ttl_s: float | None = None,
        pool: str = "cpu",
        json: bool | str = False,
        **invoke_options: Any,
    ) -> None:
        """See `windlass.graph.node.Node` for what each means.

        Args:
            json: it has the option `--json`, which prints what the task returns, or gives `answer`; a text is its help.
        """
        self.needs = tuple(needs)
        self.inputs = _words("inputs", inputs)
        self.outputs = _words("outputs", outputs)
        self.optional_outputs = optional_outputs
        self.env = _words("env", env)
        self.tools = _words("tools", tools)
        self.matrix = dict(matrix or {})
        self.effect = effect
        self.timeout_s = timeout_s
        self.retries = retries
        self.ttl_s = ttl_s
        self.pool = pool
        self.json = _JSON if json is True else json or ""
        super().__init__(body, **invoke_options)

    def __deepcopy__(self, memo: object) -> GraphTask[P, R]:
        """A copy whose help can be used up (Invoke does both); what it needs is shared."""
        twin = copy(self)
        twin.help = dict(self.help)
        return twin

    @property
    def values(self) -> dict[str, Need]:
        """Parameter → the need whose value it gets."""
        parameters = inspect.signature(self.body).parameters.values()
        return {one.name: one.default for one in parameters if isinstance(one.default, Need)}

    def argspec(self, body: Callable[..., Any]) -> inspect.Signature:
        """The parameters that the command line shows: no needs; a matrix's as options (absent: all cells)."""
        whole = super().argspec(body)
        if self.json and "json" in whole.parameters:
            name = getattr(body, "__name__", "a task")
            raise GraphError(
                f"{name} has the option --json, and takes a parameter json too",
                remedy="take the parameter out: a task gives its JSON whether or not it was asked for",
            )
        shown = [
            one.replace(default=None) if one.name in self.matrix else one
            for one in whole.parameters.values()
            if not isinstance(one.default, Need)
        ]
        unknown = set(self.matrix) - set(whole.parameters)
        if unknown:
            name = getattr(body, "__name__", "a task")
            raise GraphError(
                f"the matrix of {name} names {', '.join(sorted(unknown))}, which {name} does not take",
                remedy="add that parameter, or take it out of the matrix",
            )
        shown.sort(key=lambda one: (one.kind, one.default is not inspect.Parameter.empty))
        return whole.replace(parameters=shown)

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Invoke's, plus `--json` where the task has it, plus the run's flags where it has none of that name."""
        own = super().get_arguments(ignore_unknown_help)
        taken = {name for argument in own for name in (*argument.names, argument.name)}
        if self.json:
            letters = [letter for letter in "json" if letter not in taken] if self.auto_shortflags else []
            own.append(Flag(names=("json", *letters[:1]), kind=bool, default=False, help=self.json))
        return [*own, *(_flag(name) for name in FLAGS if not {name, name.replace("_", "-")} & taken)]

    def split(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the command line gave: the task's own arguments; and the run's flags, with `json` where it has that."""
        own = self.argspec(self.body).parameters
        added = {*FLAGS, "json"} if self.json else FLAGS.keys()
        flags = {name: value for name, value in given.items() if name in added and name not in own}
        return {name: value for name, value in given.items() if name not in flags}, flags

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the body only.

        Raises:
            TypeError: a value that a need would give was not passed.
        """
        bound = inspect.signature(self.body).bind(*args, **kwargs)
        bound.apply_defaults()
        missing = [name for name, value in bound.arguments.items() if isinstance(value, Need)]
        if missing:
            raise TypeError(f"{self.name} called as a function runs its body only: pass {', '.join(missing)}")
        return cast("R", super().__call__(*args, **kwargs))


def _words(option: str, given: Iterable[W]) -> tuple[W, ...]:
    if isinstance(given, str):
        raise GraphError(f"{option}={given!r} is one string", remedy=f"write {option}=[{given!r}]")
    return tuple(given)


class Flag(Argument):
    """A flag of the run; Invoke copies every argument of every task, and nothing in these needs more than a copy."""

    def __deepcopy__(self, memo: object) -> Argument:
        """A copy whose value is its own."""
        return copy(self)


class Count(Flag):
    """A number from 1; for anything else Invoke itself would show a traceback."""

    def set_value(self, value: Any, cast: bool = True) -> None:
        """As Invoke's.

        Raises:
            Exit: it is no such number.
        """
        if cast and not (str(value).isdecimal() and int(value) > 0):
            option = f"--{self.name}"
            problem = UsageError(f"{option} takes a number from 1, and {value} is none", remedy="correct it")
            raise Exit(str(problem), code=problem.exit_code)
        super().set_value(value, cast)


def _flag(name: str) -> Argument:
    kind, default, help_ = FLAGS[name]
    dashed = name.replace("_", "-")
    attr_name = name if dashed != name else None  # Invoke recurses for ever when both are the same
    made = Count if kind is int else Flag
    return made(names=(dashed,), kind=kind, default=default, help=help_, attr_name=attr_name)


class AskedCalls(NamedTuple):
    """What a command line asks for.

    Attributes:
        own: each task with its own arguments.
        flags: the run's: one that any task was given holds for the run.
        json: for each call, whether it is to be answered as JSON; a task may also take `json` as its own parameter.
    """

    own: list[tuple[Task[Any], dict[str, Any]]]
    flags: dict[str, Any]
    json: list[bool]


def split(calls: list[Call]) -> AskedCalls:
    """The calls of a command line, with what they were given told apart."""
    whole = {name: default for name, (_, default, _) in FLAGS.items()}
    own: list[tuple[Task[Any], dict[str, Any]]] = []
    json: list[bool] = []
    for call in calls:
        args = {**dict(zip(call.task.argspec(call.task.body).parameters, call.args, strict=False)), **call.kwargs}
        flags: dict[str, Any] = {}
        if isinstance(call.task, GraphTask):
            args, flags = call.task.split(args)
        json.append(flags.pop("json", args.get("json")) is True)
        whole.update({name: value for name, value in flags.items() if value is not None and value is not False})
        own.append((call.task, args))
    if whole["jobs"] is None and os.environ.get("WINDLASS_JOBS", "").isdigit():
        whole["jobs"] = int(os.environ["WINDLASS_JOBS"])
    return AskedCalls(own, whole, json)
