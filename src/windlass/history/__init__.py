"""History: what was committed since the last release, read by one `git log` in one pass."""

from __future__ import annotations

from windlass.history.commit import Commit
from windlass.history.commits_by_version import Section, sections
from windlass.history.log import read
from windlass.history.message import CommitEntry
from windlass.history.reverts import remaining
from windlass.history.version_tags import Base, Tag, base

__all__ = ["Base", "Commit", "CommitEntry", "Section", "Tag", "base", "read", "remaining", "sections"]
