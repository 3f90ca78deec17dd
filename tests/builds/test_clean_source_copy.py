from __future__ import annotations

import threading
from pathlib import Path

from windlass.builds.clean_source_copy import copy


def test_a_file_that_comes_and_goes_while_a_tree_is_copied_fails_nothing(tmp_path: Path) -> None:
    """Builds beside this one have files of their own below the tree; each is there whole, or it is not there."""
    root = tmp_path / "root"
    root.mkdir()
    for number in range(50):
        (root / f"{number:02}.txt").write_text("stays")
    passing = [root / f"passing-{number}.txt" for number in range(50)]
    done = threading.Event()

    def come_and_go() -> None:
        while not done.is_set():
            for path in passing:
                path.write_text("x")
            for path in passing:
                path.unlink()

    others = threading.Thread(target=come_and_go)
    others.start()
    try:
        for number in range(12):
            copy(root, tmp_path / f"copy-{number}")
    finally:
        done.set()
        others.join()
    kept = {path.name for path in (tmp_path / "copy-0").iterdir() if not path.name.startswith("passing")}
    assert len(kept) == 50
