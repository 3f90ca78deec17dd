"""Clean environments: a Python with the very wheel that ships and what its tests need, and nothing else."""

from __future__ import annotations

import base64
import csv
import fcntl
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from windlass import shell
from windlass.digest import file_digest, text_key
from windlass.errors import ConfigError, GateError, WindlassError
from windlass.gates.interpreters import Interpreter, find
from windlass.index_logins import index_environment
from windlass.shell.uv_program import uv_program

_KEPT = 24
"""Environments that stay in a folder, the most recently used."""
_ALONE = {"VIRTUAL_ENV": "", "PYTHONPATH": "", "PYTHONHOME": "", "CONDA_PREFIX": "", "UV_PYTHON": ""}


@dataclass(frozen=True)
class EnvironmentSpec:
    """What an environment must hold.

    Attributes:
        python: minor version, such as `3.11`.
        wheel: the file to install.
        name: its distribution's name.
        extras: extras of it to install with it.
        requirements: more requirements (PEP 508).
        project: the pyproject.toml with the dependency group.
        group: a dependency group of `project`; none when empty.
    """

    python: str
    wheel: Path
    name: str
    extras: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    project: Path | None = None
    group: str = ""


@dataclass(frozen=True)
class Environment:
    """A virtual environment that holds what was wanted.

    Attributes:
        folder: where it is.
        version: its Python, such as `3.11.7`.
        packages: what is installed, `name==version` or `name @ file://…`, sorted.
    """

    folder: Path
    version: str
    packages: tuple[str, ...]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """Where the installed packages lie."""
        return site_packages(self.folder, self.version)

    def has(self, distribution: str) -> bool:
        """Whether a distribution is installed, by its normalized name."""
        return any(line.replace(" @", "==").split("==")[0].lower() == distribution for line in self.packages)


def environment(home: Path, wanted: EnvironmentSpec, *, timeout_s: float = 900.0) -> Environment:
    """The environment that holds what is wanted: an earlier one whose contents are right, or a new one.

    Args:
        home: the folder of environments.

    Raises:
        ToolMissingError: that Python is not installed.
        ConfigError: there is no such dependency group.
        GateError: the requirements can't be installed together, or what was installed is not the wheel.
    """
    interpreter = find(wanted.python)
    key = _key(wanted, interpreter)
    home = home.resolve()  # an environment knows its own path, and that must outlive a link to its folder
    folder = home / f"{wanted.python}-{key[:16]}"
    home.mkdir(parents=True, exist_ok=True)
    with _file_lock(home / f"{folder.name}.lock"):
        kept = _reuse(folder, key, wanted, interpreter)
        made = kept or _create(folder, key, wanted, interpreter, timeout_s)
    (folder / "windlass.json").touch()
    _prune(home, folder)
    return made


def _key(wanted: EnvironmentSpec, interpreter: Interpreter) -> str:
    """What decides whether an environment is the wanted one: every input by its content."""
    parts: dict[str, Any] = {
        "form": 1,
        "interpreter": [str(interpreter.path), interpreter.version],
        "wheel": file_digest(wanted.wheel),
        "extras": wanted.extras,
        "requirements": wanted.requirements,
        "groups": _groups(wanted),
    }
    return text_key(json.dumps(parts, sort_keys=True))


def _groups(wanted: EnvironmentSpec) -> dict[str, Any]:
    if not wanted.group or wanted.project is None:
        return {}
    from windlass.config import read_toml

    groups: dict[str, Any] = read_toml(wanted.project)[1].get("dependency-groups", {})
    if wanted.group not in groups:
        raise ConfigError(
            f"there is no dependency group {wanted.group}",
            facts={"file": wanted.project, "there are": ", ".join(groups) or "(none)"},
            remedy="name one of them in tool.windlass.test.group, or add it (PEP 735)",
        )
    return {"name": wanted.group, **groups}


