"""A rehearsal while it runs: on a terminal of 80 columns, as plain text, and in a job of GitHub Actions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.graph.display.test_live import Terminal
from windlass import shell
from windlass.errors import CancelledError, GateError
from windlass.graph.display.github_actions import Workflow
from windlass.graph.display.live import Live
from windlass.graph.display.plain import Plain
from windlass.graph.display.view import View
from windlass.graph.node import CACHED, DONE, FAILED, NodeReport
from windlass.rehearsal.display import Display
from windlass.rehearsal.inner_run import Inner, command_error, read_json

STEPS = ("copy", "seed", "release", "rollback")
OWN, GATES = 1, 2


class Played:
    """A rehearsal's display and its clock; commands are played by their events."""

    def __init__(self, view: Callable[[Played], View]) -> None:
        self.now = 0.0
        self.view = view(self)
        self.display = Display(self.view, STEPS, lambda: self.now, look_s=0)

    def inner(self, step: str = "release", own_words: bool = True) -> Inner:
        """A command that began, and a run inside it of four nodes."""
        inner = Inner(self.display, step, own_words)
        tell(inner, OWN, "planned", names=["release[yes=true]"])
        tell(inner, OWN, "started", name="release[yes=true]")
        tell(inner, GATES, "planned", names=["build.dist", "test.unit[python=3.11]", "scan", "index:demo.whl"])
        return inner


def tell(inner: Inner, run: int, event: str, **facts: Any) -> None:
    inner.hear({"event": event, "run": run, **facts})


def end(inner: Inner, name: str, text: str = "", state: str = DONE, log: str = "") -> None:
    tell(inner, GATES, "finished", report=NodeReport(name, 0, 2, state, "", log), text=text)


def text_of(view: Callable[..., View], **options: Any) -> tuple[Played, list[str]]:
    out: list[str] = []
    return Played(lambda _: view(out.append, whole=True, **options)), out


def done(code: int = 0, err: str = "", out: bytes = b"{}") -> shell.ProgramResult:
    return shell.ProgramResult(("inv",), code, out, err)


def on_terminal() -> tuple[Played, Terminal]:
    terminal = Terminal(80, 12)
    return Played(lambda self: Live(terminal, every_s=0, clock=lambda: self.now)), terminal


def seen(played: Played, terminal: Terminal) -> list[str]:
    assert isinstance(played.view, Live)
    played.view.draw()
    return terminal.lines


def test_on_a_terminal_each_node_that_runs_has_a_line_under_its_step_with_what_it_is_at() -> None:
    played, terminal = on_terminal()
    with played.display.step("copy"):
        played.now = 0.5
    with played.display.step("release"):
        inner = played.inner()
        played.now = 2.5
        tell(inner, GATES, "started", name="test.unit[python=3.11]")
        tell(inner, GATES, "wrote", name="test.unit[python=3.11]", text="collected 9\n....")
        tell(inner, GATES, "started", name="index:demo.whl")
        tell(inner, GATES, "progress", name="index:demo.whl", text="sent 3.0 of 7.0 MB")
        tell(inner, OWN, "progress", name="release[yes=true]", text="comparing every channel")
        played.now = 20.0
        assert seen(played, terminal) == [
            "── copy",
            "── copy done in 0.50 s",
            "── release",
            "  20 s  release  comparing every channel",
            "  18 s  release › test.unit[python=3.11]  ....",
            "  18 s  release › index:demo.whl  sent 3.0 of 7.0 MB",
            "── 1 of 8 over, 3 running, 20 s",
        ]


def test_on_a_terminal_a_block_stands_above_and_a_long_line_never_wraps() -> None:
    played, terminal = on_terminal()
    with played.display.step("release"):
        inner = played.inner()
        tell(inner, GATES, "started", name="build.dist")
        end(inner, "build.dist", "demo-1.0.whl\n")
        tell(inner, GATES, "started", name="scan")
        tell(inner, GATES, "wrote", name="scan", text="x" * 200)
        tell(inner, OWN, "wrote", name="release[yes=true]", text="the plan\n")
        assert seen(played, terminal) == [
            "── release",
            "── release › build.dist",
            "demo-1.0.whl",
            "── release › build.dist done in 2.00 s",
            "the plan",
            "   0 s  release",
            f"   0 s  release › scan  {'x' * 54}…",
            "── 1 of 8 over, 2 running, 0 s",
        ]


