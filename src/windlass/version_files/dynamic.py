"""Versions that pyproject.toml doesn't hold: taken from the tag, or from a file, when the package is built."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windlass.version_files.formats import IniKey, SearchPattern, TomlKey
from windlass.version_files.python_source import PythonName, defining_name, module_file
from windlass.version_files.version_location import Finder, Pattern, file_text

_FROM_TAG = {
    "hatch-vcs": "hatch-vcs",
    "uv-dynamic-versioning": "uv-dynamic-versioning",
    "versioningit": "versioningit",
    "setuptools-scm": "setuptools-scm",
    "setuptools_scm": "setuptools-scm",
    "setuptools-git-versioning": "setuptools-git-versioning",
    "poetry-dynamic-versioning": "poetry-dynamic-versioning",
    "versioneer": "versioneer",
    "dunamai": "dunamai",
}
_HATCH = r"""(?i)^(__version__|VERSION)(?: ?: ?str)? *= *(['"])v?(?P<version>.+?)\2"""
"""hatchling's own default. Source: hatchling.version.core, DEFAULT_PATTERN"""
_SCIKIT = r"""(?i)^(__version__|VERSION)(?: ?: ?str)? *= *(['"])v?(?P<value>.+?)\2"""
"""Source: scikit_build_core.metadata.regex"""


_WHOLE = Pattern("{pep440}")
"""For a file that holds nothing else."""


@dataclass(frozen=True)
class Dynamic:
    """Where a build backend takes the version from.

    Attributes:
        tool: what computes it: `hatch-vcs`, `setuptools-scm`, `hatch`, `setuptools`, …
        from_tag: whether it comes from the tag, so that no file needs to be written.
        path: the file it is read from, relative to the root; empty where that is not known.
        finder: what finds it in that file.
    """

    tool: str
    from_tag: bool
    path: str = ""
    finder: Finder = _WHOLE

    @property
    def known(self) -> bool:
        """Whether it is known where the version comes from."""
        return self.from_tag or bool(self.path)


def dynamic(root: Path, document: Mapping[str, Any]) -> Dynamic | None:
    """What pyproject.toml says of a version that it doesn't hold itself; None when it says nothing of the kind.

    Args:
        document: pyproject.toml, parsed.
    """
    tools, hatch = _table(document, "tool"), _hatch_version(root, document)
    found = (
        _by_tag(document, tools, hatch)
        or _hatch(hatch)
        or _setuptools(root, tools)
        or _pdm(tools)
        or _flit(root, document)
        or _maturin(document)
        or _scikit_build(tools)
    )
    if found is None and _is_dynamic(document):
        found = _setup_cfg(root, document) or Dynamic(_backend(document) or "the build backend", False)
    if found is not None and found.path and not (root / found.path).is_file():
        return Dynamic(found.tool, False)
    return found


def _table(document: Any, *keys: str) -> Mapping[str, Any]:
    for key in keys:
        document = document.get(key, {}) if isinstance(document, Mapping) else {}
    return document if isinstance(document, Mapping) else {}


def _is_dynamic(document: Mapping[str, Any]) -> bool:
    named = _table(document, "project").get("dynamic", ())
    return isinstance(named, list) and "version" in named


def _backend(document: Mapping[str, Any]) -> str:
    return str(_table(document, "build-system").get("build-backend", "")).partition(".")[0]


def _hatch_version(root: Path, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hatch's table of the version: in hatch.toml, or else in pyproject.toml."""
    try:
        own = tomllib.loads(file_text(root / "hatch.toml"))
    except tomllib.TOMLDecodeError:
        own = {}  # hatch itself has the better error for it
    return _table(own, "version") or _table(document, "tool", "hatch", "version")


def _by_tag(document: Mapping[str, Any], tools: Mapping[str, Any], hatch: Mapping[str, Any]) -> Dynamic | None:
    if hatch.get("source") in ("vcs", "uv-dynamic-versioning", "versioningit"):
        return Dynamic("hatch-vcs", True)
    if _table(tools, "pdm", "version").get("source") == "scm":
        return Dynamic("pdm", True)
    if _table(tools, "poetry-dynamic-versioning").get("enable") is True:
        return Dynamic("poetry-dynamic-versioning", True)
    if not _is_dynamic(document):
        return None
    if "setuptools_scm" in tools or "setuptools-scm" in tools:
        return Dynamic("setuptools-scm", True)
    requires = _table(document, "build-system").get("requires", ())
    for wanted in requires if isinstance(requires, list) else ():
        for name, tool in _FROM_TAG.items():
            if str(wanted).replace(" ", "").lower().startswith(name):
                return Dynamic(tool, True)
    return None


def _hatch(table: Mapping[str, Any]) -> Dynamic | None:
    """hatch searches a file with its own or the project's expression; other sources run code."""
    if not table:
        return None
    path, pattern = table.get("path"), table.get("pattern")
    if table.get("source", "regex") != "regex" or not isinstance(path, str):
        return Dynamic("hatch", False)
    return Dynamic("hatch", False, path, SearchPattern(pattern if isinstance(pattern, str) and pattern else _HATCH))


def _setuptools(root: Path, tools: Mapping[str, Any]) -> Dynamic | None:
    source = _table(tools, "setuptools", "dynamic").get("version")
    if not isinstance(source, Mapping):
        return None
    bases = _bases(_table(tools, "setuptools"))
    file = source.get("file")
    if isinstance(source.get("attr"), str):
        return _attribute(root, bases, source["attr"])
    if isinstance(file, list) and len(file) == 1:
        file = file[0]
    return Dynamic("setuptools", False, file) if isinstance(file, str) else Dynamic("setuptools", False)


def _bases(table: Mapping[str, Any]) -> tuple[str, ...]:
    """The folders that hold packages, as setuptools is told or finds them."""
    placed = _table(table, "package-dir").get("")
    where = _table(table, "packages", "find").get("where", ())
    told = [placed, *(where if isinstance(where, list) else ())]
    return (*(base for base in told if isinstance(base, str)), "src", ".")


def _attribute(root: Path, bases: Sequence[str], attribute: str) -> Dynamic:
    """setuptools' `attr`: a module's name, which it reads where it is a plain string, and else imports."""
    module, _, name = attribute.rpartition(".")
    path, inner = defining_name(root, bases, module, name) if module else ("", "")
    return Dynamic("setuptools", False, path, PythonName(inner)) if path else Dynamic("setuptools", False)


def _setup_cfg(root: Path, document: Mapping[str, Any]) -> Dynamic | None:
    """setuptools' older file, which it still reads for what pyproject.toml calls dynamic."""
    key = IniKey("metadata", "version")
    value = key.value(file_text(root / "setup.cfg"))
    if _backend(document) not in ("setuptools", "") or not value:
        return None
    how, colon, what = (part.strip() for part in value.partition(":"))
    if not colon:
        return Dynamic("setuptools", False, "setup.cfg", key)
    bases = _bases(_table(document, "tool", "setuptools"))
    return _attribute(root, bases, what) if how == "attr" else Dynamic("setuptools", False, what)


def _pdm(tools: Mapping[str, Any]) -> Dynamic | None:
    table = _table(tools, "pdm", "version")
    if not table:
        return None
    path = table.get("path")
    in_file = table.get("source") == "file" and isinstance(path, str)
    return Dynamic("pdm", False, str(path), PythonName()) if in_file else Dynamic("pdm", False)


def _flit(root: Path, document: Mapping[str, Any]) -> Dynamic | None:
    """flit reads `__version__` of the module that the project is named after."""
    if not _backend(document).startswith("flit") or not _is_dynamic(document):
        return None
    project = _table(document, "project")
    named = _table(document, "tool", "flit", "module").get("name") or str(project.get("name", "")).replace("-", "_")
    return Dynamic("flit", False, module_file(root, ("src", "."), str(named)), PythonName())


def _maturin(document: Mapping[str, Any]) -> Dynamic | None:
    """maturin takes the crate's version."""
    if _backend(document) != "maturin" or not _is_dynamic(document):
        return None
    manifest = _table(document, "tool", "maturin").get("manifest-path", "Cargo.toml")
    return Dynamic("maturin", False, str(manifest), TomlKey(("package", "version")))


def _scikit_build(tools: Mapping[str, Any]) -> Dynamic | None:
    table = _table(tools, "scikit-build", "metadata", "version")
    provider, path, pattern = (table.get(key) for key in ("provider", "input", "regex"))
    if provider == "scikit_build_core.metadata.setuptools_scm":
        return Dynamic("setuptools-scm", True)
    if provider != "scikit_build_core.metadata.regex" or not isinstance(path, str):
        return None
    return Dynamic("scikit-build-core", False, path, SearchPattern(str(pattern or _SCIKIT), "value"))
