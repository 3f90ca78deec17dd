"""Questions and decisions: found by how they are worded, shown as they were said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Iterator

from customer_snapshot.sentences import Sentence

_FEWEST_WORDS = 4  # "Right?" and "You know?" ask nothing

_DECISION = re.compile(
    r"""\b(?:
        decision\s*: | the\ decision\ is\b
      | (?:it['’]s|that['’]s|that\ is|it\ is)\ (?:decided|settled|agreed|final)\b
      | we(?:['’]ve|\ have|\ all)?\ (?:just\ |now\ |all\ )?(?:decided|agreed|settled|chosen|approved)\b
      | (?:let['’]s|let\ us|we['’]ll|we\ will|we['’]re\ going\ to|we\ are\ going\ to)\ (?:just\ )?
        (?:go\ (?:with|for|ahead)|choose|pick|settle\ on|stick\ (?:with|to))\b
      | (?:we['’]re|we\ are)\ (?:going\ (?:with|ahead)|sticking\ (?:with|to))\b
      | (?:is|are|has\ been|have\ been|consider\ it)\ (?:now\ |hereby\ )?(?:approved|signed\ off)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_NOT_DECIDED = re.compile(
    r"\b(?:if|unless|whether|once|until|before|when)\s+(?:we|it|that)\b"
    r"|n['’]t\b|\bnot\b|\bnever\b|\bno decision\b",
    re.I,
)


@dataclass(frozen=True)
class Finding:
    """A sentence worth showing: who said it, when (milliseconds) and the words."""

    speaker: str
    at_ms: int
    text: str


def questions(said: Iterable[Sentence]) -> tuple[Finding, ...]:
    """What was asked, each question once, in order."""
    asked = (s for s in said if s.is_question and len(s.text.split()) >= _FEWEST_WORDS)
    return tuple(_once(asked))


def decisions(said: Iterable[Sentence]) -> tuple[Finding, ...]:
    """What was decided, each decision once, in order; what is asked, denied or conditional is none."""
    return tuple(_once(s for s in said if _is_decision(s)))


def _is_decision(sentence: Sentence) -> bool:
    found = _DECISION.search(sentence.text)
    if not found or sentence.is_question:
        return False
    return not _NOT_DECIDED.search(sentence.text, 0, found.end())


def _once(said: Iterable[Sentence]) -> Iterator[Finding]:
    seen = set()
    for sentence in said:
        key = re.sub(r"\W+", " ", sentence.text.lower())
        if key not in seen:
            seen.add(key)
            yield Finding(sentence.speaker, sentence.start_ms, sentence.text)
