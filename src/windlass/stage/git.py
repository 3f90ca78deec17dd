"""The stage's git remote: a bare repository whose hook records every change of a ref."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from windlass import shell

_SETTINGS = {
    "receive.denyNonFastForwards": "true",  # holds for refs/heads/ only: a lock may be taken over by anything
    "core.logAllRefUpdates": "always",
    "core.hooksPath": "hooks",  # whatever the user's own says; relative, so that the folder can move
    "gc.auto": "0",
    "receive.autogc": "false",
    "maintenance.auto": "false",
    "uploadpack.allowAnySHA1InWant": "true",
}

_HOOK = """\
#!/bin/sh
# Written by windlass: records what pushes change, for the stage that this remote belongs to.
case $1 in
  prepared | committed) exec {python} -S -E {hook} {home} "$1" ;;
esac
"""


def make_remote(path: Path, effects_home: Path, branch: str = "main") -> None:
    """Make (or mend) a bare repository whose changes go into the records of `effects_home`.

    Safe to repeat: refs stay, the hook is written anew, for this Python and this windlass. Both folders may
    be moved or copied together: the hook finds the records by their place beside the remote.

    Raises:
        ToolMissingError, ToolError: git is missing or does not work.
    """
    if not (path / "HEAD").exists():
        # Ref files, whatever the user's default format: the hook tells packing from pushing by them.
        env = {"GIT_DEFAULT_REF_FORMAT": "files"}
        shell.run(["git", "init", "-q", "--bare", "--template=", f"--initial-branch={branch}", path], env=env)
        for name, value in _SETTINGS.items():
            shell.run(["git", "--git-dir", path, "config", name, value])
    _write_hook(path, effects_home)
    for left in path.glob("refs/**/*.lock"):  # of a git that was killed; the stage is only just starting
        left.unlink()


def environment(remote_name: str = "origin") -> dict[str, str]:
    """What lets the remote's side of a push outlive a client that is killed, as on another machine it would.

    Without it, whoever kills the client's process group kills git in the middle of a transaction.
    """
    words = [sys.executable, "-S", "-E", str(Path(__file__).with_name("apart.py")), "git-receive-pack"]
    number = int(os.environ.get("GIT_CONFIG_COUNT", "0"))
    return {
        "GIT_CONFIG_COUNT": str(number + 1),
        f"GIT_CONFIG_KEY_{number}": f"remote.{remote_name}.receivepack",
        f"GIT_CONFIG_VALUE_{number}": f"exec {shlex.join(words)}",
    }


def _write_hook(path: Path, effects_home: Path) -> None:
    words = {
        "python": sys.executable,
        "hook": Path(__file__).with_name("hook.py"),
        "home": os.path.relpath(effects_home, path),
    }
    hook = path / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    scratch = hook.with_suffix(".new")
    scratch.write_text(_HOOK.format_map({name: shlex.quote(str(word)) for name, word in words.items()}))
    scratch.chmod(0o755)
    scratch.replace(hook)
