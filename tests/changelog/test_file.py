"""The changelog file: prepending keeps what a person wrote."""

from __future__ import annotations

from windlass.changelog import prepend, section

NOTES = """## [1.3.0] - 2026-11-23

### Added

- a thing (aaaaaaa)

### Fixed

- a bug (bbbbbbb)

[1.3.0]: https://example.org/compare/v1.2.0...v1.3.0
"""


def test_the_first_notes_get_a_title() -> None:
    assert prepend("", NOTES) == "# Changelog\n\n" + NOTES


def test_notes_come_before_older_ones_and_after_the_introduction() -> None:
    existing = "# History\n\nOur own words.\n\n## [1.2.0] - 2026-01-01\n\n- by hand\n\n[1.2.0]: https://example.org\n"
    assert prepend(existing, NOTES) == (
        "# History\n\nOur own words.\n\n"
        + NOTES
        + "\n## [1.2.0] - 2026-01-01\n\n- by hand\n\n[1.2.0]: https://example.org\n"
    )


def test_what_waits_under_unreleased_moves_in_before_what_was_generated() -> None:
    existing = """# Changelog

## [Unreleased]

A word from us.

### Fixed
- by hand

### Removed

1. an old thing

## 1.2.0

- older

[unreleased]: https://example.org/compare/v1.2.0...HEAD
"""
    assert (
        prepend(existing, NOTES)
        == """# Changelog

## [Unreleased]

## [1.3.0] - 2026-11-23

A word from us.

### Fixed

- by hand
- a bug (bbbbbbb)

### Removed

1. an old thing

### Added

- a thing (aaaaaaa)

[1.3.0]: https://example.org/compare/v1.2.0...v1.3.0

## 1.2.0

- older

[unreleased]: https://example.org/compare/v1.2.0...HEAD
"""
    )


def test_a_version_that_has_a_section_keeps_it() -> None:
    once = prepend("# Changelog\n", NOTES)
    assert prepend(once, NOTES) == once
    by_hand = "# Changelog\n\n## v1.3.0 (soon)\n\nA person's words.\n"
    assert prepend(by_hand, NOTES) == by_hand


def test_windows_line_ends_and_a_byte_order_mark_are_kept() -> None:
    made = prepend("\ufeff# Changelog\r\n\r\n## 1.2.0\r\n\r\n- x\r\n", NOTES)
    assert made == "\ufeff# Changelog\r\n\r\n" + NOTES.replace("\n", "\r\n") + "\r\n## 1.2.0\r\n\r\n- x\r\n"


def test_headings_in_code_and_comments_are_no_versions() -> None:
    existing = "# Changelog\n\n<!--\n## 9.9.9\n-->\n\n```\n## 1.0.0\n```\n\n## 1.2.0\n\n- x\n"
    assert prepend(existing, NOTES).index("## [1.3.0]") > existing.index("```\n\n## 1.2.0")


def test_underlined_headings_are_versions_too() -> None:
    existing = "Changes\n=======\n\n1.2.0 (2020-01-01)\n------------------\n\n- x\n"
    assert (
        prepend(existing, NOTES) == "Changes\n=======\n\n" + NOTES + "\n1.2.0 (2020-01-01)\n------------------\n\n- x\n"
    )


def test_links_at_the_end_of_the_file_stay_there() -> None:
    existing = "# Changelog\n\n## [Unreleased]\n\n- by hand\n\n[unreleased]: https://example.org\n"
    assert prepend(existing, NOTES).endswith("\n\n[unreleased]: https://example.org\n")


def test_a_version_s_section_is_read_without_its_heading() -> None:
    text = prepend("# Changelog\n\n## 1.2.0\n\n- x\n", NOTES)
    assert section(text, "1.2.0") == "- x"
    assert section(text, "1.3.0").startswith("### Added\n\n- a thing")
    assert section(text, "1.3.0").endswith("v1.3.0")
    assert section(text, "1.2") == ""
    assert section(text, "9.9.9") == ""
