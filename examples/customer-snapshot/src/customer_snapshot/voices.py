"""Finds the speakers in a cue's text: `<v Name>` tags, or lines that start with `Name:`."""

from __future__ import annotations

import re
from html import unescape

UNKNOWN = "Unknown speaker"

# Only what WebVTT knows as a tag: "margins < 5 % and > 3 %" stays text.
_TAG = re.compile(r"(</?[A-Za-z][^<>]*>|</>|<[\d:.]+>)")
_VOICE = re.compile(r"<v(?:\.[^\s>]+)*(?:\s+([^>]*))?>")
_NAME_WORD = r"(?:[^\W\d_][\w.'’-]*|\d{1,3})"
_LABEL = re.compile(rf"\s*(?:-|>>)?\s*({_NAME_WORD}(?: {_NAME_WORD}){{0,3}}(?: \([^()]{{1,30}}\))?):\s+(.*)")
_PARTICLES = frozenset("al bin da de del della der di dos du el la le ten ter van von y".split())
_NO_NAMES = frozenset(
    "action actions agenda agreed answer aside attention decision decisions example fyi hint idea "
    "important item note notes one ps question questions reminder second so step summary thing third tip "
    "to-do todo update warning".split()
)


def voices(payload: str) -> list[tuple[str, str]]:
    """The speakers and texts of a cue, in order; tags are gone and entities decoded.

    Args:
        payload: the lines of a cue below its timing, as they stand in the file.
    """
    said = _tagged(payload) if "<v" in payload else _labelled(_plain(payload))
    return [(speaker, text) for speaker, text in said if text]


def _tagged(payload: str) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    speaker = UNKNOWN
    for part in _TAG.split(payload):
        voice = _VOICE.match(part)
        if voice:
            speaker = _squeeze(unescape(voice.group(1) or "")) or UNKNOWN
        elif part == "</v>":
            speaker = UNKNOWN
        elif part and not _TAG.match(part):
            _add(said, speaker, unescape(part))
    return [(name, _squeeze(text)) for name, text in said]


def _labelled(text: str) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    speaker = UNKNOWN
    for line in text.split("\n"):
        label = _LABEL.match(line)
        if label and _is_name(label.group(1)):
            speaker, line = label.group(1), label.group(2)  # noqa: PLW2901  the label is no part of what is said
        _add(said, speaker, line.strip() + " ")
    return [(name, _squeeze(words)) for name, words in said]


def _add(said: list[tuple[str, str]], speaker: str, text: str) -> None:
    if said and said[-1][0] == speaker:
        said[-1] = (speaker, said[-1][1] + text)
    elif text.strip():
        said.append((speaker, text))


def _is_name(label: str) -> bool:
    """Whether `label` reads like a name: capitals, and none of the words that announce something else."""
    words = re.sub(r"\(.*\)", "", label).split()
    if any(word.lower() in _NO_NAMES for word in words):
        return False
    return all(
        word[0].isupper() or word[0].isdigit() or word in _PARTICLES or _caseless(word) for word in words
    )


def _caseless(word: str) -> bool:
    return word.lower() == word.upper()  # 田中: a script without capitals


def _plain(payload: str) -> str:
    return unescape(_TAG.sub("", payload))


def _squeeze(text: str) -> str:
    return " ".join(text.split())
