"""Which forge a remote has: told from its address, never guessed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from windlass.config import Config, config_form
from windlass.errors import ConfigError
from windlass.forge import NoForge
from windlass.github import forge_from_remote_url
from windlass.github.configuration import GitHubTable
from windlass.github.forge_from_remote_url import github_site

GHE = {"github": {"api-url": "https://ghe.example.org/api/v3"}}
RESIDENCY = {"github": {"api-url": "https://api.octo.ghe.com"}}


def config(**settings: Any) -> Config:
    return msgspec.convert(settings, config_form())


def decide(made: Config, url: str) -> str | NoForge:
    return forge_from_remote_url.decide(made, made.table(GitHubTable), url)


def look(root: Path, made: Config) -> str | NoForge:
    return forge_from_remote_url.look(root, made, made.table(GitHubTable))


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("https://github.com/acme/demo.git", {}),
        ("https://token@github.com/acme/demo", {}),
        ("https://GitHub.com/acme/demo/", {}),
        ("git@github.com:acme/demo.git", {}),
        ("github.com:acme/demo", {}),
        ("ssh://git@github.com/acme/demo", {}),
        ("ssh://git@ssh.github.com:443/acme/demo.git", {}),
        ("git@ghe.example.org:acme/demo.git", GHE),
        ("https://ghe.example.org/acme/demo", GHE),
        ("https://octo.ghe.com/acme/demo", RESIDENCY),
        ("git@work:acme/demo.git", {"forge": "github"}),
    ],
)
def test_a_repository_on_github_is_told_by_the_host(url: str, settings: dict[str, Any]) -> None:
    assert decide(config(**settings), url) == "acme/demo"


@pytest.mark.parametrize(
    ("url", "settings", "why"),
    [
        ("https://gitlab.com/acme/demo.git", {}, "windlass does not know which forge gitlab.com is"),
        ("https://evil.example/github.com/acme/demo", {}, "windlass does not know which forge evil.example is"),
        ("https://github.com@evil.example/acme/demo", {}, "windlass does not know which forge evil.example is"),
        ("https://github.com.evil.example/a/demo", {}, "windlass does not know which forge github.com.evil.example is"),
        ("https://secret@git.acme.org:8443/acme/demo", {}, "windlass does not know which forge git.acme.org is"),
        ("git@work:acme/demo.git", {}, "windlass does not know which forge work is"),
        ("git@github.com:acme/demo.git", GHE, "windlass does not know which forge github.com is"),
        ("https://github.com/acme/tools/demo", {}, "/acme/tools/demo on github.com is no OWNER/NAME"),
        ("/srv/demo.git", {"forge": "github"}, "the remote origin is a folder"),
        ("", {"forge": "github"}, "there is no remote origin"),
    ],
)
def test_what_is_not_known_is_neither_github_nor_none(url: str, settings: dict[str, Any], why: str) -> None:
    assert decide(config(**settings), url) == NoForge(why, known=False)


@pytest.mark.parametrize(
    ("url", "settings", "why"),
    [
        ("/srv/demo.git", {}, "the remote origin is a folder"),
        ("../a:b/demo", {}, "the remote origin is a folder"),
        ("file:///srv/demo.git", {}, "the remote origin is a folder"),
        ("", {"remote": "up"}, "there is no remote up"),
        ("https://github.com/acme/demo", {"forge": "none"}, "[tool.windlass] says that there is no forge"),
    ],
)
def test_a_folder_has_no_forge_and_a_project_may_say_that_it_has_none(
    url: str, settings: dict[str, Any], why: str
) -> None:
    assert decide(config(**settings), url) == NoForge(why, known=True)


def test_the_remote_that_is_released_to_counts(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "up", "git@github.com:acme/demo.git"], check=True)
    assert look(tmp_path, config(remote="up")) == "acme/demo"
    assert look(tmp_path, config()) == NoForge("there is no remote origin")
    assert look(tmp_path, config(remote="https://github.com/other/demo")) == "other/demo"
    assert look(tmp_path, config(remote="up", github={"repository": "said/so"})) == "said/so"


def test_settings_that_contradict_each_other_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as both:
        look(tmp_path, config(forge="none", github={"repository": "acme/demo"}))
    assert str(both.value) == (
        'forge = "none" in [tool.windlass], and [tool.windlass.github] names a repository\n'
        "  repository: acme/demo\n"
        "  fix:        take one of the two away"
    )
    with pytest.raises(ConfigError) as deep:
        decide(config(forge="github"), "git@work:demo.git")
    assert str(deep.value) == (
        "the remote origin does not tell the repository on GitHub\n"
        "  host:     work\n"
        "  path:     demo.git\n"
        "  expected: OWNER/NAME\n"
        "  fix:      set `repository` in [tool.windlass.github]"
    )


def test_only_githubs_own_pages_are_on_github_io() -> None:
    assert github_site("Acme/demo", "https://api.github.com") == "https://acme.github.io/demo/"
    assert github_site("acme/demo", "https://ghe.example.org/api/v3") == ""
    assert github_site("", "https://api.github.com") == ""
