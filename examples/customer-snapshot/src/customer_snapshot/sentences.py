"""Puts what a speaker says in a row together and cuts it into sentences, which cues rarely respect."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import groupby
from typing import Iterable, Iterator

from customer_snapshot.webvtt import Utterance

_END = re.compile(r"[.?!…]+[\"'”’)\]]*\s+")
_NO_END = re.compile(
    r"(?:\b(?:approx|dr|e\.g|etc|i\.e|inc|jr|mr|mrs|ms|no|prof|sr|st|vs)|\b[A-Z])\.\s+$", re.I
)
_LONGEST = 400  # characters


@dataclass(frozen=True)
class Sentence:
    """A sentence, and when (in milliseconds) the cue that it starts in begins."""

    speaker: str
    start_ms: int
    text: str

    @property
    def is_question(self) -> bool:
        """Whether it ends with a question mark."""
        return self.text.rstrip("\"'”’)] ").endswith("?")


def turns(utterances: Iterable[Utterance]) -> Iterator[list[Utterance]]:
    """What one speaker says before another does, as a list of utterances."""
    for _, turn in groupby(utterances, key=lambda said: said.speaker):
        yield list(turn)


def sentences(utterances: Iterable[Utterance]) -> Iterator[Sentence]:
    """The sentences of a transcript; a sentence may run over several cues of one speaker."""
    for turn in turns(utterances):
        text = " ".join(said.text for said in turn)
        offsets = [0]
        for said in turn[:-1]:
            offsets.append(offsets[-1] + len(said.text) + 1)
        for begin, end in _short(_cuts(text), offsets):
            at = turn[bisect_right(offsets, begin) - 1]
            yield Sentence(at.speaker, at.start_ms, text[begin:end].strip())


def _short(cuts: Iterable[tuple[int, int]], offsets: list[int]) -> Iterator[tuple[int, int]]:
    """Cuts what is too long for a sentence where its cues begin: some recorders leave out punctuation."""
    for begin, end in cuts:
        if end - begin <= _LONGEST:
            yield begin, end
            continue
        edges = [begin, *offsets[bisect_right(offsets, begin) : bisect_left(offsets, end)], end]
        yield from zip(edges, edges[1:])


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    for end in _END.finditer(text):
        if not _NO_END.search(text, max(begin, end.start() - 8), end.end()):
            yield begin, end.end()
            begin = end.end()
    if text[begin:].strip():
        yield begin, len(text)
