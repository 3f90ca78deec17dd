"""Notes: what a version's section says, and in which order."""

from __future__ import annotations

import pytest

from windlass.changelog import Style, notes
from windlass.errors import ConfigError
from windlass.github.page_urls import GitHubPages
from windlass.history import Commit

LINKS = GitHubPages("https://github.com/owner/demo")


def commit(number: int, message: str, author: str = "Ann Author") -> Commit:
    subject, _, body = message.partition("\n")
    return Commit(f"{number:x}" * 40, (), 0, author, "a@example.org", subject, body.strip())


COMMITS = (
    commit(1, "feat(api)!: drop the old endpoint (#12)\n\nBREAKING CHANGE: use `/v2` instead\n\nCloses #9"),
    commit(2, "fix: close files (#11)", "Bob Builder"),
    commit(3, "chore: tidy"),
    commit(4, "feat: read <b>all</b> of it\n\nCo-authored-by: Cy D <c@example.org>"),
    commit(5, "feat!: no footer"),
    commit(6, "whatever", "dependabot[bot]"),
    commit(7, "perf(io): half the time"),
)

PAGE = "https://github.com/owner/demo"


def ref(number: int) -> str:
    return f"[{f'{number}' * 7}]({PAGE}/commit/{f'{number}' * 40})"


WANTED = f"""## [1.3.0] - 2026-11-23

### Breaking changes

- **api:** use `/v2` instead ([#9]({PAGE}/issues/9), {ref(1)})
- no footer ({ref(5)})

### Added

- **api:** drop the old endpoint ([#12]({PAGE}/issues/12), [#9]({PAGE}/issues/9), {ref(1)})
- read &lt;b>all&lt;/b> of it ({ref(4)})

### Changed

- **io:** half the time ({ref(7)})

### Fixed

- close files ([#11]({PAGE}/issues/11), {ref(2)})

### Contributors

Ann Author, Bob Builder, Cy D

[1.3.0]: {PAGE}/compare/v1.2.0...v1.3.0
"""


def test_notes_have_the_form_of_keep_a_changelog_with_breaking_changes_first() -> None:
    made = notes("1.3.0", "2026-11-23", COMMITS, Style(links=LINKS), tag="v1.3.0", previous="v1.2.0")
    assert made == WANTED


def test_the_same_commits_make_the_same_notes() -> None:
    style = Style(links=LINKS)
    assert notes("1.3.0", "2026-11-23", COMMITS, style) == notes("1.3.0", "2026-11-23", list(COMMITS), style)


def test_without_an_address_there_are_no_links() -> None:
    assert notes("1.3.0", "2026-11-23", COMMITS[1:3], Style(contributors=False), tag="v1.3.0", previous="v1.2.0") == (
        "## 1.3.0 - 2026-11-23\n\n### Fixed\n\n- close files (#11, 2222222)\n"
    )


def test_a_first_version_links_to_its_tag() -> None:
    made = notes("0.1.0", "2026-11-23", COMMITS[1:2], Style(links=LINKS), tag="v0.1.0")
    assert made.endswith("\n[0.1.0]: https://github.com/owner/demo/releases/tag/v0.1.0\n")


def test_nothing_to_tell_is_said() -> None:
    assert notes("1.3.1", "2026-11-23", COMMITS[2:3], Style(contributors=False)) == (
        "## 1.3.1 - 2026-11-23\n\nNothing that users would notice.\n"
    )


def test_sections_are_as_configured_in_their_order() -> None:
    style = Style({"fix": "Repairs", "chore": "Chores", "feat": "", "other": "Else"}, contributors=False)
    assert notes("1.3.0", "2026-11-23", COMMITS[1:4] + COMMITS[5:6], style) == (
        "## 1.3.0 - 2026-11-23\n\n### Repairs\n\n- close files (#11, 2222222)\n\n### Chores\n\n- tidy (3333333)\n\n"
        "### Else\n\n- whatever (6666666)\n"
    )


def test_what_was_reverted_is_not_told() -> None:
    pair = (commit(8, f'Revert "feat: a"\n\nThis reverts commit {"9" * 40}.'), commit(9, "feat: a"))
    assert "feat" not in notes("1.3.0", "2026-11-23", pair, Style(contributors=False))


def test_scopes_and_names_are_escaped_too() -> None:
    made = notes("1.3.0", "2026-11-23", [commit(1, "fix(<i>@x): y", "@octocat <b>")])
    assert made == (
        "## 1.3.0 - 2026-11-23\n\n### Fixed\n\n- **&lt;i>@&#8203;x:** y (1111111)\n\n"
        "### Contributors\n\n@&#8203;octocat &lt;b>\n"
    )


TEMPLATE = """\
## {{ version }} of {{ date }}
{% for title, lines in sections.items() %}
{% for line in lines %}
* {{ title }}: {{ line.text }} {{ line.issues | join(",") }} {{ links.commit(line.commit)[:35] }}
{% endfor %}
{% endfor %}
by {{ contributors | join(" & ") }}{{ "@x" | escape_markdown }}
"""


def test_a_project_s_own_template_gets_the_same_escaped_texts() -> None:
    made = notes("1.3.0", "2026-11-23", COMMITS[1:4], Style(links=LINKS, template=TEMPLATE))
    assert made == (
        "## 1.3.0 of 2026-11-23\n"
        "* Added: read &lt;b>all&lt;/b> of it  https://github.com/owner/demo/commi\n"
        "* Fixed: close files 11 https://github.com/owner/demo/commi\n"
        "by Ann Author & Bob Builder & Cy D@&#8203;x\n"
    )


@pytest.mark.parametrize(
    ("template", "line", "problem"),
    [
        ("## {{ version }}\n{{ nothing }}", "2", "'nothing' is undefined"),
        ("{% for %}", "1", "Expected an expression, got 'end of statement block'"),
        ("\n## {{ version }\n", "2", "unexpected '}'"),
        ("{{ version | loud }}", "1", "No filter named 'loud'."),
        ("\n{{ ''.__class__.__mro__ }}", "2", "access to attribute '__class__' of 'str' object is unsafe."),
        ("\n\n{{ 1 / 0 }}", "3", "division by zero"),
        ("{{ version + 1 }}", "1", 'can only concatenate str (not "int") to str'),
        ("{% include '/etc/passwd' %}", "1", "no loader for this environment specified"),
        ("{% for i in range(10 ** 9) %}{% endfor %}", "1", "Range too big. The sandbox blocks ranges larger than"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "1", "maximum recursion depth exceeded"),
        ("what is new", "1", "its first line is no heading of the version, such as `## {{ version }} - {{ date }}`"),
        ("## 1.2.9", "1", "its first line is no heading of the version, such as `## {{ version }} - {{ date }}`"),
    ],
)
def test_a_template_with_a_mistake_is_a_clear_error_with_its_line(template: str, line: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        notes("1.3.0", "2026-11-23", COMMITS, Style(template=template))
    assert refused.value.problem == "the changelog's template can't be used"
    assert refused.value.facts["problem"].startswith(problem)
    assert refused.value.facts["line"] == line


def test_a_commit_s_text_is_never_a_template() -> None:
    made = notes(
        "1.3.0",
        "2026-11-23",
        [commit(1, "fix: {{ 7 * 7 }}")],
        Style(template="## {{ version }}\n{% for l in sections.Fixed %}{{ l.text }}{% endfor %}"),
    )
    assert made == "## 1.3.0\n{{ 7 \\* 7 }}\n"
