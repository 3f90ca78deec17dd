"""One command line: its calls planned, run or only shown, and answered."""

from __future__ import annotations

import functools
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.exceptions import Exit
from invoke.tasks import Call, Task

from windlass.errors import WindlassError
from windlass.graph.body.json_output import as_json
from windlass.graph.body.node_execution import current
from windlass.graph.body.settings import Settings
from windlass.graph.caching.tool_stamps import ToolTexts
from windlass.graph.declare.arguments import Axes
from windlass.graph.declare.tasks import split
from windlass.graph.declare.tasks_to_nodes import PlannedNodes, plan_calls
from windlass.graph.display.view import View
from windlass.graph.display.view_choice import view_on
from windlass.graph.invoke.up_to_date_shortcut import Memos, MemoValues, UntoldError, question
from windlass.graph.report import Report

if TYPE_CHECKING:
    from windlass.graph.order import Graph
    from windlass.graph.running.node_runner import NodeRunner


class Invocation:
    """What was asked for in one go."""

    def __init__(
        self,
        calls: list[Call],
        root: Path,
        settings: Settings,
        tasks: Mapping[str, Task[Any]],
        remainder: str,
    ) -> None:
        self._own, self._flags, self._json = split(calls)
        self._root = root
        self._settings = settings
        self._remainder = remainder
        self._tasks = tasks
        self._axes = Axes(root)
        self._home = root / ".windlass"
        self._asked: Sequence[Sequence[str]] = ()
        self._autoprint = {call.task for call in calls if call.task.autoprint}

    def values(self) -> dict[Task[Any], Any]:
        """Run, answer, and give each task's value.

        Raises:
            WindlassError: something failed.
            Exit: a signal ended it.
        """
        if self._flags["dry_run"]:
            sys.stdout.write(self._outlook())
            return {}
        report = self._attempt()
        self._answer(report)
        self._end(report)
        values = {}
        for (task, _), names in zip(self._own, self._asked, strict=True):
            values[task] = report.values[names[0]] if len(names) == 1 else Cells(report.values, names)
            if task in self._autoprint:
                sys.stdout.write(_for_log(f"{values[task] if len(names) == 1 else tuple(values[task])}\n"))
        return values

    def _outlook(self) -> str:
        """What a run would do."""
        from windlass.graph.invoke.dry_run import lines, open_up_to_date, outlook

        plan = self._plan()
        check = open_up_to_date(self._root, self._home)
        found = outlook(plan.nodes, check, self._flags["force"])
        check.journal.close()
        return as_json({"nodes": found}) if self._wants_json() else "".join(lines(found))

    def _stream(self) -> Any:
        """Where the run is shown: standard output, unless that is for the answer alone."""
        return sys.stderr if self._wants_json() else sys.stdout

    def _wants_json(self) -> bool:
        return any(self._json)

    def _plan(self) -> PlannedNodes:
        plan = plan_calls(self._own, tasks=self._tasks, root=self._root, axes=self._axes)
        self._asked = plan.asked
        return plan

    def _attempt(self) -> Report:
        """From the memo of the same command line, where nothing moved since; else planned and run."""
        began = time.monotonic()
        view = view_on(self._stream(), self._flags["explain"])
        memos = self._memos()
        memo = memos.find() if memos else None
        if memo is not None:
            self._asked = memo.asked
            tasks = {name: task for (task, _), names in zip(self._own, memo.asked, strict=True) for name in names}
            return memo.replay(view, self._home, MemoValues(memo, tasks, self._root), began)
        return self._run(view, memos)

    def _memos(self) -> Memos | None:
        """Where the memo of this command line lies; None where there can be none."""
        if self._flags["force"] or self._flags["explain"]:
            return None
        asked = self._question(ToolTexts(self._root))
        return Memos(self._home, self._root, asked) if asked else None

    def _question(self, texts: ToolTexts) -> str:
        """What is asked, and what the functions among tools tell; empty where that can't be told."""
        try:
            return question(self._own, self._tasks, self._root, self._axes, texts)
        except (UntoldError, WindlassError):  # planning says what is wrong
            return ""

    def _keep(self, memos: Memos, graph: Graph, work: NodeRunner) -> None:
        """Remember that all was up to date, unless the nodes were told something else than was asked for before."""
        if self._question(work.check.basis.tool_texts) == memos.question:
            memos.keep(self._asked, graph, work)

    def _run(self, view: View, memos: Memos | None) -> Report:
        from windlass.graph.running.run import attempt

        plan = self._plan()
        return attempt(
            plan.nodes,
            root=self._root,
            home=self._home,
            jobs=self._flags["jobs"],
            keep_going=self._flags["keep_going"],
            force=self._flags["force"],
            view=view,
            config=self._settings,
            remainder=self._remainder,
            keep=functools.partial(self._keep, memos) if memos else None,
        )

    def _answer(self, report: Report) -> None:
        asked = dict.fromkeys(
            name for json, names in zip(self._json, self._asked, strict=True) if json for name in names
        )
        for name in asked:
            value = report.answers[name] if name in report.answers else report.values.get(name)
            if name in report.answers or value is not None:
                sys.stdout.write(as_json(value))
        sys.stdout.flush()

    def _end(self, report: Report) -> None:
        """Raise what the run failed with; leave at once where a body would go on acting."""
        error = report.error
        code = 128 + report.signal if report.signal else error.exit_code if error else 0
        if report.stuck and current() is None:
            sys.stderr.write(_for_log(f"{error}\n"))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code or 1)  # a thread can't be ended; the process can
        if report.signal:
            raise Exit(f"ended by {signal.Signals(report.signal).name}", code=code)
        if error is not None:
            raise error


def _for_log(text: str) -> str:
    from windlass.graph.display.github_actions import for_log

    return for_log(text)


class Cells(Sequence[Any]):
    """The values of a matrix's cells; read back only when asked for."""

    def __init__(self, values: Mapping[str, Any], names: Sequence[str]) -> None:
        self._values = values
        self._names = names

    def __getitem__(self, index: Any) -> Any:
        names = self._names[index]
        return self._values[names] if isinstance(names, str) else [self._values[name] for name in names]

    def __len__(self) -> int:
        return len(self._names)
