"""docs/performance.md: one section for each benchmark, replaced by the command that measures it."""

from __future__ import annotations

import fcntl
from collections.abc import Sequence
from pathlib import Path

from windlass.errors import ConfigError


def publish(page: Path, name: str, title: str, text: str) -> None:
    """Replace a benchmark's section, or add it at the end; the rest of the page stays as it is.

    Args:
        name: the benchmark, as `inv peers.bench NAME` takes it.
        title: the section's heading.
        text: Markdown below the heading.

    Raises:
        ConfigError: one of the section's two marks is gone, so that nobody can tell where it ends.
    """
    begin, end = f"<!-- from the command: inv peers.bench {name} -->", f"<!-- end of inv peers.bench {name} -->"
    made = f"{begin}\n\n## {title}\n\n{text.strip()}\n\n{end}"
    with page.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        old = file.read()
        if (old.count(begin), old.count(end)) not in ((0, 0), (1, 1)) or old.find(begin) > old.find(end):
            raise ConfigError(
                "a section's marks are broken", facts={"file": page, "marks": f"{begin} … {end}"}, remedy="remove both"
            )
        before, _, rest = old.partition(begin)
        after = rest.partition(end)[2].lstrip("\n")
        new = "\n\n".join(filter(None, [before.rstrip("\n"), made, after.rstrip("\n")])) + "\n"
        file.seek(0)
        file.write(new)
        file.truncate()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table: words in its first column, figures in the others."""
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
