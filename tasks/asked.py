"""What a person asked `inv peers.bench` for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """Its options; each is some benchmarks' and nothing to the others.

    Attributes:
        repository: changelog: the git repository to measure on; empty for a made one.
        against: suites: the revision that is measured beside the working copy; empty for none.
        suites: suites: only these; all when empty.
    """

    repository: str = ""
    against: str = ""
    suites: tuple[str, ...] = ()
