"""A pytest plugin that runs in the environment under test and writes down where the packages came from.

It is copied there as a file, so it imports nothing of windlass and runs on Python 3.8 and later.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path


def pytest_sessionfinish() -> None:
    """Write package → file it was imported from, or would be, into the file that WINDLASS_WHERE names."""
    found = {package: _origin(package) for package in os.environ["WINDLASS_PACKAGES"].split()}
    Path(os.environ["WINDLASS_WHERE"]).write_text(json.dumps(found), encoding="utf-8")


def _origin(package: str) -> str:
    module = sys.modules.get(package)
    if module is not None:
        places = [getattr(module, "__file__", None) or "", *getattr(module, "__path__", [])]
        return next(filter(None, places), "")
    spec = importlib.util.find_spec(package)
    if spec is None:
        return ""
    return spec.origin or next(iter(spec.submodule_search_locations or []), "")
