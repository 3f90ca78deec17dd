"""The version of a project whose pyproject.toml holds none."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from windlass import version_files
from windlass.config import VersionFile, VersionTable
from windlass.errors import ConfigError
from windlass.project import Project
from windlass.version_files.configured import places_to_write
from windlass.version_files.find import search
from windlass.version_files.versions_in_packages import Unrecognised

NAMED = '[project]\nname = "demo"\ndynamic = ["version"]\n'
BY_HATCH_VCS = NAMED + '[tool.hatch.version]\nsource = "vcs"\n'

FILES = {
    "src/demo/__init__.py": '__version__ = "1.2.0"\n',
    "src/demo/named.py": "from .again import version as VERSION\n",
    "src/demo/again.py": "from demo import __version__\nversion = __version__\nfrom . import __version__ as version\n",
    "src/demo/made.py": 'version = ".".join(["1", "2", "0"])\n',
    "lib/other.py": '__version__ = "1.2.0"\n',
    "about.py": 'VERSION = "1.2.0"\n',
    "VERSION": "release 1.2.0\n",
    "setup.cfg": "[metadata]\nversion = attr: demo.__version__\n",
    "Cargo.toml": '[package]\nname = "demo"\nversion = "1.2.0"\n',
}
"""A project's files, any of which a build backend may be told to read."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src/demo").mkdir(parents=True)
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (NAMED + '[tool.hatch.version]\npath = "src/demo/__init__.py"\n', "1.2.0"),
        (NAMED + '[tool.setuptools.dynamic]\nversion = { attr = "demo.__version__" }\n', "1.2.0"),
        (NAMED + '[build-system]\nbuild-backend = "flit_core.buildapi"\n', "1.2.0"),
        (NAMED + '[tool.hatch.version]\npath = "src/demo/gone.py"\n', ""),
        (NAMED + '[tool.hatch.version]\npath = "about.py"\n', "1.2.0"),
        (NAMED + '[tool.hatch.version]\npath = "VERSION"\npattern = "release (?P<version>.+)"\n', "1.2.0"),
        (NAMED + '[tool.hatch.version]\npath = "VERSION"\npattern = "("\n', ""),
        (NAMED + '[tool.hatch.version]\nsource = "code"\npath = "about.py"\n', ""),
        (NAMED + '[tool.setuptools.dynamic]\nversion = { attr = "demo.named.VERSION" }\n', "1.2.0"),
        (NAMED + '[tool.setuptools.dynamic]\nversion = { attr = "demo.again.version" }\n', "1.2.0"),
        (NAMED + '[tool.setuptools.dynamic]\nversion = { attr = "demo.made.version" }\n', ""),
        (
            NAMED + '[tool.setuptools]\npackage-dir = {"" = "lib"}\n'
            '[tool.setuptools.dynamic]\nversion = { attr = "other.__version__" }\n',
            "1.2.0",
        ),
        (NAMED + '[build-system]\nbuild-backend = "setuptools.build_meta"\n', "1.2.0"),
        (NAMED + '[build-system]\nbuild-backend = "maturin"\n', "1.2.0"),
        (NAMED + '[build-system]\nbuild-backend = "mesonpy"\n', ""),
        (
            NAMED + '[tool.scikit-build.metadata.version]\nprovider = "scikit_build_core.metadata.regex"\n'
            'input = "about.py"\n',
            "1.2.0",
        ),
        (BY_HATCH_VCS, ""),
    ],
)
def test_a_project_s_version_is_what_its_build_backend_reads(root: Path, text: str, version: str) -> None:
    (root / "pyproject.toml").write_text(text)
    assert Project.load(root).version == version


def test_a_version_from_the_tag_is_that_of_the_tag_which_is_released(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "pyproject.toml").write_text(BY_HATCH_VCS)
    monkeypatch.setenv("WINDLASS_TAG", "v1.3.0-rc.1")
    assert Project.load(root).version == "1.3.0rc1"
    monkeypatch.setenv("WINDLASS_TAG", "nightly")
    assert Project.load(root).version == ""


def test_a_module_that_the_build_writes_the_version_into_is_no_place(root: Path) -> None:
    (root / "pyproject.toml").write_text(BY_HATCH_VCS)
    (root / "src/demo/_version.py").write_text('__version__ = "1.2.1.dev3+gabc"\n')
    assert version_files.find_places(root, packages=["demo"]) == ()


@pytest.mark.parametrize("backend", ["mesonpy", "setuptools.build_meta"])
def test_a_version_from_nobody_knows_where_is_not_written_and_is_said(root: Path, backend: str) -> None:
    (root / "pyproject.toml").write_text(NAMED + f'[build-system]\nbuild-backend = "{backend}"\n')
    (root / "setup.cfg").unlink()
    (root / "src/demo/__init__.py").unlink()
    tool = backend.partition(".")[0]
    config = Project.load(root).config
    said = Unrecognised("pyproject.toml", f"nobody knows where {tool} takes the version from")
    assert search(root, packages=["demo"]).unrecognised == (said,)
    with pytest.raises(ConfigError) as refused:
        places_to_write(root, config)
    assert str(refused.value) == (
        f"nobody knows where {tool} takes the version from, so it can't be written\n"
        '  pyproject.toml: dynamic = ["version"]\n'
        "  fix:            name the file and the text around the version: [[tool.windlass.version.files]], "
        "with path and pattern"
    )
    told = replace(config, version=VersionTable(files=(VersionFile("VERSION", "release {version}"),)))
    assert [place.path for place in places_to_write(root, told)] == ["VERSION"]
    assert not search(root, files=[("VERSION", "release {version}")]).unrecognised
