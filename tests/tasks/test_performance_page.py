"""Each benchmark writes its own section, whatever the others wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.performance_page import publish
from windlass.errors import ConfigError


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "performance.md"
    page.write_text("# Performance\n\nA person's words.\n")
    return page


def section(name: str, text: str) -> str:
    mark = f"inv peers.bench {name} -->"
    return f"<!-- from the command: {mark}\n\n## About {name}\n\n{text}\n\n<!-- end of {mark}\n"


def test_sections_are_added_and_replaced_apart(page: Path) -> None:
    publish(page, "graph", "About graph", "fast\n")
    publish(page, "changelog", "About changelog", "faster")
    publish(page, "graph", "About graph", "fast, again")
    assert page.read_text() == (
        "# Performance\n\nA person's words.\n\n"
        + section("graph", "fast, again")
        + "\n"
        + section("changelog", "faster")
    )


def test_what_a_person_wrote_after_a_section_stays(page: Path) -> None:
    publish(page, "graph", "About graph", "fast")
    page.write_text(page.read_text() + "\nMore words.\n")
    publish(page, "graph", "About graph", "slow")
    assert page.read_text().endswith(section("graph", "slow") + "\nMore words.\n")


def test_a_section_without_its_end_is_an_error_and_nothing_is_written(page: Path) -> None:
    publish(page, "graph", "About graph", "fast")
    broken = page.read_text().replace("<!-- end of", "<!-- ")
    page.write_text(broken)
    with pytest.raises(ConfigError, match="a section's marks are broken"):
        publish(page, "graph", "About graph", "slow")
    assert page.read_text() == broken
