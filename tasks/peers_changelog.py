"""`inv peers.bench changelog`: the whole changelog and the next version, beside git and four peers, in one run."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from invoke.context import Context

from tasks.asked import Asked
from tasks.made_history import Shape, write
from tasks.peer_tools import programs
from tasks.performance_page import publish
from windlass import shell
from windlass.errors import ToolError
from windlass.git.environment import environment
from windlass.history import log, version_tags

PEERS = {
    "git-cliff": "2.14.2",
    "git-changelog": "2.10.0",
    "python-semantic-release": "10.7.0",
    "commitizen": "4.19.3",
}
SHAPE = Shape(8031, 600)
GROWTH = (Shape(1_000, 75), SHAPE, Shape(30_000, 1_000), Shape(100_000, 2_000))
_ROUNDS = 7
_ENOUGH_S = 15.0
"""What takes longer is not repeated: a run should take a few minutes at most."""
_DEADLINE_S = 600.0
_FILES = {
    "tasks.py": "from windlass import collection\n\nns = collection()\n",
    "invoke.yaml": "tasks:\n  executor_class: windlass.graph.Executor\n",
    "pyproject.toml": """[project]
name = "demo"
version = "0.0.1"

[tool.windlass]
packages = ["demo"]

[tool.windlass.github]
repository = "goreleaser/goreleaser"

[tool.commitizen]
name = "cz_conventional_commits"
version_provider = "scm"
tag_format = "v$version"

[tool.semantic_release]
tag_format = "v{version}"

[tool.semantic_release.branches.main]
match = "(main|master)"

[tool.semantic_release.remote]
type = "github"
url = "https://github.com/goreleaser/goreleaser"
ignore_token_for_push = true
""",
}
_NEXT = """
import json, sys, time
from pathlib import Path
from windlass.history.version_tags import base
from windlass.next_version.from_working_copy import VersionSettings, next_release
from windlass.versions.version_like_tags import TagNames
found = []
for _ in range(15):
    began = time.perf_counter()
    next_release(Path("."), VersionSettings(TagNames("v")), base(Path("."), "v", "main"))
    found.append(time.perf_counter() - began)
