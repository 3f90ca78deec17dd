"""What code a body is: a digest of its module and of the project's modules that can be reached from there."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.machinery
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from windlass.digest import content_digest, pieces_digest
from windlass.graph.caching.file_digests import stat_of
from windlass.graph.caching.journal import Journal

_STDLIB = os.path.dirname(os.__file__)  # noqa: PTH120 - compared with text
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""The parts of a statement that hold statements."""


class Sources:
    """The project's code, by digest. What is installed does not count: a package is a tool, or an input that locks it.

    A module is found from the imports written in its source (also those inside functions), so that what a body
    imports late counts too. Parsed sources are remembered in the journal.

    Attributes:
        stamps: the source files that were looked at so far → size in bytes, mtime_ns, ctime_ns, inode.
        looked: the folders in which a module was looked for, there or not.
    """

    def __init__(self, journal: Journal, root: Path) -> None:
        """`root`: where paths that a function holds are told from."""
        self._journal = journal
        self._root = str(root)
        self.stamps: dict[str, list[int]] = {}
        self.looked: set[str] = set()
        self._files: dict[str, tuple[str, list[str]]] = {}
        self._digests: dict[str, str] = {}
        self._found: dict[str, str] = {}

    def digest(self, function: Callable[..., Any]) -> str:
        """`sha256:<hex>` that changes when the function's module, or one that it uses, does.

        So it does with the constants and functions that a closure holds; what can change there while it runs does not
        count.
        """
        return outline(function, self._root, self._module)

    def _module(self, name: str, path: str) -> str:
        """The digest of a module and all that it reaches; modules are named, so that their place does not count."""
        if path not in self._digests:
            seen: dict[str, str] = {}
            todo = [(name, path)]
            for one, at in todo:
                if at in seen:
                    continue
                digest, imports = self._file(at)
                seen[at] = f"{one} {digest}"
                todo.extend((other, found) for other in imports if (found := self._find(other, one, at)))
            self._digests[path] = _digest_of_parts(sorted(seen.values()))
        return self._digests[path]

    def _file(self, path: str) -> tuple[str, list[str]]:
        """A source file's digest and the names that it imports."""
        if path not in self._files:
            stamp = self.stamps[path] = list(stat_of(path) or ())
            known = self._journal.last("source", path)
            if not isinstance(known, dict) or known.get("stat") != stamp:
                content = Path(path).read_bytes()
                known = {"digest": content_digest(content), "imports": list(_imports(content))}
                self._journal.add("source", path, {"stat": stamp, **known})
            self._files[path] = (known["digest"], known["imports"])
        return self._files[path]

    def _find(self, name: str, importer: str, importer_path: str) -> str:
        """The file of a module of the project, by its name as written (`.x` is relative); empty for others."""
        if name.startswith("."):
            name = _absolute(name, importer, importer_path)
        if name not in self._found:
            self._found[name] = _project_file(name)
            self.looked.update(_looked_in(name))
        return self._found[name]


def outline(
    function: Callable[..., Any],
    root: str,
    module_digest: Callable[[str, str], str],
    inside: frozenset[int] = frozenset(),
) -> str:
    """`sha256:<hex>` of a function as it is loaded, and of what `module_digest` tells of its module: name, file → text.

    Args:
        root: where paths that a closure holds are told from.
        inside: identities of the functions that hold this one.
    """
    function, bound = _unwrap(function)
    module = sys.modules.get(getattr(function, "__module__", "") or "")
    path = getattr(module, "__file__", None)
    name = f"{getattr(function, '__qualname__', type(function).__qualname__)}{bound}"
    within = inside | {id(function)}
    name += "".join(_value_text(one, root, module_digest, within) for one in _closed_over(function))
    code = getattr(function, "__code__", None)
    name += _code(code) if code else repr(type(function))
    if path is None or not path.endswith(".py") or not os.path.exists(path):  # noqa: PTH110
        return _digest_of_parts([name])
    return _digest_of_parts([name, module_digest(getattr(module, "__name__", ""), path)])


def _value_text(value: Any, root: str, module_digest: Callable[[str, str], str], inside: frozenset[int]) -> str:
    """A value that a function holds, as far as it counts."""
    if isinstance(value, FunctionType):
        return "" if id(value) in inside else outline(value, root, module_digest, inside)
    return repr(value).replace(root, "{root}") if _constant(value) else ""


def search_folders() -> tuple[str, ...]:
    """The folders in which Python looks for modules of the project; what is no text it passes over itself."""
    looked = (folder or os.getcwd() for folder in sys.path if isinstance(folder, str))  # noqa: PTH109
    return tuple(dict.fromkeys(folder for folder in looked if not _is_installed(folder)))


