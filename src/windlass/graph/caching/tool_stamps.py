"""The tools that a node names: commands by where they lie, functions by what they tell."""

from __future__ import annotations

import functools
import inspect
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from windlass.errors import GraphError, ToolMissingError
from windlass.graph.caching.file_digests import stat_of
from windlass.graph.node import Tool

_ROOT = "root"
"""What a function may take beside the node's arguments."""


class ToolTexts:
    """What the functions among tools tell. Each is asked once, until a body has run: that may have changed it."""

    def __init__(self, root: Path) -> None:
        """`root`: what a function gets that takes `root`."""
        self._root = root
        self._texts: dict[Any, str] = {}

    def of(self, tools: Sequence[Tool], args: Mapping[str, Any]) -> dict[str, str]:
        """The function's name → its text; `args` are the node's.

        Raises:
            GraphError: one takes what the node does not have.
        """
        return {tool.__name__: self._text(tool, args) for tool in tools if not isinstance(tool, str)}

    def forget(self) -> None:
        """Ask anew from now on."""
        self._texts.clear()

    def _text(self, tool: Callable[..., str], args: Mapping[str, Any]) -> str:
        given = {name: self._root if name == _ROOT else _argument(tool, name, args) for name in _parameters(tool)}
        asked = (tool, repr(given))
        text = self._texts.get(asked)
        if text is None:
            text = self._texts[asked] = tool(**given)
        return text


def asked_for(tools: Sequence[Tool]) -> tuple[str, ...]:
    """The arguments of a node that the functions among its tools take."""
    return tuple(name for tool in tools if not isinstance(tool, str) for name in _parameters(tool) if name != _ROOT)


def _argument(tool: Callable[..., str], name: str, args: Mapping[str, Any]) -> Any:
    if name not in args:
        problem = f"{tool.__name__}, which tells what a node depends on, takes {name}"
        raise GraphError(problem, remedy=f"have it take {_ROOT}, or an argument of the task, by its name")
    return args[name]


@functools.cache
def _parameters(tool: Callable[..., str]) -> tuple[str, ...]:
    return tuple(inspect.signature(tool).parameters)


def tool_stamp(command: str) -> list[Any]:
    """Where a command lies, and its file's stat.

    Raises:
        ToolMissingError: it is not installed.
    """
    path = shutil.which(command)
    if path is None:
        raise ToolMissingError(f"{command} is not installed", remedy=f"install {command}")
    return [path, *(stat_of(path) or ())]
