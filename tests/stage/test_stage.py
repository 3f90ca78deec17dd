from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import web
from windlass.stage import Stage

if TYPE_CHECKING:
    from tests.channels.index.conftest import Index, Packages


def test_the_file_of_addresses_says_where_everything_is(stage: Stage) -> None:
    environment = stage.environment()
    settings = json.loads(Path(environment["WINDLASS_STAGE"]).read_text())
    root = f"{stage.address}/index"
    assert settings["index"] == {"upload_url": f"{root}/legacy/", "url": root, "wait_s": 30.0, "rules": "pypi"}
    assert environment["TWINE_USERNAME"] == "__token__"
    assert "127.0.0.1" in environment["NO_PROXY"]


def test_a_closed_stage_can_be_copied_and_both_opened_at_once(
    ours: Index, packages: Packages, stage: Stage, tmp_path: Path
) -> None:
    ours.upload(packages.wheel())
    stage.__exit__(None, None, None)
    shutil.copytree(stage.home, tmp_path / "copied", symlinks=True)
    with Stage(stage.home) as first, Stage(tmp_path / "copied") as second:
        assert first.address != second.address
        texts = [web.get(f"{each.address}/index/simple/demo-pkg/").text for each in (first, second)]
        assert texts[0].replace(first.address, second.address) == texts[1]
        assert second.environment()["TWINE_PASSWORD"] == ours.auth[1]


def test_a_stage_that_is_not_open_has_no_address(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the stage is not open: use it as a context manager"):
        _ = Stage(tmp_path).address


def test_importing_the_histories_loads_no_server() -> None:
    program = "import sys; from windlass.stage import Effects, exactly_once; print('starlette' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_missing_server_is_an_error_that_names_the_extra() -> None:
    program = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from windlass.errors import ToolMissingError\n"
        "try: from windlass.stage import Stage\n"
        "except ToolMissingError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ("uvicorn is not installed: the stage needs it\n  fix: pip install 'windlass[rehearse]'\n")


def test_a_push_by_its_environment_is_recorded(stage: Stage, tmp_path: Path) -> None:
    env = {**os.environ, **stage.environment(), "GIT_CONFIG_GLOBAL": os.devnull}
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (
        ["init", "-q", "-b", "main"],
        ["remote", "add", "origin", str(stage.remote)],
        ["commit", "-q", "--allow-empty", "-m", "one"],
        ["push", "-q", "origin", "main"],
    ):
        subprocess.run(["git", *who, *words], cwd=tmp_path, env=env, check=True)
    assert [effect.what for effect in stage.effects.history()] == ["refs/heads/main"]