def test_at_the_end_no_line_that_changes_is_left_and_nodes_are_counted_without_their_steps() -> None:
    played, terminal = on_terminal()
    with played.display.step("release"):
        inner = played.inner()
        for name in ("build.dist", "scan"):
            tell(inner, GATES, "started", name=name)
            seen(played, terminal)
            end(inner, name)
    played.now = 3.0
    played.display.close()
    assert terminal.lines == [
        "── release",
        "── release › build.dist done in 2.00 s",
        "── release › scan done in 2.00 s",
        "── release done in 0.00 s",
        "── 2 done in 3.00 s",
    ]


def test_text_shows_whole_blocks_and_the_command_s_own_words_once_a_line_is_complete() -> None:
    played, out = text_of(Plain)
    with played.display.step("seed"):
        inner = played.inner("seed")
        tell(inner, OWN, "wrote", name="release[yes=true]", text="to do: ")
        tell(inner, GATES, "started", name="build.dist")
        tell(inner, GATES, "wrote", name="build.dist", text="one\n")
        tell(inner, GATES, "progress", name="build.dist", text="1 of 2")
        assert "".join(out) == "── seed\n"
        end(inner, "build.dist", "one\ntwo\n")
        tell(inner, OWN, "wrote", name="release[yes=true]", text="everything\n")
        tell(inner, GATES, "ended", summary="── 4 done in 2.00 s\n", error="", critical_path_s=2.0)
    assert "".join(out) == (
        "── seed\n── seed › build.dist\none\ntwo\n── seed › build.dist done in 2.00 s\n"
        "to do: everything\n── 4 done in 2.00 s\n── seed done in 0.00 s\n"
    )


def test_what_ran_ahead_is_shown_once_and_of_its_command_only_what_it_ran() -> None:
    played, shown = text_of(Plain)
    ahead = played.inner("gates", own_words=False)
    tell(ahead, OWN, "wrote", name="release[yes=true]", text="the plan\n")
    end(ahead, "build.dist", "demo.whl\n")
    tell(ahead, GATES, "ended", summary="── 1 done in 2.00 s\n", error="", critical_path_s=2.0)
    released = played.inner()
    end(released, "build.dist", "demo.whl\n", state=CACHED)
    end(released, "scan", "nothing found\n", state=CACHED)
    text = "".join(shown)
    assert "the plan" not in text
    assert text.count("demo.whl") == 1
    assert "release › build.dist" not in text, "as any node without words that is up to date"
    assert "nothing found" in text, "that was not seen yet"
    early = played.display.nodes_of("gates")
    assert [(node.name, node.state) for node in early.nodes] == [("build.dist", DONE)]
    assert early.critical_path_s == 2.0
    ahead.show_own_words()
    assert shown[-1] == "the plan\n"


def test_while_nothing_is_shown_text_says_what_runs_and_what_it_is_at_each_time_later() -> None:
    played, out = text_of(Plain)
    with played.display.step("release"):
        inner = played.inner()
        for now, name in ((1.0, "test.unit[python=3.11]"), (3.0, "index:demo.whl")):
            played.now = now
            tell(inner, GATES, "started", name=name)
        tell(inner, GATES, "progress", name="index:demo.whl", text="waiting for the index")
        out.clear()
        for second in range(4, 40):
            played.now = second
            played.display.lull()
        assert "".join(out) == (
            "── after 5 s: release › test.unit[python=3.11] (4 s), "
            "release › index:demo.whl (2 s: waiting for the index)\n"
            "── after 15 s: release › test.unit[python=3.11] (14 s), "
            "release › index:demo.whl (12 s: waiting for the index)\n"
            "── after 35 s: release › test.unit[python=3.11] (34 s), "
            "release › index:demo.whl (32 s: waiting for the index)\n"
        )
        end(inner, "index:demo.whl")
        out.clear()
        for second in range(40, 46):
            played.now = second
            played.display.lull()
        assert len(out) == 1, "what was shown begins the waiting anew"
    played.display.close()
    out.clear()
    played.now = 500.0
    played.display.lull()
    assert out == []


