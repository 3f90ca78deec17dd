"""The commands that a rehearsal runs: followed while they run, each node shown under its step."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import Signals
from typing import Any, NamedTuple

from windlass import shell
from windlass.errors import GateError, WindlassError
from windlass.graph.display import wording
from windlass.graph.display.event_stream import listening
from windlass.graph.node import CACHED, ENDED, FAILED, NodeReport
from windlass.rehearsal.display import Display, under

_LINES = 200
"""How many last lines of a failed node are shown at most."""


class Failure(NamedTuple):
    """A node that failed: all that it wrote, and the file that has it."""

    name: str
    text: str
    log: str


class Inner:
    """One command of a step, as its events tell it.

    A command is one node that runs graphs inside it: what that node says is the step's, in whole lines. What a failed
    node wrote is kept back, as the error ends with it.

    Attributes:
        failures: nodes that failed.
        error: what the last run inside it failed with; empty when it did not.
        cut: nodes that ran when it ended.
        told: whether the command's own words, which were shown, end with why it failed.
    """

    def __init__(self, display: Display, step: str, own_words: bool = True) -> None:
        """`own_words`: whether to show what the command itself says even when it goes well."""
        self.failures: list[Failure] = []
        self.error = ""
        self.cut: tuple[str, ...] = ()
        self.told = False
        self._display = display
        self._step = step
        self._own_words = own_words
        self._kept = ""  # own words that are not shown
        self._own = ""
        self._own_run = 0
        self._rest = ""  # of the command's words: a line that is not complete
        self._began: dict[int, float] = {}  # run → when
        self._open: dict[str, float] = {}  # node that runs → since when
        self._tell: Mapping[str, Callable[[int, Mapping[str, Any]], None]] = {
            "planned": self._on_plan,
            "started": self._on_start,
            "wrote": self._on_output,
            "progress": self._progress,
            "finished": self._on_finish,
            "said": self._on_text,
            "ended": self._on_end,
        }

    def run(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str], timeout_s: float) -> shell.ProgramResult:
        """Run it, whatever its exit code.

        Raises:
            ToolError, CancelledError: as `shell.run`.
        """
        try:
            with listening(self.hear) as to:
                env = {**env, **to.environment}
                return shell.run(argv, cwd=cwd, env=env, timeout_s=timeout_s, ok=None, pass_fds=(to.fd,))
        except WindlassError:
            self.show_failures()
            raise
        finally:
            self._end()

    def hear(self, event: Mapping[str, Any]) -> None:
        """Show what an event tells; one of a kind that is not known is none."""
        run = int(event["run"])
        if run != self._own_run:
            self._display.over(self._own_report(run, one) for one in event.get("over", ()))
        tell = self._tell.get(event["event"])
        if tell is not None:
            tell(run, event)

    def say(self, text: str) -> None:
        """Show words of the command's own: whole lines at once, the rest with the next ones."""
        whole, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            self._display.on_text(whole + newline)

    def show_own_words(self) -> None:
        """Show what the command itself said, after all."""
        self.say(self._kept)
        self._kept = ""

    def show_failures(self) -> None:
        """Show what failed nodes wrote, after all: the command went on, or ended with something else."""
        for one in self.failures:
            self.say(f"{wording.heading(one.name)}{one.text.rstrip()}\n")
        self.failures.clear()

    def show_rest(self, done: shell.ProgramResult, *, answered: bool) -> None:
        """Show what it wrote beside its events, and went well nevertheless.

        Args:
            answered: whether its standard output is its answer.
        """
        self.show_failures()
        for text in (done.err, _before_answer(done.text) if answered else done.text):
            if text.strip():
                self.say(f"{text.rstrip()}\n")

    # ---- events

    def _on_plan(self, run: int, event: Mapping[str, Any]) -> None:
        self._began[run] = self._display.now()
        if not self._own and len(event["names"]) == 1:
            self._own, self._own_run = event["names"][0], run
        else:
            self._display.on_plan(self._under(name) for name in event["names"])

    def _on_start(self, run: int, event: Mapping[str, Any]) -> None:
        if run != self._own_run:
            name = self._under(event["name"])
            self._open[name] = self._display.now()
            self._display.on_start(name)

    def _on_output(self, run: int, event: Mapping[str, Any]) -> None:
        if run == self._own_run and self._own_words:
            self.say(event["text"])
        elif run == self._own_run:
            self._kept += event["text"]
        else:
            self._display.on_output(self._under(event["name"]), event["text"])

    def _progress(self, run: int, event: Mapping[str, Any]) -> None:
        name = self._step if run == self._own_run else self._under(event["name"])
        self._display.progress(name, event["text"])

    def _on_finish(self, run: int, event: Mapping[str, Any]) -> None:
        if run == self._own_run:
            return
        report = self._own_report(run, event["report"])
        self._open.pop(report.name, None)
        text = event["text"]
        if report.state == FAILED:
            self.failures.append(Failure(report.name, text, report.log))
            text = ""
        elif report.state == CACHED and self._display.was_shown(text):  # where it ran, in this rehearsal
            text = ""
        self._display.on_finish(report, text)

    def _on_text(self, run: int, event: Mapping[str, Any]) -> None:
        self.say(event["text"])

    def _on_end(self, run: int, event: Mapping[str, Any]) -> None:
        if run == self._own_run:
            self.told = event["error"].startswith(f"{self._own} failed\n")
        else:
            self.say(event["summary"])
            self.error = event["error"]
            self._display.on_end(self._step, event["critical_path_s"])

    def _end(self) -> None:
        """Nothing of it runs any more."""
        if self._rest:
            self.say("\n")
        self.cut = tuple(self._open)
        for name, start_s in self._open.items():
            self._display.on_finish(NodeReport(name, start_s, self._display.now(), ENDED, "the command ended"), "")
        self._open.clear()

    # ---- names and times

    def _under(self, name: str) -> str:
        return under(self._step, name)

    def _own_report(self, run: int, fields: Sequence[Any]) -> NodeReport:
        """A node's report, under its step and on the rehearsal's clock."""
        report = NodeReport(*fields)
        began = self._began.get(run, 0.0)
        name = self._step if run == self._own_run else self._under(report.name)
        return report._replace(name=name, start_s=report.start_s + began, end_s=report.end_s + began)


