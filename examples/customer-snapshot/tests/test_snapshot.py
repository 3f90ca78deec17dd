from __future__ import annotations

from importlib.metadata import version

import pytest

import customer_snapshot
from customer_snapshot import parse, summarise, to_html, to_markdown
from customer_snapshot.clock import clock
from customer_snapshot.selfcheck import sample, self_check
from customer_snapshot.snapshot import Participant

NASTY = '<script>alert("1")</script> & | *bold* [x](javascript:1) `c`'


def test_the_two_versions_are_one():
    assert version("customer-snapshot") == customer_snapshot.__version__


def test_participants_come_by_talk_time_and_their_shares_add_up_to_100(call):
    snapshot = call("A: x", "B: y", "C: z", "A: again")
    assert snapshot.participants == (
        Participant("A", 1800, 50, 2),
        Participant("B", 900, 25, 1),
        Participant("C", 900, 25, 1),
    )
    assert sum(one.share for one in call("A: x", "B: y", "C: z").participants) == 100


def test_overlapping_cues_of_a_speaker_count_once():
    times = ("00:00.000 --> 00:02.000", "00:01.000 --> 00:03.000", "00:01.500 --> 00:02.000")
    rolling = [f"{time}\nA: x" for time in times]
    assert summarise(parse("\n\n".join(["WEBVTT", *rolling]))).participants == (
        Participant("A", 3000, 100, 1),
    )


def test_a_call_without_any_length_has_shares_of_nothing():
    snapshot = summarise(parse("WEBVTT\n\n00:01.000 --> 00:01.000\nA: x"))
    assert snapshot.participants == (Participant("A", 0, 0, 1),)
    assert snapshot.length_ms == 0


def test_the_title_given_wins_over_the_transcripts_own():
    read = parse(sample())
    assert summarise(read).title == "Northwind: renewal and rollout"
    assert summarise(read, "Mine").title == "Mine"
    assert summarise(parse("WEBVTT\n\n00:01.000 --> 00:02.000\nA: x")).title == "Customer call"


def test_a_request_is_an_action_and_no_question_as_well(call):
    snapshot = call("Dana: Could you send me the list?", "Tom: Which list do you mean?")
    assert [one.what for one in snapshot.actions] == ["Send me the list"]
    assert [one.text for one in snapshot.questions] == ["Which list do you mean?"]


@pytest.mark.parametrize(
    ("ms", "shown"), [(0, "0:00"), (59_999, "0:59"), (60_000, "1:00"), (3_661_000, "1:01:01")]
)
def test_times_are_shown_as_people_read_them(ms: int, shown: str):
    assert clock(ms) == shown


def test_the_whole_markdown_of_a_small_call(call):
    snapshot = call(
        "Dana: We've agreed: two seats.", "Tom: I'll send the quote by Friday. What about the seats?"
    )
    assert to_markdown(snapshot) == (
        "# Customer call\n\n"
        "**Length** 0:01 · **Participants** 2 · **Decisions** 1 · **Action items** 1\n\n"
        "## Participants\n\n"
        "| Who | Talk time | Share | Turns |\n| --- | ---: | ---: | ---: |\n"
        "| Dana | 0:00 | 50 % | 1 |\n| Tom | 0:00 | 50 % | 1 |\n\n"
        "## Topics\n\n- **seats**: 2 mentions by 2 speakers\n\n"
        "## Decisions\n\n- We've agreed: two seats. *(Dana, 0:00)*\n\n"
        "## Action items\n\n"
        "| Who | What | By when | Said at |\n| --- | --- | --- | ---: |\n"
        "| Tom | Send the quote | by Friday | 0:01 |\n\n"
        "## Questions\n\n- What about the seats? *(Tom, 0:01)*\n"
    )


def test_empty_sections_say_so(call):
    page = to_markdown(call("Dana: Hello."))
    for line in (
        "Nothing was said twice.",
        "No decisions were found.",
        "No action items were found.",
        "No questions",
    ):
        assert line in page
        assert line in to_html(call("Dana: Hello."))


def test_long_lists_are_cut_and_counted(call):
    snapshot = call(*[f"Dana: What is question number {i}?" for i in range(15)])
    assert to_markdown(snapshot).endswith("number 11? *(Dana, 0:11)*\n\n… and 3 more\n")
    assert "… and 3 more" in to_html(snapshot)
    assert "number 12" not in to_html(snapshot)


def test_what_was_left_out_is_told():
    snapshot = summarise(parse("WEBVTT\n\nbad\n\nworse\n\n00:01.000 --> 00:02.000\nA: x"))
    line = "2 parts of the transcript could not be read and are left out."
    assert to_markdown(snapshot).endswith(f"---\n\n*{line}*\n")
    assert f"<footer>{line}</footer>" in to_html(snapshot)


def test_html_escapes_every_word_of_the_transcript():
    said = NASTY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    cue = f"<v {said}>We agreed on {said}. What about {said} now? I'll send {said} by Friday.</v>"
    page = to_html(summarise(parse(f"WEBVTT - {NASTY}\n\n00:01.000 --> 00:02.000\n{cue}")))
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; |") >= 6


def test_markdown_escapes_every_word_of_the_transcript(call):
    page = to_markdown(call("Dana: We agreed on " + NASTY.replace("<", "&lt;")))
    assert r"We agreed on \<script\>alert(\"1\")".replace(r"\"", '"') in page
    assert r"\& \| \*bold\* \[x\](javascript:1) \`c\`" in page


def test_html_loads_nothing_from_anywhere():
    page = to_html(summarise(parse(sample())))
    assert page.startswith("<!doctype html>")
    for outside in ("http", "src=", "href=", "url(", "@import", "<script", "<link"):
        assert outside not in page.replace("http-equiv", "")


def test_the_same_transcript_gives_the_same_page():
    assert to_html(summarise(parse(sample()))) == to_html(summarise(parse(sample())))


def test_the_self_check_passes(capsys):
    assert self_check() == 0
    assert (
        capsys.readouterr().out == f"customer-snapshot {customer_snapshot.__version__}: self-check passed\n"
    )
