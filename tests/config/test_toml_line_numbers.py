from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.config.toml_line_numbers import KeyPath, line_of, lines

TEXT = (
    '''\
a.b = 1
[tool.windlass]
remote = "x" # not = [a key]
pythons = [
  "3.8", # one ]
  '3.9',
]
[tool.windlass.image]
x = { y = [1, {z = 2}], "q.r" = """
multi = "line"
""" }
d = 1979-05-27T07:32:00Z
[[tool.windlass.version.files]]
path = "a"
[[ tool.windlass.version . files ]]
path = "b"
[tool.windlass.version.files.sub]
k = 'it'''
    + """''s'
"""
)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a", "b"), 1),
        (("tool", "windlass", "remote"), 3),
        (("tool", "windlass", "pythons", 1), 6),
        (("tool", "windlass", "image", "x", "y", 1, "z"), 9),
        (("tool", "windlass", "image", "x", "q.r"), 9),
        (("tool", "windlass", "image", "d"), 12),
        (("tool", "windlass", "version", "files", 0), 13),
        (("tool", "windlass", "version", "files", 1, "path"), 16),
        (("tool", "windlass", "version", "files", 1, "sub", "k"), 18),
    ],
)
def test_a_path_is_found_on_its_line(path: KeyPath, line: int) -> None:
    assert line_of(TEXT.replace("it''s", "its"), path) == line


def test_a_path_that_is_not_there_is_shown_at_what_is_around_it() -> None:
    assert line_of(TEXT.replace("it''s", "its"), ("tool", "windlass", "image", "platforms", 3)) == 8


def test_nothing_around_a_path_is_the_first_line() -> None:
    assert line_of("", ("tool", "windlass")) == 1


def test_lines_are_counted_as_editors_count_them() -> None:
    """U+2028 and form feeds end a line for str.splitlines, but not in a TOML file."""
    assert line_of("a = '\u2028\x85'\nb = 1\r\nc = 2\n", ("c",)) == 3


def test_delimiters_inside_strings_are_text() -> None:
    text = 'a = "\\"]}#"\nb = \'}]\\\'\nc = """x""\\"y"""""\nd = [\'\'\'\n[e]\n\'\'\']\nf = 1\n'
    assert lines(text) == {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4, ("d", 0): 4, ("f",): 7}


KEYS = st.sampled_from(["a", "b-c", '"d.e"', "'f g'", "a.b", '"]"'])
VALUES = st.recursive(
    st.sampled_from(["1", "-1.5e3", "true", '"x"', "'y#'", '"""\nm\n"""', "1979-05-27 07:32:00", "inf"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: "[\n" + ", # c\n".join(parts) + "\n]"),
    max_leaves=5,
)


@given(st.lists(st.tuples(KEYS, VALUES), max_size=4, unique_by=lambda pair: pair[0].split(".")[0]))
def test_every_key_of_a_document_is_found_where_it_was_written(pairs: list[tuple[str, str]]) -> None:
    text, expected = "[top]\n", {}
    for key, value in pairs:
        parts = tuple(key.split(".")) if key == "a.b" else (key.strip("\"'"),)
        expected[("top", *parts)] = text.count("\n") + 1
        text += f"{key} = {value}\n"
    tomllib.loads(text)
    found = lines(text)
    assert {path: found.get(path) for path in expected} == expected
