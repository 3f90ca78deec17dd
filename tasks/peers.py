"""`inv peers.bench`: windlass beside its peers, measured in one run; docs/performance.md gets what it prints."""

from __future__ import annotations

import importlib

from invoke.collection import Collection
from invoke.context import Context

from windlass.errors import UsageError
from windlass.graph import task

BENCHMARKS = {
    "changelog": "tasks.peers_changelog",
    "graph": "tasks.peers_graph",
    "rehearsal": "tasks.peers_rehearsal",
}
"""What is measured → the module whose `bench(c, repository)` does it."""


@task(
    positional=["what"],
    help={
        "what": f"What to measure: {', '.join(BENCHMARKS)}.",
        "repository": "changelog: a git repository to measure on, such as a clone of goreleaser's.",
    },
    effect=True,
    pool="exclusive",
)
def bench(c: Context, what: str, repository: str = "") -> None:
    """Measure windlass beside its peers and git, all in one run."""
    if what not in BENCHMARKS:
        raise UsageError(f"nothing to measure is called {what}", remedy=f"one of {', '.join(BENCHMARKS)}")
    importlib.import_module(BENCHMARKS[what]).bench(c, repository)


namespace = Collection("peers", bench)
