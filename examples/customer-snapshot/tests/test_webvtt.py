from __future__ import annotations

import random

import pytest

from customer_snapshot import SnapshotError, parse
from customer_snapshot.selfcheck import sample
from customer_snapshot.webvtt import Problem, Utterance

CUE = "00:01.000 --> 00:03.500\n"


def said(payload: str) -> list[tuple[str, str]]:
    return [(one.speaker, one.text) for one in parse("WEBVTT\n\n" + CUE + payload).utterances]


def test_a_voice_tag_names_the_speaker():
    transcript = parse("WEBVTT\n\n00:00:01.000 --> 00:00:03.500\n<v Dana Reyes>Hello there.</v>\n")
    assert transcript.utterances == (Utterance("Dana Reyes", 1000, 3500, "Hello there."),)
    assert transcript.problems == ()


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_change_nothing(ends: str, mark: str):
    cues = "1\n00:01.000 --> 00:02.000\n<v Dana>One\ntwo\n\n00:02.000 --> 00:03.000\nTom: Three\n"
    text = f"WEBVTT - A call\n\n{cues}"
    assert parse(mark + text.replace("\n", ends)) == parse(text)
    assert [one.text for one in parse(text).utterances] == ["One two", "Three"]


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("WEBVTT", ""),
        ("WEBVTT - Renewal", "Renewal"),
        ("WEBVTT\tRenewal ", "Renewal"),
        ("WEBVTT\nKind: captions", ""),
    ],
)
def test_the_title_is_what_follows_webvtt(header: str, title: str):
    assert parse(f"{header}\n\n{CUE}Hello").title == title


@pytest.mark.parametrize(
    "text", ["", "\n\nWEBVTT", "WEBVTTX\n", "1\n00:00:01,000 --> 00:00:02,000\nHi", "%PDF-1.7"]
)
def test_what_does_not_start_with_webvtt_is_refused(text: str):
    with pytest.raises(SnapshotError) as raised:
        parse(text)
    assert str(raised.value) == 'this is not a WebVTT file: its first line does not start with "WEBVTT"'


def test_a_transcript_without_cues_is_refused():
    with pytest.raises(SnapshotError) as raised:
        parse("WEBVTT\n\nNOTE nobody came\n\n00:01.000 --> 00:02.000\n\n")
    assert str(raised.value) == "nothing is said in this transcript: it has no cues with text"


def test_a_transcript_without_a_readable_cue_names_the_first_problem():
    with pytest.raises(SnapshotError) as raised:
        parse("WEBVTT\n\n1\n00:01 --> 00:02\nHello\n")
    assert str(raised.value) == (
        "nothing is said in this transcript: nothing in it could be read; line 3: "
        "the timing can't be read, its cue was left out: 00:01 --> 00:02"
    )


def test_bad_cues_are_named_and_the_rest_is_read():
    transcript = parse(
        "WEBVTT\n\n00:01.000 -> 00:02.000\nNo arrow\n\n00:09.000 --> 00:08.000\nBackwards\n\n"
        "id\n00:61.000 --> 00:62.000\nNo such second\n\n00:10.000 --> 00:11.000\nDana: Good\n"
    )
    assert [one.text for one in transcript.utterances] == ["Good"]
    assert transcript.problems == (
        Problem(3, "a block without a timing line (-->) was left out"),
        Problem(6, "a cue that ends before it starts was left out: 00:09.000 --> 00:08.000"),
        Problem(9, "the timing can't be read, its cue was left out: 00:61.000 --> 00:62.000"),
    )


def test_comments_styles_and_regions_say_nothing():
    text = (
        "WEBVTT\n\nNOTE Tom: secret\nDana: more\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\n"
        + CUE
        + "Dana: Hi"
    )
    assert [one.text for one in parse(text).utterances] == ["Hi"]
    assert parse(text).problems == ()


def test_commented_out_cues_stay_out():
    cues = "00:00.000 --> 00:01.000\nDana: Not this\n00:02.000 --> 00:03.000\nDana: Nor this"
    transcript = parse(f"WEBVTT\n\nNOTE\n{cues}\n\n{CUE}Dana: This")
    assert [one.text for one in transcript.utterances] == ["This"]
    assert transcript.problems == ()


