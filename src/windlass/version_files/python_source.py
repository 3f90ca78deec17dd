"""Versions in Python modules: parsed by Python's own parser, nothing imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from windlass.version_files.version_location import VersionSpan, file_text

_DEPTH = 4
"""Imports that are followed from module to module."""


@dataclass(frozen=True)
class PythonName:
    """A string that a Python module gives a name on its top level: `__version__ = "1.3.0"`.

    Attributes:
        name: the name.
    """

    name: str = "__version__"

    def spans(self, text: str) -> tuple[VersionSpan, ...]:
        """The string's place, without its quotes; empty when the module gives the name nothing, or no plain string."""
        mark = len(text) - len(text.removeprefix("\ufeff"))
        text = text[mark:]
        found = (span for node in _statements(text) for span in self._span(node, text))
        return tuple(VersionSpan(mark + span.start, mark + span.end) for span in found)

    def _span(self, node: ast.stmt, text: str) -> Iterator[VersionSpan]:
        value = _assigned(node, self.name)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            start = _position(text, value.lineno, value.col_offset)
            at = text.find(value.value, start)
            if value.value and text[start:at].strip("rRuUbB") in ('"', "'", '"""', "'''"):
                yield VersionSpan(at, at + len(value.value))

    def __str__(self) -> str:
        return self.name


def _statements(text: str) -> list[ast.stmt]:
    """A module's top level; empty where it can't be parsed."""
    try:
        return ast.parse(text.removeprefix("\ufeff")).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _assigned(node: ast.stmt, name: str) -> ast.expr | None:
    """What a statement gives a name; None where it gives it nothing."""
    if isinstance(node, ast.Assign):
        targets: Sequence[ast.expr] = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return None
    named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
    return node.value if named else None


def times_bound(text: str, name: str) -> int:
    """How often a module gives a name a value when it is imported, in branches too: more than once for a fallback."""
    return sum(_bindings(node, name) for node in _statements(text))


def _bindings(node: ast.AST, name: str) -> int:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return 0
    if isinstance(node, ast.Import | ast.ImportFrom):
        return sum((alias.asname or alias.name) == name for alias in node.names)
    own = isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
    return int(own) + sum(_bindings(child, name) for child in ast.iter_child_nodes(node))


def numbers(text: str, name: str) -> str:
    """The tuple of numbers that a module gives a name, as a version's text: `(1, 2, 0)` → `1.2.0`; empty for none."""
    for node in _statements(text):
        value = _assigned(node, name)
        if isinstance(value, ast.Tuple | ast.List):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "" for part in value.elts]
            return ".".join(parts) if all(parts) else ""
    return ""


def module_file(root: Path, bases: Sequence[str], module: str) -> str:
    """The file of a module, relative to the root; empty when there is none.

    Args:
        bases: folders that hold packages, relative to the root.
    """
    for base in bases:
        folder = Path(base, *module.split("."))
        for path in (folder / "__init__.py", folder.with_suffix(".py")):
            if (root / path).is_file():
                return path.as_posix()
    return ""


def defining_name(root: Path, bases: Sequence[str], module: str, name: str, depth: int = _DEPTH) -> tuple[str, str]:
    """The file and the name in it where a module's name gets its string; a module that imports it is followed.

    Both are empty where that can't be told without running the module.
    """
    path = module_file(root, bases, module)
    text = file_text(root / path) if path else ""
    if not text or not depth:
        return "", ""
    if PythonName(name).spans(text):
        return path, name
    package = module if path.endswith("/__init__.py") else module.rpartition(".")[0]
    for node in _statements(text):
        value = _assigned(node, name)
        if isinstance(value, ast.Name) and PythonName(value.id).spans(text):
            return path, value.id
        for source, inner in _imported(node, name, package):
            return defining_name(root, bases, source, inner, depth - 1)
    return "", ""


def _imported(node: ast.stmt, name: str, package: str) -> Iterator[tuple[str, str]]:
    """The module and the name that an import gives a name from."""
    if not isinstance(node, ast.ImportFrom):
        return
    parents = package.split(".") if package else []
    above = parents[: len(parents) - node.level + 1] if node.level else []
    source = ".".join([*above, *([node.module] if node.module else [])])
    for alias in node.names:
        if (alias.asname or alias.name) == name:
            yield source, alias.name


def _position(text: str, line: int, column_bytes: int) -> int:
    """Position in a text of Python's line (from 1) and column (in bytes of UTF-8)."""
    # Python's lines end at \n, \r\n and \r alone, where str.splitlines knows more.
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    before = sum(map(len, lines[: line - 1]))
    return before + len(lines[line - 1].encode()[:column_bytes].decode())
