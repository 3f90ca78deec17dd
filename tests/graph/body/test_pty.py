"""`inv` on a real terminal: live lines, a person who is asked, Ctrl-C, and the terminal as it was found."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

TASKS = """
import getpass, sys
from windlass.graph import task, run, Node

@task
def quiet(c):
    c.run("echo ready; until [ -e go ]; do sleep 0.02; done")

@task
def other(c):
    c.run("echo too; until [ -e go ]; do sleep 0.02; done")

@task(pool="console")
def ask(c):
    print("hello", input("name? "), sys.stdin.isatty() and sys.stdout.isatty())

@task(pool="console")
def secret(c):
    print("length", len(getpass.getpass("password? ")))

@task(pool="console")
def program(c):
    said = c.run("printf 'colour? '; read x; test -t 0 && test -t 1 && echo $x it is, on a terminal", pty=True)
    print("captured", "it is" in said.stdout)

@task(pool="console")
def nested(c):
    from pathlib import Path
    root = Path(c.cwd)
    run([Node("one", lambda c: quiet(c)), Node("two", lambda c: other(c))], root=root, home=root / ".windlass")
    print("sure", input("sure? "))
"""
PATIENCE_S = 30.0


class Session:
    """`inv` on a terminal of 60 × 20, whose screen can be looked at and typed into."""

    def __init__(self, root: Path, *words: str, env: dict[str, str] | None = None) -> None:
        self.fd, slave = pty.openpty()
        self.slave = slave
        termios.tcsetwinsize(slave, (20, 60))
        self.found = termios.tcgetattr(slave)
        self.screen = pyte.Screen(60, 20)
        self._feed = pyte.ByteStream(self.screen)
        argv = [sys.executable, "-c", _CONTROLLED, sys.executable, "-m", "invoke", *words]
        hidden = {"GITHUB_ACTIONS", "NO_COLOR", "TMUX"}
        whole = {name: value for name, value in os.environ.items() if name not in hidden}
        self.process = subprocess.Popen(
            argv, cwd=root, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**whole, "TERM": "xterm", "XTERM_VERSION": "1", **(env or {})},
        )  # fmt: skip

    @property
    def lines(self) -> list[str]:
        return "\n".join(line.rstrip() for line in self.screen.display).strip().split("\n")

    def until(self, text: str) -> None:
        """Until this stands on the screen."""
        end = time.monotonic() + PATIENCE_S
        while not any(text in line for line in self.lines):
            assert time.monotonic() < end, self.lines
            self._look()

    def until_each_key(self) -> None:
        """Until every key goes to a program at once: what Invoke finds typed before, it throws away."""
        end = time.monotonic() + PATIENCE_S
        while termios.tcgetattr(self.slave)[3] & termios.ICANON:
            assert time.monotonic() < end, self.lines
            self._look()

    def end(self) -> int:
        """Until it has ended and all was shown; its code."""
        end = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < end, self.lines
            self._look()
        while self._look():
            pass
        return self.process.wait()

    def _look(self) -> bool:
        if not select.select([self.fd], [], [], 0.05)[0]:
            return False
        self._feed.feed(os.read(self.fd, 65536))
        return True

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())


_CONTROLLED = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Takes the terminal for its controlling one, as a login does; then becomes the command."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "invoke.yaml").write_text("tasks: {executor_class: windlass.graph.Executor}\n")
    return tmp_path


@pytest.fixture
def sessions() -> Iterator[list[Session]]:
    made: list[Session] = []
    yield made
    for one in made:
        one.process.kill()
        one.process.wait()
        os.close(one.fd)
        os.close(one.slave)


def test_live_lines_come_and_go(root: Path, sessions: list[Session]) -> None:
    sessions.append(inv := Session(root, "quiet", "other"))
    inv.until("2 running")
    assert any(line.endswith("quiet  ready") for line in inv.lines)
    (root / "go").touch()
    assert inv.end() == 0
    assert not any("running" in line for line in inv.lines)
    assert {"── quiet", "ready", "── other", "too"} <= set(inv.lines)


def test_ctrl_c_leaves_no_live_line_and_says_what_was_ended(root: Path, sessions: list[Session]) -> None:
    sessions.append(inv := Session(root, "quiet", "other"))
    inv.until("2 running")
    inv.type("\x03")
    assert inv.end() == 130
    assert not any("running" in line or "^C" in line for line in inv.lines)
    assert inv.lines[-1] == "ended by SIGINT"
    assert any(line.startswith("── 2 ended in ") and line.endswith("(Ctrl-C)") for line in inv.lines)


def test_a_person_is_asked_after_the_live_lines_have_gone(root: Path, sessions: list[Session]) -> None:
    sessions.append(inv := Session(root, "quiet", "other", "ask"))
    inv.until("2 running")
    (root / "go").touch()
    inv.until("name?")
    assert inv.lines[-2:] == ["── ask", "name?"]
    inv.type("Ada\n")
    assert inv.end() == 0
    assert "hello Ada True" in inv.lines
    assert "name? Ada" in inv.lines


def test_a_program_that_asks_has_the_terminal_and_is_captured_too(root: Path, sessions: list[Session]) -> None:
    sessions.append(inv := Session(root, "program"))
    inv.until("colour?")
    inv.until_each_key()
    inv.type("red\n")
    assert inv.end() == 0
    assert inv.lines == ["colour? red", "red it is, on a terminal", "captured True"]


def test_ended_while_a_password_is_asked_for_the_terminal_shows_again_what_is_typed(
    root: Path, sessions: list[Session]
) -> None:
    sessions.append(inv := Session(root, "secret"))
    inv.until("password?")
    inv.type("\x03")
    assert inv.end() == 130
    assert termios.tcgetattr(inv.slave) == inv.found


def test_a_run_inside_the_node_that_has_the_terminal_is_live_there_too(root: Path, sessions: list[Session]) -> None:
    sessions.append(inv := Session(root, "nested"))
    inv.until("2 running")
    (root / "go").touch()
    inv.until("sure?")
    inv.type("yes\n")
    assert inv.end() == 0
    assert inv.lines[-1] == "sure yes"
    assert not any("running" in line for line in inv.lines)


def test_a_terminal_that_can_do_nothing_gets_plain_text(root: Path, sessions: list[Session]) -> None:
    (root / "go").touch()
    sessions.append(inv := Session(root, "quiet", "other", env={"TERM": "dumb"}))
    assert inv.end() == 0
    assert "── quiet" in inv.lines
    assert not any("\x1b" in line or "running" in line for line in inv.lines)
