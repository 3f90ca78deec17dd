"""Files that a wheel lacks because the sdist that it is built from leaves them out."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.builds.dist import dist
from windlass.builds.missing_files import contents, missing, refuse_missing_files
from windlass.errors import GateError

GIVEN = {"SOURCE_DATE_EPOCH": "315532800"}


def test_what_is_not_there_is_told_of_the_project_s_packages_alone() -> None:
    wanted = frozenset({"demo/a.py", "demo/data/x.json", "demo/tests/t.py", "tests/test_it.py", "other/o.py", "one.py"})
    there = frozenset({"demo/a.py"})
    assert missing(wanted, there, ["demo"], []) == ("demo/data/x.json", "demo/tests/t.py")
    assert missing(wanted, there, ["demo"], ["demo/tests/*"]) == ("demo/data/x.json",)
    assert missing(wanted, there, ["demo", "one", "other.part"], []) == (
        *("demo/data/x.json", "demo/tests/t.py"),
        *("one.py", "other/o.py"),
    )
    assert missing(wanted, wanted, ["demo"], []) == ()


def made(root: Path) -> Path:
    """The wheel of a project, by way of its sdist."""
    dists = dist(root, root / "dist", name="demo", epoch=315532800)
    return root / "dist" / dists.wheel.name


def with_data(root: Path) -> None:
    (root / "src" / "demo" / "data").mkdir()
    (root / "src" / "demo" / "data" / "table.json").write_text("{}")


@pytest.mark.stage
def test_data_that_the_sdist_leaves_out_is_missed_in_the_wheel_and_may_be_left_out_on_purpose(
    project: Callable[[str], Path],
) -> None:
    root = project("sound")
    with_data(root)
    with (root / "pyproject.toml").open("a") as file:
        file.write('\n[tool.hatch.build.targets.sdist]\nexclude = ["src/demo/data"]\n')
    wheel = made(root)
    with pytest.raises(GateError) as failed:
        refuse_missing_files(root, wheel, packages=["demo"], given=GIVEN)
    assert failed.value.problem == f"{wheel.name} lacks 1 file of the project"
    assert failed.value.facts["not in it"] == "demo/data/table.json"
    assert refuse_missing_files(root, wheel, packages=["demo"], on_purpose=["demo/data/*"], given=GIVEN)


@pytest.mark.stage
def test_a_wheel_that_has_all_passes_and_files_that_git_tracks_are_in_it_whatever_their_folder_s_name(
    project: Callable[[str], Path],
) -> None:
    root = project("sound")
    with_data(root)
    (root / "src" / "demo" / "data").rename(root / "src" / "demo" / "node_modules")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-f", "."], cwd=root, check=True)
    wheel = made(root)
    assert "demo/node_modules/table.json" in contents(wheel)
    assert refuse_missing_files(root, wheel, packages=["demo"], given=GIVEN)


def test_a_wheel_for_one_platform_is_not_built_twice_and_one_that_holds_nothing_is_refused(tmp_path: Path) -> None:
    import zipfile

    for name, member in {
        "demo-1.0-cp311-cp311-linux_x86_64.whl": "demo/fast.so",
        "demo-1.0-py3-none-any.whl": "demo-1.0.dist-info/METADATA",
    }.items():
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(member, "")
    compiled, empty = sorted(tmp_path.iterdir())
    assert refuse_missing_files(tmp_path, compiled, packages=["demo"], given=GIVEN) == ()
    with pytest.raises(GateError, match="holds nothing"):
        refuse_missing_files(tmp_path, empty, packages=["demo"], given=GIVEN)
