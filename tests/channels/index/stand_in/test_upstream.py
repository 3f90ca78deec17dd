from __future__ import annotations

from pathlib import Path

import pytest

from windlass.channels.index.stand_in import upstream


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({"UV_DEFAULT_INDEX": "https://a/simple", "PIP_INDEX_URL": "https://b/simple"}, "https://a/simple"),
        ({"UV_DEFAULT_INDEX": "corp=https://a/simple/"}, "https://a/simple"),
        ({"UV_INDEX_URL": "https://a/simple/"}, "https://a/simple"),
        ({"PIP_INDEX_URL": "https://b/simple"}, "https://b/simple"),
        ({"UV_DEFAULT_INDEX": "file:///a", "PIP_INDEX_URL": "https://b/simple"}, "https://b/simple"),
    ],
)
def test_the_variables_of_uv_and_pip_name_the_index(environment: dict[str, str], address: str) -> None:
    assert upstream.address(environment) == address


@pytest.mark.parametrize(
    "settings",
    ['index-url = "https://c/simple/"\n', '[[index]]\nurl = "https://c/simple"\ndefault = true\n'],
)
def test_uvs_file_names_the_index(tmp_path: Path, settings: str) -> None:
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").write_text(settings)
    assert upstream.address({"XDG_CONFIG_HOME": str(tmp_path)}) == "https://c/simple"


def test_pips_file_names_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://d/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    assert upstream.address({"XDG_CONFIG_HOME": str(tmp_path)}) == "https://d/simple"


def test_without_any_setting_it_is_pypi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    assert upstream.address({"XDG_CONFIG_HOME": str(tmp_path)}) == "https://pypi.org/simple"
