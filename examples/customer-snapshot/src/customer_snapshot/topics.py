"""What a call is about: words and two-word phrases, scored by a rule that fits in one line.

score = mentions × words in the topic × (1 + 0.5 for every further speaker who says it)
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Tuple

from customer_snapshot.sentences import Sentence
from customer_snapshot.words import STOP_WORDS

_WORD = re.compile(r"[^\W_][\w'’-]*|[.,;:?!]")
_FEWEST_MENTIONS = 2

_Mentions = Dict[str, List[Tuple[str, str]]]  # term in lower case → (speaker, as written), one a mention


@dataclass(frozen=True)
class Topic:
    """A word or phrase that comes up again and again."""

    name: str
    mentions: int
    speakers: int

    @property
    def score(self) -> float:
        """How much of the call it stands for; see the head of this file."""
        return self.mentions * len(self.name.split()) * (1 + 0.5 * (self.speakers - 1))


def topics(said: Iterable[Sentence], most: int = 8, names: Iterable[str] = ()) -> tuple[Topic, ...]:
    """The topics with the highest scores, best first.

    Args:
        said: the sentences of the call.
        most: how many to give at the most.
        names: of the participants; whom somebody talks to is no topic.
    """
    unwanted = STOP_WORDS | {word for name in names for word in _words(name.lower())}
    mentions: _Mentions = defaultdict(list)
    for sentence in said:
        for term in _terms(sentence.text, unwanted):
            mentions[term.lower()].append((sentence.speaker, term))
    found = [_topic(where) for where in _one_number(mentions).values() if len(where) >= _FEWEST_MENTIONS]
    found.sort(key=lambda topic: (-topic.score, topic.name.lower()))
    return tuple(_without_repeats(found))[:most]


def _topic(where: list[tuple[str, str]]) -> Topic:
    """Named as it is mostly written: "Lyon", but "dashboard" although a sentence began with it."""
    spellings = Counter(spelling for _, spelling in where)
    name = min(spellings, key=lambda spelling: (-spellings[spelling], not spelling.islower(), spelling))
    return Topic(name, len(where), len({speaker for speaker, _ in where}))


def _words(text: str) -> list[str]:
    return [re.sub(r"['’](?:s|re|ll|ve|d|m|t)?$", "", word) for word in _WORD.findall(text)]


def _terms(text: str, unwanted: frozenset[str] | set[str]) -> Iterator[str]:
    """The words of a sentence that mean something, and those that stand side by side as phrases."""
    before = ""
    for word in _words(text):
        if len(word) < 3 or word.lower() in unwanted or not word[0].isalpha():
            before = ""
            continue
        yield word
        if before and before.lower() != word.lower():
            yield f"{before} {word}"
        before = word


def _one_number(mentions: _Mentions) -> _Mentions:
    """Counts a plural with its singular where both are said: "reports" with "report"."""
    merged: _Mentions = defaultdict(list)
    for term, where in mentions.items():
        singular = term[:-1] if term.endswith("s") and not term.endswith("ss") else term
        if singular != term and singular in mentions:
            merged[singular] += [(speaker, spelling[:-1]) for speaker, spelling in where]
        else:
            merged[term] += where
    return merged


def _without_repeats(found: list[Topic]) -> Iterator[Topic]:
    """Leaves out a word that is hardly said outside a better phrase, and a phrase with one of its words."""
    taken: dict[str, int] = {}  # word → mentions within the phrases kept so far
    kept: set[str] = set()
    for topic in found:
        words = topic.name.lower().split()
        if len(words) == 1 and topic.mentions - taken.get(words[0], 0) < _FEWEST_MENTIONS:
            continue
        if len(words) > 1 and any(word in taken or word in kept for word in words):
            continue
        for word in words if len(words) > 1 else ():
            taken[word] = taken.get(word, 0) + topic.mentions
        kept.add(topic.name.lower())
        yield topic