@contextmanager
def _file_lock(file: Path) -> Iterator[None]:
    """Two runs never make one environment at once; the kernel lets go however this process ends."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _reuse(folder: Path, key: str, wanted: EnvironmentSpec, interpreter: Interpreter) -> Environment | None:
    """The environment in `folder`, if everything about it is still as it was recorded."""
    try:
        record = msgspec.json.decode((folder / "windlass.json").read_bytes())
        whole = record["key"] == key and tuple(record["packages"]) == _packages(folder)
    except (OSError, ValueError, KeyError, TypeError, WindlassError):
        return None
    found = Environment(folder, interpreter.version, tuple(record["packages"]))
    return found if whole and not differing_files(wanted.wheel, found.site_packages) else None


def _create(folder: Path, key: str, wanted: EnvironmentSpec, interpreter: Interpreter, timeout_s: float) -> Environment:
    shutil.rmtree(folder, ignore_errors=True)
    _uv(["venv", "--quiet", "--no-project", "--python", interpreter.path, folder], timeout_s)
    _install(folder, wanted, timeout_s)
    made = Environment(folder, interpreter.version, _packages(folder))
    if other := differing_files(wanted.wheel, made.site_packages):
        raise GateError(
            f"what was installed is not {wanted.wheel.name}",
            facts={"differs": ", ".join(other[:5]), "environment": folder},
            remedy="run `uv cache clean`, then the same again",
        )
    (folder / "windlass.json").write_bytes(msgspec.json.encode({"key": key, "packages": made.packages}))
    return made


def _install(folder: Path, wanted: EnvironmentSpec, timeout_s: float) -> None:
    extras = f"[{','.join(wanted.extras)}]" if wanted.extras else ""
    words: list[str | Path] = [
        f"{wanted.name}{extras} @ {wanted.wheel.resolve().as_uri()}",
        *wanted.requirements,
    ]
    if wanted.group and wanted.project:
        words += ["--group", f"{wanted.project}:{wanted.group}"]
    # Not compiled: tests import a third of what they need, and what they import is kept compiled.
    _uv(["pip", "install", "--quiet", "--python", folder / "bin" / "python", *words], timeout_s)


def _uv(words: list[str | Path], timeout_s: float) -> shell.ProgramResult:
    done = shell.run(
        [uv_program(), *words], env={**index_environment(), **_ALONE, "NO_COLOR": "1"}, ok=None, timeout_s=timeout_s
    )
    if done.code != 0:
        raise GateError(
            "the environment to test in can't be made",
            facts={"command": " ".join(["uv", *map(str, words)]), "it said": done.err.strip() or "(nothing)"},
            remedy="see that the requirements fit each other and this Python, and the index answers",
        )
    return done


def _packages(folder: Path) -> tuple[str, ...]:
    return tuple(_uv(["pip", "freeze", "--python", folder / "bin" / "python"], 60).text.splitlines())


def site_packages(folder: Path, version: str) -> Path:
    """Where a virtual environment's packages lie, for its Python's version."""
    return folder / "lib" / f"python{'.'.join(version.split('.')[:2])}" / "site-packages"


def differing_files(wheel: Path, installed: Path) -> tuple[str, ...]:
    """Files of a wheel that are not installed byte for byte, by its RECORD; empty when all are.

    Source: the wheel format (packaging.python.org), "The .dist-info directory"; `.data` goes elsewhere.
    """
    with zipfile.ZipFile(wheel) as archive:
        record = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
    here = [(name, digest) for name, digest, *_ in rows if digest and ".data/" not in name]
    return tuple(name for name, digest in here if _digest(installed / name) != digest)


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    digest = hashlib.sha256(path.read_bytes()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _prune(home: Path, used: Path) -> None:
    """Remove environments that others have superseded, so that the folder does not grow without end."""
    records = [path for path in home.glob("*/windlass.json") if path.parent != used]
    for record in sorted(records, key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT - 1 :]:
        shutil.rmtree(record.parent, ignore_errors=True)
