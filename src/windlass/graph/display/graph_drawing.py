"""A graph drawn: text, Mermaid, Graphviz' DOT, and JSON. Names are shown as they are and can do nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from windlass.graph.node import Node
from windlass.printable_text import printable


def text(nodes: Sequence[Node]) -> str:
    """A line for each node, what it needs below it; a node that was shown before is not unfolded again."""
    by_name = {node.name: node for node in nodes}
    needed = {need for node in nodes for need in node.edges}
    seen: set[str] = set()
    lines: list[str] = []
    todo = [(node.name, "", "") for node in nodes if node.name not in needed]
    while todo:
        name, before, below = todo.pop(0)
        node = by_name[name]
        again = name in seen and bool(node.edges)
        lines.append(f"{before}{printable(name)}{_marks_text(node)}{'  (see above)' if again else ''}\n")
        if again:
            continue
        seen.add(name)
        edges = node.edges
        branches = [(one, f"{below}├─ ", f"{below}│  ") for one in edges[:-1]]
        todo[:0] = [*branches, *((one, f"{below}└─ ", f"{below}   ") for one in edges[-1:])]
    return "".join(lines)


def _marks_text(node: Node) -> str:
    marks = [word for word, is_so in (("effect", node.effect), (node.pool, node.pool != "cpu")) if is_so]
    return f"  ({', '.join(printable(mark) for mark in marks)})" if marks else ""


def mermaid(nodes: Sequence[Node]) -> str:
    """A Mermaid flowchart. Source: mermaid.js.org, "Flowcharts - Basic Syntax"; characters by their numbers."""
    ids = _ids(nodes)
    lines = ["flowchart LR\n"]
    for family, members in _families(nodes).items():
        if len(members) > 1:
            lines.append(f'  subgraph {ids[members[0].name]}_cells["{_entities(family)}"]\n')
        lines += [f"  {ids[node.name]}{_shape(node)}\n" for node in members]
        if len(members) > 1:
            lines.append("  end\n")
    lines += [f"  {ids[need]} --> {ids[node.name]}\n" for node in nodes for need in node.edges]
    return "".join(lines)


def _shape(node: Node) -> str:
    """What changes the world outside is a hexagon."""
    label = _entities(node.name)
    return '{{"' + label + '"}}' if node.effect else '["' + label + '"]'


def _entities(label: str) -> str:
    """Every character that could mean something to Mermaid, Markdown or HTML, as Mermaid writes its number."""
    return re.sub(r"[^\w .,=]", lambda found: f"#{ord(found[0])};", printable(label), flags=re.ASCII)


def dot(nodes: Sequence[Node]) -> str:
    """A Graphviz digraph. Source: graphviz.org, "DOT Language": in quoted text only `"` and `\\` mean something."""
    ids = _ids(nodes)
    lines = ["digraph windlass {\n", "  rankdir=LR;\n", '  node [shape=box, fontname="sans-serif"];\n']
    for number, (family, members) in enumerate(_families(nodes).items()):
        if len(members) > 1:
            lines.append(f'  subgraph cluster_{number} {{ label="{_quote(family)}";\n')
        for node in members:
            shape = ", shape=hexagon" if node.effect else ""
            lines.append(f'  {ids[node.name]} [label="{_quote(node.name)}"{shape}];\n')
        if len(members) > 1:
            lines.append("  }\n")
    lines += [f"  {ids[need]} -> {ids[node.name]};\n" for node in nodes for need in node.edges]
    return "".join([*lines, "}\n"])


def _quote(label: str) -> str:
    """`&` too: labels know HTML's character references."""
    return printable(label).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def as_json(nodes: Sequence[Node]) -> dict[str, Any]:
    """The stable form of `inv graph --json`."""
    return {"nodes": [_as_json(node) for node in nodes]}


def _as_json(node: Node) -> Mapping[str, Any]:
    return {
        "name": node.name,
        "needs": list(node.edges),
        "args": {
            key: value if isinstance(value, (str, int, float, bool)) else str(value)
            for key, value in _given_arguments(node)
        },
        "effect": node.effect,
        "cached": node.cacheable,
        "pool": node.pool,
        "inputs": list(node.inputs),
        "outputs": list(node.outputs),
    }


def _given_arguments(node: Node) -> Iterator[tuple[str, Any]]:
    return ((key, value) for key, value in node.args.items() if value is not None)


def _ids(nodes: Sequence[Node]) -> dict[str, str]:
    """Names that no grammar takes for anything else."""
    return {node.name: f"n{number}" for number, node in enumerate(nodes)}


def _families(nodes: Sequence[Node]) -> dict[str, list[Node]]:
    """The cells of a matrix together; others by themselves."""
    found: dict[str, list[Node]] = {}
    for node in nodes:
        found.setdefault(node.name.partition("[")[0], []).append(node)
    return found


FORMATS: Mapping[str, Callable[[Sequence[Node]], str]] = {"text": text, "mermaid": mermaid, "dot": dot}
