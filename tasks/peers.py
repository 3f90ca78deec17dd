"""`inv peers.bench`: windlass beside its peers, measured in one run; docs/performance.md gets what it prints."""

from __future__ import annotations

import importlib

from invoke.collection import Collection
from invoke.context import Context

from tasks.asked import Asked
from windlass.errors import UsageError
from windlass.graph import task

BENCHMARKS = {
    "changelog": "tasks.peers_changelog",
    "graph": "tasks.peers_graph",
    "rehearsal": "tasks.peers_rehearsal",
    "release": "tasks.peers_release",
    "unchanged": "tasks.peers_unchanged",
    "ledger": "tasks.peers_ledger",
    "suites": "tasks.peers_suites",
}
"""What is measured → the module whose `bench(c, asked)` does it."""
ALL = "all"


@task(
    positional=["what"],
    iterable=["suite"],
    help={
        "what": f"What to measure: {', '.join(BENCHMARKS)}; or {ALL}, one after the other (hours).",
        "repository": "changelog: a git repository to measure on, such as a clone of goreleaser's.",
        "against": "suites: a revision of this repository that is measured beside the working copy.",
        "suite": "suites: only this one, such as test or suite.stage; may be given again.",
    },
    effect=True,
    pool="exclusive",
)
def bench(c: Context, what: str, repository: str = "", against: str = "", suite: list[str] | None = None) -> None:
    """Measure windlass beside its peers, git and itself before a change; each pair in one run."""
    if what not in (*BENCHMARKS, ALL):
        raise UsageError(f"nothing to measure is called {what}", remedy=f"one of {', '.join(BENCHMARKS)}, {ALL}")
    for name in BENCHMARKS if what == ALL else [what]:
        importlib.import_module(BENCHMARKS[name]).bench(c, Asked(repository, against, tuple(suite or ())))


namespace = Collection("peers", bench)
