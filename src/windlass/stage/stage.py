"""A stage: a folder that holds every stand-in's state, and while it is open, the server that shows it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.atomic_write import write_whole
from windlass.plugins import loaded_object
from windlass.stage import serve
from windlass.stage.addresses import REPOSITORY
from windlass.stage.stand_in import StandIn
from windlass.stage.state_history import Effects

if TYPE_CHECKING:
    from windlass.stage.digest_cache_server import ProofStore


_ALL = "windlass.channels:stand_ins"
"""By text: a stage knows no channel, and the channels name their stand-ins so, too."""


class Stage:
    """The stand-ins of one rehearsal.

    Everything lies under `home`; a closed stage can be copied and opened again elsewhere.

    Attributes:
        home: the folder.
        effects: histories, requests and faults.
        repository: the bare git repository's folder.
    """

    def __init__(
        self,
        home: Path,
        projects: Iterable[str] = (),
        *,
        stand_ins: Iterable[StandIn] | None = None,
        proofs: ProofStore | None = None,
    ) -> None:
        """Name a stage.

        Args:
            home: made when it is not there.
            stand_ins: what stands on it; those of all channels that are installed here when None.
            projects: distribution names that are this stage's own: never looked for on the index that this
                machine uses, as other names are. What was uploaded is its own anyway.
            proofs: where what trials prove is kept; None where nothing is to be.
        """
        self.home = home.resolve()
        self.effects = Effects(self.home)
        self.repository = self.home / REPOSITORY
        self._projects = tuple(projects)
        self._proofs = proofs
        self._stand_ins = tuple(loaded_object(_ALL)() if stand_ins is None else stand_ins)
        self._server: serve.Server | None = None

    @property
    def address(self) -> str:
        """`http://127.0.0.1:PORT`, without a last slash.

        Raises:
            RuntimeError: the stage is not open.
        """
        if self._server is None:
            raise RuntimeError("the stage is not open: use it as a context manager")
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def remote(self) -> str:
        """The git remote's address.

        Raises:
            RuntimeError: the stage is not open.
        """
        return f"{self.address}/git/{REPOSITORY}"

    @property
    def proofs(self) -> str:
        """The address of what trials prove, for `WINDLASS_PROOFS`; empty where nothing is kept.

        Raises:
            RuntimeError: the stage is not open.
        """
        return f"{self.address}{serve.PROOFS}" if self._proofs is not None else ""

    def environment(self) -> dict[str, str]:
        """What makes windlass publish here: the file of addresses, and the stand-ins' credentials."""
        local = ",".join(filter(None, (os.environ.get("NO_PROXY", ""), "127.0.0.1,localhost")))
        environment = {"WINDLASS_STAGE": str(self.home / "stage.json"), "NO_PROXY": local, "no_proxy": local}
        for one in self._stand_ins:
            environment.update(one.environment(self.home))
        return environment

    def __enter__(self) -> Stage:
        self.home.mkdir(parents=True, exist_ok=True)
        for one in self._stand_ins:
            one.prepare(self.home, self._projects)
        self._server = serve.Server(
            serve.application(self.home, self.effects, self._stand_ins, self._proofs), self._last_port()
        )
        self._server.start()
        (self.home / "port").write_text(str(self._server.port))
        self._write_settings()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def settle(self) -> None:
        """Let stand-ins see what was changed and not recorded yet, so that the history is whole."""
        for one in self._stand_ins:
            one.settle(self.home, self.effects)

    def _last_port(self) -> int:
        """The port of last time, so that addresses that a release noted stay right; 0 the first time."""
        noted = self.home / "port"
        return int(noted.read_text()) if noted.exists() else 0

    def _write_settings(self) -> None:
        settings: dict[str, object] = {}
        for one in self._stand_ins:
            settings.update(one.settings(f"{self.address}{serve.mount_of(one)}"))
        write_whole(self.home / "stage.json", json.dumps(settings, indent=2) + "\n")
