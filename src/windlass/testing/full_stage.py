"""A stage with every channel's stand-in, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.channels import stand_ins
from windlass.stage import Stage

if TYPE_CHECKING:
    from windlass.stage.verified_digests_server import ProofStore


def full_stage(home: Path, projects: Iterable[str] = (), proofs: ProofStore | None = None) -> Stage:
    """A stage with the stand-ins of all channels that are installed here; the rest as `Stage` has it."""
    return Stage(home, stand_ins(), projects, proofs)
