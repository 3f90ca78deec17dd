"""The live view, seen on the screen of a terminal that is emulated."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pyte
import pytest

from windlass.graph.display.live import Live, cells, clip
from windlass.graph.display.screen import Screen
from windlass.graph.node import CACHED, DONE, ENDED, FAILED, NodeReport
from windlass.graph.report import Report


class Terminal(Screen):
    """A screen that is looked at."""

    def __init__(self, columns: int = 40, rows: int = 12, env: Mapping[str, str] | None = None) -> None:
        super().__init__(_Tty(), env if env is not None else {"TERM": "xterm", "XTERM_VERSION": "1"})
        self.screen = pyte.HistoryScreen(columns, rows)
        self._feed = pyte.Stream(self.screen)
        self.written: list[str] = []

    def write(self, text: str) -> None:
        self.written.append(text)
        self._feed.feed(text.replace("\n", "\r\n"))

    def size(self) -> tuple[int, int]:
        return self.screen.columns, self.screen.lines

    @property
    def lines(self) -> list[str]:
        """What stands there, empty lines at the end apart."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip().split("\n")


class _Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


class Run:
    """A run as a view is told of it; `now` is its clock."""

    def __init__(self, *names: str, terminal: Terminal | None = None, console: str = "", explain: bool = False) -> None:
        self.now = 0.0
        self.terminal = terminal or Terminal()
        self.view = Live(self.terminal, explain, every_s=0, clock=lambda: self.now)
        self.reports: dict[str, NodeReport] = {}
        pools = {name: "console" if name == console else "cpu" for name in names}
        self.view.on_plan(pools, self.reports)

    def end(self, name: str, text: str = "", state: str = DONE, why: str = "") -> None:
        report = self.reports[name] = NodeReport(name, 0.0, self.now, state, why)
        self.view.on_finish(report, text)

    def over(self, stopped: str = "") -> None:
        self.view.on_end(Report({}, tuple(self.reports.values()), self.now, (), 0.0, stopped=stopped))

    def drawn(self) -> list[str]:
        self.view.draw()
        return self.terminal.lines


def test_what_runs_has_a_line_each_with_its_newest_words_and_the_whole_has_one() -> None:
    run = Run("build", "test", "lint")
    run.view.on_start("build")
    run.view.on_start("test")
    run.now = 2.2
    run.view.on_output("build", "compiling\nlink")
    run.view.on_output("build", "ing")
    assert run.drawn() == ["   2 s  build  linking", "   2 s  test", "── 0 of 3 over, 2 running, 2 s"]


def test_what_finished_stands_above_as_a_whole_block() -> None:
    run = Run("build", "test")
    run.view.on_start("build")
    run.view.on_start("test")
    run.view.on_output("build", "one\ntwo\n")
    run.drawn()
    run.now = 1.0
    run.end("build", "one\ntwo\n")
    assert run.drawn() == [
        "── build", "one", "two", "── build done in 1.00 s", "   1 s  test", "── 1 of 2 over, 1 running, 1 s",
    ]  # fmt: skip


def test_at_the_end_no_line_of_what_ran_is_left() -> None:
    run = Run("build", "test")
    run.view.on_start("build")
    run.drawn()
    run.end("build", "out", FAILED)
    run.over("build failed")
    assert run.terminal.lines == [
        "── build", "out", "── build FAILED after 0.00 s", "── 1 failed in 0.00 s (build failed)",
    ]  # fmt: skip


def test_closed_in_the_middle_nothing_is_left_either() -> None:
    run = Run("build", "test")
    run.view.on_start("build")
    run.view.on_start("test")
    run.drawn()
    run.view.close()
    assert run.terminal.lines == [""]
    assert (run.terminal.screen.cursor.x, run.terminal.screen.cursor.y) == (0, 0)


def test_ctrl_c_as_the_terminal_echoes_it_goes_with_the_lines() -> None:
    run = Run("build", "test")
    run.view.on_start("build")
    run.drawn()
    run.terminal.write("^C")
    run.end("build", "", ENDED, "Ctrl-C")
    run.over("Ctrl-C")
    assert run.terminal.lines == ["── build ended after 0.00 s: Ctrl-C", "── 1 ended in 0.00 s (Ctrl-C)"]


@pytest.mark.parametrize("columns", [1, 2, 5, 13, 30])
def test_lines_never_wrap_however_narrow_the_terminal(columns: int) -> None:
    run = Run("a-name-that-is-long", "日本語のノード", terminal=Terminal(columns, 12))
    for name in run.view._pools:
        run.view.on_start(name)
        run.view.on_output(name, "many words 漢字 and more of them")
    for _ in range(3):
        run.now += 1
        lines = run.drawn()
        assert len(lines) <= 3
    run.over()
    assert not any("running" in line for line in run.terminal.lines)


def test_a_terminal_of_few_rows_keeps_room_and_says_how_many_are_not_shown() -> None:
    names = [f"n{i}" for i in range(9)]
    run = Run(*names, terminal=Terminal(60, 6))
    for name in names:
        run.view.on_start(name)
    assert run.drawn() == [
        "   0 s  n0",
        "   0 s  n1",
        "   0 s  n2",
        "── 0 of 9 over, 9 running, 6 of them not shown, 0 s",
    ]


