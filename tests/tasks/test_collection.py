from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from windlass.tasks import MODULES, collection

HEAVY = ("docker", "git", "httpx", "jinja2", "mkdocs", "msgspec", "packaging", "starlette", "twine", "uv", "xml")


def test_every_module_s_tasks_are_in_the_collection() -> None:
    assert {"build", "build.dist", "build.source", "scan", "scan.code", "test", "test.integration", "test.unit"} <= {
        name for primary, aliases in collection().task_names.items() for name in (primary, *aliases)
    }
    assert list(MODULES) == sorted(MODULES)


def test_every_task_says_what_it_does_and_what_its_options_are() -> None:
    tasks = collection()
    silent = [name for name in tasks.task_names if not (tasks[name].__doc__ or "").strip()]
    assert silent == []


def test_listing_tasks_imports_nothing_heavy() -> None:
    """A missing extra must not break `inv --list`, and `inv --list` must be quick."""
    program = (
        "import json, sys, windlass; windlass.collection(); "
        f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout) == []


def test_listing_works_in_an_adopting_project(
    adopted: Callable[[str], Path], inv: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    ended = inv(adopted("sound"), "--list")
    assert ended.returncode == 0, ended.stderr
    for line in ("build.all (build)", "scan.all (scan)", "test.all (test)"):
        assert line in ended.stdout
