"""A call on one page, as a value: what the Markdown and the HTML show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from customer_snapshot.actions import Action, actions
from customer_snapshot.findings import Finding, decisions, questions
from customer_snapshot.sentences import sentences, turns
from customer_snapshot.topics import Topic, topics
from customer_snapshot.webvtt import Transcript, Utterance


@dataclass(frozen=True)
class Participant:
    """Somebody who speaks.

    Attributes:
        talk_ms: how long, in milliseconds; cues that overlap count once.
        share: of all talk time, in whole per cent; the shares of a call add up to 100.
        turns: how often they take the word.
    """

    name: str
    talk_ms: int
    share: int
    turns: int


@dataclass(frozen=True)
class Snapshot:
    """A call on one page; lists in the order of the call, participants and topics from the top down."""

    title: str
    length_ms: int
    participants: tuple[Participant, ...]
    topics: tuple[Topic, ...]
    decisions: tuple[Finding, ...]
    actions: tuple[Action, ...]
    questions: tuple[Finding, ...]
    left_out: int


def summarise(transcript: Transcript, title: str = "") -> Snapshot:
    """The snapshot of a transcript, titled `title`, or as the transcript is, or "Customer call"."""
    said = transcript.utterances
    people = participants(said)
    names = [person.name for person in people]
    spoken = list(sentences(said))
    todo = actions(spoken, names)
    asked_to_do = {action.said for action in todo}
    return Snapshot(
        title=title or transcript.title or "Customer call",
        length_ms=max(one.end_ms for one in said) - said[0].start_ms,
        participants=people,
        topics=topics(spoken, names=names),
        decisions=decisions(spoken),
        actions=todo,
        questions=tuple(one for one in questions(spoken) if one.text not in asked_to_do),
        left_out=len(transcript.problems),
    )


def participants(said: tuple[Utterance, ...]) -> tuple[Participant, ...]:
    """Who speaks, for how long and how often; the one who talks most comes first."""
    by_name: dict[str, list[Utterance]] = {}
    for one in said:
        by_name.setdefault(one.speaker, []).append(one)
    taken = dict.fromkeys(by_name, 0)
    for turn in turns(said):
        taken[turn[0].speaker] += 1
    talk = {name: _covered_ms(spoken) for name, spoken in by_name.items()}
    shares = dict(zip(talk, _per_cent(list(talk.values()))))
    people = [Participant(name, talk[name], shares[name], taken[name]) for name in by_name]
    return tuple(sorted(people, key=lambda person: (-person.talk_ms, person.name)))


def _covered_ms(spoken: Iterable[Utterance]) -> int:
    """How much time the utterances (by start) cover: rolling captions say the same moment twice."""
    total = until = 0
    for one in spoken:
        total += max(0, one.end_ms - max(one.start_ms, until))
        until = max(until, one.end_ms)
    return total


def _per_cent(parts: list[int]) -> list[int]:
    """Whole percentages that add up to 100: what rounding down leaves goes to the largest remainders."""
    whole = sum(parts)
    if not whole:
        return [0 for _ in parts]
    shares = [100 * part // whole for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(100 * parts[i] % whole), i))
    for i in by_remainder[: 100 - sum(shares)]:
        shares[i] += 1
    return shares
