from __future__ import annotations

import pytest

from customer_snapshot import parse
from customer_snapshot.actions import actions
from customer_snapshot.findings import decisions, questions
from customer_snapshot.sentences import Sentence, sentences
from customer_snapshot.topics import Topic, topics

NAMES = ("Dana Reyes", "Tom Becker", "Ravi")


def spoken(*cues: str) -> list[Sentence]:
    blocks = [f"00:0{i}.000 --> 00:0{i}.900\n{text}" for i, text in enumerate(cues)]
    return list(sentences(parse("\n\n".join(["WEBVTT", *blocks])).utterances))


def test_a_sentence_may_run_over_cues_and_keeps_its_own_start():
    found = spoken("Dana: One. And this", "Dana: is two. Three", "Tom: no, four")
    assert [(one.speaker, one.start_ms, one.text) for one in found] == [
        ("Dana", 0, "One."),
        ("Dana", 0, "And this is two."),
        ("Dana", 1000, "Three"),
        ("Tom", 2000, "no, four"),
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Ask Dr. Smith, e.g. on Monday.", 1),
        ("It is 3.5 or so.", 1),
        ('"Really?" Yes!', 2),
        ("Well… no.", 2),
        ("Plan B. Go.", 1),
    ],
)
def test_abbreviations_and_numbers_end_no_sentence(text: str, count: int):
    assert len(spoken(f"Dana: {text}")) == count


def test_speech_without_punctuation_is_cut_at_its_cues():
    found = spoken(*[f"Dana: {'word ' * 30}" for _ in range(5)])
    assert [one.start_ms for one in found] == [0, 1000, 2000, 3000, 4000]


def test_questions_are_asked_once_and_mean_something(said):
    found = questions(
        said("Right?", "What does it cost?", "It costs.", "what does it  cost?", 'He said "is it so bad?"')
    )
    assert [one.text for one in found] == ["What does it cost?", 'He said "is it so bad?"']


@pytest.mark.parametrize(
    "text",
    [
        "We agreed on ninety seats.",
        "So we've decided to wait.",
        "Okay, let's go with Lyon.",
        "We’ll go ahead with the pilot.",
        "Decision: two years.",
        "The budget has been approved.",
        "It's settled then.",
    ],
)
def test_a_decision_is_known_by_its_words(said, text: str):
    assert [one.text for one in decisions(said(text))] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Have we agreed on the seats?",
        "We haven't decided yet.",
        "It is not approved.",
        "If we go with Lyon, we need a plan.",
        "Once we've agreed, I'll write.",
        "The decision is hard to take, isn't it?",
        "We never agreed.",
        "Lyon is nice.",
    ],
)
def test_what_is_asked_denied_or_conditional_is_no_decision(said, text: str):
    assert decisions(said(text)) == ()


@pytest.mark.parametrize(
    ("text", "who", "what", "due"),
    [
        ("I'll send the quote by Friday.", "Dana Reyes", "Send the quote", "by Friday"),
        ("By the way, I will also check the logs.", "Dana Reyes", "Check the logs", ""),
        (
            "I’m going to book a room for next Tuesday morning.",
            "Dana Reyes",
            "Book a room for",
            "next Tuesday morning",
        ),
        ("Let me take care of that.", "Dana Reyes", "Take care of that", ""),
        (
            "Ravi will review it before the end of the quarter.",
            "Ravi",
            "Review it",
            "before the end of the quarter",
        ),
        ("Tom'll write the plan within two weeks.", "Tom Becker", "Write the plan", "within two weeks"),
        (
            "Tom Becker is going to share it on May 5th at 10:00.",
            "Tom Becker",
            "Share it",
            "on May 5th at 10:00",
        ),
        ("Ravi, could you please export the logs tomorrow?", "Ravi", "Export the logs", "tomorrow"),
        ("Can you send me the list by 2026-11-30, Tom?", "Tom Becker", "Send me the list", "by 2026-11-30"),
        ("Could you send the list?", "not stated", "Send the list", ""),
        ("Please confirm the date by EOD.", "not stated", "Confirm the date", "by EOD"),
        ("Action item: Mei to paint the wall by the 3rd.", "Mei", "Paint the wall", "by the 3rd"),
        ("Action: Tom will paint the wall.", "Tom Becker", "Paint the wall", ""),
        ("Action item: new curtains", "not stated", "New curtains", ""),
        ("I'll finish the report by close.", "Dana Reyes", "Finish the report by close", ""),
    ],
)
def test_an_action_says_who_what_and_by_when(said, text: str, who: str, what: str, due: str):
    found = actions(said(text), NAMES)
    assert [(one.who, one.what, one.due) for one in found] == [(who, what, due)]


@pytest.mark.parametrize(
    "text",
    [
        "I'll be honest with you.",
        "Let me see.",
        "Ravi will love it.",
        "Marta will send it.",  # she takes no part
        "Shall I'll send it?",
        "They said they will send it.",
        "Can you hear me?",
    ],
)
def test_what_nobody_is_to_do_is_no_action(said, text: str):
    assert actions(said(text), NAMES) == ()


def test_two_promises_in_a_sentence_are_two_actions(said):
    found = actions(
        said("I'll draft the plan and Ravi will review it by Tuesday, then I will send it."), NAMES
    )
    assert [(one.who, one.what, one.due) for one in found] == [
        ("Dana Reyes", "Draft the plan", ""),
        ("Ravi", "Review it", "by Tuesday"),
        ("Dana Reyes", "Send it", ""),
    ]


def test_of_two_people_you_is_the_other_one(said):
    found = actions(said("Could you send the list?"), ("Dana Reyes", "Tom Becker"))
    assert [one.who for one in found] == ["Tom Becker"]


def test_a_first_name_of_two_people_stays_as_it_was_said(said):
    found = actions(said("Sam will send it.", "Sam Oak will check it."), ("Sam Oak", "Sam Ash"))
    assert [one.who for one in found] == ["Sam", "Sam Oak"]


def test_a_promise_made_twice_is_one_action(said):
    assert len(actions(said("I'll send the quote.", "Yes, I'll send the quote!"), NAMES)) == 1


def test_names_with_special_characters_are_names_too(said):
    found = actions(said("C++ (R&D) will send it."), ("C++ (R&D)", "["))
    assert [one.who for one in found] == ["C++ (R&D)"]


def test_topics_count_mentions_and_speakers():
    said = [
        Sentence("Dana", 0, "The volume price matters; reports matter."),
        Sentence("Tom", 1, "Volume price? A report, two reports."),
        Sentence("Tom", 2, "Lyon. In Lyon the 42 and the 42."),
    ]
    assert topics(said) == (Topic("volume price", 2, 2), Topic("report", 3, 2), Topic("Lyon", 2, 1))


def test_names_stop_words_and_what_is_said_once_are_no_topics():
    said = [
        Sentence("Dana", 0, "Tom, we should really talk. Tom, we should. Once upon a budget."),
    ]
    assert topics(said, names=["Tom Becker"]) == ()


def test_a_word_outside_its_phrase_is_a_topic_too():
    said = [Sentence("Dana", i, text) for i, text in enumerate(["security review"] * 3 + ["security"] * 2)]
    assert topics(said) == (Topic("security review", 3, 1), Topic("security", 5, 1))


def test_the_score_is_the_documented_one():
    assert Topic("volume price", 4, 3).score == 4 * 2 * (1 + 0.5 * 2)
