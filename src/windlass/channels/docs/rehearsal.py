"""What a rehearsal does with the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from windlass.channels.docs.configuration import DocsTable
from windlass.channels.protocol import ChannelRehearsal

if TYPE_CHECKING:
    from windlass.project import Project


@dataclass(frozen=True)
class DocsRehearsal(ChannelRehearsal):
    """The site is read on the stage, whose address it has.

    Attributes:
        site: `[tool.windlass.docs]`.
    """

    site: DocsTable

    def left_out(self) -> tuple[tuple[str, str], ...]:
        """What readers see, of a site whose address nobody named."""
        if self.site.config and not self.site.url:
            return (("documentation as readers see it", "no address is named: [tool.windlass.docs] url"),)
        return ()


def rehearsal_of(project: Project) -> DocsRehearsal:
    """By the project's configuration alone."""
    return DocsRehearsal(project.config.table(DocsTable))
