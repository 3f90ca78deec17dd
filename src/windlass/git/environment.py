"""What git runs in: the user's ways to a remote are kept, and nothing of git's own that leads elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from windlass import proxies_and_certificates

_KEPT = frozenset({
    *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_PROXY_COMMAND", "GIT_ALLOW_PROTOCOL"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT", "GIT_EXEC_PATH"),
    *("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"),
    *("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"),
})  # fmt: skip
"""What a user sets, and git for nobody: ways to a remote, where settings and git itself lie, who somebody is."""
_KEPT_PREFIXES = ("GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_SSL_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
_TRACES = ("GIT_TRACE", "GIT_CURL_VERBOSE")

_PLAIN = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",  # looking at a repository never writes to its index
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "GIT_NO_REPLACE_OBJECTS": "1",  # refs/replace/ is one machine's own idea of history
}
SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.quotePath": "true",
    "core.commitGraph": "true",
    "color.ui": "false",
    "log.showSignature": "false",
    "log.mailmap": "false",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "status.renames": "false",
    "diff.renames": "false",
    "diff.ignoreSubmodules": "none",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.prune": "false",
    "fetch.pruneTags": "false",
    "push.recurseSubmodules": "no",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "push.pushOption": "",
    "maintenance.auto": "false",  # a few refs and their objects are no reason to tidy up a user's repository
    "gc.auto": "0",
}
"""Settings that would change what git answers, or do more than was asked; whatever the user's say of them."""


def environment(outer: Mapping[str, str], *, as_the_user: bool = False) -> dict[str, str | None]:
    """What is changed of an environment for git; None takes a variable away.

    git sets variables of its own for hooks and aliases (GIT_DIR, GIT_INDEX_FILE, GIT_WORK_TREE and more): they are
    about another command, and would lead this one into another repository or index. Of all that begin with GIT_ only
    what a user sets is kept.

    Args:
        as_the_user: for what is done in the working copy for the user: with their own settings and hooks.
    """
    mine = sorted(name for name in outer if name.startswith("GIT_"))
    dropped: dict[str, str | None] = {name: None for name in mine if not _is_kept(name, outer[name])}
    # `http.proxy` is a setting too, and no proxy leads to this machine
    direct = proxies_and_certificates.without_proxy(outer)
    return {**dropped, **direct, **_PLAIN, **({} if as_the_user else _settings(outer.get("GIT_CONFIG_COUNT", "")))}


def _is_kept(name: str, value: str) -> bool:
    if name.startswith(_TRACES):
        return value.startswith("/")  # anything else goes to standard error, where git's own words are read
    return name in _KEPT or name.startswith(_KEPT_PREFIXES)


@functools.lru_cache(maxsize=8)
def _settings(count: str) -> Mapping[str, str]:
    """`SETTINGS` as variables, after those that the user gives in the same way: the last one counts."""
    first = int(count) if count.isdecimal() else 0
    pairs = {"GIT_CONFIG_COUNT": str(first + len(SETTINGS))}
    for number, (name, value) in enumerate(SETTINGS.items(), first):
        pairs |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return pairs