def command_error(words: Sequence[str], done: shell.ProgramResult, inner: Inner | None = None) -> GateError:
    """The error for a command that failed in a rehearsal; it ends with what failed there, and nothing is said twice."""
    command = f"`inv {' '.join(words)}`"
    how = f"ended with {done.code}" if done.code >= 0 else f"was ended by {Signals(-done.code).name}"
    said = done.err.strip() or done.text.strip()
    facts = {"while": ", ".join(inner.cut)} if inner is not None and inner.cut else {}
    if inner is not None and inner.failures and inner.error and _plain(inner.error) in _plain(said):
        facts["failed"] = ", ".join(one.name for one in inner.failures)
        facts["it said"] = "\n".join(_words(one, len(inner.failures) > 1) for one in inner.failures)
    elif inner is not None and inner.told:
        facts["it said"] = "(above)"
    else:
        if inner is not None:
            inner.show_failures()
        facts["it said"] = _last(said) or "(nothing)"
    remedy = (
        "mend that, and rehearse again: a release would have ended the same way"
        if done.code >= 0
        else "see what ended it (the machine may be short of memory), and rehearse again"
    )
    return GateError(f"{command} {how} in the rehearsal", facts=facts, remedy=remedy)


def _words(one: Failure, several: bool) -> str:
    heading = wording.heading(one.name) if several else ""
    log = f"\nall of it: {one.log}" if one.text.strip().count("\n") >= _LINES and one.log else ""
    return f"{heading}{_last(one.text.strip())}{log}"


def _last(text: str) -> str:
    return "\n".join(text.splitlines()[-_LINES:])


def _plain(text: str) -> str:
    """Text without what makes it harmless in a job's log, and without the blanks at line ends."""
    return "\n".join(line.rstrip() for line in text.replace("\u200b", "").splitlines())


def _before_answer(text: str) -> str:
    """What stands above the answer, which comes last and begins with a brace alone on its line: tasks.py may print."""
    return text[: max(f"\n{text}".rfind("\n{\n"), 0)]


def read_json(words: Sequence[str], done: shell.ProgramResult) -> Mapping[str, Any]:
    """What a command printed with `--json`.

    Raises:
        GateError: it printed something else, or that there was nothing to do.
    """
    text = done.text
    try:
        answer: Mapping[str, Any] = json.loads(text[len(_before_answer(text)) :])
    except ValueError:
        raise GateError(
            f"`inv {' '.join(words)} --json` printed something else than JSON",
            facts={"it printed": done.text[:400] or "(nothing)"},
            remedy="see what prints there beside the answer: tasks.py, or what it imports",
        ) from None
    if answer.get("version", "") is None:
        raise GateError(
            "there was nothing to release",
            facts={"why": answer.get("reason", "(it does not say)")},
            remedy="commit something that is released, or say which: --part minor",
        )
    return answer
