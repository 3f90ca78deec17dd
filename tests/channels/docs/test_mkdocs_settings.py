"""The site's address, as MkDocs itself reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from windlass.channels.docs.mkdocs_settings import site_url
from windlass.errors import ConfigError


@pytest.mark.parametrize(
    "text",
    [
        "site_url: https://docs.demo.test/  # here",
        "'site_url':\n  https://docs.demo.test/",
        '{site_name: x, "site_url": "https://docs.demo.test/"}',
        "site_url: !ENV [DEMO_SITE, 'https://docs.demo.test/']",
        "extra:\n  text: |\n    site_url: https://elsewhere.test/\nsite_url: https://docs.demo.test/",
        "INHERIT: base.yml\nsite_name: x",
        "site_url: https://docs.demo.test/\nextra:\n  - x: {y: !!python/name:os.path.join , z: !unknown [1]}",
    ],
)
def test_an_address_is_what_mkdocs_takes_for_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "base.yml").write_text("site_url: https://docs.demo.test/\n")
    (tmp_path / "mkdocs.yml").write_text(text + "\n")
    assert site_url(tmp_path / "mkdocs.yml") == "https://docs.demo.test/"


@pytest.mark.parametrize(
    "text", ["site_name: x", "site_url:", "site_url: !ENV DEMO_SITE", "# site_url: https://x.test/"]
)
def test_without_an_address_there_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "mkdocs.yml").write_text(text + "\n")
    assert site_url(tmp_path / "mkdocs.yml") == ""
    assert site_url(tmp_path / "other.yml") == ""


def test_nothing_that_a_configuration_names_is_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    call = f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{ran}']]"
    (tmp_path / "mkdocs.yml").write_text(f"site_url: https://docs.demo.test/\nextra: {call}\n")
    assert site_url(tmp_path / "mkdocs.yml") == "https://docs.demo.test/"
    assert not ran.exists()


@pytest.mark.parametrize("text", ["site_url: [", "INHERIT: gone.yml", "site_url: \xff"])
def test_a_configuration_that_cant_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "mkdocs.yml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as refused:
        site_url(tmp_path / "mkdocs.yml")
    assert str(refused.value).startswith("MkDocs' configuration can't be read\n  configuration: ")
