"""What a node's result depends on beside its files: code, arguments, environment, tools, this machine."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import windlass
from windlass import shell
from windlass.errors import GraphError
from windlass.graph.caching.journal import Journal
from windlass.graph.caching.result_serialization import encode_value
from windlass.graph.caching.source_code import Sources
from windlass.graph.caching.tool_stamps import ToolTexts, tool_stamp
from windlass.graph.node import Node

FORM = "3"
"""Raised whenever what goes into a key, or into a record of the journal, changes."""
MACHINE = f"{sys.implementation.cache_tag} {sys.platform} {os.uname().machine}"
_PLAIN = frozenset({str, int, bool, float, type(None)})


class TaskFingerprint(NamedTuple):
    """What the results of all nodes of one task depend on.

    Attributes:
        name: digest of the parts, 16 hex digits.
        parts: name → digest or text, for saying what changed.
        begun: a digest begun with them.
    """

    name: str
    parts: Mapping[str, str]
    begun: Any


class Basis:
    """Tells it for one run: each task and each command is looked at once.

    Attributes:
        sources: the project's code.
        tool_texts: what the functions among tools tell.
    """

    def __init__(self, root: Path, journal: Journal) -> None:
        """`root`: where paths among arguments are told from."""
        self.sources = Sources(journal, root)
        self.tool_texts = ToolTexts(root)
        self._root = root
        self._journal = journal
        self._shared: dict[Any, TaskFingerprint] = {}
        self._bases: dict[Any, str] = {}
        self._tools: dict[str, str] = {}

    def digest(self, node: Node) -> str:
        """Digest of what a node's result depends on beside its name, inputs and needs."""
        shared = (self._same(node), node.family)
        base = self._bases.get(shared) if node.family else None
        if base is None:
            whole = self.of_task(node).begun.copy()
            args = self._arguments_text(node) if node.args else ""
            whole.update((node.family or repr((node.inputs, node.outputs, args))).encode())
            base = self._bases[shared] = str(whole.hexdigest())
        return base

    def _arguments_text(self, node: Node) -> str:
        """Arguments as text; paths below the root are told from there."""
        args = node.args
        text = repr(args) if all(type(one) in _PLAIN for one in args.values()) else encode_value(dict(args), self._root)
        if text is None:
            problem = f"an argument of {node.name} can't be written as JSON"
            facts = {"why that counts": "what it is decides whether the node is up to date"}
            raise GraphError(problem, facts=facts, remedy="give it as text, a number or a list of them")
        return text.replace(str(self._root), "{root}")

    def _same(self, node: Node) -> Any:
        """Equal for the nodes of one task of which the tools tell the same."""
        texts = tuple(self.tool_texts.of(node.tools, node.args).items()) if node.tools else ()
        return (id(node.code or node.body), node.env, node.tools, texts)

    def of_task(self, node: Node) -> TaskFingerprint:
        """The part that it has in common with the other nodes of its task."""
        shared = self._same(node)
        found = self._shared.get(shared)
        if found is None:
            machine = {"form": FORM, "windlass": windlass.__version__, "machine": MACHINE}
            parts = {**self._outside(node), **machine}
            begun = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
            found = self._shared[shared] = TaskFingerprint(begun.hexdigest()[:16], parts, begun)
        return found

    def _outside(self, node: Node) -> dict[str, str]:
        found = {"code": self.sources.digest(node.code or node.body)}
        found.update({f"${name}": repr(os.environ.get(name)) for name in node.env})
        found.update({tool: self._tool(tool) for tool in node.tools if isinstance(tool, str)})
        found.update(self.tool_texts.of(node.tools, node.args))
        return found

    def _tool(self, command: str) -> str:
        if command not in self._tools:
            self._tools[command] = self._tool_version(command)
        return self._tools[command]

    def _tool_version(self, command: str) -> str:
        """A tool's version: what it says to `--version`, asked again when the file changed."""
        stamp = tool_stamp(command)
        known = self._journal.last("tool", command)
        if isinstance(known, dict) and known.get("stat") == stamp:
            return str(known.get("version"))
        said = shell.run([stamp[0], "--version"], ok=None, timeout_s=60)
        text = said.text.strip() or said.err.strip()
        self._journal.add("tool", command, {"stat": stamp, "version": text})
        return text
