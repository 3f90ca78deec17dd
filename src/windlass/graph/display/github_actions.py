"""Showing a run in a job of GitHub Actions: groups, an annotation for each failure, and the job's summary.

What nodes write is not ours, and a line of it must not act as a workflow command. Source: docs.github.com, "Workflow
commands for GitHub Actions"; what counts as a command is read from actions/runner, `ActionCommand.cs`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TextIO

from windlass.graph.display import wording
from windlass.graph.display.plain import Plain
from windlass.graph.node import CACHED, LEFT, NodeReport
from windlass.printable_text import printable, without_escapes

if TYPE_CHECKING:
    from windlass.graph.report import Report

_COMMAND = re.compile(r"(?:(?<=[\r\n])|^)[^\S\r\n]*:(?=:)|#(?=#\[)")
"""Where the runner would see a command: `::` that begins a line, blanks apart, and `##[` anywhere."""
_BREAK = "\u200b"
"""Zero width: shows as nothing, and makes a line no command any more."""
_ROWS, _FAILURES, _TEXT = 200, 20, 8000
"""At most so many nodes, failures and characters of each in a summary, which may have 1 MiB."""


def harmless(text: str) -> str:
    """Text in which no line is a workflow command; it looks the same."""
    return _COMMAND.sub(lambda found: f"{found[0]}{_BREAK}", text)


def for_log(text: str) -> str:
    """Text for the end of a command's log: harmless where that is a job's."""
    return harmless(text) if in_a_job() else text


def in_a_job() -> bool:
    """Whether this process is part of a job."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def command(name: str, text: str = "", title: str = "") -> str:
    """A workflow command; text and title may hold anything."""
    options = f" title={_data(title).replace(':', '%3A').replace(',', '%2C')}" if title else ""
    return f"::{name}{options}::{_data(text)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


class Workflow(Plain):
    """Plain text in groups."""

    _annotated: ClassVar[set[str]] = set()

    def __init__(
        self,
        write: Callable[[str], object],
        explain: bool = False,
        stream: TextIO | None = None,
        summary: str | None = None,
        whole: bool = False,
    ) -> None:
        """`summary`: the file that the job's summary is added to; $GITHUB_STEP_SUMMARY when None."""
        super().__init__(write, explain, stream, whole)
        self._summary = os.environ.get("GITHUB_STEP_SUMMARY", "") if summary is None else summary
        self._rest = ""  # of the node that is shown: a line that is not complete
        self._open = False  # whether a group is

    def on_end(self, report: Report) -> None:
        """Annotations of what failed; then as the others, and the job's summary."""
        for name, error in report.errors.items():
            text = without_escapes(str(error))
            if text not in self._annotated:  # a run inside another fails with the same
                self._annotated.add(text)
                self._line(command("error", text[-_TEXT:], f"{printable(name)} failed"))
        super().on_end(report)
        if self._summary and not (self._alone and report.ok):
            self._add(markdown(report))

    def _add(self, text: str) -> None:
        try:
            with Path(self._summary).open("a", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except OSError as problem:
            self._line(command("warning", f"the job's summary could not be written: {problem.strerror}"))

    def _head(self, name: str) -> None:
        if not self._alone:
            self._line(command("group", printable(name)))
            self._open = True

    def _tail(self, report: NodeReport) -> None:
        self._say(harmless(self._rest))
        self._rest = ""
        if not self._alone:
            end = command("endgroup") if self._open else ""
            self._line(end + harmless(wording.verdict(report, self.explain)))
            self._open = False

    def _clean(self, text: str) -> str:
        """Whole lines; what is left of one waits for its end."""
        text = self._rest + text
        end = max(text.rfind("\n"), text.rfind("\r")) + 1
        self._rest = text[end:]
        return harmless(text[:end])


def markdown(report: Report) -> str:
    """A run as a job's summary has it."""
    ran = [one for one in report.nodes if one.state not in {CACHED, LEFT}]
    rows = [f"| {_escape(one.name)} | {one.state} | {_duration(one)} |" for one in ran[:_ROWS]]
    if len(ran) > _ROWS:
        rows.append(f"| and {len(ran) - _ROWS} more | | |")
    table = ["| node | | took |", "| --- | --- | ---: |", *rows, ""] if rows else []
    path = wording.path(report).removeprefix("── ").rstrip()
    failures = [line for name in list(report.errors)[:_FAILURES] for line in _failure(name, str(report.errors[name]))]
    head = f"### {wording.counts(report.nodes)} in {wording.duration(report.wall_s)}"
    return "\n".join([head, "", *table, *([_escape(path), ""] if path else []), *failures, ""])


def _duration(one: NodeReport) -> str:
    return wording.duration(one.end_s - one.start_s)


def _failure(name: str, text: str) -> list[str]:
    text = without_escapes(text)[-_TEXT:]
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return [f"**{_escape(name)}**", "", fence + "text", text, fence, ""]


def _escape(text: str) -> str:
    """Markdown that shows this very text: punctuation as character references, which form no structure."""
    return re.sub(r"[!-/:-@\[-`{-~]", lambda found: f"&#{ord(found[0])};", printable(text))
