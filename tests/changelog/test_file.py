"""The changelog file: prepending keeps what a person wrote."""

from __future__ import annotations

import codecs

import pytest

from windlass.changelog import prepend, section
from windlass.changelog.file_encoding import decoded
from windlass.errors import ConfigError

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


@pytest.mark.parametrize(
    "heading",
    [
        "## demo 1.2.0 (2024-01-01)",
        "## demo-v1.2.0 - 2024-01-01",
        "## 2024-01-05, v1.2.0",
        "## 2024.01.05 v1.2.0",
        "## \U0001f680 1.2.0 (2024-01-01)",
        "## Release of 1.2.0",
        "### demo 1.2.0",
        "# [1.2.0](https://example.org) (2024-01-01)",
        "**1.2.0** (2024-01-01)",
        "__v1.2.0__",
        "## 2024-01-05",
        '<a name="1.2.0"></a>\n## 1.2.0 (2024-01-01)',
    ],
)
def test_a_new_section_comes_before_older_ones_however_they_are_headed(heading: str) -> None:
    existing = f"# All changes in demo 2\n\n{heading}\n\n- old\n"
    assert prepend(existing, NOTES) == f"# All changes in demo 2\n\n{NOTES}\n{heading}\n\n- old\n"


def test_where_the_newest_stands_last_the_new_one_does_too() -> None:
    existing = "# Changelog\n\n## 1.1.0\n\n- a\n\n## 1.2.0\n\n- b\n\n[x]: https://example.org\n"
    wanted = existing.replace("\n[x]", f"\n{NOTES}\n[x]")
    assert prepend(existing, NOTES) == wanted
    waits = existing.replace("\n[x]", "\n## Unreleased\n\n### Fixed\n\n- by hand\n\n[x]")
    made = prepend(waits, NOTES)
    assert made.index("## 1.2.0") < made.index("## [1.3.0]") < made.index("- by hand") < made.index("## Unreleased")


def test_a_section_ends_at_the_next_version_on_whatever_level_it_stands() -> None:
    older = "### [1.2.1](https://x.example) (2024-01-01)\n\n* old\n"
    patched = f"## [1.3.0](https://x.example) (2024-01-02)\n\n### Fixes\n\n* new\n\n{older}"
    assert section(patched, "1.3.0") == "### Fixes\n\n* new"
    assert section(patched, "1.2.1") == "* old"
    topical = "## 1.3.0\n\n### 2.0 is near\n\n- new\n\n### Python 3.12\n\n- works\n\n## demo 1.2.0\n\n- old\n"
    assert section(topical, "1.3.0") == "### 2.0 is near\n\n- new\n\n### Python 3.12\n\n- works"
    anchored = '## 1.3.0\n\n- new\n\n<a name="1.2.0"></a>\n## 1.2.0\n\n- old\n'
    assert section(anchored, "1.3.0") == "- new"


def test_a_section_is_found_by_either_spelling_of_its_version() -> None:
    assert section("## 1.3.0rc1\n\n- x\n", "1.3.0-rc.1") == "- x"
    assert section("## 1.3\n\n- x\n", "1.3.0") == "- x"


def test_older_sections_keep_their_line_ends_where_those_are_mixed() -> None:
    existing = "# Changelog\n\n## 1.2.0\n\n- a\r\n- b\n"
    assert prepend(existing, NOTES) == f"# Changelog\n\n{NOTES}\n## 1.2.0\n\n- a\r\n- b\n"


def test_a_changelog_of_a_line_without_end_is_soon_read() -> None:
    assert prepend("# Changelog\n\n# " + "1." * 300_000 + "_\n", NOTES).endswith(NOTES)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_a_file_stays_in_the_encoding_that_its_first_bytes_name(encoding: str) -> None:
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    read = decoded(mark + "früher →\n".encode(encoding), "CHANGELOG.md")
    assert read.text.removeprefix("\ufeff") == "früher →\n"
    assert read.replaced(read.text + "jetzt\n") == mark + "früher →\njetzt\n".encode(encoding)


def test_an_encoding_that_nobody_names_is_no_guess() -> None:
    with pytest.raises(ConfigError) as refused:
        decoded("# Changelog\n\n- früher\n".encode("latin-1"), "CHANGELOG.md")
    assert str(refused.value) == (
        "CHANGELOG.md is not written in UTF-8, and says no other encoding\n"
        "  file:    CHANGELOG.md\n"
        "  line:    3\n"
        "  problem: invalid start byte\n"
        "  fix:     write it in UTF-8, and commit: "
        "iconv -f ISO-8859-1 -t UTF-8 CHANGELOG.md > new && mv new CHANGELOG.md"
    )
