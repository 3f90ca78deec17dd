"""One idea of the network: which proxy leads where, and whose certificates count, for windlass and all that it starts.

The environment says it, as for curl: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in either case, and a file
of certificates by `SSL_CERT_FILE`. This machine itself is never asked for through a proxy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT")
"""Where programs look for a file of certificates: Python's ssl and uv, requests (twine), curl, git, pip."""


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine, by its name or address alone: nothing is looked up."""
    if host.rstrip(".").lower() == "localhost" or host.lower().rstrip(".").endswith(".localhost"):
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def proxy_for(scheme: str, host: str) -> str:
    """The address of the proxy that leads to a host; empty where there is none, or it is not to be used.

    As `urllib.request` reads it: the environment, and what the system's own settings say on macOS and Windows.
    """
    import urllib.request

    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return ""
    proxies = urllib.request.getproxies()
    found = proxies.get(scheme) or proxies.get("all") or ""
    return found if "://" in found or not found else f"http://{found}"


def child_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """What a program's environment lacks to have the same idea of the network."""
    return dict([*_exceptions(environ), *_certificates(environ)])


def _exceptions(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if any(environ.get(name) or environ.get(name.upper()) for name in _PROXIES):
        yield from without_proxy(environ).items()


def without_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """The hosts that no proxy leads to, this machine among them: for programs that know proxies by other ways too."""
    said = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    hosts = [host.strip() for host in said.split(",") if host.strip()]
    if "*" not in hosts:
        hosts += [host for host in LOOPBACK if host not in hosts]
    return dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(hosts))


def _certificates(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    bundle = next((environ[name] for name in _BUNDLES if environ.get(name)), "")
    if bundle:
        for name in _BUNDLES:
            if not environ.get(name):
                yield name, bundle


def is_related(host: str, other: str) -> bool:
    """Whether two hosts are one, or of one owner by their names: `registry.example.org` and `auth.example.org`.

    The part that they share has two labels at least, and three below a country's `co`, `com` and the like, where
    everybody is a neighbour.
    """
    host, other = host.lower().rstrip("."), other.lower().rstrip(".")
    if host == other:
        return True
    if _is_address(host) or _is_address(other):
        return False
    return _owner(host) == _owner(other) != ""


_SHARED = frozenset({"ac", "co", "com", "edu", "gov", "net", "ne", "or", "org"})
_HOSTING = frozenset({"github.io", "gitlab.io", "pages.dev", "azurewebsites.net", "amazonaws.com", "herokuapp.com"})
"""Where names below belong to anybody."""


def _owner(host: str) -> str:
    labels = host.split(".")
    shared = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED
    owner = ".".join(labels[-3:] if shared else labels[-2:])
    return owner if len(labels) >= 2 and owner not in _HOSTING else ""


def _is_address(host: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
