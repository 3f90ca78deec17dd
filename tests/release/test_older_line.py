"""A hotfix of an older line while a newer one stands: no reader of any channel is sent back to it."""

from __future__ import annotations

import pytest

from tests.release.demo import Demo
from windlass.release.after.audit import audit
from windlass.release.flows.hotfix import start
from windlass.stage import pointers

pytestmark = pytest.mark.stage


def moves(demo: Demo) -> dict[str, list[str | None]]:
    """Every floating name of the readers' channels, and each value that it had."""
    demo.violations()  # settles the pages
    found = pointers(demo.stage.effects.history())
    return {name: values for name, values in found.items() if not name.startswith("git:")}


def test_a_hotfix_of_an_older_line_moves_neither_latest_of_images_nor_of_docs_nor_of_github(demo: Demo) -> None:
    demo.release("1.2.2")
    demo.commit("feature")
    demo.release("1.3.0")
    before = moves(demo)
    start(demo.opened(), "v1.2.2")
    demo.commit("fix")
    demo.release("1.2.3")
    after = moves(demo)
    assert {"registry:acme/demo:latest", "registry:acme/demo:1", "pages:latest", "forge:latest"} <= before.keys()
    assert {name for name in before if after[name] != before[name]} == {"registry:acme/demo:1.2"}
    assert demo.violations() == ()
    assert audit(demo.opened()).findings == ()
