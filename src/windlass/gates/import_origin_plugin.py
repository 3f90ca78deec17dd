"""A pytest plugin for the environment under test: it writes down where the packages came from.

It is copied there as a file, so it imports nothing of windlass and runs on Python 3.8 and later.
"""

import importlib.util
import json
import os
import sys
import typing
from pathlib import Path

if typing.TYPE_CHECKING:
    import pytest

_left_out: typing.List[str] = []  # noqa: UP006 - Python 3.8


def pytest_configure(config: "pytest.Config") -> None:
    """Make the mark known by which tests are left out of a rehearsal: pytest 9 refuses an unknown one."""
    config.addinivalue_line("markers", "rehearsal: rehearses a whole release; left out inside a rehearsal")


def pytest_deselected(items: "typing.Sequence[pytest.Item]") -> None:
    """Count those that are left out for that mark."""
    _left_out.extend(item.nodeid for item in items if item.get_closest_marker("rehearsal"))


def pytest_sessionfinish() -> None:
    """Write what was found into the file that WINDLASS_WHERE names.

    `packages`: package → file it was imported from, or would be; `left_out`: how many tests with the mark were not run.
    """
    packages = {package: _origin(package) for package in os.environ["WINDLASS_PACKAGES"].split()}
    found = {"packages": packages, "left_out": len(_left_out)}
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