def test_a_step_that_runs_nothing_is_named_itself_and_many_nodes_are_counted() -> None:
    played, out = text_of(Plain)
    with played.display.step("copy"):
        played.now = 6.0
        played.display.lull()
        assert out[-1] == "── after 6 s: copy (6 s)\n"
        for number in range(9):
            played.display.on_start(f"copy › n{number}")
        played.now = 20.0
        played.display.lull()
        assert out[-1].endswith("copy › n5 (14 s) and 3 more\n")


def test_on_github_each_node_is_a_group_and_what_the_command_says_is_no_workflow_command() -> None:
    played, out = text_of(Workflow, summary="")
    with played.display.step("release"):
        inner = played.inner()
        tell(inner, GATES, "started", name="build.dist")
        end(inner, "build.dist", "made\n")
        tell(inner, OWN, "wrote", name="release[yes=true]", text="::error::forged\n")
    played.display.close()
    assert "".join(out).replace("\u200b", "?") == (
        "── release\n::group::release › build.dist\nmade\n::endgroup::\n── release › build.dist done in 2.00 s\n"
        ":?:error::forged\n── release done in 0.00 s\n── 1 done in 0.00 s\n"
    )


def test_on_github_the_job_s_summary_has_every_node_under_its_step(tmp_path: Path) -> None:
    played, _ = text_of(Workflow, summary=str(tmp_path / "summary.md"))
    with played.display.step("release"):
        inner = played.inner()
        tell(inner, GATES, "started", name="build.dist", over=[NodeReport("scan", 0, 0, DONE)])
        end(inner, "build.dist")
    played.display.close()
    rows = [line for line in (tmp_path / "summary.md").read_text().splitlines() if line.startswith("| release")]
    assert rows == ["| release › scan | done | 0.00 s |", "| release › build&#46;dist | done | 2.00 s |"]


# ---- failures


def test_a_failed_node_s_words_are_not_shown_before_the_error_which_ends_with_them() -> None:
    played, out = text_of(Plain)
    inner = played.inner()

    def release() -> None:
        with played.display.step("release"):
            tell(inner, GATES, "started", name="scan")
            tell(inner, GATES, "wrote", name="scan", text="it is broken\n")
            end(inner, "scan", "it is broken\nexited with 1: lint\n", FAILED, "/copy/scan.log")
            error = "scan failed\n  it said: it is broken"
            tell(inner, GATES, "ended", summary="── 1 failed in 2.00 s\n", error=error, critical_path_s=2.0)
            tell(inner, OWN, "ended", summary="", error=error)
            raise command_error(("release", "--yes"), done(1, f"{error}\n"), inner)

    with pytest.raises(GateError) as raised:
        release()
    assert "".join(out) == (
        "── release\n── release › scan FAILED after 2.00 s\n── 1 failed in 2.00 s\n── release FAILED after 0.00 s\n"
    )
    assert str(raised.value) == (
        "`inv release --yes` ended with 1 in the rehearsal\n"
        "  failed:  release › scan\n"
        "  it said: it is broken\n"
        "           exited with 1: lint\n"
        "  fix:     mend that, and rehearse again: a release would have ended the same way"
    )


