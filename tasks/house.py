"""What keeps the house enterable, beyond its imports: few files a folder, names that say the field's word, one git,
and stand-ins that share no code with their channels."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

MOST_FILES = 17
"""How many modules a folder may have."""
MOST_PARTICIPLES = 0.02
"""Which part of all functions' and classes' names may be a bare participle."""
_GIT = "git"
"""The package that starts git."""
_OF_STAND_INS = ("atomic_write", "digest", "errors", "git", "shell", "stage")
"""The packages of windlass that a stand-in may use, beside its own modules."""
_IRREGULAR = frozenset(
    [
        "begun",
        "bought",
        "broken",
        "brought",
        "built",
        "caught",
        "chosen",
        "come",
        "cut",
        "done",
        "drawn",
        "driven",
        "dug",
        "eaten",
        "fallen",
        "fed",
        "felt",
        "forgotten",
        "fought",
        "found",
        "frozen",
        "given",
        "gone",
        "got",
        "gots",
        "grown",
        "had",
        "heard",
        "held",
        "hidden",
        "hit",
        "kept",
        "known",
        "laid",
        "led",
        "left",
        "lent",
        "lost",
        "made",
        "meant",
        "met",
        "overridden",
        "paid",
        "proven",
        "put",
        "read_back",
        "run_by",
        "ridden",
        "risen",
        "said",
        "seen",
        "sent",
        "set_by",
        "shaken",
        "shown",
        "shut",
        "slept",
        "sold",
        "sought",
        "spent",
        "split_up",
        "spun",
        "stood",
        "stolen",
        "struck",
        "sung",
        "sunk",
        "swept",
        "sworn",
        "taken",
        "taught",
        "thought",
        "thrown",
        "told",
        "ran",
        "took",
        "torn",
        "understood",
        "undone",
        "unkept",
        "unknown",
        "unproven",
        "unseen",
        "untold",
        "unwritten",
        "withdrawn",
        "withheld",
        "woken",
        "won",
        "worn",
        "wound",
        "woven",
        "written",
        "wrote",
        "wrought",
    ]
)
_NO_PARTICIPLE = frozenset(
    [
        "bed",
        "bleed",
        "breed",
        "creed",
        "deed",
        "embed",
        "exceed",
        "feed",
        "heed",
        "indeed",
        "led_",
        "need",
        "proceed",
        "red",
        "reed",
        "sacred",
        "seed",
        "shed",
        "shred",
        "sled",
        "speed",
        "succeed",
        "weed",
        "wed",
    ]
)


def crowded(sources: Path) -> list[str]:
    """Folders with more modules than one looks through."""
    counts = Counter(path.parent for path in sources.rglob("*.py"))
    return [
        f"{folder.relative_to(sources)}/ has {count} modules, and may have {MOST_FILES}: look for the second noun"
        for folder, count in sorted(counts.items())
        if count > MOST_FILES
    ]


def git_elsewhere(sources: Path) -> list[str]:
    """Places outside `windlass.git` that put a git command together."""
    files = [
        path for path in sorted(sources.rglob("*.py")) if path.relative_to(sources).parts[:2] != ("windlass", _GIT)
    ]
    return [
        f"{path.relative_to(sources)}:{line}: git is started in windlass.git alone"
        for path in files
        for line in _git_commands(path.read_text("utf-8"))
    ]


def _git_commands(text: str) -> Iterator[int]:
    """Lines of lists that begin with "git" and go on with a word: an argv (a list of tools names functions)."""
    if _GIT not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.List) and len(node.elts) > 1:
            first, second = node.elts[:2]
            if isinstance(first, ast.Constant) and first.value == "git" and not isinstance(second, ast.Name):
                yield node.lineno


_ONE_PLACE = {
    "time.sleep": (
        "windlass.backoff waits",
        ("backoff.py", "shell/process_group.py"),  # it looks at processes here, not at a remote
    ),
    "hashlib.sha256": (
        "windlass.digest tells digests",
        (
            "digest.py",
            "graph/caching/fingerprint.py",  # one that was begun is gone on with for each node
            "gates/virtual_environments.py",  # as a wheel's RECORD spells it
            "channels/index/stand_in/upload.py",
            "channels/oci/stand_in/login.py",
        ),
    ),
    "hashlib.file_digest": (
        "windlass.digest tells digests",
        ("digest.py", "graph/caching/file_digests.py"),  # called for every file of a graph
    ),
}
"""What is done in one place: the function → who does it, and the modules that may call it all the same."""


def done_again(sources: Path) -> list[str]:
    """Calls of what one module does for all."""
    found = []
    for path in sorted((sources / "windlass").rglob("*.py")):
        text, module = path.read_text("utf-8"), path.relative_to(sources / "windlass").as_posix()
        if "sleep" not in text and "hashlib" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            where, but = _ONE_PLACE.get(f"{node.value.id}.{node.attr}", ("", ()))
            if where and module not in but:
                found.append(f"windlass/{module}:{node.lineno}: {where}, so that it has one meaning")
    return found


def shared_with_stand_ins(sources: Path) -> list[str]:
    """Imports of stand-ins that could let one mistake hide in a channel and its double."""
    found = []
    channels = sources / "windlass" / "channels"
    for path in sorted([*channels.glob("*/stand_in.py"), *channels.glob("*/stand_in/**/*.py")]):
        own = ".".join([*path.relative_to(sources).parts[:3], "stand_in"])
        allowed = (own, *(f"windlass.{name}" for name in _OF_STAND_INS))
        found += [
            f"{path.relative_to(sources)}:{line}: a stand-in shares no code with its channel, and imports {name}"
            for line, name in _imports(ast.parse(path.read_text("utf-8")))
            if name.startswith("windlass") and not f"{name}.".startswith(tuple(f"{one}." for one in allowed))
        ]
    return found


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)


def unclear(sources: Path) -> list[str]:
    """Names that only say that something happened, where there are too many of them."""
    names = [
        (path, *found) for path in sorted(sources.rglob("*.py")) for found in _definitions(path.read_text("utf-8"))
    ]
    bare = [(path, line, name) for path, line, name in names if is_participle(name)]
    if len(bare) <= MOST_PARTICIPLES * len(names):
        return []
    places = ", ".join(f"{path.relative_to(sources)}:{line} {name}" for path, line, name in bare)
    return [f"{len(bare)} of {len(names)} names are bare participles, and {MOST_PARTICIPLES:.0%} may be: {places}"]


@functools.cache
def _definitions(text: str) -> tuple[tuple[int, str], ...]:
    """Line and name of every function and class of a module; only statements can hold one."""
    found, left = [], list[ast.AST](ast.parse(text).body)
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append((node.lineno, node.name))
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            left += getattr(node, part, ())
    return tuple(sorted(found))


def is_participle(name: str) -> bool:
    """Whether a name is one bare word, underscores apart, and that word a past participle: `_made`, `Ran`, `told`."""
    word = name.strip("_").lower()
    if not word.isalpha() or not name.strip("_")[1:].islower():
        return False
    return word in _IRREGULAR or (word.endswith("ed") and word not in _NO_PARTICIPLE)
