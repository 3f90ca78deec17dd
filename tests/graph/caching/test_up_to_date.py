"""What is kept from run to run: not believed when damaged, not kept when nobody knows what it was made from."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoke.context import Context

from windlass.errors import GraphError
from windlass.graph import Node, Report, run
from windlass.graph.caching.file_digests import Stat, Tree, stat_of
from windlass.graph.caching.journal import Journal
from windlass.graph.caching.source_code import Sources
from windlass.graph.caching.store import Cache, CacheEntry, OutputFile
from windlass.graph.caching.up_to_date import UpToDate
from windlass.graph.display.plain import Plain
from windlass.graph.display.view import Silent


def go(root: Path, *nodes: Node, **options: object) -> Report:
    return run(nodes, root=root, home=root / ".windlass", **{"view": Silent(), "jobs": 1, **options})  # type: ignore[arg-type]


def states(report: Report) -> dict[str, str]:
    return {one.name: one.state for one in report.nodes}


def why(report: Report) -> dict[str, str]:
    return {one.name: one.why for one in report.nodes}


def copies(source: str, target: str, then: Callable[[], object] = lambda: None) -> Callable[[Context], None]:
    def body(c: Context) -> None:
        Path(c.cwd, target).write_text(Path(c.cwd, source).read_text())
        then()

    return body


# ---- damaged


def test_a_journal_of_rubbish_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("one")
    node = Node("copy", copies("in", "out"), inputs=("in",), outputs=("out",), tools=("sh",))
    go(tmp_path, node)
    journal = tmp_path / ".windlass/journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    rubbish: object
    for rubbish in (5, [], {}, None, "x", [1, 2, 3]):
        journal.write_text("".join(json.dumps({**line, "is": rubbish}) + "\n" for line in lines))
        assert states(go(tmp_path, node)) == {"copy": "cached"}


@given(st.data())
def test_a_journal_cut_or_damaged_anywhere_says_what_was_written_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    journal = Journal(path)
    for number in range(4):
        journal.add("kind", f"name {number % 3}", [number, 'ü\n"{}'])
    journal.close()
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:at] if data.draw(st.booleans()) else whole[:at] + b"\x00" + whole[at + 1 :])
    again = Journal(path)
    written = [[0, 'ü\n"{}'], [1, 'ü\n"{}'], [2, 'ü\n"{}'], [3, 'ü\n"{}']]
    for number in range(3):
        assert again.last("kind", f"name {number}") in (*written, None)
    again.add("kind", "name 1", "more")
    again.close()
    assert Journal(path).last("kind", "name 1") == "more"


def test_the_journal_is_compacted_to_what_counts_unless_another_run_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    for number in range(2000):
        journal.add("kind", "same", number)
    beside = Journal(path)
    assert len(path.read_text().splitlines()) == 2000
    journal.close()
    beside.close()
    Journal(path).close()
    assert path.read_text() == '{"kind":"kind","name":"same","is":1999}\n'


def entry(**changes: object) -> CacheEntry:
    plain = {"key": "sha256:" + "0" * 64, "node": "n", "value": "null", "outputs": (), "log": "", "made_at": 0.0}
    return CacheEntry(**{**plain, "seconds": 0.0, **changes})  # type: ignore[arg-type]


def forged(home: Path, body: bytes) -> Cache:
    """A cache in which the entry of the key of zeros says `body`, under its own right digest."""
    cache = Cache(home)
    cache.store(entry(), home)
    (place,) = (path for path in home.rglob("entries/*/*"))
    place.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    return cache


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"key": 1}', b"\xff", b"null"])
def test_an_entry_that_says_nothing_is_refused(tmp_path: Path, body: bytes) -> None:
    cache = forged(tmp_path / "cache", body)
    assert cache.find("sha256:" + "0" * 64) is None
    assert cache.refused == ["sha256:" + "0" * 64]


@pytest.mark.parametrize("digest", ["sha256:../../../precious", "sha256:..", "md5:1"])
def test_an_entry_can_not_lead_to_files_outside_of_the_cache(tmp_path: Path, digest: str) -> None:
    (tmp_path / "precious").write_text("mine")
    cache = Cache(tmp_path / "a" / "cache")
    cache.store(entry(), tmp_path)
    (place,) = (path for path in (tmp_path / "a").rglob("entries/*/*"))
    said = {**entry()._asdict(), "outputs": [["out", digest, 0o644]]}
    body = json.dumps(said).encode()
    place.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert cache.find("sha256:" + "0" * 64) is None
    assert cache.fetch(OutputFile("out", "sha256:" + "1" * 64, 0o644), tmp_path / "out") is False
    assert (tmp_path / "precious").read_text() == "mine"


def test_an_entry_can_not_write_what_its_node_does_not_make(tmp_path: Path) -> None:
    """A result that names other files than the node's outputs is none of this node's."""
    (tmp_path / "in").write_text("one")
    (tmp_path / "precious").write_text("mine")
    node = Node("copy", copies("in", "out"), inputs=("in",), outputs=("out",))
    go(tmp_path, node)
    for place in (tmp_path / ".windlass/cache/entries").rglob("*/*"):
        body = place.read_bytes().partition(b"\n")[2].replace(b'["out",', b'["../project/precious",')
        place.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    (tmp_path / ".windlass/journal.jsonl").unlink()
    assert states(go(tmp_path, node)) == {"copy": "done"}
    assert (tmp_path / "precious").read_text() == "mine"


# ---- changed while it ran


def test_an_input_that_changes_while_a_node_runs_is_never_taken_for_what_was_read(tmp_path: Path) -> None:
    """An editor saves while the node works: what it made is of nobody knows which state, so it runs again."""
    (tmp_path / "in").write_text("one")
    saved: list[str] = ["two"]

    def save() -> None:
        if saved:
            (tmp_path / "in").write_text(saved.pop())

    node = Node("copy", copies("in", "out", save), inputs=("in",), outputs=("out",))
    told: list[str] = []
    assert states(go(tmp_path, node, view=Plain(told.append))) == {"copy": "done"}
    assert "".join(told) == "in changed while copy ran: it will run again next time\n"
    second = go(tmp_path, node)
    assert why(second) == {"copy": "in changed while it ran"}
    assert (tmp_path / "out").read_text() == "two"
    assert states(go(tmp_path, node)) == {"copy": "cached"}


def test_a_node_that_rewrites_its_own_input_settles(tmp_path: Path) -> None:
    def tidy(c: Context) -> None:
        Path(c.cwd, "in").write_text(Path(c.cwd, "in").read_text().strip())

    (tmp_path / "in").write_text(" one ")
    node = Node("tidy", tidy, inputs=("in",))
    assert [states(go(tmp_path, node))["tidy"] for _ in range(3)] == ["done", "done", "cached"]


def test_a_value_that_is_no_json_is_told_as_the_reason_to_run_again(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("one")
    nodes = (
        Node("odd", lambda c: object(), inputs=("in",)),
        Node("after", lambda c: None, needs=("odd",), inputs=("in",)),
    )
    go(tmp_path, *nodes)
    assert why(go(tmp_path, *nodes)) == {
        "odd": "its value can't be written as JSON",
        "after": "the value of odd can't be compared",
    }


def test_an_argument_that_is_no_json_is_an_error_where_it_would_decide(tmp_path: Path) -> None:
    with pytest.raises(GraphError) as caught:
        go(tmp_path, Node("odd", lambda c, x: None, args={"x": object()}, inputs=("in*",)))
    assert str(caught.value) == (
        "an argument of odd can't be written as JSON\n"
        "  why that counts: what it is decides whether the node is up to date\n"
        "  fix:             give it as text, a number or a list of them"
    )
    assert states(go(tmp_path, Node("odd", lambda c, x: None, args={"x": object()}))) == {"odd": "done"}


def test_an_effect_must_make_what_it_promises_and_what_needs_it_sees_what_it_made(tmp_path: Path) -> None:
    said = ["one", "two"]

    def fetch(c: Context) -> None:
        Path(c.cwd, "got").write_text(said[0])

    nodes = (
        Node("fetch", fetch, effect=True, outputs=("got",)),
        Node("use", lambda c: None, needs=("fetch",), inputs=("other*",)),
    )
    assert states(go(tmp_path, *nodes)) == {"fetch": "done", "use": "done"}
    assert states(go(tmp_path, *nodes)) == {"fetch": "done", "use": "cached"}
    said.pop(0)
    assert why(go(tmp_path, *nodes))["use"] == "changed: fetch"


# ---- code


def flavoured(flavour: object, function: Callable[[], object] | None = None) -> Callable[[Context], None]:
    def body(c: Context) -> None:
        print(flavour, function)

    return body


def named(c: Context, name: str) -> None: ...


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (flavoured("vanilla"), flavoured("lemon")),
        (flavoured(("a", 1)), flavoured(("a", 2))),
        (flavoured("x", lambda: 1), flavoured("x", lambda: 2)),
        (functools.partial(named, name="x"), functools.partial(named, name="y")),
    ],
)
def test_what_a_body_has_bound_is_part_of_its_code(
    tmp_path: Path, one: Callable[..., None], two: Callable[..., None]
) -> None:
    sources = Sources(Journal(tmp_path / "journal.jsonl"), tmp_path)
    assert sources.digest(one) != sources.digest(two)
    assert sources.digest(one) == sources.digest(one)


def test_a_list_that_a_body_fills_is_no_part_of_its_code(tmp_path: Path) -> None:
    seen: list[str] = []
    sources = Sources(Journal(tmp_path / "journal.jsonl"), tmp_path)
    before = sources.digest(flavoured(seen))
    seen.append("x")
    assert sources.digest(flavoured(seen)) == before


def test_a_body_has_the_same_digest_in_every_process(tmp_path: Path) -> None:
    """Sets of words come in another order in each."""
    code = (
        "from pathlib import Path; from windlass.graph.caching.source_code import Sources;"
        " from windlass.graph.caching.journal import Journal;"
        "print(Sources(Journal(Path('j')), Path('.')).digest(lambda c: c in {'a', 'b', 'c', 'd', ('e', 'f')}))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, cwd=tmp_path,
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(said) == 1


def test_the_place_of_the_project_is_no_part_of_its_code(tmp_path: Path) -> None:
    digests = {
        Sources(Journal(tmp_path / "journal.jsonl"), root).digest(flavoured(root / "data"))
        for root in (tmp_path / "here", tmp_path / "there")
    }
    assert len(digests) == 1


# ---- restoring


def test_a_file_keeps_its_mode_when_it_is_restored(tmp_path: Path) -> None:
    def body(c: Context) -> None:
        Path(c.cwd, "out").mkdir(exist_ok=True)
        Path(c.cwd, "out/tool").write_text("#!/bin/sh\n")
        Path(c.cwd, "out/tool").chmod(0o755)

    node = Node("tool", body, outputs=("out",))
    go(tmp_path, node)
    shutil.rmtree(tmp_path / "out")
    assert states(go(tmp_path, node)) == {"tool": "cached"}
    assert (tmp_path / "out/tool").stat().st_mode & 0o777 == 0o755


def test_what_a_crash_left_half_written_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("one")
    node = Node("copy", copies("in", "out/x"), inputs=("in",), outputs=("out",))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/.windlass-1234-0").write_text("half")
    go(tmp_path, node)
    shutil.rmtree(tmp_path / "out")
    go(tmp_path, node)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x"]


def test_a_result_serves_only_for_its_time(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("one")
    fresh = Node("scan", copies("in", "out"), inputs=("in",), outputs=("out",), ttl_s=3600)
    stale = Node("scan", copies("in", "out"), inputs=("in",), outputs=("out",), ttl_s=0)
    assert [states(go(tmp_path, node))["scan"] for node in (fresh, fresh, stale)] == ["done", "cached", "done"]


# ---- how long it took


def test_a_duration_is_written_again_only_where_it_is_another(tmp_path: Path) -> None:
    check = UpToDate(tmp_path, Journal(tmp_path / "journal.jsonl"), Cache(tmp_path / "cache"))
    known = []
    for seconds in (2.0, 2.1, 3.0, 2.9, 0.001, 0.002):
        check.remember_seconds("unit", seconds)
        known.append(check.seconds("unit"))
    assert known == [2.0, 2.0, 3.0, 3.0, 0.001, 0.001]


# ---- what earlier runs saw of files


def test_a_few_small_files_are_read_and_of_many_or_large_ones_it_is_believed_what_earlier_runs_saw(
    tmp_path: Path,
) -> None:
    for i in range(100):
        (tmp_path / f"small{i:02}").write_text("small")
    (tmp_path / "large").write_text("large" * 20_000)
    asked: list[int] = []

    def known() -> dict[str, tuple[Stat, str]]:
        asked.append(1)
        found = {path.name: stat_of(str(path)) for path in tmp_path.iterdir()}
        return {name: (seen, "as it was seen") for name, seen in found.items() if seen is not None}

    tree = Tree(tmp_path, known)
    few = {tree.digest(f"small{i:02}") for i in range(20)}
    assert few == {f"sha256:{hashlib.sha256(b'small').hexdigest()}"}
    assert not asked
    assert tree.digest("large") == "as it was seen"
    assert {tree.digest(f"small{i:02}") for i in range(20)} == few
    assert {tree.digest(f"small{i:02}") for i in range(20, 100)} == {"as it was seen"}
    assert len(asked) == 1
    many = Tree(tmp_path, known)
    assert [many.digest(f"small{i:02}") for i in range(100)].count("as it was seen") == 36
