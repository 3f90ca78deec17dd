"""Values between nodes: JSON text and back, by the type that a body is annotated to return."""

from __future__ import annotations

import json
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from windlass.errors import GraphError

_ROOT = "{root}"
"""Stands for the run's root in a path, so that a value means the same wherever the project lies."""


def encode_value(value: Any, root: Path) -> str | None:
    """The value as JSON text; None when it can't be written as JSON."""
    if value is None:
        return "null"
    import msgspec

    try:
        return msgspec.json.encode(value, enc_hook=_Hook(root).out).decode()
    except (TypeError, NotImplementedError, RecursionError, ValueError, OverflowError):
        return None


def decode_value(text: str, type_: Any, root: Path) -> Any:
    """The value that `encode_value` wrote.

    Raises:
        GraphError: it does not fit the type.
    """
    if text == "null":
        return None
    if type_ is None or type_ is Any:
        return json.loads(text)
    import msgspec

    try:
        return msgspec.json.decode(text, type=type_, dec_hook=_Hook(root).back)
    except (msgspec.ValidationError, TypeError, NotImplementedError) as bad:
        problem = f"a node's value can't be read back as {getattr(type_, '__name__', type_)}: {bad}"
        raise GraphError(problem, remedy="annotate the body with a type that JSON can carry") from bad


class _Hook:
    """What JSON has no form for: paths, told from the root."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def out(self, value: Any) -> Any:
        if isinstance(value, Path):
            below = value.is_relative_to(self._root)
            return f"{_ROOT}/{value.relative_to(self._root).as_posix()}" if below else str(value)
        raise NotImplementedError(type(value).__name__)

    def back(self, type_: Any, value: Any) -> Any:
        if isinstance(type_, type) and issubclass(type_, Path):
            text = str(value)
            return self._root / text[len(_ROOT) + 1 :] if text.startswith(_ROOT) else Path(text)
        raise NotImplementedError(str(type_))


def return_type(body: Callable[..., Any]) -> Any:
    """The type that a body says it returns; None when it says nothing, or a name that can't be found."""
    body = getattr(body, "func", body)  # a partial's
    if "return" not in getattr(body, "__annotations__", {}):
        return None
    try:
        return typing.get_type_hints(body).get("return")
    except (NameError, TypeError, AttributeError):
        return None