def _unwrap(function: Callable[..., Any]) -> tuple[Callable[..., Any], str]:
    """The function inside partials and methods, and what a partial has bound."""
    bound: list[str] = []
    while isinstance(function, functools.partial):
        bound.append(repr((function.args, sorted(function.keywords.items()))))
        function = function.func
    function = getattr(function, "__func__", function)
    return function, "".join(bound)


def _closed_over(function: Callable[..., Any]) -> Iterator[Any]:
    """What the cells of a closure hold, in the order of their names."""
    for cell in getattr(function, "__closure__", None) or ():
        with contextlib.suppress(ValueError):  # not filled yet
            yield cell.cell_contents


def _constant(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_constant, value))
    return value is None or isinstance(value, str | int | float | bytes | Path)


@functools.lru_cache(maxsize=1024)
def _imports(source: bytes) -> tuple[str, ...]:
    """Every module that a source names in an import, `from a import b` as both `a` and `a.b`.

    Remembered for the runs that one process makes.
    """
    names: dict[str, None] = {}
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names.update(dict.fromkeys(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names[module] = None
            dot = "" if module.endswith(".") else "."
            names.update(dict.fromkeys(module + dot + alias.name for alias in node.names))
    return tuple(names)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """What may be an import, or have one below it: no expression can, and most of a tree is expressions."""
    left = [tree]
    while left:
        node = left.pop()
        yield node
        for part in _BLOCKS:
            left += getattr(node, part, ())


def _absolute(name: str, importer: str, path: str) -> str:
    level = len(name) - len(name.lstrip("."))
    package = importer.split(".") if path.endswith("__init__.py") else importer.split(".")[:-1]
    base = package[: len(package) - level + 1]
    return ".".join([*base, *filter(None, [name.lstrip(".")])])


def _project_file(name: str) -> str:
    """The source file of a module outside of site-packages and the standard library; empty when there is none."""
    top, *rest = name.split(".")
    for folder in _own_homes(top):
        base = os.path.join(folder, *rest)  # noqa: PTH118
        for candidate in (f"{base}.py", os.path.join(base, "__init__.py")):  # noqa: PTH118
            if rest and os.path.isfile(candidate):  # noqa: PTH113
                return candidate
        if not rest:
            return _top_file(folder, top)
    return ""


def _looked_in(name: str) -> Iterator[str]:
    """The folders of the project in which a module, or a package on the way to it, could be."""
    top, *rest = name.split(".")
    for home in _own_homes(top):
        for depth in range(max(len(rest), 1)):
            yield os.path.join(home, *rest[:depth])  # noqa: PTH118 - text, as modules know their files


def _top_file(folder: str, top: str) -> str:
    loaded = getattr(sys.modules.get(top), "__file__", None)
    candidates = (loaded or "", *(os.path.join(folder, name) for name in ("__init__.py", f"{top}.py")))  # noqa: PTH118
    return next((one for one in candidates if one.endswith(".py") and os.path.isfile(one)), "")  # noqa: PTH113


def _own_homes(top: str) -> list[str]:
    """Those of a package that is the project's own."""
    return (
        [home for home in _homes(top) if not _is_installed(home)] if top and top not in sys.stdlib_module_names else []
    )


@functools.cache
def _homes(top: str) -> tuple[str, ...]:
    """The folders in which a top-level package's modules lie."""
    loaded = sys.modules.get(top)
    paths: Iterable[str] | None = getattr(loaded, "__path__", None)
    if loaded is None:
        spec = importlib.machinery.PathFinder.find_spec(top)
        paths = spec.submodule_search_locations if spec else None
        if spec and spec.origin and not paths:
            paths = [os.path.dirname(spec.origin)]  # noqa: PTH120
    elif paths is None and getattr(loaded, "__file__", None):
        paths = [os.path.dirname(str(loaded.__file__))]  # noqa: PTH120
    return tuple(paths or ())


def _is_installed(folder: str) -> bool:
    return "site-packages" in folder or "dist-packages" in folder or folder.startswith(_STDLIB)


def _code(code: CodeType) -> str:
    """A code object by what it does; neither its file nor its lines count."""
    return _digest_of_parts(
        [code.co_code.hex(), *map(_constant_text, code.co_consts), *code.co_names, *code.co_varnames]
    )


def _constant_text(constant: Any) -> str:
    """A constant of a code object as text that is the same in every process."""
    if isinstance(constant, CodeType):
        return _code(constant)
    if isinstance(constant, tuple):
        return f"({','.join(map(_constant_text, constant))})"
    return f"{{{','.join(sorted(map(repr, constant)))}}}" if isinstance(constant, frozenset) else repr(constant)


def _digest_of_parts(parts: Iterable[str]) -> str:
    return pieces_digest(part.encode("utf-8", "surrogatepass") + b"\0" for part in parts)
