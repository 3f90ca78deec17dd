"""Where the version stands: found by looking, rewritten to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from windlass import version_files
from windlass.errors import ConfigError, VersionError
from windlass.version_files import Pattern, Place
from windlass.versions import Version

RC = Version.parse("1.3.0-rc.1")


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())


PYPROJECT = '''# version = "1.2.0"
[build-system]
requires = ["hatchling==1.2.0"]   # version = "1.2.0"

[project]
name = "demo"
description = """
version = "1.2.0"
"""
version    =   '1.2.0'   # kept
dependencies = ["other==1.2.0"]

[tool.other]
version = "1.2.0"
'''


def test_only_the_projects_own_version_changes_in_pyproject(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PYPROJECT})
    found = version_files.find_places(tmp_path)
    assert [(s.path, s.line, s.text) for s in version_files.read(tmp_path, found)] == [("pyproject.toml", 10, "1.2.0")]
    assert version_files.rewrite(tmp_path, found, RC) == ("pyproject.toml",)
    assert (tmp_path / "pyproject.toml").read_text() == PYPROJECT.replace("'1.2.0'   # kept", "'1.3.0rc1'   # kept")


@pytest.mark.parametrize(
    "text",
    [
        'project = { name = "demo", version = "1.2.0" }\n',
        'project.name = "1.2.0"\nproject.version = "1.2.0"\n',
        '[project]\r\n"version" = "1.2.0"\r\nname = "x"\r\n',
        '["project"]\nversion = """1.2.0"""\n',
        '[tool.poetry]\nversion = "1.2.0"\n',
    ],
)
def test_every_way_to_write_it_in_toml_is_found(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"pyproject.toml": text})
    version_files.rewrite(tmp_path, version_files.find_places(tmp_path), Version.parse("2.0.0"))
    here, _, after = text.rpartition("1.2.0")
    assert (tmp_path / "pyproject.toml").read_bytes().decode() == f"{here}2.0.0{after}"


def test_dunder_version_is_found_wherever_packages_keep_it(tmp_path: Path) -> None:
    module = (
        '"""Ä doc with __version__ = "0.0.9"."""\n# __version__ = "0"\nx = "é"; __version__: str = "1.2.0"  # kept\n'
    )
    write(
        tmp_path,
        {
            "pyproject.toml": '[project]\nname = "demo"\nversion = "1.2.0"\n',
            "src/demo/__init__.py": module,
            "src/demo/__about__.py": "__version__ = version = '1.2.0'\r\n",
            "flat.py": "def f():\n    __version__ = '1.2.0'\n",
        },
    )
    found = version_files.find_places(tmp_path, packages=["demo", "flat"])
    assert [place.path for place in found] == ["pyproject.toml", "src/demo/__init__.py", "src/demo/__about__.py"]
    assert version_files.agreed_version(version_files.read(tmp_path, found)) == Version.parse("1.2.0")
    version_files.rewrite(tmp_path, found, RC)
    assert (tmp_path / "src/demo/__init__.py").read_text() == module.replace('"1.2.0"', '"1.3.0rc1"')
    assert (tmp_path / "src/demo/__about__.py").read_bytes() == b"__version__ = version = '1.3.0rc1'\r\n"


def test_configured_patterns_name_file_text_and_form(tmp_path: Path) -> None:
    write(tmp_path, {"chart.yaml": "apiVersion: 1.2.0\nappVersion: 1.2.0 # x\nline: v1.2\nimage: demo:1.2.0-rc.1\n"})
    files = [
        ("chart.yaml", "appVersion: {version}"),
        ("chart.yaml", "line: v{line}"),
        ("chart.yaml", "image: demo:{version}"),
    ]
    found = version_files.find_places(tmp_path, files=files)
    version_files.rewrite(tmp_path, found, RC)
    assert (tmp_path / "chart.yaml").read_text() == (
        "apiVersion: 1.2.0\nappVersion: 1.3.0-rc.1 # x\nline: v1.3\nimage: demo:1.3.0-rc.1\n"
    )


def test_the_projects_own_entry_in_the_lock_file_follows(tmp_path: Path) -> None:
    lock = (
        'version = 1\n\n[[package]]\nname = "other"\nversion = "1.2.0"\nsource = { registry = "https://pypi.org" }\n\n'
        '[[package]]\nname = "my-demo"\nversion = "1.2.0"\nsource = { editable = "." }\n'
    )
    write(tmp_path, {"pyproject.toml": '[project]\nname = "My_Demo"\nversion = "1.2.0"\n', "uv.lock": lock})
    version_files.rewrite(tmp_path, version_files.find_places(tmp_path), RC)
    here, _, after = lock.rpartition("1.2.0")
    assert (tmp_path / "uv.lock").read_text() == f"{here}1.3.0rc1{after}"


def test_places_that_differ_are_all_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": '[project]\nname = "demo"\nversion = "1.2.0"\n',
            "demo.py": '\n__version__ = "1.2.1"\n',
        },
    )
    with pytest.raises(VersionError) as refused:
        version_files.agreed_version(
            version_files.read(tmp_path, version_files.find_places(tmp_path, packages=["demo"]))
        )
    assert str(refused.value) == (
        "the files name different versions\n"
        "  pyproject.toml:3: 1.2.0\n"
        "  demo.py:2:        1.2.1\n"
        "  fix:              make them agree, and commit"
    )


def test_a_place_that_holds_no_version_is_an_error_and_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "v1.2.0\n", "b.txt": "nothing\n"})
    found = version_files.find_places(tmp_path, files=[("a.txt", "v{version}"), ("b.txt", "v{version}")])
    with pytest.raises(ConfigError) as refused:
        version_files.rewrite(tmp_path, found, RC)
    assert str(refused.value) == (
        "a file that should hold the version does not\n"
        "  file:       b.txt\n"
        "  looked for: v{version}\n"
        "  fix:        correct tool.windlass.version.files, or the file"
    )
    assert (tmp_path / "a.txt").read_text() == "v1.2.0\n"


@pytest.mark.parametrize("pattern", ["no placeholder", "{version} {version}", "{line}\n", "{other}"])
def test_a_pattern_without_one_placeholder_is_refused(tmp_path: Path, pattern: str) -> None:
    write(tmp_path, {"a.txt": "1.2.0"})
    with pytest.raises(ConfigError, match="a version's pattern needs one placeholder, on one line"):
        version_files.read(tmp_path, [Place("a.txt", Pattern(pattern))])


def test_a_file_outside_of_the_project_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    write(tmp_path, {"outside.txt": "1.2.0"})
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    for path in ("../outside.txt", "link.txt"):
        with pytest.raises(ConfigError, match="a file that should hold the version is not in the project"):
            version_files.find_places(root, files=[(path, "{version}")])


@pytest.mark.parametrize(
    ("text", "tool", "from_tag"),
    [
        ('[project]\ndynamic = ["version"]\n[tool.hatch.version]\nsource = "vcs"\n', "hatch-vcs", True),
        ('[project]\ndynamic = ["version"]\n[tool.setuptools_scm]\n', "setuptools-scm", True),
        (
            '[build-system]\nrequires = ["setuptools_scm[toml] >= 8"]\n[project]\ndynamic=["version"]\n',
            "setuptools-scm",
            True,
        ),
        ('[tool.pdm.version]\nsource = "scm"\n', "pdm", True),
        (
            '[tool.poetry-dynamic-versioning]\nenable = true\n[tool.poetry]\nversion = "0.0.0"\n',
            "poetry-dynamic-versioning",
            True,
        ),
        ('[project]\ndynamic = ["version"]\n[tool.hatch.version]\npath = "demo.py"\n', "hatch", False),
        ('[tool.setuptools.dynamic]\nversion = { attr = "demo.VERSION" }\n', "setuptools", False),
        ('[tool.setuptools.dynamic]\nversion = { file = ["VERSION.txt"] }\n', "setuptools", False),
        (
            '[build-system]\nbuild-backend="flit_core.buildapi"\n[project]\nname="demo"\ndynamic=["version"]\n',
            "flit",
            False,
        ),
    ],
)
def test_versions_that_are_made_at_build_time_are_recognised(
    tmp_path: Path, text: str, tool: str, from_tag: bool
) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": text,
            "demo.py": '__version__ = "1.2.0"\nVERSION = "1.2.0"\n' if tool != "setuptools" else 'VERSION = "1.2.0"\n',
            "VERSION.txt": "1.2.0\n",
        },
    )
    source = version_files.dynamic_source(tmp_path)
    assert source is not None
    assert (source.tool, source.from_tag) == (tool, from_tag)
    assert len(version_files.find_places(tmp_path)) == (0 if from_tag else 1)
    assert version_files.agreed_version(version_files.read(tmp_path, version_files.find_places(tmp_path))) == (
        None if from_tag else Version.parse("1.2.0")
    )


def test_a_project_without_any_place_has_none(tmp_path: Path) -> None:
    assert version_files.find_places(tmp_path) == ()
    assert version_files.dynamic_source(tmp_path) is None
    assert version_files.agreed_version(()) is None


STATIC = '[project]\nname = "demo"\nversion = "1.2.0"\n'


def looked(root: Path, files: dict[str, str]) -> tuple[list[str], list[str]]:
    """The places and what was not recognised, in words."""
    write(root, {"pyproject.toml": STATIC, **files})
    found = version_files.search(root, packages=["demo"])
    places = [f"{place.path} {place.finder}" for place in found.places]
    return places[1:], [f"{one.path}: {one.why}" for one in found.unrecognised]


@pytest.mark.parametrize("text", ["0.0.0", "unknown", "0+unknown", "1.1.0"])
def test_a_string_that_gets_another_value_further_on_is_a_fallback_and_is_said(tmp_path: Path, text: str) -> None:
    module = (
        f'__version__ = "{text}"\ntry:\n    from importlib.metadata import version\n'
        '    __version__ = version("demo")\nexcept Exception:\n    pass\n'
    )
    places, said = looked(tmp_path, {"src/demo/__init__.py": module})
    assert not places
    assert said == [
        f'src/demo/__init__.py: __version__ = "{text}" is a fallback: the module gives the name another value, too'
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0.0.0", "is a placeholder"),
        ("0.dev0", "is a placeholder"),
        ("unknown", "is no version"),
        ("{{ v }}", "is no version"),
    ],
)
def test_a_placeholder_is_no_version_and_is_said(tmp_path: Path, text: str, why: str) -> None:
    places, said = looked(tmp_path, {"demo.py": f'__version__ = "{text}"\n'})
    assert (places, said) == ([], [f'demo.py: __version__ = "{text}" {why}'])


def test_zero_is_a_version_where_the_project_has_no_other(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": STATIC.replace("1.2.0", "0.0.0"), "demo.py": '__version__ = "0.0.0"\n'})
    found = version_files.find_places(tmp_path, packages=["demo"])
    assert version_files.rewrite(tmp_path, found, RC) == ("demo.py", "pyproject.toml")


def test_the_same_version_elsewhere_in_a_package_is_not_left_behind(tmp_path: Path) -> None:
    places, said = looked(
        tmp_path,
        {
            "src/demo/__init__.py": 'VERSION = "1.2.0"\nversion_info = (1, 2, 0)\n',
            "src/demo/main.py": '__version__ = "1.2.0"\n',
            "src/demo/core/__init__.py": '__version__ = "1.2.0"\n',
            "src/demo/vendored.py": '__version__ = "9.1.0"\n',
            "src/demo/data.py": f'__version__ = "1.2.0"\n{"#" * 2_000_000}\n',
        },
    )
    assert places == [
        "src/demo/__init__.py VERSION",
        "src/demo/core/__init__.py __version__",
        "src/demo/main.py __version__",
    ]
    assert said == ["src/demo/__init__.py: version_info is a tuple, which a release does not write"]


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbf# \xc3\xa9\n", b"# coding: latin-1\n# \xe9\n"])
def test_a_module_keeps_its_encoding_and_its_mark(tmp_path: Path, raw: bytes) -> None:
    write(tmp_path, {"pyproject.toml": STATIC})
    (tmp_path / "demo.py").write_bytes(raw + b'__version__ = "1.2.0"\n')
    version_files.rewrite(tmp_path, version_files.find_places(tmp_path, packages=["demo"]), RC)
    assert (tmp_path / "demo.py").read_bytes() == raw + b'__version__ = "1.3.0rc1"\n'


LARGE = '[[package]]\nname = "p{0}"\nversion = "1.2.0"\nsource = {{ registry = "https://index.example" }}\n\n'


def test_of_a_large_lock_file_only_the_projects_own_entry_is_read(tmp_path: Path) -> None:
    others = "".join(LARGE.format(number) for number in range(20_000))
    own = '[[package]]\nname = "demo"\nversion = "1.2.0"\nsource = { editable = "." }\n\n'
    # What stands in the others is not even TOML: it is not looked at.
    write(tmp_path, {"pyproject.toml": STATIC, "uv.lock": f"{others}{own}[[package]]\nname = \n{others}"})
    assert version_files.rewrite(tmp_path, version_files.find_places(tmp_path), RC) == ("pyproject.toml", "uv.lock")
    assert (tmp_path / "uv.lock").read_text().replace(own.replace("1.2.0", "1.3.0rc1"), own).count("1.3.0") == 0


def test_a_workspace_s_lock_above_the_project_follows(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "demo"\nversion = "1.2.0"\nsource = { editable = "packages/demo" }\n'
    write(tmp_path, {".git": "", "uv.lock": lock, "packages/demo/pyproject.toml": STATIC})
    root = tmp_path / "packages/demo"
    assert version_files.rewrite(root, version_files.find_places(root), RC) == ("../../uv.lock", "pyproject.toml")
    assert (tmp_path / "uv.lock").read_text() == lock.replace("1.2.0", "1.3.0rc1")


def test_a_crate_and_its_lock_follow_where_maturin_builds(tmp_path: Path) -> None:
    text = '[build-system]\nbuild-backend = "maturin"\n[project]\nname = "demo"\ndynamic = ["version"]\n'
    lock = '[[package]]\nname = "demo-core"\nversion = "1.2.0"\n'
    crate = '[package]\nname = "demo-core"\nversion = "1.2.0"\n'
    write(tmp_path, {"pyproject.toml": text, "Cargo.toml": crate, "Cargo.lock": lock})
    assert version_files.rewrite(tmp_path, version_files.find_places(tmp_path), RC) == ("Cargo.lock", "Cargo.toml")
