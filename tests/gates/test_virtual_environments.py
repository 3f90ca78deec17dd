from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from windlass.errors import ConfigError, GateError, ToolMissingError
from windlass.gates.virtual_environments import EnvironmentSpec, differing_files, environment

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def envs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the environment of what is wanted was made, if a test before needed it; whatever that did to it."""
    return tmp_path_factory.mktemp("envs")


@pytest.fixture
def wanted(wheel: Callable[[str], Path]) -> EnvironmentSpec:
    """The sound project's wheel, and nothing else."""
    return EnvironmentSpec(python=PYTHON, wheel=wheel("sound"), name="demo")


def test_an_environment_holds_the_very_wheel_and_nothing_else(wanted: EnvironmentSpec, envs: Path) -> None:
    made = environment(envs, wanted)
    assert made.packages == (f"demo @ {wanted.wheel.as_uri()}",)
    assert made.version.startswith(f"{PYTHON}.")
    assert differing_files(wanted.wheel, made.site_packages) == ()
    assert made.has("demo")
    assert not made.has("pytest")


def test_an_environment_that_is_still_right_is_kept(wanted: EnvironmentSpec, envs: Path) -> None:
    first = environment(envs, wanted)
    (first.folder / "mine").touch()
    assert environment(envs, wanted) == first
    assert (first.folder / "mine").exists()


@pytest.mark.parametrize("harm", ["edited", "removed", "record", "interpreter"])
def test_an_environment_that_was_touched_is_made_again(wanted: EnvironmentSpec, envs: Path, harm: str) -> None:
    first = environment(envs, wanted)
    (first.folder / "mine").touch()
    module = first.site_packages / "demo" / "__init__.py"
    if harm == "edited":
        text = module.read_text()
        module.unlink()  # uv may have linked it to its cache
        module.write_text(text.replace("2 *", "3 *"))
    elif harm == "removed":
        module.unlink()
    elif harm == "record":
        (first.folder / "windlass.json").write_text("{")
    else:
        first.python.unlink()
    second = environment(envs, wanted)
    assert second == first
    assert not (first.folder / "mine").exists()
    assert "2 *" in module.read_text()


def test_another_wheel_under_the_same_name_gets_its_own_environment(
    wanted: EnvironmentSpec, tmp_path: Path, wheel: Callable[[str], Path]
) -> None:
    same_place = tmp_path / wanted.wheel.name
    shutil.copy(wanted.wheel, same_place)
    first = environment(tmp_path / "envs", replace(wanted, wheel=same_place))
    shutil.copy(wheel("runs-a-shell"), same_place)
    second = environment(tmp_path / "envs", replace(wanted, wheel=same_place))
    assert first.folder != second.folder
    assert differing_files(wheel("runs-a-shell"), second.site_packages) == ()


def test_a_group_s_requirements_are_installed(wanted: EnvironmentSpec, tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text('[dependency-groups]\nsmall = ["iniconfig"]\ntest = [{ include-group = "small" }]\n')
    made = environment(tmp_path / "envs", replace(wanted, project=pyproject, group="test"))
    assert made.has("iniconfig")


def test_a_group_that_is_not_there_says_which_are(wanted: EnvironmentSpec, tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text("[dependency-groups]\nunit = []\n")
    with pytest.raises(ConfigError) as raised:
        environment(tmp_path / "envs", replace(wanted, project=pyproject, group="tests"))
    assert str(raised.value) == (
        "there is no dependency group tests\n"
        f"  file:      {pyproject}\n"
        "  there are: unit\n"
        "  fix:       name one of them in tool.windlass.test.group, or add it (PEP 735)"
    )


def test_requirements_that_contradict_each_other_are_shown(wanted: EnvironmentSpec, tmp_path: Path) -> None:
    with pytest.raises(GateError) as raised:
        environment(tmp_path / "envs", replace(wanted, requirements=("iniconfig==1.1.1", "iniconfig==2.0.0")))
    assert raised.value.problem == "the environment to test in can't be made"
    assert "iniconfig" in raised.value.facts["it said"]


def test_a_python_that_is_not_here_is_an_error(wanted: EnvironmentSpec, tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError, match=r"Python 3\.99 is not installed"):
        environment(tmp_path / "envs", replace(wanted, python="3.99"))
