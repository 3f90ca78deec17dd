"""Where decoded data does not fit a msgspec Struct: where first, what was expected and meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import inspect

from windlass.config.toml_line_numbers import KeyPath

_AT = re.compile(r"^(?P<problem>.*?)(?: - at (?:`key` in )?`\$(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[(\.\.\.)\]")
_EXPECTED = re.compile(r"Expected `(?P<kind>[^`]+)`(?P<more>.*?)(?:, got `[^`]+`)?$")
_KINDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "an array",
    "object": "a table",
}


@dataclass(frozen=True)
class Misfit:
    """One place that does not fit.

    Attributes:
        path: keys and positions from the top.
        expected: what may stand there, in words.
        found: what stands there, in words.
        unknown: the key itself is unknown.
        remedy: what to do, with "did you mean" where something is near.
    """

    path: KeyPath
    expected: str
    found: str
    unknown: bool
    remedy: str

    def dotted_path(self, top: str = "") -> str:
        """The path as a person writes it: `tool.windlass.image.platforms[1]`."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return (top + "".join(steps)).lstrip(".")

    def problem(self, path: str) -> str:
        """One sentence that says what is wrong."""
        return f"{path} is not a setting" if self.unknown else f"{path} does not fit"


def first_misfit(data: object, struct: type[msgspec.Struct]) -> Misfit | None:
    """The first place where `data` does not fit `struct`; None when it fits. Unknown keys come first."""
    shape = inspect.type_info(struct)
    if unknown := _find_unknown_key(data, shape, ()):
        return unknown
    try:
        msgspec.convert(data, struct)
    except msgspec.ValidationError as problem:
        return _wrong(str(problem), data, shape)
    return None


def _find_unknown_key(data: object, shape: inspect.Type, path: KeyPath) -> Misfit | None:
    if isinstance(shape, inspect.StructType) and isinstance(data, Mapping):
        fields = {field.encode_name: field.type for field in shape.fields}
        for key, value in data.items():
            below = (
                _find_unknown_key(value, fields[key], (*path, key))
                if key in fields
                else _unknown_key(key, path, [*fields])
            )
            if below:
                return below
    if isinstance(shape, inspect.VarTupleType) and isinstance(data, list):
        elements = (_find_unknown_key(value, shape.item_type, (*path, position)) for position, value in enumerate(data))
        return next(filter(None, elements), None)
    return None


def _unknown_key(key: str, path: KeyPath, known: list[str]) -> Misfit:
    return Misfit(
        path=(*path, key),
        expected="one of " + ", ".join(sorted(known)),
        found=key,
        unknown=True,
        remedy=_suggestion(key, known) or "remove it, or use a setting that exists",
    )


def _suggestion(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word.replace("_", "-").lower(), known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else ""


def _wrong(message: str, data: object, shape: inspect.Type) -> Misfit:
    """A misfit from msgspec's message, which is the only place where it tells the path."""
    match = _AT.match(message)
    problem, steps = (match["problem"], match["path"] or "") if match else (message, "")
    path = _path(steps)
    value, kind = _value(data, path), _type_at(shape, path)
    choices = [str(choice) for choice in kind.values] if isinstance(kind, inspect.LiteralType) else []
    remedy = _suggestion(str(value), choices) if choices else ""
    return Misfit(
        path=path,
        expected="one of " + ", ".join(sorted(choices)) if choices else _in_words(problem),
        found=_quote_value(value),
        unknown=False,
        remedy=remedy or "write what is expected there",
    )


def _path(steps: str) -> KeyPath:
    """`.image.platforms[1]` as a path; it ends before `[...]`, msgspec's word for any value of a mapping."""
    path: KeyPath = ()
    for key, position, anything in _STEP.findall(steps):
        if anything:
            break
        path = (*path, int(position) if position else key)
    return path


def _value(data: Any, path: KeyPath) -> Any:
    for step in path:
        data = data[step]
    return data


def _type_at(shape: inspect.Type, path: KeyPath) -> inspect.Type:
    for step in path:
        if isinstance(shape, inspect.StructType):
            shape = next(field.type for field in shape.fields if field.encode_name == step)
        elif isinstance(shape, inspect.VarTupleType):
            shape = shape.item_type
        shape = shape.type if isinstance(shape, inspect.Metadata) else shape
    return shape


def _in_words(problem: str) -> str:
    """msgspec's problem as what was expected: "Expected `str`, got `int`" is "a string"."""
    if match := _EXPECTED.match(problem):
        return _KINDS.get(match["kind"], match["kind"]) + match["more"].replace(r"\\", "\\")
    if missing := re.match(r"Object missing required field `([^`]+)`", problem):
        return f"a table with {missing[1]}"
    return problem


def _quote_value(value: object) -> str:
    shown = msgspec.json.encode(value).decode() if not isinstance(value, str) else f'"{value}"'
    return shown if len(shown) <= 80 else shown[:77] + "…"
