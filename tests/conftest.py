"""How every test runs."""

import gc
import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Two dozen grammars that jsonschema would make, which takes two seconds, for formats that nothing here has.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from tests import forkserver  # noqa: E402
from windlass import shell  # noqa: E402

# The same examples in every run: a change goes red for what it did, not for what chance found this time.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")

# What a job in the background ignores (nohup, `&` in a script), every program that it starts would ignore as well.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def _programs_end_with_the_tests() -> Iterator[None]:
    yield
    forkserver.end()
    shell.group().end()


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no collection of garbage needs to look at it again."""
    gc.collect()
    gc.freeze()


# Runs are shown as a person sees them, also where the tests themselves run in a job of GitHub Actions.
os.environ.pop("GITHUB_ACTIONS", None)
os.environ.pop("GITHUB_STEP_SUMMARY", None)
