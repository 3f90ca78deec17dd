"""From tasks to nodes: needs followed, arguments normalised, a matrix spread, `pre` and `post` honoured."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from invoke.tasks import Call, Task

from windlass.errors import GraphError
from windlass.graph.declare.arguments import Axes, defaults, node_name, task_and_arguments, with_defaults
from windlass.graph.declare.tasks import GraphTask, Need
from windlass.graph.node import Node
from windlass.graph.order import cycle_error


def plan(
    calls: Iterable[tuple[Task[Any], Mapping[str, Any]]],
    *,
    tasks: Mapping[str, Task[Any]] | None = None,
    root: Path | None = None,
) -> tuple[Node, ...]:
    """The nodes of these tasks and of all that they need, needs first.

    Args:
        calls: tasks with their arguments, as the command line gives them.
        tasks: the collection's tasks by their full name: names the nodes and resolves needs given as text.
        root: the project's root, given to matrices that are functions.

    Raises:
        GraphError: an unknown need, a cycle (its path is shown), or arguments that do not fit.
    """
    return plan_calls(calls, tasks=tasks, root=root).nodes


class PlannedNodes(NamedTuple):
    """Nodes, and which of them each call asked for.

    Attributes:
        asked: for each call, in order, the names of its nodes (several for a matrix).
    """

    nodes: tuple[Node, ...]
    asked: tuple[tuple[str, ...], ...]


def plan_calls(
    calls: Iterable[tuple[Task[Any], Mapping[str, Any]]],
    *,
    tasks: Mapping[str, Task[Any]] | None = None,
    root: Path | None = None,
    axes: Axes | None = None,
) -> PlannedNodes:
    """As `plan`, and which nodes each call asked for.

    Tasks that are Invoke's own (not declared by windlass) keep their place in the order of the calls.

    Args:
        axes: the values of matrices, where some were asked for before.
    """
    planner = Planner(tasks or {}, axes or Axes(root or Path.cwd()))
    asked: list[tuple[str, ...]] = []
    barrier: tuple[str, ...] = ()
    for task, args in calls:
        before = barrier if isinstance(task, GraphTask) else tuple(itertools.chain(*asked))
        names = planner.visit(task, args, before)
        asked.append(names)
        barrier = barrier if isinstance(task, GraphTask) else (*before, *names)
    return PlannedNodes(tuple(planner.nodes.values()), tuple(asked))


@dataclass
class _Frame:
    """A call whose needs are being visited.

    Attributes:
        usual: its parameters' defaults, as text.
        several: its value, to a need, is the tuple of all cells' values.
        before: nodes that everything first met below this call waits for.
        todo: what is left to visit: how it is needed (`pre`, `need`, or `=parameter`) and the other call.
    """

    task: Task[Any]
    cells: list[tuple[str, dict[str, Any]]]
    several: bool
    before: tuple[str, ...]
    todo: Iterator[tuple[str, Task[Any], Mapping[str, Any]]]
    usual: str
    needs: list[str] = field(default_factory=list)
    pre: list[str] = field(default_factory=list)
    values: dict[str, str | tuple[str, ...]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.cells)

    def add_child(self, how: str, child: _Frame) -> None:
        """The call that is needed in this way has its nodes now."""
        if how in {"pre", "need"}:
            (self.pre if how == "pre" else self.needs).extend(child.names)
        else:
            self.values[how[1:]] = child.names if child.several else child.names[0]


class Planner:
    """Depth first without recursion: a long chain is no problem, and a cycle is an error with its path."""

    def __init__(self, tasks: Mapping[str, Task[Any]], axes: Axes) -> None:
        self.nodes: dict[str, Node] = {}
        self._axes = axes
        self._tasks = tasks
        self._names = {id(task.body): name for name, task in reversed(list(tasks.items()))}
        self._owner: dict[str, int] = {}

    def visit(self, task: Task[Any], args: Mapping[str, Any], before: tuple[str, ...]) -> tuple[str, ...]:
        """Plan one call, what it needs, and what comes after it; the names of its own nodes."""
        asked = self._frame(task, args, before)
        later = self._descend(asked)
        while later:
            later.extend(self._descend(later.pop(0)))
        return asked.names

    def _descend(self, first: _Frame) -> list[_Frame]:
        """Make the nodes of a call and of all that it needs; what their `post` asks for comes back."""
        later: list[_Frame] = []
        stack: list[tuple[str, _Frame]] = [("", first)]
        while stack:
            how, frame = stack[-1]
            known = set(frame.names) <= self.nodes.keys()
            step = None if known else next(frame.todo, None)
            if step is not None:
                stack.append((step[0], self._child(stack, frame, *step)))
                continue
            stack.pop()
            if not known:
                self._make(frame)
                later.extend(self._post_calls(frame))
            if stack:
                stack[-1][1].add_child(how, frame)
        return later

    def _child(
        self,
        stack: list[tuple[str, _Frame]],
        frame: _Frame,
        how: str,
        task: Task[Any],
        args: Mapping[str, Any],
    ) -> _Frame:
        child = self._frame(task, args, (*frame.before, *(frame.pre if how == "pre" else ())))
        path = [one.names for _, one in stack]
        if child.names in path:
            loop = [*path[path.index(child.names) :], child.names]
            raise cycle_error(tuple(names[0] for names in loop))
        return child

    def _post_calls(self, frame: _Frame) -> Iterator[_Frame]:
        """The calls of the task's `post`: each waits for the task and for those before it."""
        before = frame.names
        for one in frame.task.post:
            child = self._frame(*task_and_arguments(one), before)
            before = (*before, *child.names)
            yield child

    def _frame(self, task: Task[Any], args: Mapping[str, Any], before: tuple[str, ...]) -> _Frame:
        name = self.name(task)
        usual = defaults(task)
        given = with_defaults(name, task, usual, args)
        axes = task.matrix if isinstance(task, GraphTask) else {}
        plain = {one: value for one, value in usual.items() if one not in axes}  # a matrix's are always shown
        cells = [(node_name(name, plain, one), one) for one in self._cells(name, axes, given)]
        several = any(given.get(axis) is None for axis in axes)
        return _Frame(task, cells, several, before, self.edges(task), repr(usual))

    def cells(self, task: Task[Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The arguments of each node of a call."""
        return [given for _, given in self._frame(task, args, ()).cells]

    def name(self, task: Task[Any]) -> str:
        """A task's full name."""
        known = self._names.get(id(task.body))
        if known is None:
            known = str(task.name)
            if self._owner.setdefault(known, id(task.body)) != id(task.body):
                known = f"{task.__module__}.{known}"
            self._names[id(task.body)] = known
        self._owner.setdefault(known, id(task.body))
        return known

    def edges(self, task: Task[Any]) -> Iterator[tuple[str, Task[Any], Mapping[str, Any]]]:
        """What a task needs: how (`pre`, `need`, or `=parameter`), the other task, and its arguments."""
        for one in task.pre:
            yield ("pre", *task_and_arguments(one))
        if isinstance(task, GraphTask):
            for need in task.needs:
                yield ("need", *self._resolve(task, need))
            for parameter, value in task.values.items():
                yield ("=" + parameter, *self._resolve(task, value))

    def _resolve(self, task: Task[Any], need: Task[Any] | Need | Call | str) -> tuple[Task[Any], Mapping[str, Any]]:
        if isinstance(need, Task):
            return need, {}
        if isinstance(need, Call):
            return task_and_arguments(need)
        wanted, args = (need.task, need.args) if isinstance(need, Need) else (need, {})
        if isinstance(wanted, str):
            beside = getattr(sys.modules.get(task.__module__), wanted.replace("-", "_"), None)
            found = self._tasks.get(wanted) or (beside if isinstance(beside, Task) else None)
            if found is None:
                raise self._unknown_need_error(task, wanted)
            wanted = found
        if not isinstance(wanted, Task):
            raise GraphError(f"{task.name} needs {wanted!r}, which is no task", remedy="decorate it with @task")
        return wanted, args

    def _unknown_need_error(self, task: Task[Any], wanted: str) -> GraphError:
        import difflib

        close = difflib.get_close_matches(wanted, self._tasks, 1)
        return GraphError(
            f"{self.name(task)} needs {wanted}, which is not there",
            remedy=f"did you mean {close[0]}?" if close else "correct the name, or add that task",
        )

    def _cells(self, name: str, axes: Mapping[str, Any], given: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not axes:
            yield given
            return
        choices = [
            self._choices(name, axis, self._axes.values(values), given.get(axis)) for axis, values in axes.items()
        ]
        for picked in itertools.product(*choices):
            yield {**given, **dict(zip(axes, picked, strict=True))}

    def _choices(self, name: str, axis: str, values: Any, given: Any) -> Sequence[Any]:
        all_values = self._axes.values(values)
        if given is None:
            return all_values
        chosen = [value for value in all_values if str(value) == str(given)]
        if not chosen:
            known = ", ".join(map(str, all_values))
            raise GraphError(f"{name} has no {axis} {given}", facts={axis: known}, remedy="choose one of these")
        return chosen

    def _make(self, frame: _Frame) -> None:
        needs = tuple(dict.fromkeys((*frame.pre, *frame.needs, *frame.before)))
        if not needs or not set(needs) & set(frame.names):
            first = _node(frame, needs)
            self.nodes.update(_cells(first, frame.cells))
            return
        for name, args in frame.cells:  # a task that a later call of the same command line waits for
            first = _node(frame, tuple(need for need in needs if need != name))
            self.nodes.update(_cells(first, [(name, args)]))


def _node(frame: _Frame, needs: tuple[str, ...]) -> Node:
    """A task's node without arguments; its globs still name them."""
    task = frame.task
    if not isinstance(task, GraphTask):
        return Node("", task, needs=needs, code=task.body)
    return Node(
        "",
        task.body,
        needs=needs,
        values=frame.values,
        effect=task.effect,
        inputs=task.inputs,
        outputs=task.outputs,
        optional_outputs=task.optional_outputs,
        env=task.env,
        tools=task.tools,
        pool=task.pool,
        timeout_s=task.timeout_s,
        retries=task.retries,
        ttl_s=task.ttl_s,
        family=repr((task.inputs, task.outputs, frame.usual)),
    )


def _cells(node: Node, cells: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, Node]]:
    """The node with each cell's arguments, also in its globs."""
    named = any("{" in glob for glob in (*node.inputs, *node.outputs))
    for name, args in cells:
        if named:
            yield (
                name,
                node.cell(
                    name, args, _fill_in_globs(name, node.inputs, args), _fill_in_globs(name, node.outputs, args)
                ),
            )
        else:
            yield name, node.cell(name, args, node.inputs, node.outputs)


def _fill_in_globs(name: str, globs: tuple[str, ...], args: Mapping[str, Any]) -> tuple[str, ...]:
    """Globs with the arguments that they name filled in."""
    try:
        return tuple([glob.format_map(args) for glob in globs])
    except (KeyError, ValueError, IndexError) as bad:
        problem = f"a glob of {name} names an argument that it does not have: {bad}"
        raise GraphError(problem, remedy="see its inputs and outputs") from bad
