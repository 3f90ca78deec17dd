"""A command line of which every node was up to date, and the files that said so: while none of them moved, it is
answered from here, and neither planned nor looked up node by node. It saves time and nothing else.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from invoke.tasks import Task

import windlass
from windlass.atomic_write import write_whole
from windlass.digest import text_key
from windlass.graph.body.json_output import decode_answers
from windlass.graph.caching.file_digests import Tree, stat_of
from windlass.graph.caching.fingerprint import FORM, MACHINE
from windlass.graph.caching.journal import NAME
from windlass.graph.caching.source_code import outline, search_folders
from windlass.graph.caching.tool_stamps import ToolTexts, asked_for, tool_stamp
from windlass.graph.declare.arguments import Axes, defaults, task_and_arguments
from windlass.graph.declare.tasks import GraphTask
from windlass.graph.declare.tasks_to_nodes import Planner
from windlass.graph.display import chrome_trace
from windlass.graph.node import CACHED, NodeReport
from windlass.graph.report import Report, RunRecord

if TYPE_CHECKING:
    from windlass.graph.display.view import View
    from windlass.graph.order import Graph
    from windlass.graph.running.node_runner import NodeRunner

FOLDER = "memos"
_KEPT = 16
"""How many command lines are remembered."""
_UNUSABLE = (OSError, ValueError, KeyError, TypeError, OverflowError)


class Memo(NamedTuple):
    """What was up to date.

    Attributes:
        names: every node's.
        asked: for each call of the command line, the names of its nodes.
        logs: node → what it wrote, where it wrote something.
        values: node → its value as JSON text, of those that were asked for; absent where it is `null`.
        answers: node → what it gave `answer` as JSON text, where it gave something.
    """

    names: Sequence[str]
    asked: Sequence[Sequence[str]]
    logs: Mapping[str, str]
    values: Mapping[str, str]
    answers: Mapping[str, str]

    def replay(self, view: View, home: Path, values: Mapping[str, Any], began: float) -> Report:
        """Show the run again, and tell how it went; `began` by the monotonic clock."""
        reports = {name: NodeReport(name, 0.0, 0.0, CACHED) for name in self.names}
        try:
            view.on_plan(dict.fromkeys(self.names, "cpu"), reports)
            for name, log in self.logs.items():
                view.on_finish(reports[name], log)
            wall_s, answers = time.monotonic() - began, decode_answers(self.answers)
            report = Report(values, tuple(reports.values()), wall_s, (), 0.0, answers=answers)
            chrome_trace.write(home, RunRecord(began, report, {}))
            view.on_end(report)
        finally:
            view.close()
        return report


class MemoValues(Mapping[str, Any]):
    """Node → its value, of those that a command line asked for; read back only when asked for."""

    def __init__(self, memo: Memo, tasks: Mapping[str, Task[Any]], root: Path) -> None:
        """`tasks`: node → its task."""
        self._memo = memo
        self._tasks = tasks
        self._root = root

    def __getitem__(self, name: str) -> Any:
        from windlass.graph.caching.result_serialization import decode_value, return_type

        return decode_value(self._memo.values.get(name, "null"), return_type(self._tasks[name].body), self._root)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)


class Memos:
    """The memo of one command line, by its `question`.

    Everything that the nodes rest on is compared by its stat, as git does it: inputs, outputs, sources, the folders in
    which a module could appear, and the journal, so that whatever another run found counts; globs are looked up again.
    """

    def __init__(self, home: Path, root: Path, question: str) -> None:
        """`home`: the `.windlass` folder; `root`: what paths are told from."""
        self.question = question
        self._file = home / FOLDER / f"{question[:32]}.memo"
        self._journal = str(home / NAME)
        self._root = root
        self._began_ns = time.time_ns()

    def find(self) -> Memo | None:
        """What was up to date, if all that it rests on is as it was."""
        try:
            text, _, seen = self._file.read_bytes().partition(b"\n")
            says, tree = json.loads(text), Tree(self._root)
            unmoved = (
                tuple(says["journal"]) == stat_of(self._journal)
                and (says["until"] is None or time.time() < says["until"])
                and says["sources"] == {path: list(stat_of(path) or ()) for path in says["sources"]}
                and says["folders"] == {path: _changed_ns(path) for path in says["folders"]}
                and array("q", seen) == _numbers(map(tree.stat, says["paths"]))
                and all(tree.find(globs) == paths for globs, paths in says["globs"])
            )
            return Memo(*[says[field] for field in Memo._fields]) if unmoved else None
        except _UNUSABLE:  # none, a damaged one, or a file is gone: then it is planned
            return None

    def keep(self, asked: Sequence[Sequence[str]], graph: Graph, work: NodeRunner) -> None:
        """Remember a run whose nodes were all up to date; not where something moved too lately to be sure of it."""
        check, facts = work.check, work.results
        found = [check.evidence(graph.nodes[name]) for name in graph.topological]
        seen = {row[0]: row[1] for rows, _ in found for row in rows}
        meanings = {globs: paths for _, own in found for globs, paths in own}
        sources = check.basis.sources
        homes = {path: _changed_ns(path) for path in sorted({*search_folders(), *sources.looked})}
        stat = check.journal.stat()
        too_late = any(at >= self._began_ns for at in homes.values()) or not all(one[1] for one in seen.values())
        if too_late or stat is None:
            return
        says = {
            "until": check.until(graph.nodes.values()),
            "journal": stat,
            "sources": sources.stamps,
            "folders": homes,
            "paths": list(seen),
            "globs": list(meanings.items()),
            "names": graph.topological,
            "asked": asked,
            "logs": {name: fact.log for name, fact in facts.items() if fact.log},
            "answers": {name: fact.answer for name, fact in facts.items() if fact.answer},
            "values": {name: facts[name].value for names in asked for name in names if facts[name].value != "null"},
        }
        with contextlib.suppress(OSError, OverflowError):  # where it can't be written, the next run takes longer
            self._write(json.dumps(says).encode() + b"\n" + _numbers(seen.values()).tobytes())

    def _write(self, content: bytes) -> None:
        """Whole or not at all; the oldest beyond so many go."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        for old in sorted(self._file.parent.iterdir(), key=_changed_ns, reverse=True)[_KEPT - 1 :]:
            old.unlink(missing_ok=True)
        write_whole(self._file, content)


