from __future__ import annotations

import sys
from pathlib import Path

import pytest

from windlass.errors import ToolMissingError
from windlass.gates.interpreters import ask, find, present

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_running_python_is_found_and_asked() -> None:
    assert find(RUNNING).version == ".".join(map(str, sys.version_info[:3]))


def test_a_shim_that_can_not_run_its_python_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyenv's shims stand on PATH for every version, and fail for those that are not selected."""
    program(tmp_path / "shims" / "python3.99", "echo 'pyenv: python3.99: command not found' >&2; exit 127")
    real = program(tmp_path / "real" / "python3.99", f"echo cpython 3.99.1 {tmp_path}/real/python3.99")
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:{tmp_path}/real")
    assert find("3.99").path == real


def test_a_name_that_lies_about_its_version_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "python3.99", "echo cpython 3.9.9 /usr/bin/python3")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ToolMissingError) as raised:
        find("3.99")
    assert str(raised.value) == (
        "Python 3.99 is not installed\n"
        "  looked for: python3.99 on PATH, in ~/.pyenv/versions, ~/.local/share/uv/python, ~/.asdf/installs/python\n"
        "  fix:        install it (`uv python install 3.99`), or name the Pythons in tool.windlass.pythons"
    )


def test_a_python_in_pyenv_s_store_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = tmp_path / ".pyenv/versions/3.99.2/bin/python3.99"
    program(stored, f"echo cpython 3.99.2 {stored}")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find("3.99").path == stored


def test_another_implementation_is_no_cpython(tmp_path: Path) -> None:
    assert ask(program(tmp_path / "python", "echo pypy 3.10.1 /usr/bin/pypy")) is None


def test_a_program_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    assert ask(tmp_path / "python") is None


def test_only_pythons_that_are_here_are_present() -> None:
    assert present(("3.99", RUNNING)) == (RUNNING,)


def test_no_python_at_all_is_an_error() -> None:
    with pytest.raises(ToolMissingError) as raised:
        present(("3.98", "3.99"))
    assert str(raised.value) == (
        "none of the project's Pythons is installed\n"
        "  wanted: 3.98, 3.99\n"
        "  fix:    install one (`uv python install 3.12`), or name others in tool.windlass.pythons"
    )
