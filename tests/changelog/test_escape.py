"""Text from commits does no harm in Markdown: judged by two Markdown parsers."""

from __future__ import annotations

import importlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from windlass.changelog import escape

markdown: Any = importlib.import_module("markdown")
ALLOWED = {"ul", "li", "code", "p"}


class Seen(HTMLParser):
    """The tags and the text that a reader's browser would get."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(line: str, parser: str) -> Seen:
    text = f"- {line}\n"
    gfm = MarkdownIt("gfm-like", {"linkify": False})
    html = gfm.render(text) if parser == "gfm" else markdown.markdown(text)
    found = Seen()
    found.feed(html)
    found.close()
    return found


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- hide",
    "&lt;b&gt; &amp; &#60;",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/track.png)",
    "[x]: https://evil.example",
    "<https://evil.example>",
    "https://evil.example/?q=1",
    "www.evil.example",
    "mailto:a@evil.example",
    "x](https://evil.example) [y",
    "**bold** _under_ ~~gone~~ `code`",
    "`unclosed <b>",
    "``two`` ` three",
    "\\[x](y) \\<b>",
    "# heading",
    "> quote",
    "- list",
    "+ list",
    "1. list",
    "2) list",
    "===",
    "---",
    "| a | b |",
    "`<b>` and `[x](y)`",
    "a * b * c",
    "<b",
    "a<b>c",
]


@pytest.mark.parametrize("parser", ["gfm", "markdown"])
@pytest.mark.parametrize("raw", HOSTILE)
def test_hostile_text_is_shown_and_nothing_else(raw: str, parser: str) -> None:
    found = seen(escape.text(raw), parser)
    assert found.tags <= ALLOWED
    shown = found.text.replace("\u200b", "").strip()
    assert shown.replace("`", "") == raw.replace("`", "")


@pytest.mark.parametrize("parser", ["gfm", "markdown"])
def test_any_text_makes_no_element_but_code(parser: str) -> None:
    @given(st.text(alphabet=st.sampled_from("<>[]()!`*_~|\\#&;@:/.-+= ab1\"'\nhttps"), max_size=40))
    def check(raw: str) -> None:
        assert seen("x " + escape.text(raw), parser).tags <= ALLOWED

    check()


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("thank @octocat and @org/team", "thank @&#8203;octocat and @&#8203;org/team"),
        ("keep `@decorator` as code", "keep `@decorator` as code"),
        ("at 5 @ 3", "at 5 @ 3"),
        ("snake_case and __init__", "snake_case and \\_\\_init\\_\\_"),
        ("a -> b & c", "a -> b & c"),
        ("see https://example.org/x_y", "see `https://example.org/x_y`"),
        ("turn \u202etxt.exe\u202c \x1b[31mred\x1b[0m\x00", "turn txt.exe \\[31mred\\[0m"),
        ("two\nlines\tand  blanks", "two lines and blanks"),
        ("über café 日本", "über café 日本"),
        ("", ""),
    ],
)
def test_harmless_parts_stay_readable(raw: str, wanted: str) -> None:
    assert escape.text(raw) == wanted


def test_no_mention_is_left_outside_of_code() -> None:
    @given(st.text(alphabet=st.sampled_from("@abc-_` <(/"), max_size=20))
    def check(raw: str) -> None:
        outside = re.sub("`[^`]*`", " ", escape.text(raw))
        assert not re.search(r"@[A-Za-z0-9-]", outside)

    check()


def test_a_long_line_takes_no_long_time() -> None:
    """Every expression goes forward only: this would hang otherwise."""
    for hostile in ("`" * 50_000, "www." * 50_000, "[" * 50_000, "a:" * 50_000, "a" * 100_000 + "://"):
        escape.text(hostile)
