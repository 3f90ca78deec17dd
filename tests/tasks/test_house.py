"""Each rule of the house goes red for what it forbids."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import windlass
from tasks import house
from windlass import shell

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the package, to break."""
    return copied(tmp_path)


def copied(folder: Path) -> Path:
    made = folder / "src"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(windlass.__file__).parent, made / "windlass", ignore=ignore)
    return made


def lint_imports(sources: Path) -> shell.ProgramResult:
    argv: list[str | Path] = [
        Path(sys.executable).with_name("lint-imports"),
        "--config",
        ROOT / "pyproject.toml",
        "--no-cache",
    ]
    return shell.run(argv, cwd=sources, env={"PYTHONPATH": str(sources)}, ok=None, timeout_s=120)


def seed(sources: Path, module: str, line: str) -> None:
    with (sources / "windlass" / module).open("a") as file:
        file.write(f"\n{line}\n")


def test_the_imports_are_as_they_should_be(sources: Path) -> None:
    done = lint_imports(sources)
    assert done.code == 0, done.text


FORBIDDEN = [
    ("versions.bump", "windlass.release.ledger", "arrows run down"),
    ("stage.serve", "windlass.channels.git.stand_in", "arrows run down"),
    ("graph.declare.tasks", "windlass.graph.running.run", "arrows run down in the graph"),
    ("release.lock", "subprocess", "programs are started by the shell alone"),
    ("oci.auth", "httpx", "HTTP is spoken by http alone"),
    ("release.flows.hotfix", "windlass.github.client", "what leads to a release knows a forge by its protocol"),
]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said where every contract is broken at once."""
    sources = copied(tmp_path_factory.mktemp("broken"))
    for module, imported, _ in [*FORBIDDEN, ("oci.address", "windlass.oci.repository", "")]:
        seed(sources, f"{module.replace('.', '/')}.py", f"import {imported}")
    done = lint_imports(sources)
    assert done.code == 1
    assert "Contracts: 0 kept" in done.text
    return done.text


@pytest.mark.parametrize(("module", "imported", "contract"), FORBIDDEN)
def test_an_import_that_is_forbidden_is_found(broken: str, module: str, imported: str, contract: str) -> None:
    assert f"\n{contract} BROKEN" in broken
    found = broken.partition(f"\n{contract}\n---")[2]
    assert f" windlass.{module} -> {imported} (l." in found


def test_a_circle_is_found(broken: str) -> None:
    assert "\nno circles BROKEN" in broken
    assert "- .address -> .repository (1 import)" in broken


def test_an_eighteenth_module_in_a_folder_is_found(sources: Path) -> None:
    assert house.crowded(sources) == []
    folder = sources / "windlass" / "release"
    for number in range(house.MOST_FILES + 1 - len(list(folder.glob("*.py")))):
        (folder / f"more_{number}.py").touch()
    assert house.crowded(sources) == ["windlass/release/ has 18 modules, and may have 17: look for the second noun"]


def test_a_git_command_outside_its_package_is_found(sources: Path) -> None:
    assert house.git_elsewhere(sources) == []
    seed(sources, "builds/dist.py", '_SEEDED = ["git", "status"]')
    (problem,) = house.git_elsewhere(sources)
    assert problem.startswith("windlass/builds/dist.py:")


def test_what_one_module_does_for_all_is_found_where_another_does_it(sources: Path) -> None:
    assert house.done_again(sources) == []
    seed(sources, "release/lock.py", "import time\n\ntime.sleep(1)")
    seed(sources, "oci/layout.py", "import hashlib\n\n_SEEDED = hashlib.sha256(b'')")
    digests, waits = house.done_again(sources)
    assert digests.startswith("windlass/oci/layout.py:")
    assert digests.endswith("windlass.digest tells digests, so that it has one meaning")
    assert waits.startswith("windlass/release/lock.py:")


def test_code_that_a_stand_in_shares_with_its_channel_is_found(sources: Path) -> None:
    assert house.shared_with_stand_ins(sources) == []
    seed(sources, "channels/oci/stand_in/store.py", "from windlass.oci import manifest")
    seed(sources, "channels/git/stand_in.py", "import windlass.channels.git.git_channel")
    of_git, of_oci = house.shared_with_stand_ins(sources)
    assert of_git.startswith("windlass/channels/git/stand_in.py:")
    assert of_git.endswith("a stand-in shares no code with its channel, and imports windlass.channels.git.git_channel")
    assert of_oci.startswith("windlass/channels/oci/stand_in/store.py:")


def test_names_that_only_say_that_something_happened_are_counted(sources: Path) -> None:
    assert house.unclear(sources) == []
    seed(sources, "printable_text.py", "\n".join(f"class Outer{n}:\n    def told(self): ...\n" for n in range(80)))
    (problem,) = house.unclear(sources)
    assert "windlass/printable_text.py" in problem


@pytest.mark.parametrize("name", ["told", "_made", "Ran", "refused"])
def test_a_bare_participle_is_one(name: str) -> None:
    assert house.is_participle(name)


@pytest.mark.parametrize("name", ["seed", "feed", "made_of", "need", "refusal", "UpToDate"])
def test_a_noun_or_a_longer_name_is_none(name: str) -> None:
    assert not house.is_participle(name)
