"""Which Python and platform a bill of materials is about, by the wheel's tags."""

from __future__ import annotations

import pytest

from windlass.builds.wheel_platform import newest_python, uv_platform
from windlass.errors import GateError

PYTHONS = ("3.11", "3.12", "3.13")


@pytest.mark.parametrize(
    ("wheel", "python"),
    [
        ("demo-1.0-py3-none-any.whl", "3.13"),
        ("demo-1.0-py2.py3-none-any.whl", "3.13"),
        ("demo-1.0-cp311-cp311-linux_x86_64.whl", "3.11"),
        ("demo-1.0-cp311.cp312-none-any.whl", "3.12"),
        ("demo-1.0-cp311-abi3-manylinux_2_28_x86_64.whl", "3.13"),
        ("demo-1.0-py312-none-any.whl", "3.13"),
        ("demo-1.0-py3-none-macosx_11_0_arm64.whl", "3.13"),
    ],
)
def test_the_newest_python_that_installs_the_wheel_is_taken(wheel: str, python: str) -> None:
    assert newest_python(wheel, PYTHONS) == python


def test_a_wheel_for_a_python_that_is_not_the_projects_is_told() -> None:
    with pytest.raises(GateError) as failed:
        newest_python("demo-1.0-cp310-cp310-linux_x86_64.whl", PYTHONS)
    assert failed.value.problem == "no Python of the project installs demo-1.0-cp310-cp310-linux_x86_64.whl"
    assert failed.value.facts == {
        "the project's Pythons": "3.11, 3.12, 3.13",
        "the wheel's tags": "cp310-cp310-linux_x86_64",
    }


@pytest.mark.parametrize(
    ("tags", "platform"),
    [
        ("py3-none-any", "linux"),
        ("cp311-cp311-linux_x86_64", "x86_64-unknown-linux-gnu"),
        ("cp311-cp311-manylinux2014_aarch64", "aarch64-unknown-linux-gnu"),
        ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", "x86_64-unknown-linux-gnu"),
        ("cp311-cp311-manylinux_2_34_x86_64", "x86_64-manylinux_2_34"),
        ("cp311-cp311-manylinux_2_29_aarch64", "aarch64-manylinux_2_28"),
        ("cp311-cp311-manylinux_2_5_x86_64", "x86_64-manylinux_2_17"),
        ("cp311-cp311-musllinux_1_2_x86_64", "x86_64-unknown-linux-musl"),
        ("cp311-cp311-macosx_10_9_universal2", "aarch64-apple-darwin"),
        ("cp311-cp311-macosx_10_9_x86_64", "x86_64-apple-darwin"),
        ("cp311-cp311-win_amd64", "x86_64-pc-windows-msvc"),
    ],
)
def test_dependencies_are_resolved_for_the_wheels_own_platform(tags: str, platform: str) -> None:
    assert uv_platform(f"demo-1.0-{tags}.whl") == platform


def test_a_platform_that_uv_does_not_know_is_told_with_the_setting_that_helps() -> None:
    with pytest.raises(GateError) as failed:
        uv_platform("demo-1.0-cp311-cp311-linux_s390x.whl")
    assert "sbom = false in [tool.windlass]" in str(failed.value)