def test_cues_without_a_blank_line_between_them_are_two():
    text = "WEBVTT\n00:01.000 --> 00:02.000\nDana: One\n00:02.000 --> 00:03.000\nTom: Two"
    assert [(one.speaker, one.text) for one in parse(text).utterances] == [("Dana", "One"), ("Tom", "Two")]


def test_settings_commas_and_hours_are_understood():
    text = "WEBVTT\n\n01:00:01,250 --> 123:00:00.000 align:start position:10%\nDana: Long"
    assert parse(text).utterances == (Utterance("Dana", 3_601_250, 442_800_000, "Long"),)


def test_utterances_come_in_the_order_of_time():
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\nTom: Later\n\n00:01.000 --> 00:02.000\nDana: Sooner"
    assert [one.text for one in parse(text).utterances] == ["Sooner", "Later"]


def test_several_voices_share_a_cue_by_length():
    text = "WEBVTT\n\n00:00.000 --> 00:04.000\n<v Dana>abc</v>\n<v Tom>d</v>"
    assert parse(text).utterances == (Utterance("Dana", 0, 3000, "abc"), Utterance("Tom", 3000, 4000, "d"))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("<v.loud.first Dana  Reyes>Hi", [("Dana Reyes", "Hi")]),
        ("<v R&amp;D>Hi", [("R&D", "Hi")]),
        ("<v>Hi", [("Unknown speaker", "Hi")]),
        ("<v Dana><i>So</i> <c.big>much</c><00:01.500> <lang en>here</lang>", [("Dana", "So much here")]),
        ("<v Dana>Is 3 < 5 and 7 > 6?", [("Dana", "Is 3 < 5 and 7 > 6?")]),
        ("<v Dana>&lt;v Tom&gt; is text", [("Dana", "<v Tom> is text")]),
        ("<v Dana>Hello</v> noise", [("Dana", "Hello"), ("Unknown speaker", "noise")]),
        ("<v Dana>Note: no label here", [("Dana", "Note: no label here")]),
        ("Dana: Hi\nagain\nTom: Yes", [("Dana", "Hi again"), ("Tom", "Yes")]),
        ("- Dana: Hi\n- Tom: Yes", [("Dana", "Hi"), ("Tom", "Yes")]),
        (">> DANA: Hi", [("DANA", "Hi")]),
        ("Ludwig van Beethoven: Hi", [("Ludwig van Beethoven", "Hi")]),
        ("Dana Reyes (Northwind): Hi", [("Dana Reyes (Northwind)", "Hi")]),
        ("Speaker 1: Hi", [("Speaker 1", "Hi")]),
        ("Zoë O’Neill-Søby: Hi", [("Zoë O’Neill-Søby", "Hi")]),
        ("田中: こんにちは", [("田中", "こんにちは")]),
        ("Note: bring a hat", [("Unknown speaker", "Note: bring a hat")]),
        ("What I want: peace", [("Unknown speaker", "What I want: peace")]),
        ("See https://example.org", [("Unknown speaker", "See https://example.org")]),
        ("Dana:", [("Unknown speaker", "Dana:")]),
        ("  \n<i></i>", None),
    ],
)
def test_speakers_and_texts(payload: str, expected: list[tuple[str, str]] | None):
    if expected is None:
        with pytest.raises(SnapshotError):
            said(payload)
    else:
        assert said(payload) == expected


def test_nul_characters_are_replaced():
    assert said("Dana: a\0b") == [("Dana", "a\ufffdb")]


def test_a_damaged_file_is_read_or_refused_and_never_crashes():
    """500 files damaged in ways that a seed fixes: the reader gives a transcript or a SnapshotError."""
    chance = random.Random(20261019)  # noqa: S311  nothing secret
    bits = [
        "<v ",
        "</v>",
        "<",
        "-->",
        "\n\n",
        "\r",
        "&#0;",
        "&#xFFFFFFFF;",
        ":",
        "\ufeff",
        "00:00.000",
        "NOTE",
        "\0",
    ]
    read = 0
    for _ in range(500):
        text = sample()
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(6, len(text))
            text = text[:at] + chance.choice(bits) + text[at + chance.randrange(30) :]
        try:
            said_there = parse(text).utterances
        except SnapshotError:
            continue
        assert all(one.text and one.speaker and one.start_ms <= one.end_ms for one in said_there)
        read += 1
    assert read > 400
