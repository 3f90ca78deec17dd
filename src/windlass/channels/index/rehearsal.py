"""What a rehearsal does with the package index: the stage's has the rules of the one that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from windlass.channels.index.configuration import IndexTable
from windlass.channels.protocol import ChannelRehearsal

if TYPE_CHECKING:
    from windlass.project import Project


@dataclass(frozen=True)
class IndexRehearsal(ChannelRehearsal):
    """Files are held against the same rules as in a release, here and by the stand-in.

    Attributes:
        pypi: whether those are PyPI's.
    """

    pypi: bool

    def settings(self, stage: Mapping[str, Any]) -> Mapping[str, Any]:
        """The stage's address for uploads, by the rules."""
        return {} if self.pypi else self.seed_settings(stage)

    def seed_settings(self, stage: Mapping[str, Any]) -> Mapping[str, Any]:
        """By the rules that every index has: PyPI's may have changed since that version was out."""
        return {"index": {"upload_url": f"{stage['index']['url']}/basic/", "rules": "basic"}}


def rehearsal_of(project: Project) -> IndexRehearsal:
    """By the index that the project is uploaded to."""
    return IndexRehearsal(project.config.table(IndexTable).has_pypis_rules)