print(min(found))
"""


@dataclass(frozen=True)
class Row:
    """A measured line.

    Attributes:
        what: the tool and what it did.
        seconds: the best of the rounds, as other work on the machine only ever adds; None when it failed.
        said: compared with windlass or with git; or why it failed.
    """

    what: str
    seconds: float | None
    said: str


def bench(c: Context, asked: Asked) -> list[Row]:
    """Measure, print, and write the changelog's part of docs/performance.md.

    Args:
        asked: with the git repository to measure on; a made one of goreleaser's shape by default.
    """
    repository = asked.repository
    home = Path(c.cwd) / ".windlass" / "peers"
    ours, theirs = programs(Path(c.cwd), home, "changelog", PEERS)
    place = _made(home / "history", repository)
    rows = [*_whole(place, ours, theirs), _next(place, ours)]
    text = _page(rows, [_grown(home, shape, ours) for shape in GROWTH], place, repository)
    print(text)
    publish(Path(c.cwd) / "docs" / "performance.md", "changelog", "Changelog and next version", text)
    return rows


def _made(place: Path, repository: str, shape: Shape = SHAPE) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if repository:
        shell.run(["git", "clone", "-q", "--shared", "--no-checkout", "--", repository, place])
    else:
        write(place, shape)
    for name, text in _FILES.items():
        (place / name).write_text(text)
    return place


def _whole(place: Path, ours: Path, theirs: Path) -> list[Row]:
    """The whole changelog, by everyone, in turn."""
    small = _made(place.with_name("history-of-one"), "", Shape(1, 1))
    output = str(place / "OUT.md")
    own: list[str | Path] = [ours / "python", "-m", "invoke", "changelog", "--all", "--output", output]
    commands: dict[str, tuple[Path, Sequence[str | Path]]] = {
        "git log": (place, _git_log(version_tags.whole_head(place))),
        "start-up": (small, own),
        "windlass": (place, own),
        "git-cliff": (place, [theirs / "git-cliff", "-o", output]),
        "git-changelog": (place, [theirs / "git-changelog", "-o", output]),
        "python-semantic-release": (place, [theirs / "semantic-release", "changelog"]),
        "commitizen": (place, [theirs / "cz", "changelog", "--file-name", output]),
    }
    return _compared({name: _best(argv, folder) for name, (folder, argv) in commands.items()})


def _git_log(head: str) -> list[str]:
    return ["git", *log.COMMAND, head, "--tags=v*", "--"]


def _best(argv: Sequence[str | Path], folder: Path, rounds: int = _ROUNDS) -> float | str:
    """The shortest wall time, seconds; or the last line that a tool which failed said."""
    times: list[float] = []
    while len(times) < rounds and sum(times) < _ENOUGH_S:
        began = time.perf_counter()
        try:
            shell.run(argv, cwd=folder, env=environment(os.environ), timeout_s=_DEADLINE_S)
        except ToolError as failed:
            return str(failed.facts.get("it said", failed.problem)).strip().splitlines()[-1][:100]
        times.append(time.perf_counter() - began)
    return min(times)


def _compared(took: Mapping[str, float | str]) -> list[Row]:
    base, start, own = (_number(took[name]) for name in ("git log", "start-up", "windlass"))
    rows = [
        Row("git log, the same fields", base, ""),
        Row("windlass, whole process", own, ""),
        Row("windlass, start-up apart", own - start, f"{(own - start) / base:.1f} times git log"),
    ]
    for name, version in PEERS.items():
        time_s = took[name]
        if isinstance(time_s, str):
            rows.append(Row(f"{name} {version}", None, f"fails: {time_s}"))
        else:
            rows.append(Row(f"{name} {version}", time_s, f"windlass is {time_s / own:.1f} times faster"))
    return rows


def _number(measured: float | str) -> float:
    if isinstance(measured, str):
        raise ToolError("what the others are compared with failed", facts={"it said": measured})
    return measured


def _next(place: Path, ours: Path) -> Row:
    """The next version, without start-up, over the git processes that it needs."""
    whole = float(shell.run([ours / "python", "-c", _NEXT], cwd=place).text)
    here = version_tags.base(place, "v")
    newest, final = here.current, here.final
    if newest is None or final is None:
        raise ToolError("the history to measure on has no version", facts={"repository": place})
    needed: list[list[str]] = [
        ["git", "rev-parse", "--is-shallow-repository", "--verify", "--quiet", "HEAD^{commit}"],
        ["git", "for-each-ref", f"--format={version_tags.FORMAT}", "refs/tags", "refs/heads"],
        ["git", "merge-base", "--is-ancestor", newest.commit, "HEAD"],
        ["git", *log.COMMAND, "--topo-order", here.head, f"^{final.commit}", "--"],
    ]
    git = sum(_number(_best(argv, place, 15)) for argv in needed)
    return Row("windlass, next version, start-up apart", whole, f"{(whole - git) * 1000:.1f} ms over its git processes")


def _grown(home: Path, shape: Shape, ours: Path) -> tuple[Shape, float, float]:
    """A larger history: the seconds of `git log`, and of windlass without start-up."""
    place = _made(home / "grown", "", shape)
    small = home / "history-of-one"
    own: list[str | Path] = [ours / "python", "-m", "invoke", "changelog", "--all", "--output", "OUT.md"]
    command = _git_log(version_tags.whole_head(place))
    base, start, whole = (_number(_best(*one)) for one in ((command, place), (own, small), (own, place)))
    shutil.rmtree(place)
    return shape, base, whole - start


def _page(rows: Sequence[Row], growth: Sequence[tuple[Shape, float, float]], place: Path, repository: str) -> str:
    size = [
        shell.run(["git", *words], cwd=place).text for words in (["rev-list", "--count", "HEAD", "--tags"], ["tag"])
    ]
    made = "a made repository of goreleaser's shape"
    if repository:
        made = f"the history of {Path(repository).resolve().name.removesuffix('.git')}"
    lines = [
        f"On {made}: {int(size[0]):,} commits, {len(size[1].split()):,} tags. Seconds, the best of a run's rounds.",
        "",
        "| what | seconds | |",
        "| --- | ---: | --- |",
        *(f"| {row.what} | {'' if row.seconds is None else f'{row.seconds:.3f}'} | {row.said} |" for row in rows),
    ]
    if growth:
        lines += ["", "How the whole changelog grows:", "", "| commits | tags | git log | windlass, start-up apart | |"]
        lines += ["| ---: | ---: | ---: | ---: | --- |"]
        lines += [_growing(*one) for one in growth]
    return "\n".join(lines) + "\n"


def _growing(shape: Shape, git: float, own: float) -> str:
    return f"| {shape.commits:,} | {shape.tags:,} | {git:.3f} | {own:.3f} | {own / git:.1f} times |"