def _numbers(stats: Iterable[Sequence[int] | None]) -> array[int]:
    """Stats one after the other; of a file that is gone, nothing."""
    numbers = array("q")
    for stat in stats:
        numbers.extend(stat or ())
    return numbers


def _changed_ns(path: str | Path) -> int:
    """When a folder or file was last changed; 0 where it is not there."""
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


_PLAIN = frozenset({str, int, bool, float, type(None), range})


class UntoldError(Exception):
    """It can't be told without planning: something always runs, or is given by a value that has no plain text."""


def question(
    calls: Sequence[tuple[Task[Any], Mapping[str, Any]]],
    tasks: Mapping[str, Task[Any]],
    root: Path,
    axes: Axes,
    texts: ToolTexts,
) -> str:
    """Digest of what these calls ask: the same as long as the same nodes would be planned, with the same bodies.

    Args:
        calls, tasks, root, axes: as `planner.plan_calls` takes them.
        texts: what the functions among tools tell.

    Raises:
        UntoldError: it can't be told so.
        GraphError: a need is not there; ToolMissingError: a tool is not.
    """
    planner = Planner(tasks, axes)
    parts: list[str] = [FORM, MACHINE, windlass.__version__, str(root), *search_folders()]
    seen: set[str] = set()
    asking: dict[str, tuple[Task[Any], Mapping[str, Any]]] = {}
    todo: list[tuple[str, str, Task[Any], Mapping[str, Any]]] = [("", "asked", task, args) for task, args in calls]
    for above, how, task, args in todo:
        name = planner.name(task)
        call = repr((name, _stable_text(dict(args))))
        parts.append(repr((above, how, call)))
        asking.setdefault(call, (task, args))
        if name not in seen:
            seen.add(name)
            parts.append(_task(task, axes, root))
            todo.extend((name, *edge) for edge in planner.edges(task))
            todo.extend((name, "post", *task_and_arguments(one)) for one in task.post)
    for task, args in asking.values():  # now that it is known that all of it can be told
        parts.append(repr(_outside(planner, task, args, texts)))
    return text_key("\n".join(parts))


def _task(task: Task[Any], axes: Axes, root: Path) -> str:
    """What holds for every node of a task."""
    if not isinstance(task, GraphTask) or task.effect or not (task.inputs or task.outputs):
        raise UntoldError
    matrix = {axis: _stable_text(axes.values(values)) for axis, values in task.matrix.items()}
    usual = {
        name: _stable_text(value) for name, value in defaults(task).items() if value is not inspect.Parameter.empty
    }
    env = [(name, os.environ.get(name)) for name in task.env]
    tools = [tool_stamp(one) for one in task.tools if isinstance(one, str)]
    code = outline(task.body, str(root), lambda name, path: f"{name} {path}")
    return repr((task.inputs, task.outputs, task.ttl_s, usual, matrix, env, tools, code))


def _outside(planner: Planner, task: Task[Any], args: Mapping[str, Any], texts: ToolTexts) -> list[dict[str, str]]:
    """What the functions among the tools of a call's nodes tell."""
    tools = task.tools if isinstance(task, GraphTask) else ()
    if all(isinstance(tool, str) for tool in tools):
        return []
    cells = planner.cells(task, args) if asked_for(tools) else [{}]
    return [texts.of(tools, cell) for cell in cells]


def _stable_text(value: Any) -> str:
    """A value as text that is the same in every process."""
    if type(value) in _PLAIN:
        return repr(value)
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{_stable_text(key)}:{_stable_text(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}[{','.join(map(_stable_text, value))}]"
    raise UntoldError
