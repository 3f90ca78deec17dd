"""The ledger's writer: adds a release's records to its ledger while the release goes on, many in one push."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from windlass.errors import WindlassError
from windlass.release.ledger import Ledger, Record

_LINGER_S = 0.05
"""How long a push waits for more to come, unless somebody waits for it."""


class LedgerWriter:
    """Writes one release's ledger from a thread of its own.

    What is handed over while a push is under way goes with the next one. A phase ends with `settle`, so that nothing
    of the next one begins before all that was done is in the ledger. A run that is killed in between loses receipts
    and nothing else: the next one looks at every channel, and writes them anew.
    """

    def __init__(self, ledger: Ledger, tag: str) -> None:
        self._ledger = ledger
        self._tag = tag
        self._mutex = threading.Lock()
        self._gathered: list[Record] = []
        self._due = False
        self._last: Future[None] | None = None
        self._awaited = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._thread.submit(lambda: None)  # started here: its programs are not those of the node that writes first

    def hand_over(self, *records: Record) -> None:
        """Have records written, soon."""
        with self._mutex:
            self._gathered += records
            if not self._due:
                self._due = True
                self._last = self._thread.submit(self._push)

    def check(self) -> None:
        """Before every effect.

        Raises:
            WindlassError: the ledger could not be written; what can't be recorded is not done.
        """
        last = self._last
        if last is not None and last.done():
            last.result()

    def settle(self) -> None:
        """Wait until all that was handed over is in the ledger.

        Raises:
            WindlassError: it could not be written.
        """
        last = self._last
        if last is not None:
            self._awaited.set()
            last.result()

    def close(self) -> None:
        """Write what was handed over, where that still is possible, and let the thread go."""
        with suppress(WindlassError):
            self.settle()
        self._thread.shutdown()

    def _push(self) -> None:
        self._awaited.wait(_LINGER_S)
        with self._mutex:
            self._awaited.clear()
            records, self._gathered, self._due = self._gathered, [], False
        try:
            self._ledger.append(self._tag, *records)
        except WindlassError:
            with self._mutex:
                self._gathered = [*records, *self._gathered]  # another push may have more luck
            raise
