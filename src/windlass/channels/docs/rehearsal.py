"""What a rehearsal does with the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from windlass.channels.docs.configuration import DocsTable, address
from windlass.channels.protocol import ChannelRehearsal

if TYPE_CHECKING:
    from windlass.project import Project


@dataclass(frozen=True)
class DocsRehearsal(ChannelRehearsal):
    """The site is read on the stage, whose address it has.

    Attributes:
        shown: whether the project has documentation.
        address: where readers find it; empty where nobody named it.
    """

    shown: bool
    address: str

    def left_out(self) -> tuple[tuple[str, str], ...]:
        """What readers see, of a site whose address nobody named."""
        if self.shown and not self.address:
            return (("documentation as readers see it", "no address is named: [tool.windlass.docs] url"),)
        return ()


def rehearsal_of(project: Project) -> DocsRehearsal:
    """By the project's configuration, and MkDocs'."""
    return DocsRehearsal(bool(project.config.table(DocsTable).config), address(project.root, project.config))
