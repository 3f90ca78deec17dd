"""Run a program apart from its caller's process group: `python -S -E apart.py PROGRAM [ARGUMENT…]`.

The remote's side of a push runs so: a real one, on another machine, outlives a client that is killed.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

if __name__ == "__main__":
    with suppress(PermissionError):  # it leads a group already
        os.setsid()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - becomes that program
