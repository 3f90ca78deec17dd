"""The consumer: installs, downloads and runs a release as somebody who has never heard of windlass would."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from windlass import shell
from windlass.backoff import Backoff
from windlass.deadline import within
from windlass.errors import NotVerifiedError, ToolError
from windlass.model import Artifact
from windlass.shell.uv_program import uv_program
from windlass.versions import Version
from windlass.versions.version_in_output import names_version

PYTHON = ("PATH", "UV_PYTHON", "VIRTUAL_ENV")
"""The environment variables that decide which Python a consumer's environment is made of."""
_CLEAN = ("--no-config", "--quiet")
_ENTRY = (
    "import importlib.metadata as m, json, sys; d = m.distribution(sys.argv[1]);"
    "print(json.dumps([d.version] + [e.name for e in d.entry_points if e.group == 'console_scripts']))"
)


def install(
    name: str, pep440: str, files: Iterable[Artifact], simple_url: str, smoke: Sequence[str], wait_s: float
) -> str:
    """Install a version from an index into a clean environment, by hash, and run it.

    Args:
        files: what the index may serve for it; anything else is refused by its hash.
        simple_url: the index's simple API.
        smoke: the command to run; empty for the first console script with `--version`.
        wait_s: how long a version that is not visible yet is waited for.

    Returns:
        What it printed.

    Raises:
        NotVerifiedError: it can't be installed, or does not run.
    """
    hashes = " ".join(f"--hash={artifact.sha256}" for artifact in files)
    with tempfile.TemporaryDirectory(prefix="windlass-consumer-") as folder:
        home = Path(folder)
        (home / "requirements.txt").write_text(f"{name}=={pep440} {hashes}\n")
        made: list[str | Path] = [uv_program(), "venv", *_CLEAN, "--python", sys.executable, home / "env"]
        shell.run(made, env=_environment(), timeout_s=120)
        _until_visible(home, simple_url, wait_s)
        return run(home / "env" / "bin", name, pep440, smoke)


def _until_visible(home: Path, simple_url: str, wait_s: float) -> None:
    words = ["pip", "install", *_CLEAN, "--no-cache", "--verify-hashes", "--index", simple_url]
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
                "the released package can't be installed",
                facts={"index": simple_url, "the installer said": done.err.strip()[-800:]},
                remedy="if the index is slow, run the same again; if the package is broken, `inv rollback --to`",
            )


def run(programs: Path, name: str, pep440: str, smoke: Sequence[str]) -> str:
    """Run an installed project's smoke command.

    Args:
        programs: the environment's folder of programs.
        smoke: the command; empty for the first console script with `--version`, which must print the version (or, of
            a project without programs, the version that its metadata names).

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
    if not smoke and not names_version(done.text + done.err, Version.from_pep440(pep440)):
        raise NotVerifiedError(
            f"`{' '.join(command)}` does not print the version that was installed",
            facts={"installed": pep440, "it printed": (done.text or done.err)[:200]},
            remedy="mend `--version`, or set `[tool.windlass.smoke] command`",
        )
    return done.text


def _entry_points(programs: Path, name: str) -> list[str]:
    import json

    done = shell.run([programs / "python", "-I", "-c", _ENTRY, name], timeout_s=60)
    return [str(word) for word in json.loads(done.text)]


def _environment() -> dict[str, str]:
    """What is neutralised of this machine's own settings, so that only the index named is asked."""
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "UV_FIND_LINKS": "",
        "UV_EXTRA_INDEX_URL": "",
        "UV_INDEX": "",
        "PYTHONPATH": "",
    }
