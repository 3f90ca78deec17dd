"""The bill of materials: what is installed with the wheel, as CycloneDX; the same bytes on any machine, any day.

The wheel's dependencies are resolved as of the commit's time, for the newest Python of the project that installs it and
the platform that it is for (Linux, where it is for any), so that neither this machine nor what was uploaded since has a
say.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from windlass import shell
from windlass.builds.artifact_folder import Files
from windlass.builds.dist import wheel_metadata
from windlass.builds.wheel_platform import newest_python, uv_platform
from windlass.digest import file_digest
from windlass.errors import GateError, ToolMissingError
from windlass.gate_results import NO_EPOCH
from windlass.index_logins import index_environment
from windlass.model import Artifact
from windlass.shell.uv_program import uv_program

_UNSATISFIABLE = 1
"""uv's exit code where nothing fits; anything else is trouble, such as an index that does not answer."""
_TIMEOUT_S = 600.0
_ALONE = {"VIRTUAL_ENV": "", "PYTHONPATH": "", "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}


def sbom(
    wheel: Path, folder: Path, *, name: str, pythons: Sequence[str], epoch: int, say: Callable[[str], None] = print
) -> Artifact:
    """Write `NAME-VERSION.cdx.json` of a built wheel into `folder`; earlier ones of the same project go.

    Args:
        pythons: the project's Pythons (minor versions, oldest first): dependencies are resolved for the newest one that
            installs the wheel; it need not be installed here.
        epoch: SOURCE_DATE_EPOCH, seconds: nothing that was uploaded later counts (`NO_EPOCH`: all counts).

    Raises:
        ToolMissingError: cyclonedx-bom is not installed.
        GateError: the dependencies can't be installed together, or no Python of the project installs the wheel.
    """
    require_cyclonedx()
    options = ("--python-version", newest_python(wheel.name, pythons), "--python-platform", uv_platform(wheel.name))
    version = str(Version(wheel_metadata(wheel)["Version"]))
    with tempfile.TemporaryDirectory(prefix="windlass-sbom-") as scratch:
        home = Path(scratch)
        pins = _resolve(home, wheel, options, epoch, say)
        made = _about(wheel, name, _describe(_install_environment(home, pins, options), home / "sbom.json", epoch))
    folder.mkdir(parents=True, exist_ok=True)
    remove_earlier(folder, name)
    path = folder / f"{name}-{version}.cdx.json"
    path.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n", "utf-8")
    return Files(folder).artifact(path.name, "sbom")


def remove_earlier(folder: Path, name: str) -> None:
    """Remove a project's earlier bills of materials from a folder."""
    for old in folder.glob(f"{name}-*.cdx.json"):
        old.unlink()


def require_cyclonedx() -> None:
    """See that cyclonedx-py can be run.

    Raises:
        ToolMissingError: it is not installed beside windlass.
    """
    try:
        importlib.import_module("cyclonedx_py")
    except ImportError as missing:
        raise ToolMissingError("cyclonedx-bom is not installed", remedy="pip install 'windlass[scan]'") from missing


def _resolve(home: Path, wheel: Path, options: Sequence[str], epoch: int, say: Callable[[str], None]) -> Path:
    """A requirements file with the wheel and every dependency of it at one version."""
    asked, pins = home / "asked.txt", home / "pins.txt"
    asked.write_text(f"{wheel_metadata(wheel)['Name']} @ {wheel.resolve().as_uri()}\n")
    words = [
        "pip",
        "compile",
        "--quiet",
        "--no-header",
        "--no-annotate",
        *options,
        "--output-file",
        str(pins),
    ]
    then = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if epoch > NO_EPOCH:
        done = _uv([*words, "--exclude-newer", then, str(asked)], ok=(0, _UNSATISFIABLE))
        if done.code == 0:
            return pins
        say(f"bill of materials as of today: as of the commit ({then}) nothing fits\n{_last(done)}")
    _uv([*words, str(asked)])
    return pins


def _install_environment(home: Path, pins: Path, options: Sequence[str]) -> Path:
    """The interpreter of an environment that holds what is pinned, for the Python and platform that it is about."""
    _uv(["venv", "--quiet", "--no-project", "--python", sys.executable, str(home / "env")])
    packages = next((home / "env" / "lib").glob("python*")) / "site-packages"
    _uv(
        [
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            str(packages),
            *options,
            "--requirement",
            str(pins),
        ]
    )
    return home / "env" / "bin" / "python"


def _uv(words: Sequence[str], ok: Sequence[int] = (0,)) -> shell.ProgramResult:
    done = shell.run([uv_program(), *words], env={**index_environment(), **_ALONE}, ok=None, timeout_s=_TIMEOUT_S)
    if done.code not in ok:
        raise GateError(
            "what the wheel needs can't be installed together, so there is no bill of materials",
            facts={"command": f"uv {' '.join(words[:2])}", "exit code": done.code, "it said": _last(done)},
            remedy="correct `dependencies` in pyproject.toml",
        )
    return done


def _last(done: shell.ProgramResult) -> str:
    return "\n".join(done.err.strip().splitlines()[-12:])


def _describe(interpreter: Path, file: Path, epoch: int) -> dict[str, Any]:
    words = ["environment", "--output-reproducible", "--no-validate", "--output-file", str(file), str(interpreter)]
    dated = {"SOURCE_DATE_EPOCH": str(epoch) if epoch > NO_EPOCH else "", "PYTHONPATH": ""}
    argv = [sys.executable, "-P", "-m", "cyclonedx_py", *words]
    done = shell.run(argv, env=dated, ok=None, timeout_s=_TIMEOUT_S)
    if done.code != 0:
        raise GateError(
            "the bill of materials can't be made",
            facts={"exit code": done.code, "cyclonedx-py said": _last(done)},
            remedy="correct what it says",
        )
    made: dict[str, Any] = json.loads(file.read_bytes())
    return made


def _about(wheel: Path, name: str, made: dict[str, Any]) -> dict[str, Any]:
    """The document with the wheel, by its digest, as what it is about, and the rest as its components."""
    own = next(one for one in made["components"] if canonicalize_name(one["name"]) == canonicalize_name(name))
    elsewhere = [link for link in own.pop("externalReferences", []) if not link["url"].startswith("file:")]
    if elsewhere:
        own["externalReferences"] = elsewhere
    own["hashes"] = [{"alg": "SHA-256", "content": file_digest(wheel).removeprefix("sha256:")}]
    own["purl"] = f"pkg:pypi/{canonicalize_name(name)}@{own['version']}"
    made["metadata"]["component"] = own
    made["components"] = [one for one in made["components"] if one is not own]
    return made
