"""Plain text and GitHub's view: blocks, hostile output, annotations and the job's summary."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.errors import GateError
from windlass.graph import Node, run
from windlass.graph.body.json_output import as_json
from windlass.graph.display.github_actions import Workflow, command, harmless, markdown
from windlass.graph.display.plain import Plain
from windlass.graph.display.view import View
from windlass.graph.display.view_choice import view_on
from windlass.graph.display.wording import duration, summary
from windlass.graph.node import CACHED, DONE, ENDED, FAILED, LEFT, NodeReport
from windlass.graph.report import Report


def told(view: View, *steps: tuple[str, str] | NodeReport) -> None:
    """Tell a view of nodes that write and end."""
    names = {step.name if isinstance(step, NodeReport) else step[0] for step in steps}
    view.on_plan(dict.fromkeys(names, "cpu"), {})
    words: dict[str, str] = dict.fromkeys(names, "")
    for step in steps:
        if isinstance(step, NodeReport):
            view.on_finish(step, words[step.name])
        else:
            view.on_output(*step)
            words[step[0]] += step[1]


def plain(*steps: tuple[str, str] | NodeReport, explain: bool = False) -> str:
    out: list[str] = []
    told(Plain(out.append, explain), *steps)
    return "".join(out)


def github(*steps: tuple[str, str] | NodeReport) -> str:
    out: list[str] = []
    told(Workflow(out.append, summary=""), *steps)
    return "".join(out)


def commands(log: str) -> list[str]:
    """The lines that GitHub's runner acts on. Source: actions/runner, `ActionCommand.cs`; .NET's `ReadLine`."""
    lines = re.split(r"\r\n|\r|\n", log)
    return [line for line in lines if re.match(r"\s*::.*?::", line) or "##[" in line]


def test_the_first_to_write_is_shown_as_it_writes_and_the_others_wait_for_it() -> None:
    assert plain(("a", "1\n"), ("b", "x\n"), ("a", "2\n"), NodeReport("a", 0, 1, DONE)) == (
        "── a\n1\n2\n── a done in 1.00 s\n── b\nx\n"
    )


def test_a_line_that_was_left_open_is_ended_before_the_verdict() -> None:
    assert plain(("a", "no newline"), NodeReport("a", 0, 1, FAILED), NodeReport("b", 0, 0, LEFT)) == (
        "── a\nno newline\n── a FAILED after 1.00 s\n"
    )


def test_explained_every_node_says_why_also_one_that_was_up_to_date_and_silent() -> None:
    steps = (NodeReport("a", 0, 0, CACHED), NodeReport("b", 0, 1, DONE, "changed: x"))
    assert plain(*steps) == "── b done in 1.00 s\n"
    assert plain(*steps, explain=True) == "── a up to date\n── b done in 1.00 s: changed: x\n"


def test_the_end_counts_and_names_the_critical_path() -> None:
    nodes = (NodeReport("a", 0, 2, DONE), NodeReport("b", 2, 2.001, DONE), NodeReport("c", 2, 64, ENDED))
    report = Report({}, nodes, 64.0, ("a", "b", "c"), 64.001, stopped="Ctrl-C")
    assert summary(report) == (
        "── 2 done, 1 ended in 1 min 04 s (Ctrl-C)\n── critical path 1 min 04 s: a 2.00 s → c 1 min 02 s\n"
    )


def test_a_long_critical_path_names_its_longest_nodes_in_their_order() -> None:
    nodes = tuple(NodeReport(f"n{i}", 0, 1 + i % 7, DONE) for i in range(20))
    path = tuple(one.name for one in nodes)
    text = summary(Report({}, nodes, 80.0, path, sum(one.end_s for one in nodes)))
    longest = "n4 5.00 s → n5 6.00 s → n6 7.00 s → n12 6.00 s → n13 7.00 s → n19 6.00 s and 14 more"
    assert text.endswith(f"── critical path 1 min 17 s: {longest}\n")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.00 s"),
        (9.99, "9.99 s"),
        (9.996, "10.0 s"),
        (59.96, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3725, "1 h 02 min"),
    ],
)
def test_seconds_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_on_github_each_block_is_a_group_and_its_verdict_stands_outside() -> None:
    assert github(("a", "1\n"), ("b", "x"), NodeReport("a", 0, 1, DONE), NodeReport("b", 0, 1, DONE)) == (
        "::group::a\n1\n::endgroup::\n── a done in 1.00 s\n::group::b\nx\n::endgroup::\n── b done in 1.00 s\n"
    )


def test_on_github_a_silent_node_has_a_verdict_and_no_group() -> None:
    assert github(NodeReport("a", 0, 1, DONE), NodeReport("b", 0, 0, CACHED)) == "── a done in 1.00 s\n"


@pytest.mark.parametrize(
    "line",
    [
        "::error::forged", "  ::set-output name=x::y", "\u00a0\x85::add-mask::secret", "50%\r::stop-commands::x",
        "\n\r\n::warning file=a::b", "##[error]forged", "text ##[group]x", "::endgroup::", "::group::x", "####[error]x",
    ],
)  # fmt: skip
def test_what_a_node_writes_is_never_a_workflow_command(line: str) -> None:
    for pieces in ([line], list(line)):  # written at once, and character by character
        log = github(("a", "first\n"), *(("b", piece) for piece in pieces), NodeReport("a", 0, 1, DONE),
                     *(("b", piece) for piece in pieces), NodeReport("b", 0, 1, DONE))  # fmt: skip
        assert commands(log) == ["::group::a", "::endgroup::", "::group::b", "::endgroup::"]
        assert line.replace("\r", "") in log.replace("\u200b", "").replace("\r", "")


@given(st.text(alphabet=st.sampled_from(": #[]\r\n\tax"), max_size=40))
def test_no_text_whatever_is_a_command_and_it_looks_the_same(text: str) -> None:
    assert commands(harmless(text)) == []
    assert harmless(text).replace("\u200b", "") == text


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_command_is_one_line_whatever_is_in_it(text: str, title: str) -> None:
    line = command("error", text, title)
    assert re.fullmatch(r"::error(?: title=[^:,\r\n]*)?::[^\r\n]*\n", line)


def failed(text: str, *, name: str = "lint") -> Report:
    nodes = (NodeReport(name, 0, 1, FAILED), NodeReport("build", 0, 2, DONE), NodeReport("docs", 0, 0, CACHED))
    return Report({}, nodes, 3.0, (), 0.0, errors={name: GateError(f"{name} failed", facts={"it said": text})})


def test_a_failure_is_an_annotation_once_also_where_a_run_inside_another_fails_with_it(tmp_path: Path) -> None:
    out: list[str] = []
    for name in ("lint", "release"):
        view = Workflow(out.append, summary=str(tmp_path / "summary.md"))
        view.on_plan({"a": "cpu", "b": "cpu"}, {})
        report = failed("E501 once, 100%\n::error::forged")
        errors = {name: report.errors["lint"]}
        view.on_end(Report({}, report.nodes, 3.0, (), 0.0, errors=errors))
    assert [line for line in "".join(out).splitlines() if line.startswith("::")] == [
        "::error title=lint failed::lint failed%0A  it said: E501 once, 100%25%0A           ::error::forged"
    ]


def test_the_job_s_summary_has_counts_what_ran_and_the_failures(tmp_path: Path) -> None:
    assert markdown(failed("E501 too long")) == (
        "### 1 done, 1 up to date, 1 failed in 3.00 s\n"
        "\n"
        "| node | | took |\n"
        "| --- | --- | ---: |\n"
        "| lint | failed | 1.00 s |\n"
        "| build | done | 2.00 s |\n"
        "\n"
        "**lint**\n"
        "\n"
        "```text\n"
        "lint failed\n"
        "  it said: E501 too long\n"
        "```\n"
        "\n"
    )


def test_a_hostile_name_or_output_stays_in_its_place_in_the_summary() -> None:
    text = markdown(failed("````\n# heading\n<script>\x1b[31m", name="a|b\n<img> `x` [l](u)"))
    assert "| a&#124;b&#92;n&#60;img&#62; &#96;x&#96; &#91;l&#93;&#40;u&#41; | failed | 1.00 s |\n" in text
    assert "\n`````text\n" in text
    assert "\x1b" not in text


def test_a_summary_stays_small(tmp_path: Path) -> None:
    nodes = tuple(NodeReport(f"n{i}", 0, 1, FAILED) for i in range(5000))
    errors = {one.name: GateError("x" * 100_000) for one in nodes}
    assert len(markdown(Report({}, nodes, 3.0, (), 0.0, errors=errors))) < 500_000


def test_a_summary_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    out: list[str] = []
    view = Workflow(out.append, summary=str(tmp_path))
    view.on_plan({"a": "cpu", "b": "cpu"}, {})
    view.on_end(failed("other words"))
    assert "::warning::the job's summary could not be written: Is a directory\n" in out[-1]


def test_a_run_on_github_is_shown_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    nodes = [Node("say", lambda c: print("::error::no")), Node("mute", lambda c: None, needs=("say",))]
    run(nodes, root=tmp_path, home=tmp_path / ".windlass")
    out = capsys.readouterr().out
    assert out.startswith("::group::say\n:\u200b:error::no\n::endgroup::\n── say done in ")
    assert (tmp_path / "summary.md").read_text().startswith("### 2 done in ")


def test_a_stream_that_is_no_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    with (tmp_path / "out").open("w") as stream:
        assert type(view_on(stream)) is Plain


@given(st.text(alphabet=st.sampled_from(':#[]\\"\n x'), max_size=30))
def test_an_answer_in_json_is_no_command_either_and_means_the_same(text: str) -> None:
    told = as_json({text: [text]})
    assert commands(told) == []
    assert json.loads(told) == {text: [text]}
