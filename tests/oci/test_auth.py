"""Being let in: the stage's registry with a login, asked for by a bearer challenge as real registries do."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import docker.auth
import pytest

from tests import web
from tests.oci.registries import image, repository
from windlass.channels.oci.stand_in.login import LoginRules as Wanted
from windlass.errors import ConfigError, CredentialError, RemoteRefusedError
from windlass.oci import credentials, transfer
from windlass.oci.credentials import Login
from windlass.stage import Stage


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Docker's config.json, still empty."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    (tmp_path / "docker").mkdir()
    return tmp_path / "docker" / "config.json"


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[str]:
    """A registry that lets only ada in."""
    with Stage(tmp_path / "stage") as stage:
        Wanted(tmp_path / "stage" / "registry").want("ada", "lovelace")
        yield stage.address.removeprefix("http://")


def stored(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def helper(folder: Path, name: str, text: str, code: int = 0) -> None:
    """A docker-credential-NAME that answers with `text`."""
    program = folder / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\nread -r asked\nprintf '%s' '{text}' | sed \"s|ASKED|$asked|\"\nexit {code}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_a_login_is_traded_for_tokens_to_pull_and_to_push(locked: str, config: Path, tmp_path: Path) -> None:
    config.write_text(json.dumps({"auths": {locked: stored("ada", "lovelace")}}))
    layout = image(tmp_path / "image")
    one = repository(locked)
    transfer.push(layout, one, "1.3.0")
    assert repository(locked).manifest("1.3.0").content == layout.root().content
    # Authentication is not counted: a look is one request, whatever came before it.
    fresh = repository(locked)
    fresh.look("1.3.0")
    assert fresh.traffic.requests == 1


def test_a_wrong_password_is_refused_and_never_shown(locked: str, config: Path) -> None:
    config.write_text(json.dumps({"auths": {locked: stored("ada", "byron-secret")}}))
    with pytest.raises(RemoteRefusedError) as refused:
        repository(locked).look("1.3.0")
    assert refused.value.problem == f"the token server of {locked} refused with 401"
    assert "byron-secret" not in str(refused.value)
    assert stored("ada", "byron-secret")["auth"] not in str(refused.value)


def test_without_a_login_the_error_says_where_to_log_in(locked: str, config: Path) -> None:
    config.write_text("{}")
    with pytest.raises(CredentialError) as wanted:
        repository(locked).look("1.3.0")
    assert str(wanted.value) == (
        f"{locked} wants a login\n  repository: {locked}/acme/demo\n  fix:        docker login {locked}"
    )


def test_a_mount_is_allowed_where_both_repositories_are(locked: str, config: Path, tmp_path: Path) -> None:
    config.write_text(json.dumps({"auths": {locked: stored("ada", "lovelace")}}))
    layout = image(tmp_path / "image")
    transfer.push(layout, repository(locked, "acme/one"), "1.3.0")
    layer = layout.manifest(layout.root().children[0].digest).blobs[1]
    two = repository(locked, "acme/two")
    two.put_blob(layer, b"", mount_from="acme/one")
    assert two.has(layer)


def test_a_forged_token_does_not_let_in(locked: str) -> None:
    claim = base64.urlsafe_b64encode(
        json.dumps({"scopes": ["repository:acme/demo:pull,push"], "until": 1e12}).encode()
    ).decode()
    for token in (f"{claim}.{'0' * 64}", claim, "nonsense", "é"):
        headers = {b"Authorization": f"Bearer {token}".encode()}
        assert web.get(f"http://{locked}/v2/acme/demo/tags/list", headers=headers).status_code == 401


@pytest.mark.parametrize("host", ["ghcr.io", "docker.io", "127.0.0.1:5000", "quay.io"])
@pytest.mark.parametrize(
    "contents",
    [
        {},
        {"auths": {"ghcr.io": stored("ada", "one"), "https://index.docker.io/v1/": stored("ada", "hub")}},
        {"auths": {"https://ghcr.io": stored("ada", "p:w"), "http://127.0.0.1:5000/v2/": stored("bob", "two")}},
        {"auths": {"quay.io": {}}},
    ],
)
def test_config_json_is_read_as_the_docker_library_reads_it(
    host: str, contents: dict[str, object], config: Path
) -> None:
    config.write_text(json.dumps(contents))
    theirs = docker.auth.resolve_authconfig(docker.auth.load_config(str(config)), host)
    ours = credentials.find(host, {"DOCKER_CONFIG": str(config.parent)})
    expected = Login(theirs["username"], theirs["password"]) if theirs and theirs.get("username") else None
    assert ours == expected


def test_a_credential_helper_is_asked_for_its_host(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    helper(tmp_path, "test", '{"Username": "of ASKED", "Secret": "s3"}')
    config.write_text(json.dumps({"credHelpers": {"ghcr.io": "test"}}))
    assert credentials.find("ghcr.io") == Login("of ghcr.io", "s3")
    assert credentials.find("quay.io") is None
    config.write_text(json.dumps({"credsStore": "test"}))
    assert credentials.find("docker.io") == Login("of https://index.docker.io/v1/", "s3")


def test_a_helper_that_has_nothing_is_no_error_and_one_that_fails_is(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    config.write_text(json.dumps({"credsStore": "test"}))
    helper(tmp_path, "test", "credentials not found in native keychain", 1)
    assert credentials.find("ghcr.io") is None
    helper(tmp_path, "test", "the keychain is locked", 1)
    with pytest.raises(CredentialError) as failed:
        credentials.find("ghcr.io")
    assert str(failed.value) == (
        "docker-credential-test failed\n"
        "  asked for: ghcr.io\n"
        "  exit code: 1\n"
        "  fix:       run `docker login` again, or correct credsStore and credHelpers in Docker's config.json"
    )


def test_an_identity_token_is_told_from_a_password(config: Path) -> None:
    config.write_text(json.dumps({"auths": {"ghcr.io": {**stored("ada", ""), "identitytoken": "t"}}}))
    login = credentials.find("ghcr.io")
    assert login is not None
    assert login.is_token


def test_a_broken_config_json_is_named_without_what_it_holds(config: Path) -> None:
    config.write_text('{"auths": {"ghcr.io": {"auth": "c2VjcmV0"')
    with pytest.raises(ConfigError) as broken:
        credentials.find("ghcr.io")
    assert "c2VjcmV0" not in str(broken.value)
    assert broken.value.facts["file"] == str(config)


def test_a_login_does_not_show_its_secret() -> None:
    assert repr(Login("ada", "lovelace")) == "Login(user='ada')"
