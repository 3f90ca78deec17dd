"""A file appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from windlass.atomic_write import write_whole


def test_a_file_is_replaced_and_its_folder_made(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b.json"
    write_whole(file, "one")
    write_whole(file, b"two")
    assert file.read_bytes() == b"two"
    assert list(file.parent.iterdir()) == [file]


def test_what_was_there_stays_when_it_cannot_be_replaced(tmp_path: Path) -> None:
    place = tmp_path / "place"
    (place / "full").mkdir(parents=True)
    with pytest.raises(OSError, match="place"):
        write_whole(place, "text")
    assert [path.name for path in tmp_path.iterdir()] == ["place"]
