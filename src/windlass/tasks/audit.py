"""`inv audit`: every released version against every channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from invoke.context import Context

from windlass.graph import answer, task
from windlass.tasks import collection


@task(
    help={"version": "Judge only this one, such as v1.3.0."},
    json="Print what was found as JSON, alone on standard output.",
    effect=True,
)
def audit(c: Context, version: str = "") -> None:
    """Compare every channel with every version that was released: holes, other bytes, floating names, marks."""
    from windlass.release.after.audit import audit as look
    from windlass.release.context import ReleaseContext

    found = look(ReleaseContext.open(Path(c.cwd), print, collection), version)
    answer(found.as_json())
    print("\n".join(found.lines()))
    found.check()


def namespace() -> tuple[Any, ...]:
    """`audit`."""
    return (audit,)
