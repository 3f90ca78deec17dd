"""One idea of proxies, certificates and owners."""

from __future__ import annotations

import pytest

from windlass import proxies_and_certificates


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *[(host, True) for host in ("localhost", "127.0.0.1", "127.9.9.9", "[::1]", "a.localhost")],
        *[(host, False) for host in ("localhost.example.org", "10.0.0.1", "127.0.0.1.example.org")],
    ],
)
def test_this_machine_is_known_by_name_and_address_alone(host: str, here: bool) -> None:
    assert proxies_and_certificates.is_loopback(host) is here


@pytest.mark.parametrize(
    ("host", "other", "related"),
    [
        ("registry-1.docker.io", "auth.docker.io", True),
        ("registry.gitlab.com", "gitlab.com", True),
        ("api.github.com", "uploads.github.com", True),
        ("ghcr.io", "ghcr.io", True),
        ("GHCR.io.", "ghcr.io", True),
        ("ghcr.io", "evil.example.org", False),
        ("ghcr.io", "ghcr.io.example.org", False),
        ("registry.example.co.uk", "auth.example.co.uk", True),
        ("registry.example.co.uk", "evil.co.uk", False),
        ("a.github.io", "b.github.io", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("registry", "auth", False),
    ],
)
def test_hosts_of_one_owner_share_more_than_a_suffix(host: str, other: str, related: bool) -> None:
    assert proxies_and_certificates.is_related(host, other) is related
    assert proxies_and_certificates.is_related(other, host) is related


def test_programs_go_to_this_machine_without_the_proxy() -> None:
    found = proxies_and_certificates.child_settings(
        {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "intern.example.org"}
    )
    assert found == dict.fromkeys(("NO_PROXY", "no_proxy"), "intern.example.org,localhost,127.0.0.1,::1")
    assert proxies_and_certificates.child_settings({"https_proxy": "x", "no_proxy": "*"})["NO_PROXY"] == "*"
    assert proxies_and_certificates.child_settings({"PATH": "/bin"}) == {}


def test_one_file_of_certificates_counts_for_every_program() -> None:
    found = proxies_and_certificates.child_settings({"REQUESTS_CA_BUNDLE": "/ours.pem", "GIT_SSL_CAINFO": "/git.pem"})
    assert found == {"SSL_CERT_FILE": "/ours.pem", "CURL_CA_BUNDLE": "/ours.pem", "PIP_CERT": "/ours.pem"}


def test_a_proxy_is_found_by_scheme_or_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert proxies_and_certificates.proxy_for("https", "pypi.org") == ""
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy:1080")
    assert proxies_and_certificates.proxy_for("https", "pypi.org") == "socks5://proxy:1080"
    monkeypatch.setenv("HTTPS_PROXY", "proxy:3128")
    assert proxies_and_certificates.proxy_for("https", "pypi.org") == "http://proxy:3128"
    monkeypatch.setenv("NO_PROXY", ".example.org")
    assert proxies_and_certificates.proxy_for("https", "pypi.example.org") == ""
    assert proxies_and_certificates.proxy_for("http", "127.0.0.1") == ""
