"""Which forge a remote has, and which repository there: the one place where that is decided.

A remote that is nobody's known forge is never taken for GitHub, nor for none: `NoForge` says which it is.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from windlass.errors import ConfigError
from windlass.forge import NoForge
from windlass.git import command

if TYPE_CHECKING:
    from windlass.config import Config
    from windlass.github.configuration import GitHubTable

_REPOSITORY = re.compile(r"/?([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
_SCP = re.compile(r"(?:[^@/]+@)?(\[[^\]/]+\]|[^:/]+):(?!:)(.*)")
"""`user@host:path`, as `git clone` has it: a colon before the first slash. Source: git-clone(1), "Git URLs"."""


def look(root: Path, config: Config, table: GitHubTable) -> str | NoForge:
    """`OWNER/NAME` on GitHub of the project in `root`, by its configuration, else by its remote.

    Raises:
        ConfigError: settings contradict each other.
    """
    if config.forge == "none" and table.repository:
        raise _contradiction(table.repository)
    if table.repository:
        return table.repository
    return decide(config, table, "" if config.forge == "none" else remote_url(root, config.remote))


def remote_url(root: Path, remote: str) -> str:
    """Where a remote is; empty where there is none of that name. May hold a secret: never shown."""
    asked = command.run(root, "remote", "get-url", "--", remote, ok=None, timeout_s=30)
    return asked.text if asked.code == 0 else remote if "/" in remote else ""


def decide(config: Config, table: GitHubTable, url: str) -> str | NoForge:
    """`OWNER/NAME` on GitHub of a repository at `url`; why not, where that is not so.

    Args:
        config: names the remote.
        table: GitHub's API, whose host tells a server of one's own.
        url: as git has it; empty for no remote.

    Raises:
        ConfigError: `forge = "github"`, and the address has no OWNER/NAME.
    """
    if config.forge == "none":
        return NoForge("[tool.windlass] says that there is no forge")
    host, path = _host_and_path(url)
    if not host:
        why = f"the remote {config.remote} is a folder" if url else f"there is no remote {config.remote}"
        return NoForge(why, known=config.forge != "github")
    if config.forge != "github" and host not in _github_hosts(table.api_url):
        return NoForge(f"windlass does not know which forge {host} is", known=False)
    if match := _REPOSITORY.fullmatch(path):
        return f"{match[1]}/{match[2]}"
    if config.forge == "github":
        raise ConfigError(
            f"the remote {config.remote} does not tell the repository on GitHub",
            facts={"host": host, "path": path, "expected": "OWNER/NAME"},
            remedy="set `repository` in [tool.windlass.github]",
        )
    return NoForge(f"{path} on {host} is no OWNER/NAME", known=False)


def github_site(repository: str, api_url: str) -> str:
    """Where GitHub Pages shows a repository's site; empty where that is not known."""
    owner, _, name = repository.partition("/")
    return f"https://{owner.lower()}.github.io/{name}/" if name and _host(api_url) == "api.github.com" else ""


def _github_hosts(api_url: str) -> frozenset[str]:
    """The hosts that git reaches a GitHub by, told from its API's address.

    An enterprise server has its API at `HOST/api/v3`, GitHub itself and its data residency at `api.HOST`; SSH may go by
    port 443 to `ssh.HOST`. Source: docs.github.com, "Using SSH over the HTTPS port", "API overview" of each.
    """
    host = _host(api_url).removeprefix("api.")
    return frozenset({host, f"www.{host}", f"ssh.{host}"})


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _host_and_path(url: str) -> tuple[str, str]:
    """The host of a git address and the path there; no host for a folder on this machine."""
    if "://" in url:
        parts = urlsplit(url)
        return ("" if parts.scheme == "file" else (parts.hostname or "").lower(), parts.path)
    match = _SCP.fullmatch(url)
    return (match[1].lower(), match[2]) if match else ("", url)


def _contradiction(repository: str) -> ConfigError:
    return ConfigError(
        'forge = "none" in [tool.windlass], and [tool.windlass.github] names a repository',
        facts={"repository": repository},
        remedy="take one of the two away",
    )
