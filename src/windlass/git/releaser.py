"""Who releases: the author of the release commit and of its tag, whoever wrote the commit before it."""

from __future__ import annotations

import os
import re

from windlass.git import Git, Identity

_BOT = ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
"""Who works in GitHub's jobs that set up nobody. Source: the README of actions/checkout."""
_NOBODY = ("windlass", "windlass@localhost")


def identity(git: Git, configured: str, epoch: int) -> Identity:
    """As configured, or else as git knows who works here; where nobody said, the job's bot, or windlass itself.

    What it says is fixed by the seal, which names the commit: whoever finishes the release takes it as it is.

    Args:
        configured: `NAME <ADDRESS>`; empty for whoever works here.
        epoch: the time that it carries, seconds.
    """
    return Identity(*(_parts(configured) or git.user() or _unnamed()), epoch)


def _parts(configured: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"(.+?)\s*<(.+)>", configured)
    return (found[1], found[2]) if found else None


def _unnamed() -> tuple[str, str]:
    return _BOT if os.environ.get("GITHUB_ACTIONS") == "true" else _NOBODY
