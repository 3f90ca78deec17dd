"""A graph of a given size, written down for windlass and for each of its peers: the same commands, files and edges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shape:
    """A graph of nodes that differ by their number only, none of which needs another.

    Attributes:
        count: how many.
        command: what each runs; `{i}` is its number.
        files: whether each reads `in/{i}` and makes `out/{i}`.
    """

    count: int
    command: str
    files: bool = True

    def commands(self) -> list[str]:
        """Each node's."""
        return [self.command.replace("{i}", str(i)) for i in range(self.count)]


@dataclass(frozen=True)
class Tool:
    """A tool and how it is told of a graph.

    Attributes:
        write: writes its files into a folder.
        argv: the program's name and its arguments, for two nodes side by side.
        one: the same where nearly all is up to date, if it is faster then without a second worker.
    """

    name: str
    write: Callable[[Path, Shape], None]
    argv: Sequence[str]
    one: Sequence[str] = ()

    def few(self) -> Sequence[str]:
        """As it is called where nearly all is up to date."""
        return self.one or self.argv


def _windlass(folder: Path, shape: Shape) -> None:
    files = 'inputs=["in/{i}"], outputs=["out/{i}"], ' if shape.files else ""
    (folder / "tasks.py").write_text(
        f"from windlass import task\n\n\n@task({files}matrix={{'i': range({shape.count})}})\n"
        f"def each(c, i):\n    c.run(f{shape.command!r})\n"
    )
    (folder / "invoke.yaml").write_text("tasks:\n  executor_class: windlass.graph.Executor\n")


def _invoke(folder: Path, shape: Shape) -> None:
    (folder / "tasks.py").write_text(
        "from invoke import task\n\n\n@task\n"
        f"def each(c):\n    for i in range({shape.count}):\n        c.run(f{shape.command!r}, in_stream=False)\n"
    )


def _doit(folder: Path, shape: Shape) -> None:
    files = ', "file_dep": [f"in/{i}"], "targets": [f"out/{i}"]' if shape.files else ""
    (folder / "dodo.py").write_text(
        'DOIT_CONFIG = {"backend": "json", "dep_file": ".doit.json", "verbosity": 0}\n\n\n'
        f"def task_each():\n    for i in range({shape.count}):\n"
        f'        yield {{"name": str(i), "actions": [f{shape.command!r}]{files}}}\n'
    )


def _go_task(folder: Path, shape: Shape) -> None:
    names = ", ".join(f"t{i}" for i in range(shape.count))
    lines = ["version: '3'", "silent: true", "tasks:", f"  default: {{deps: [{names}]}}"]
    for i, command in enumerate(shape.commands()):
        files = f"\n    sources: [in/{i}]\n    generates: [out/{i}]" if shape.files else ""
        lines.append(f"  t{i}:\n    cmds: ['{command}']{files}")
    (folder / "Taskfile.yml").write_text("\n".join(lines) + "\n")


def _make(folder: Path, shape: Shape) -> None:
    target = "out/{}" if shape.files else "t{}"
    names = " ".join(target.format(i) for i in range(shape.count))
    rules = [
        f"{target.format(i)}:{f' in/{i}' if shape.files else ''}\n\t@{command}"
        for i, command in enumerate(shape.commands())
    ]
    phony = "all" if shape.files else f"all {names}"
    (folder / "Makefile").write_text("\n".join([f".PHONY: {phony}", f"all: {names}", *rules]) + "\n")


def _ninja(folder: Path, shape: Shape) -> None:
    target = "out/{}" if shape.files else "t{}"
    rules = [
        f"rule r{i}\n  command = {command}\nbuild {target.format(i)}: r{i}{f' in/{i}' if shape.files else ''}"
        for i, command in enumerate(shape.commands())
    ]
    (folder / "build.ninja").write_text("\n".join(rules) + "\n")


WINDLASS = Tool("windlass", _windlass, ("inv", "each", "--jobs", "2"))
INVOKE = Tool("plain Invoke", _invoke, ("inv", "each"))
PEERS = (
    Tool("doit", _doit, ("doit", "-n", "2"), ("doit",)),
    Tool("go-task", _go_task, ("task", "-C", "2")),
    Tool("make", _make, ("make", "-j2")),
    Tool("ninja", _ninja, ("ninja", "-j2", "--quiet")),
)


def write(folder: Path, tool: Tool, shape: Shape, script: Mapping[str, str] | None = None) -> Path:
    """A project of this graph for one tool, with its inputs of 1 KB; `script`: other files, by name."""
    folder.mkdir(parents=True)
    if shape.files:
        for name in ("in", "out"):
            (folder / name).mkdir()
        for i in range(shape.count):
            (folder / "in" / str(i)).write_text(f"{i}\n".ljust(1024, "x"))
    for name, text in (script or {}).items():
        (folder / name).write_text(text)
    tool.write(folder, shape)
    return folder
