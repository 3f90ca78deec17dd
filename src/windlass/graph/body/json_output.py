"""The answer of a command: what `--json` prints on standard output, alone there; all else goes to standard error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any


def answer(value: Any) -> None:
    """Give, in a body, what its task prints where it was given `--json`: a dataclass, a mapping, a list, …

    Printed when the run ends, also when the body fails afterwards. Without a call, that is the value that the body
    returns. Where the body is called as a function, nothing asks for it.
    """
    from windlass.graph.body.node_execution import current  # not before a body runs: `inv --list` is quicker without it

    job = current()
    if job is not None:
        job.answers.append(value)


@contextlib.contextmanager
def unheard_answers() -> Iterator[None]:
    """What is given `answer` meanwhile is not the answer of the node that runs here."""
    from windlass.graph.body.node_execution import current

    job = current()
    before = list(job.answers) if job is not None else []
    try:
        yield
    finally:
        if job is not None:
            job.answers[:] = before


def as_json(value: Any) -> str:
    """A value as JSON text: two spaces of indentation, a newline at its end.

    `##[`, which only a string can hold, has its second character as an escape: in a job of GitHub Actions a line with
    it would be a workflow command.
    """
    import msgspec

    return msgspec.json.format(as_text(value), indent=2).replace("##[", "#\\u0023[") + "\n"


def as_text(value: Any) -> str:
    """A value as JSON in one line, for keeping it."""
    import msgspec

    return msgspec.json.encode(value, enc_hook=str).decode()


def decode_answers(answers: Mapping[str, str]) -> dict[str, Any]:
    """Answers that were kept as JSON text: node → the answer."""
    import json

    return {node: json.loads(text) for node, text in answers.items()}