def test_of_several_failures_each_one_s_words_are_there_and_of_a_long_one_the_file_that_has_all() -> None:
    played, _ = text_of(Plain)
    inner = played.inner()
    end(inner, "scan", "a finding\n", FAILED)
    end(inner, "build.dist", "".join(f"line {number}\n" for number in range(300)), FAILED, "/copy/build.log")
    tell(inner, GATES, "ended", summary="", error="2 nodes failed: scan, build.dist", critical_path_s=2.0)
    said = command_error(("release",), done(1, "2 nodes failed: scan, build.dist\n"), inner).facts
    assert said["failed"] == "release › scan, release › build.dist"
    lines = said["it said"].splitlines()
    assert lines[:3] == ["── release › scan", "a finding", "── release › build.dist"]
    assert lines[3:5] == ["line 100", "line 101"]
    assert lines[-2:] == ["line 299", "all of it: /copy/build.log"]


def test_a_command_that_fails_with_something_else_shows_its_nodes_words_and_ends_with_its_own() -> None:
    played, out = text_of(Plain)
    inner = played.inner()
    end(inner, "scan", "a finding\n", FAILED)
    tell(inner, GATES, "ended", summary="", error="scan failed", critical_path_s=2.0)
    assert command_error(("release",), done(50, "the branch moved\n"), inner).facts == {"it said": "the branch moved"}
    assert "".join(out).endswith("── release › scan\na finding\n")


def test_a_command_whose_own_words_end_with_why_says_that_they_stand_above() -> None:
    played, _ = text_of(Plain)
    inner = played.inner()
    error = "release[yes=true] failed\n  it said: Traceback"
    tell(inner, OWN, "ended", summary="", error=error)
    assert command_error(("release",), done(1, error), inner).facts == {"it said": "(above)"}


def test_what_runs_when_a_command_is_killed_is_ended_and_the_error_names_the_signal() -> None:
    played, out = text_of(Plain)
    script = (
        "import os, sys; print('x', file=sys.stderr, flush=True); os.write(int(sys.argv[1]), b'{\"run\":'); os.abort()"
    )
    inner = played.inner()
    tell(inner, GATES, "started", name="scan")
    ended = inner.run([sys.executable, "-c", script, "1"], Path.cwd(), {}, 60.0)
    assert "── release › scan ended after 0.00 s: the command ended\n" in "".join(out)
    error = command_error(("release",), ended, inner)
    assert error.problem == "`inv release` was ended by SIGABRT in the rehearsal"
    assert error.facts["while"] == "release › scan"
    assert error.facts["it said"].startswith("x")
    assert error.remedy.startswith("see what ended it")


def test_what_a_command_wrote_beside_its_events_is_shown_once_it_went_well() -> None:
    played, out = text_of(Plain)
    inner = played.inner()
    inner.show_rest(done(0, "a warning\n", b'{"ok": true}'), answered=True)
    inner.show_rest(done(0, "", b"caf\xff"), answered=False)
    assert "".join(out) == "a warning\ncaf\ufffd\n"


def test_a_step_that_is_ended_is_not_called_failed() -> None:
    played, out = text_of(Plain)
    with pytest.raises(CancelledError), played.display.step("release"):
        raise CancelledError("the run is ending")
    assert out[-1] == "── release ended after 0.00 s\n"


@pytest.mark.parametrize(
    ("printed", "problem"),
    [
        (b"hello\xff", "`inv release --json` printed something else than JSON"),
        (b'{"ok": true, "version": null, "reason": "no commits"}', "there was nothing to release"),
    ],
)
def test_an_answer_that_is_none_is_an_error(printed: bytes, problem: str) -> None:
    with pytest.raises(GateError) as raised:
        read_json(("release",), done(0, "", printed))
    assert raised.value.problem == problem


@pytest.mark.parametrize("above", [b"", b"hello from tasks.py\n", b"{\ncaf\xff }\n"])
def test_an_answer_is_read_also_below_what_tasks_py_printed_which_is_shown(above: bytes) -> None:
    ended = done(0, "", above + b'{\n  "ok": true\n}\n')
    answer: Mapping[str, Any] = read_json(("rollback",), ended)
    assert answer == {"ok": True}
    played, out = text_of(Plain)
    played.inner().show_rest(ended, answered=True)
    assert "".join(out) == above.decode("utf-8", "replace")
