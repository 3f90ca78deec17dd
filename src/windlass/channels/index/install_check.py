"""The consumer: installs and runs a release as somebody who has never heard of windlass would.

The same check judges the built wheel before it is uploaded, so that nothing is found out when it is too late.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from windlass import shell
from windlass.backoff import Backoff
from windlass.builds.wheel_platform import pythons_that_install
from windlass.deadline import within
from windlass.errors import NotVerifiedError, ToolError
from windlass.model import Artifact
from windlass.shell.uv_program import uv_program
from windlass.versions import Version
from windlass.versions.version_in_output import names_some_version, names_spelling, names_version

_OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
_CLEAN = ("--no-config", "--quiet")
_ENTRY = (
    "import importlib.metadata as m, json, sys; d = m.distribution(sys.argv[1]);"
    "print(json.dumps([d.version] + [e.name for e in d.entry_points if e.group == 'console_scripts']))"
)


def install(
    name: str,
    pep440: str,
    files: Iterable[Artifact],
    simple_url: str,
    smoke: Sequence[str],
    wait_s: float,
    pythons: Sequence[str] = (),
) -> str:
    """Install a version from an index into a clean environment, by hash, and run it.

    Args:
        files: what the index may serve for it; anything else is refused by its hash.
        simple_url: the index's simple API.
        smoke: the command to run; empty for the first console script with `--version`.
        wait_s: how long a version that is not visible yet is waited for.
        pythons: the project's, minor versions, oldest first; empty for the one that runs windlass.

    Returns:
        What it printed.

    Raises:
        NotVerifiedError: it can't be installed, or does not run.
    """
    wanted = sorted(files, key=lambda artifact: artifact.name)
    requirement = f"{name}=={pep440} {' '.join(f'--hash={artifact.sha256}' for artifact in wanted)}"
    return _judge(_Consumer(name, pep440, requirement, wanted[0].name, simple_url, smoke, pythons), wait_s)


def install_built(
    name: str,
    pep440: str,
    wheel: Path,
    sha256: str,
    simple_url: str,
    smoke: Sequence[str],
    pythons: Sequence[str] = (),
) -> str:
    """Install a wheel that is here as `install` will from the index, its dependencies from there; and run it.

    Args:
        wheel: its file, absolute.
        sha256: `sha256:<64 hex>`.
        simple_url: the index's simple API; empty for the index that this machine uses.

    Returns, raises:
        As `install`.
    """
    requirement = f"{name} @ {wheel.as_uri()} --hash={sha256}"
    return _judge(_Consumer(name, pep440, requirement, wheel.name, simple_url, smoke, pythons), 0.0)


class _Consumer(NamedTuple):
    """What is installed, from where, and what is run then.

    Attributes:
        requirement: a line of a requirements file, with hashes.
        wheel: the file's name.
    """

    name: str
    pep440: str
    requirement: str
    wheel: str
    simple_url: str
    smoke: Sequence[str]
    pythons: Sequence[str]


def _judge(consumer: _Consumer, wait_s: float) -> str:
    with tempfile.TemporaryDirectory(prefix="windlass-consumer-") as folder:
        home = Path(folder)
        (home / "requirements.txt").write_text(f"{consumer.requirement}\n")
        _make_environment(home / "env", consumer.wheel, consumer.pythons)
        _until_visible(home, consumer.simple_url, wait_s)
        return run(home / "env" / "bin", consumer.name, consumer.pep440, consumer.smoke)


def _make_environment(folder: Path, wheel: str, pythons: Sequence[str]) -> None:
    """An environment of the Python that runs windlass, where it is one of the project's; else of the newest that is."""
    words: list[str | Path] = [uv_program(), "venv", *_CLEAN, folder, "--python"]
    fitting = pythons_that_install(wheel, pythons)
    for python in () if _OWN in fitting else reversed(fitting):
        if shell.run([*words, python], env=_environment(), timeout_s=120, ok=None).code == 0:
            return
    shell.run([*words, sys.executable], env=_environment(), timeout_s=120)


def _until_visible(home: Path, simple_url: str, wait_s: float) -> None:
    index = ["--index", simple_url] if simple_url else []
    words = ["pip", "install", *_CLEAN, "--no-cache", "--verify-hashes", *index]
    argv: list[str | Path] = [
        uv_program(),
        *words,
        "--python",
        home / "env/bin/python",
        "-r",
        home / "requirements.txt",
    ]
    backoff = Backoff(wait_s, first_s=0.5, longest_s=15.0)
    while True:
        done = shell.run(argv, env=_environment(), timeout_s=within(300), ok=None)
        if done.code == 0:
            return
        not_there_yet = "no version of" in done.err or "not found in the package registry" in done.err
        if not not_there_yet or not backoff.again(f"waiting for the index to show it, at most {wait_s:.0f} s"):
            raise NotVerifiedError(
                "the package can't be installed",
                facts={"index": simple_url or "(this machine's)", "the installer said": done.err.strip()[-800:]},
                remedy="if the index is slow, run the same again; if the package is broken, `inv rollback --to`",
            )


def run(programs: Path, name: str, pep440: str, smoke: Sequence[str]) -> str:
    """Run an installed project's smoke command.

    Args:
        programs: the environment's folder of programs.
        smoke: the command (one that ends in `--version` may print no other); empty for the first console script with
            `--version`, which must print it (or, of a project without programs, the version that its metadata names).

    Returns:
        What it printed.

    Raises:
        NotVerifiedError: it fails, or another version answers.
    """
    version, *scripts = _entry_points(programs, name)
    if version != pep440:
        raise NotVerifiedError("another version was installed", facts={"wanted": pep440, "installed": version})
    command = list(smoke) or ([scripts[0], "--version"] if scripts else [])
    if not command:
        return version
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    program = str(programs / command[0]) if (programs / command[0]).exists() else command[0]
    try:
        done = shell.run([program, *command[1:]], env=_environment() | {"PATH": path}, timeout_s=120)
    except ToolError as problem:
        raise NotVerifiedError(
            "the installed package does not run",
            facts=problem.facts,
            remedy="`inv rollback --to` an earlier version; `[tool.windlass.smoke] command` names what is run",
        ) from problem
    if _answers_otherwise(command, done.text + done.err, pep440) and (not smoke or names_some_version(done.text)):
        raise NotVerifiedError(
            f"`{' '.join(command)}` does not print the version that was installed",
            facts={"installed": pep440, "it printed": (done.text or done.err)[:200]},
            remedy="mend `--version`, or set `[tool.windlass.smoke] command`",
        )
    return done.text


def _answers_otherwise(command: Sequence[str], printed: str, pep440: str) -> bool:
    """Whether a program that was asked for its version did not print this one."""
    right = names_version(printed, Version.from_pep440(pep440)) or names_spelling(printed, pep440)
    return command[-1] == "--version" and not right


def _entry_points(programs: Path, name: str) -> list[str]:
    import json

    done = shell.run([programs / "python", "-I", "-c", _ENTRY, name], timeout_s=60)
    return [str(word) for word in json.loads(done.text)]


def _environment() -> dict[str, str | None]:
    """What is neutralised of this machine's own settings, so that the index named alone is asked, for all it has."""
    return {
        "UV_EXCLUDE_NEWER": None,  # it would hide what was just uploaded
        "UV_RESOLUTION": None,
        "UV_PRERELEASE": None,
        "UV_PYTHON_DOWNLOADS": "never",
        "PIP_CONFIG_FILE": os.devnull,
        "UV_FIND_LINKS": "",
        "UV_EXTRA_INDEX_URL": "",
        "UV_INDEX": "",
        "PYTHONPATH": "",
    }
