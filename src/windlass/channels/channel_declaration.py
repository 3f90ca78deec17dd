"""A channel, declared once as a value: everything that windlass knows of it is read from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from windlass.errors import ConfigError
from windlass.plugins import loaded_object

if TYPE_CHECKING:
    from windlass.config import Config


@dataclass(frozen=True)
class ChannelDeclaration:
    """What there is to know of a channel, light to import: code is named as text, `module:Name`, and loaded when used.

    Attributes:
        name: as the plan, the ledger and the command line have it.
        opens: a function `(ChannelContext) -> Channel | None`; None for a project that has no such channel.
        used: a function `(Config) -> bool`: whether a project has what the channel makes; empty for every project.
        after: channels whose content is published before this one's.
        table: its table of `[tool.windlass]`, a subclass of `windlass.config.Table`; empty for none.
        table_name: what that table is called, where it is not the channel's name.
        makes: kind of an artifact → the task that makes it.
        identities: kind of an artifact → a function `(Path, Sequence[str]) -> Iterable[Identity]` (the file, the
            project's packages), which tells what names and versions it has outside and inside, all of which must be
            the release's; see `windlass.builds.identity`.
        checks: tasks that prove what was made.
        tasks: a function `() -> Sequence[Collection]`: ready-made tasks that need no release; empty for none. Only of
            windlass's own channels, for others would have to be looked for whenever `inv` starts: a project adds those
            in its tasks.py.
        republish_task: the task that brings a released version here again: `publish`, or one that is made of this.
        republish_help: what that does, in a sentence; empty where it is `publish`, which does it for every channel.
        reserves: whether the version is taken here, by a release alone: it can't be published to again.
        mark: what a person does who must mark a release as taken back here; the address is put behind it.
        stand_in: its double on a rehearsal's stage, a subclass of `windlass.stage.StandIn`; empty for one that can't
            be rehearsed.
        rehearsal: a function `(Project) -> ChannelRehearsal`: what of it a rehearsal leaves out on this machine; empty
            where there is nothing to say.
    """

    name: str
    opens: str
    used: str = ""
    after: tuple[str, ...] = ()
    table: str = ""
    table_name: str = ""
    makes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    identities: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    checks: tuple[str, ...] = ()
    tasks: str = ""
    republish_task: str = "publish"
    republish_help: str = ""
    reserves: bool = False
    mark: str = "mark it there"
    stand_in: str = ""
    rehearsal: str = ""

    def is_used(self, config: Config) -> bool:
        """Whether a project has what the channel makes."""
        return not self.used or bool(self.load(self.used)(config))

    def load(self, name: str) -> Any:
        """What it names as `module:Name`.

        Raises:
            ConfigError: it is not there.
        """
        try:
            return loaded_object(name)
        except (ImportError, AttributeError, ValueError) as missing:
            raise ConfigError(
                f"what the channel {self.name} declares can't be loaded",
                facts={"declared": name, "problem": missing},
                remedy="mend the package that adds it, or uninstall it",
            ) from missing