def test_made_narrower_a_terminal_that_cuts_lines_is_cleared_of_the_old_ones() -> None:
    run = Run("build", "test", terminal=Terminal(60, 12))
    for name in ("build", "test"):
        run.view.on_start(name)
        run.view.on_output(name, "w" * 70)
    run.end("build", "all of it\n")
    run.drawn()
    run.terminal.screen.resize(columns=20)
    run.now = 5
    assert run.drawn() == [
        "── build",
        "all of it",
        "── build done in 0.0",
        "   5 s  test  wwww…",
        "── 1 of 2 over, 1…",
    ]


def test_made_narrower_a_terminal_that_breaks_lines_is_told_to_go_up_over_all_their_pieces() -> None:
    run = Run("a", "b", terminal=Terminal(60, 12, {"TERM": "xterm-256color"}))
    for name in ("a", "b"):
        run.view.on_start(name)
        run.view.on_output(name, "w" * 70)
    run.drawn()
    run.terminal.screen.resize(columns=20)
    run.now = 5
    run.drawn()
    assert run.terminal.written[-1].startswith("\r\x1b[6A\x1b[J")  # two lines of 59 are three rows each


def test_after_ctrl_z_and_back_what_the_shell_wrote_stays() -> None:
    run = Run("build", "test")
    run.view.on_start("build")
    run.drawn()
    run.terminal.write("\n[1]+ Stopped\n$ fg\n")
    run.view.forget()
    run.now = 3
    lines = run.drawn()
    assert "[1]+ Stopped" in lines
    assert lines[-2:] == ["   3 s  build", "── 0 of 2 over, 1 running, 3 s"]


def test_a_hostile_name_or_line_moves_nothing() -> None:
    run = Run("evil\x1b[2J\n", "test")
    run.view.on_start("evil\x1b[2J\n")
    run.view.on_output("evil\x1b[2J\n", "\x1b[31mred\x1b[0m \x1b]0;title\x07and\x08\x9b5A back\n")
    assert run.drawn() == ["   0 s  evil\\x1b[2J\\n  red and5A back", "── 0 of 2 over, 1 running, 0 s"]


def test_the_node_that_asks_a_person_has_the_terminal_and_the_lines_stand_aside() -> None:
    run = Run("build", "ask", console="ask")
    run.view.on_start("build")
    run.drawn()
    run.end("build", "built\n")
    run.view.on_start("ask")
    run.view.on_output("ask", "name? ")
    run.now = 9
    assert run.drawn() == ["── build", "built", "── build done in 0.00 s", "── ask", "name?"]
    run.end("ask", "name? ")
    run.over()
    assert run.terminal.lines[-2:] == ["── ask done in 9.00 s", "── 2 done in 9.00 s"]


def test_a_run_of_one_node_is_its_words_as_they_come() -> None:
    run = Run("build")
    run.view.on_start("build")
    run.view.on_output("build", "half a li")
    assert run.drawn() == ["half a li"]
    run.view.on_output("build", "ne\n")
    run.end("build", "half a line\n")
    run.over()
    assert run.terminal.lines == ["half a line"]


def test_a_single_node_that_was_up_to_date_says_again_what_it_said() -> None:
    run = Run("build")
    run.end("build", "as before\n", CACHED)
    run.over()
    assert run.terminal.lines == ["as before"]


def test_colours_are_used_unless_NO_COLOR_says_otherwise() -> None:
    for env, red in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False)):
        run = Run("build", "test", terminal=Terminal(env=env))
        run.view.on_start("build")
        run.end("build", "out\n", FAILED)
        run.over()
        assert ("\x1b[31m── build FAILED" in "".join(run.terminal.written)) is red
        assert ("\x1b[" in "".join(run.terminal.written)) is red


@pytest.mark.parametrize(
    ("env", "live"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({}, False), ({"TERM": ""}, False)],
)
def test_a_terminal_that_can_do_nothing_gets_plain_text(env: dict[str, str], live: bool) -> None:
    assert Screen(_Tty(), env).terminal is live
    assert not Screen(io.StringIO(), env).terminal


def test_a_stream_that_breaks_is_written_to_no_more_and_fails_nothing() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    screen = Screen(Broken(), {})
    screen.write("one")
    screen.write("two")


def test_characters_that_a_stream_has_no_form_for_are_replaced() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    Screen(stream, {}).write("── é\udcff\n")
    assert raw.getvalue() == "?? é?\n".encode("latin-1")


@pytest.mark.parametrize(("text", "wide"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("\u200b", 0)])
def test_the_columns_that_a_text_needs(text: str, wide: int) -> None:
    assert cells(text) == wide


@pytest.mark.parametrize(("columns", "text"), [(6, "日本語"), (5, "日本…"), (4, "日…"), (1, "…"), (0, "")])
def test_a_text_is_cut_where_it_would_not_fit(columns: int, text: str) -> None:
    assert clip("日本語", columns) == text
