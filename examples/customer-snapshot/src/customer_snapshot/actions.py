"""Action items: who promised what, and by when, in the words that were said.

Three wordings count: a promise ("I'll send the quote by Friday"), a participant named ("Ravi will review
it", "Ravi, could you send the logs?") and an announcement ("Action item: Mei to book a room"). The first two
need a verb of doing, so that "I'll be honest" is no action.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Iterator

from customer_snapshot.sentences import Sentence

NOT_STATED = "not stated"

_VERBS = (
    "add arrange ask book build call check circulate clarify collect confirm connect coordinate contact "
    "create deliver deploy document draft email escalate export file fill find finish fix follow "
    "forward gather get give import install introduce invite investigate involve join loop look make "
    "migrate move open order organise organize pass ping plan post prepare propose provide publish pull "
    "push put raise reach record report request reschedule research resend reserve resolve review "
    "revise roll run schedule send set share ship sign speak start submit switch sync talk test train "
    "turn update upgrade upload verify write"
)
_DOING = (
    r"(?:(?:also|then|personally|just|quickly|please)\s+)*"
    rf"(?:take\s+(?:care|a\s+look|that|this|it)|{'|'.join(_VERBS.split())})\b"
)
_DO = rf"(?P<what>{_DOING}.*)"
_ASK = r"(?:(?:can|could|would|will)\s+you|please)"
_WILL = r"(?:will|['’]ll|is\s+going\s+to)"
_PROMISE = re.compile(
    rf"\b(?:I(?:['’]ll|\s+will|['’]m\s+going\s+to|\s+am\s+going\s+to)|let\s+me)\s+{_DO}", re.I
)
_REQUEST = re.compile(rf"\b{_ASK}\s+{_DO}", re.I)
_ANNOUNCED = re.compile(
    r"\baction(?:\s+item)?s?\s*:\s*(?:(?P<who>[^\W\d_][\w'’-]*(?:\s+[A-Z][\w'’-]*)?)\s+(?:to|will)\s+)?(?P<what>.+)",
    re.I,
)

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"  # noqa: E501
_PART = r"(?:\s+(?:morning|afternoon|evening|noon|night))"
_PERIOD = r"(?:week|month|quarter|year)"
_CLOCK = r"(?:noon|midnight|\d{1,2}(?::\d{2})?\s?(?:am|pm)|\d{1,2}:\d{2})"
_SOON = rf"(?:today|tonight|tomorrow{_PART}?|(?:next|this)\s+(?:{_PERIOD}|{_DAY}{_PART}?))"
_WHEN = (
    rf"(?:{_SOON}|{_DAY}{_PART}?(?:\s+next\s+week)?|(?:the\s+)?end\s+of\s+(?:(?:the|this|next)\s+)?(?:day|{_PERIOD}|{_MONTH})|EOD|EOW|COB"
    rf"|(?:{_DAY},?\s+)?{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?|(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}"
    rf"|the\s+\d{{1,2}}(?:st|nd|rd|th)|\d{{4}}-\d{{2}}-\d{{2}}|(?:the\s+end\s+of\s+)?Q[1-4]|{_CLOCK})"
)
_DUE = re.compile(
    rf",?\s*\b((?:no\s+later\s+than|by|before|until|on|due)\s+{_WHEN}(?:\s+at\s+{_CLOCK})?|{_SOON}"
    r"|(?:within|in)\s+(?:the\s+next\s+)?(?:an?|one|two|three|four|five|six|ten|\d+)\s+(?:business\s+|working\s+)?"
    r"(?:hours?|days?|weeks?|months?))(?!\w)",
    re.I,
)
_LONGEST = 2000  # characters of a sentence that are looked at: the patterns take the square of that


@dataclass(frozen=True)
class Action:
    """Something that somebody is to do.

    Attributes:
        who: a participant's name, a name as it was said, or `NOT_STATED`.
        what: as said, without the time.
        due: the time in the words that were said ("by Friday"); empty when none was.
        at_ms: when it was said, in milliseconds.
        said: the sentence that it comes from.
    """

    who: str
    what: str
    due: str
    at_ms: int
    said: str


class People:
    """The participants, by what others call them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._called = self._nicknames()
        known = "|".join(sorted(map(re.escape, self._called), key=len, reverse=True)) or r"(?!)"
        # "and I'll …", "and Ravi will …": a second promise in the same sentence.
        self.joint = re.compile(
            rf"[,;]?\s+(?:and|then|while|but)\s+(?=(?:I(?:['’]ll|\s+will)|(?:{known})(?:\s+will|['’]ll))\b)",
            re.I,
        )
        self.named = re.compile(rf"\b(?P<who>{known})\s*{_WILL}\s+{_DO}", re.I)
        self.asked = re.compile(rf"\b(?P<who>{known}),?\s+{_ASK}\s+{_DO}", re.I)
        self.asked_last = re.compile(rf"\b{_ASK}\s+(?P<what>{_DOING}.*?),\s+(?P<who>{known})\W*$", re.I)

    def _nicknames(self) -> dict[str, str]:
        """Full names and first names, in lower case → full name; a first name of two stays as it is."""
        called: dict[str, str] = {}
        for name in self.names:
            first = name.split()[0]
            called[first.lower()] = first if first.lower() in called else name
        called.update((name.lower(), name) for name in self.names)
        return called

    def full_name(self, said: str) -> str:
        """The participant called `said`, or `said` itself."""
        return self._called.get(said.lower(), said)

    def other_than(self, speaker: str) -> str:
        """Whom a speaker means by "you": the other one of two, else nobody can tell."""
        others = [name for name in self.names if name != speaker]
        return others[0] if len(others) == 1 else NOT_STATED


def actions(said: Iterable[Sentence], names: Iterable[str]) -> tuple[Action, ...]:
    """The action items of a call in order, each once."""
    people = People(names)
    found: dict[tuple[str, str], Action] = {}
    for sentence in said:
        for action in _in_sentence(sentence, people):
            found.setdefault((action.who, action.what.lower()), action)
    return tuple(found.values())


def _in_sentence(sentence: Sentence, people: People) -> Iterator[Action]:
    for clause in people.joint.split(sentence.text[:_LONGEST]):
        found = _who_and_what(clause, sentence, people)
        if found:
            what, due = _without_due(found[1])
            yield Action(found[0], what, due, sentence.start_ms, sentence.text)


def _who_and_what(clause: str, sentence: Sentence, people: People) -> tuple[str, str] | None:
    announced = _ANNOUNCED.search(clause)
    if announced:
        return people.full_name(announced.group("who") or NOT_STATED), announced.group("what")
    for pattern in (people.asked_last, people.asked, people.named):
        found = pattern.search(clause)
        if found:
            return people.full_name(found.group("who")), found.group("what")
    promised = None if sentence.is_question else _PROMISE.search(clause)
    if promised:
        return sentence.speaker, promised.group("what")
    requested = _REQUEST.search(clause)
    return (people.other_than(sentence.speaker), requested.group("what")) if requested else None


def _without_due(what: str) -> tuple[str, str]:
    due = _DUE.search(what)
    if due:
        what = what[: due.start()] + what[due.end() :]
    what = re.sub(
        r"^(?:(?:also|then|just|please)\s+)+", "", " ".join(what.split()).rstrip(" .,;:?!…"), flags=re.I
    )
    return what[:1].upper() + what[1:], " ".join(due.group(1).split()) if due else ""
