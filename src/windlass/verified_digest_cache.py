"""What earlier trials of a rehearsal proved about bytes by their digest, so that it need not be proven in each.

A stage keeps them, and only its own trials are told where (`WINDLASS_PROOFS`). They hold for what that very stage
serves on this machine: for any other address nothing was proven, so a real release proves everything itself, whatever
its environment says.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from windlass.digest import text_key
from windlass.errors import RemoteRefusedError, RemoteUnreachableError

VARIABLE = "WINDLASS_PROOFS"
_DEADLINE_S = 5.0


@dataclass(frozen=True)
class Proofs:
    """What was proven about the bytes at an address.

    Attributes:
        url: where it is kept; empty where nothing is.
    """

    url: str = ""

    def find(self, *question: object) -> str | None:
        """What was found when exactly this was asked before; None when it was not, or can't be told.

        Args:
            question: all that the answer depends on, digests included; as JSON has it.
        """
        if not self.url:
            return None
        return self._ask("GET", question)

    def keep(self, found: str, *question: object) -> None:
        """Note what was found; where that is not possible, it is proven again the next time."""
        if self.url:
            self._ask("PUT", question, content=found.encode())

    def _ask(self, method: str, question: tuple[object, ...], **request: Any) -> str | None:
        from windlass.http import Http

        name = text_key(json.dumps(question, sort_keys=True))
        http = Http("the stage", deadline_s=_DEADLINE_S, attempts=1)
        try:
            answer = http.send(method, f"{self.url}/{name}", ok=(200, 201, 404), **request)
        except (RemoteRefusedError, RemoteUnreachableError):
            return None
        finally:
            http.close()
        return answer.text if answer.status_code == 200 else None


def proofs_about(address: str) -> Proofs:
    """What was proven about the bytes that `address` (a URL) serves: nothing, unless a stage under trial serves it."""
    url = os.environ.get(VARIABLE, "")
    if not url:
        return Proofs()
    served, kept = urlsplit(address), urlsplit(url)
    same = (served.scheme, served.netloc) == (kept.scheme, kept.netloc)
    return Proofs(url) if same and kept.hostname == "127.0.0.1" else Proofs()
