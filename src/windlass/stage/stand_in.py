"""What a stand-in is: a channel's double on this machine, which a rehearsal publishes to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from windlass.stage.fault_middleware import method_and_address

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope

    from windlass.stage.state_history import Effects


class StandIn(Protocol):
    """A channel's double. Subclass it: what most stand-ins leave empty has a default.

    Its state lies in a folder of its own under the stage's `home`, so that a closed stage can be copied, and every
    change of it is recorded in `effects`. It shares no code with the channel, so that no mistake can hide in both.
    """

    name: ClassVar[str]
    """As histories have it."""
    mount: ClassVar[str] = ""
    """Where it is served; `/NAME` when empty."""

    @abstractmethod
    def app(self, home: Path, effects: Effects) -> ASGIApp:
        """The server, for mounting."""
        ...

    def settings(self, address: str) -> Mapping[str, Any]:
        """Its sections of the file that WINDLASS_STAGE names; `address` is its mount's, without a last slash."""
        return {}

    def environment(self, home: Path) -> Mapping[str, str]:
        """The credentials that it takes, as environment variables."""
        return {}

    def prepare(self, home: Path, projects: Sequence[str]) -> None:
        """Make what must be there before the stage opens; safe to repeat.

        Args:
            projects: distribution names that are this stage's own.
        """
        return

    def settle(self, home: Path, effects: Effects) -> None:
        """Record what was changed by another way than a request to the stage."""
        return

    async def describe(self, scope: Scope, receive: Receive) -> tuple[str, Receive]:
        """What a request is to change, in words that are the same in every run; empty when nothing.

        Returns:
            The words, and a `receive` that gives the request from its beginning.
        """
        return await method_and_address(scope, receive)
