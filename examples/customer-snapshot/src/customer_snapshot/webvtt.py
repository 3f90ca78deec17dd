"""Reads WebVTT: who said what, and when.

Players are lenient and so is this: a cue that makes no sense is left out and named in `Transcript.problems`;
the rest is read. Source: https://www.w3.org/TR/webvtt1/ (section 6, parsing).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator, List, Tuple

from customer_snapshot.errors import SnapshotError
from customer_snapshot.voices import voices

_TIME = r"(?:(\d+):)?([0-5]\d):([0-5]\d)[.,](\d{3})"  # with the comma of SubRip, which some exporters keep
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?$")

_Block = List[Tuple[int, str]]  # numbered lines


@dataclass(frozen=True)
class Utterance:
    """What one speaker says in one cue; times in milliseconds from the start of the recording."""

    speaker: str
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True)
class Problem:
    """Something in the file that was left out, and the line (from 1) where it stands."""

    line: int
    what: str


@dataclass(frozen=True)
class Transcript:
    """A transcript in the order of time.

    Attributes:
        title: the text after `WEBVTT` in the first line; often empty.
        utterances: sorted by start, then as they stand in the file.
        problems: what was left out, in the order of the file.
    """

    title: str
    utterances: tuple[Utterance, ...]
    problems: tuple[Problem, ...]


def parse(text: str) -> Transcript:
    """The transcript that `text` (a whole WebVTT file) holds.

    Raises:
        SnapshotError: this is no WebVTT, or nothing is said in it.
    """
    lines = re.split(r"\r\n|\n|\r", text.lstrip("\ufeff").replace("\0", "\ufffd"))
    if not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        raise SnapshotError('this is not a WebVTT file: its first line does not start with "WEBVTT"')
    utterances: list[Utterance] = []
    problems: list[Problem] = []
    for block in _blocks(lines):
        try:
            utterances += _cue(block)
        except ValueError as problem:
            problems.append(Problem(block[0][0], str(problem)))
    if not utterances:
        raise SnapshotError(f"nothing is said in this transcript{_first(problems)}")
    utterances.sort(key=lambda said: said.start_ms)
    return Transcript(lines[0][6:].strip(" \t-–—:"), tuple(utterances), tuple(problems))


def _first(problems: list[Problem]) -> str:
    if not problems:
        return ": it has no cues with text"
    return f": nothing in it could be read; line {problems[0].line}: {problems[0].what}"


def _blocks(lines: list[str]) -> Iterator[_Block]:
    """The blocks after the header: what stands between blank lines, or starts with a second timing line."""
    block: _Block = []
    header = True
    for number, line in enumerate([*lines[1:], ""], start=2):
        if not line.strip():
            header = False
            if block:
                yield block
            block = []
        elif "-->" in line:
            header = False
            if _has_timing(block) and not _is_comment(block):
                yield block
                block = []
            block.append((number, line))
        elif not header:
            block.append((number, line))


def _cue(block: _Block) -> list[Utterance]:
    """What is said in a block: nothing in a comment, a style or a region.

    Raises:
        ValueError: the block should be a cue and isn't.
    """
    if _is_comment(block):
        return []
    at = next((i for i, (_, line) in enumerate(block[:2]) if "-->" in line), None)
    if at is None:
        raise ValueError("a block without a timing line (-->) was left out")
    start_ms, end_ms = _timing(block[at][1])
    payload = "\n".join(line for _, line in block[at + 1 :])
    return list(_spread(voices(payload), start_ms, end_ms))


def _is_comment(block: _Block) -> bool:
    first = block[0][1] if block else ""
    return bool(re.match(r"NOTE(?:\s|$)|(?:STYLE|REGION)\s*$", first))


def _has_timing(block: _Block) -> bool:
    return any("-->" in line for _, line in block)


def _timing(line: str) -> tuple[int, int]:
    found = _TIMING.match(line)
    if not found:
        raise ValueError(f"the timing can't be read, its cue was left out: {line.strip()[:60]}")
    numbers = [int(part or 0) for part in found.groups()]
    start_ms, end_ms = _milliseconds(*numbers[:4]), _milliseconds(*numbers[4:])
    if end_ms < start_ms:
        raise ValueError(f"a cue that ends before it starts was left out: {line.strip()[:60]}")
    return start_ms, end_ms


def _milliseconds(hours: int, minutes: int, seconds: int, thousandths: int) -> int:
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _spread(said: list[tuple[str, str]], start_ms: int, end_ms: int) -> Iterator[Utterance]:
    """Several voices in one cue share its time by the length of what they say, one after the other."""
    whole = sum(len(text) for _, text in said)
    done = 0
    for speaker, text in said:
        begin = start_ms + (end_ms - start_ms) * done // whole
        done += len(text)
        yield Utterance(speaker, begin, start_ms + (end_ms - start_ms) * done // whole, text)
