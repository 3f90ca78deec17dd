"""One of several processes that release at once: `racer.py HOME FOLDER new|tag`; exits as windlass would."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.release.demo import Demo
from windlass.errors import WindlassError
from windlass.release.preflight_rules import ReleaseRequest
from windlass.release.transaction import ReleasePlan, perform, plan_release
from windlass.stage import Stage


class Running(Stage):
    """A stage that another process has opened."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{(self.home / 'port').read_text()}"


def main(home: Path, folder: Path, how: str) -> int:
    stage = Running(home)
    demo = Demo(folder, stage)
    prepared = demo.prepared(demo.made("1.3.0")) if how == "new" else None
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        if prepared is None:
            prepared = workflow(demo)
        done, _ = perform(demo.opened(), prepared)
        print(sorted({change.state.value for change in done.changes}))
    except WindlassError as problem:
        print(problem)
        return problem.exit_code
    return 0


def workflow(demo: Demo) -> ReleasePlan:
    """What the tag's workflow does as soon as the tag is there."""
    while "refs/tags/v1.3.0" not in demo.refs():
        time.sleep(0.05)
    found = plan_release(demo.opened(), ReleaseRequest(version="v1.3.0"))
    assert isinstance(found, ReleasePlan)
    return found


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
