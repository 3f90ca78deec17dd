"""Versions that pyproject.toml doesn't hold: taken from the tag, or from a module, when the package is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Dynamic:
    """Where a build backend takes the version from.

    Attributes:
        tool: what computes it: `hatch-vcs`, `setuptools-scm`, `hatch`, `setuptools`, …
        from_tag: whether it comes from the tag, so that no file needs to be written.
        path: the file it is read from, relative to the root; empty for none.
        name: the Python name that holds it in that file; empty when the file holds nothing else.
    """

    tool: str
    from_tag: bool
    path: str = ""
    name: str = ""


def dynamic(root: Path, document: Mapping[str, Any]) -> Dynamic | None:
    """What pyproject.toml says of a version that it doesn't hold itself; None when it says nothing of the kind.

    Args:
        document: pyproject.toml, parsed.
    """
    tools = _table(document, "tool")
    return _by_tag(document, tools) or _hatch(tools) or _setuptools(root, tools) or _pdm(tools) or _flit(root, document)


def _table(document: Any, *keys: str) -> Mapping[str, Any]:
    for key in keys:
        document = document.get(key, {}) if isinstance(document, Mapping) else {}
    return document if isinstance(document, Mapping) else {}


def _by_tag(document: Mapping[str, Any], tools: Mapping[str, Any]) -> Dynamic | None:
    if _table(tools, "hatch", "version").get("source") in ("vcs", "uv-dynamic-versioning", "versioningit"):
        return Dynamic("hatch-vcs", True)
    if _table(tools, "pdm", "version").get("source") == "scm":
        return Dynamic("pdm", True)
    if _table(tools, "poetry-dynamic-versioning").get("enable") is True:
        return Dynamic("poetry-dynamic-versioning", True)
    if "version" not in _table(document, "project").get("dynamic", ()):
        return None
    if "setuptools_scm" in tools or "setuptools-scm" in tools:
        return Dynamic("setuptools-scm", True)
    requires = _table(document, "build-system").get("requires", ())
    for wanted in requires if isinstance(requires, list) else ():
        for name, tool in _FROM_TAG.items():
            if str(wanted).replace(" ", "").lower().startswith(name):
                return Dynamic(tool, True)
    return None


def _hatch(tools: Mapping[str, Any]) -> Dynamic | None:
    path = _table(tools, "hatch", "version").get("path")
    return Dynamic("hatch", False, path, "__version__") if isinstance(path, str) else None


def _setuptools(root: Path, tools: Mapping[str, Any]) -> Dynamic | None:
    source = _table(tools, "setuptools", "dynamic").get("version", {})
    attribute = _table({"it": source}, "it").get("attr")
    file = _table({"it": source}, "it").get("file")
    if isinstance(attribute, str) and "." in attribute:
        module, _, name = attribute.rpartition(".")
        return Dynamic("setuptools", False, _module(root, module), name)
    if isinstance(file, list) and len(file) == 1:
        file = file[0]
    return Dynamic("setuptools", False, file) if isinstance(file, str) else None


def _pdm(tools: Mapping[str, Any]) -> Dynamic | None:
    table = _table(tools, "pdm", "version")
    path = table.get("path")
    return (
        Dynamic("pdm", False, path, "__version__") if table.get("source") == "file" and isinstance(path, str) else None
    )


def _flit(root: Path, document: Mapping[str, Any]) -> Dynamic | None:
    """flit reads `__version__` of the module that the project is named after."""
    backend = str(_table(document, "build-system").get("build-backend", ""))
    project = _table(document, "project")
    if not backend.startswith("flit") or "version" not in project.get("dynamic", ()):
        return None
    named = _table(document, "tool", "flit", "module").get("name") or str(project.get("name", "")).replace("-", "_")
    return Dynamic("flit", False, _module(root, str(named)), "__version__")


def _module(root: Path, module: str) -> str:
    """The file of a module, relative to the root; empty when there is none."""
    for base in ("src", "."):
        folder = Path(base, *module.split("."))
        for path in (folder / "__init__.py", folder.with_suffix(".py")):
            if (root / path).is_file():
                return path.as_posix()
    return ""
