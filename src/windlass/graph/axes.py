"""The values of matrices: what a task with a matrix is spread over."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Axes:
    """The values of matrices; a function is asked for them, and an iterator used up, once."""

    def __init__(self, root: Path) -> None:
        """`root`: what a function gets, if it takes something."""
        self._root = root
        self._known: dict[int, tuple[Any, list[Any]]] = {}

    def values(self, axis: Any) -> Sequence[Any]:
        """The values of one axis, as its task has it."""
        if isinstance(axis, list | tuple | range):
            return axis
        if id(axis) not in self._known:
            found = axis
            if callable(axis):
                found = axis(self._root) if inspect.signature(axis).parameters else axis()
            self._known[id(axis)] = (axis, list(found))  # itself, so that its id stays its own
        return self._known[id(axis)][1]
