"""What a node writes lands in its own output: by `print`, as bytes, from threads, from programs; and who may read."""

from __future__ import annotations

import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from invoke.context import Context

from windlass import shell
from windlass.errors import GateError, UsageError
from windlass.graph import Node, answer, pause, run
from windlass.graph.body.output import Output, print_to, route_streams
from windlass.graph.display.plain import Plain
from windlass.graph.display.view import Silent


def shown(root: Path, *nodes: Node, **options: int) -> str:
    told: list[str] = []
    run(nodes, root=root, home=root / ".windlass", view=Plain(told.append), **options)  # type: ignore[arg-type]
    return "".join(told)


def block(text: str, name: str) -> str:
    """What stands below a node's heading."""
    return text.partition(f"── {name}\n")[2].partition("── ")[0]


def test_threads_of_two_bodies_write_into_their_own_nodes(tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=20)

    def body(c: Context, word: str) -> None:
        def speak() -> None:
            both.wait()
            print(word)
            inner = threading.Thread(target=print, args=(f"{word} deeper",))
            inner.start()
            inner.join()

        thread = threading.Thread(target=speak)
        thread.start()
        thread.join()
        with ThreadPoolExecutor() as pool:
            pool.submit(print, f"{word} pooled").result()

    text = shown(tmp_path, *[Node(word, body, args={"word": word}) for word in ("ant", "bee")], jobs=2)
    for word in ("ant", "bee"):
        assert block(text, word) == f"{word}\n{word} deeper\n{word} pooled\n"


def test_a_body_s_threads_share_its_programs_group_its_answer_and_its_end(tmp_path: Path) -> None:
    groups: list[shell.Group] = []

    def body(c: Context) -> None:
        def work() -> None:
            groups.append(shell.group())
            pause(0)
            answer({"from": "a thread"})

        groups.append(shell.group())
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    report = run([Node("work", body)], root=tmp_path, home=tmp_path / ".windlass", view=Silent())
    assert groups[0] is groups[1]
    assert report.answers == {"work": {"from": "a thread"}}


def test_a_thread_that_outlives_its_node_writes_where_words_of_no_node_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    go_on = threading.Event()
    threads: list[threading.Thread] = []

    def body(c: Context) -> None:
        print("at work")
        threads.append(threading.Thread(target=lambda: (go_on.wait(20), print("late"))))
        threads[0].start()

    def after(c: Context) -> None:
        go_on.set()
        threads[0].join()

    text = shown(tmp_path, Node("first", body), Node("then", after, needs=("first",)))
    assert block(text, "first") == "at work\n"
    assert capsys.readouterr().out == "late\n"


def test_bytes_written_to_standard_output_land_there_too_split_characters_whole(tmp_path: Path) -> None:
    def body(c: Context) -> None:
        for byte in "né\n".encode():
            sys.stdout.buffer.write(bytes([byte]))
        sys.stderr.buffer.write(b"err\n")
        logging.lastResort and logging.lastResort.handle(logging.LogRecord("x", 40, "", 1, "logged", (), None))

    assert shown(tmp_path, Node("speak", body)) == "né\nerr\nlogged\n"


def test_a_node_has_a_log_file_of_its_own_with_all_that_it_and_its_programs_wrote(tmp_path: Path) -> None:
    def body(c: Context) -> None:
        print("from the body")
        c.run("echo from a program; echo and its errors >&2")

    report = run([Node("speak", body), Node("mute", lambda c: None)], root=tmp_path, home=tmp_path / "w", view=Silent())
    logs = {one.name: one.log for one in report.nodes}
    assert logs["mute"] == ""
    assert sorted(Path(logs["speak"]).read_text().splitlines()) == [
        "and its errors", "from a program", "from the body",
    ]  # fmt: skip


def test_a_log_can_be_followed_line_by_line_while_the_node_runs(tmp_path: Path) -> None:
    output = Output(tmp_path / "node.log")
    output.write("one\n")
    output.write("tw")
    assert (tmp_path / "node.log").read_text() == "one\n"
    output.close()
    assert (tmp_path / "node.log").read_text() == "one\ntw"


@pytest.mark.parametrize("names", [("a/b", "a_b"), ("x" * 300 + "1", "x" * 300 + "2")])
def test_two_nodes_never_share_a_log_file(tmp_path: Path, names: tuple[str, str]) -> None:
    nodes = [Node(name, lambda c, name: print(name), args={"name": name}) for name in names]
    report = run(nodes, root=tmp_path, home=tmp_path / "w", view=Silent())
    assert [Path(one.log).read_text().strip() for one in report.nodes] == [one.name for one in report.nodes]
    assert len({Path(one.log).name.casefold() for one in report.nodes}) == 2


def test_of_very_much_output_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    output = Output(tmp_path / "node.log")
    for number in range(60_000):
        output.write(f"{number:099}\n")
    output.close()
    assert output.text.startswith(f"{0:099}\n")
    assert output.error_facts(1)["it said"] == f"{59_999:099}"
    assert f"characters left out; all of it is in {tmp_path / 'node.log'} …" in output.text
    assert len(output.text) < 4_200_000
    assert (tmp_path / "node.log").stat().st_size == 6_000_000


def test_a_body_that_asks_without_the_console_fails_at_once_and_is_told_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        shown(tmp_path, Node("ask", lambda c: input("name? ")), Node("other", lambda c: None))
    assert str(caught.value) == (
        "ask waits for what a person types, and other nodes have the terminal too\n"
        '  fix: declare it with pool="console": then it runs alone, and the terminal is its own'
    )


@pytest.mark.parametrize("read", ["read", "readline", "readlines", "buffer"])
def test_nothing_of_standard_input_is_for_a_node_without_the_console(read: str) -> None:
    output = Output(None, owner="ask")
    with route_streams(), print_to(output):
        assert not sys.stdin.isatty()
        with pytest.raises(UsageError):
            getattr(sys.stdin, read)
        with pytest.raises(UsageError):
            next(iter(sys.stdin))


def test_a_program_on_a_terminal_of_its_own_sees_one_and_is_heard(tmp_path: Path) -> None:
    def body(c: Context) -> str:
        said = c.run("test -t 0 && test -t 1 && : </dev/tty && echo a terminal", pty=True)
        assert said is not None
        return str(said.stdout)

    nodes = [Node("see", body, result=str), Node("other", lambda c: None)]
    told: list[str] = []
    report = run(nodes, root=tmp_path, home=tmp_path / ".windlass", view=Plain(told.append))
    assert report.values["see"] == "a terminal\r\n"
    assert "a terminal" in "".join(told)


def test_a_program_on_a_terminal_of_its_own_that_fails_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="see failed"):
        shown(tmp_path, Node("see", lambda c: c.run("exit 3", pty=True)), Node("other", lambda c: None))


def test_a_failure_that_said_much_names_the_file_that_has_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    failing = Node("lint", lambda c: c.run("seq 30; exit 1"))
    with pytest.raises(GateError) as caught:
        run([failing], root=tmp_path, home=tmp_path / ".windlass", view=Silent())
    assert str(caught.value).startswith("lint failed\n  it said:   12\n")
    assert str(caught.value).endswith("\n  all of it: .windlass/logs/lint.log")
