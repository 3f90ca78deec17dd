"""One version's notes: entries grouped into sections, then written."""

from __future__ import annotations

import datetime
import re
import traceback
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec import Struct

from windlass.changelog import escape
from windlass.changelog.markdown import headings
from windlass.changelog.style import Style
from windlass.changelog.version_headings import version_of
from windlass.errors import ConfigError
from windlass.forge import ForgePages
from windlass.history.commit import Commit
from windlass.history.footers import issues
from windlass.history.message import CommitEntry
from windlass.history.reverts import remaining

BREAKING = "Breaking changes"
CONTRIBUTORS = "Contributors"
NOTHING = "Nothing that users would notice."
_PULLS = re.compile(r"(?:\s*\(#[0-9]{1,9}\))+\s*$")
_BOT = re.compile(r"\[bot\]$|^(?:dependabot|renovate|github-actions)\b", re.IGNORECASE)


class Line(Struct, frozen=True):
    """An entry, ready to show; its texts are Markdown, escaped.

    Attributes:
        scope: escaped; empty for none.
        text: what changed, without the issue numbers that end a subject.
        issues: numbers of the issues and pull requests that it names.
        commit: object id.
        raw: the entry as it was written: not escaped.
    """

    scope: str
    text: str
    issues: tuple[int, ...]
    commit: str
    raw: CommitEntry


class Notes(Struct, frozen=True):
    """A version's notes, as a template gets them.

    Attributes:
        version: SemVer; `Unreleased` for what is not released.
        date: the day of the release, `2026-11-23`; empty for what is not released.
        tag: its tag; empty for what is not released.
        previous: the tag before; empty for the first.
        compare: address of the view between the two; empty without one.
        breaking: what breaks, the first section.
        sections: title → lines, in the order of the style.
        contributors: names, escaped, sorted.
        links: where commits and issues are found.
    """

    version: str
    date: str
    tag: str
    previous: str
    compare: str
    breaking: tuple[Line, ...]
    sections: Mapping[str, tuple[Line, ...]]
    contributors: tuple[str, ...]
    links: ForgePages


def notes(
    version: object,
    date: datetime.date | str,
    commits: Sequence[Commit],
    style: Style | None = None,
    *,
    tag: str = "",
    previous: str = "",
) -> str:
    """A version's section, beginning with its heading: `## [1.3.0] - 2026-11-23`; the same for the same arguments.

    Args:
        version: SemVer; `Unreleased` for what is not released.
        date: the day of the release, UTC; empty for what is not released.
        commits: newest first; those that cancel are left out.
        tag: its tag, for the compare link.
        previous: the tag before.

    Raises:
        ConfigError: the style's template can't be used.
    """
    style = style or Style()
    made = collect_notes(str(version), str(date), remaining(commits), style, tag=tag, previous=previous)
    if style.template:
        return render_template(style.template, made)
    return to_markdown(made)


def collect_notes(
    version: str, date: str, commits: Sequence[Commit], style: Style, *, tag: str = "", previous: str = ""
) -> Notes:
    """The notes as a value; `commits` without those that cancel."""
    breaking: list[Line] = []
    titled: dict[str, list[Line]] = {title: [] for title in style.sections.values() if title}
    for commit in commits:
        for entry in commit.entries:
            title = style.sections.get(entry.type or "other", "")
            if entry.breaking:
                breaking += _breaks(commit, entry)
            if title and (entry.notes or not entry.breaking):
                titled[title].append(_line(commit, entry, entry.summary))
    return Notes(
        version=version,
        date=date,
        tag=tag,
        previous=previous,
        compare=style.links.compare(previous, tag or "HEAD") if previous else style.links.tag(tag) if tag else "",
        breaking=tuple(breaking),
        sections={title: tuple(lines) for title, lines in titled.items() if lines},
        contributors=_people(commits) if style.contributors else (),
        links=style.links,
    )


def _breaks(commit: Commit, entry: CommitEntry) -> list[Line]:
    """What an entry breaks: its footers' texts, or its own where a `!` is all it says."""
    return [_line(commit, entry, text) for text in entry.notes or (entry.summary,)]


def _line(commit: Commit, entry: CommitEntry, text: str) -> Line:
    named = issues(text, commit.body) if "#" in text or "#" in commit.body else ()
    shown = _PULLS.sub("", text) if text.endswith(")") else text
    scope = escape.text(entry.scope) if entry.scope else ""
    return Line(scope, escape.text(shown), named, commit.id, entry)


def _people(commits: Iterable[Commit]) -> tuple[str, ...]:
    names = {name for commit in commits for name in commit.people}
    return tuple(shown for _, shown in sorted({_person(name) for name in names}) if shown)


@lru_cache(maxsize=4096)
def _person(name: str) -> tuple[tuple[str, str], str]:
    """How a name sorts and how it is shown; empty for a bot."""
    name = name.strip()
    return (name.casefold(), name), "" if _BOT.search(name) else escape.text(name)


def to_markdown(made: Notes) -> str:
    """Notes in the form of Keep a Changelog: Markdown, one newline at the end."""
    heading = f"## [{made.version}]" if made.compare else f"## {made.version}"
    blocks = [f"{heading} - {made.date}" if made.date else heading]
    titled = {BREAKING: made.breaking, **made.sections}
    for title, lines in titled.items():
        if lines:
            blocks += [f"### {title}", "\n".join(_bullet(line, made.links) for line in lines)]
    if len(blocks) == 1:
        blocks.append(NOTHING)
    if made.contributors:
        blocks += [f"### {CONTRIBUTORS}", ", ".join(made.contributors)]
    if made.compare:
        blocks.append(f"[{made.version}]: {made.compare}")
    return "\n\n".join(blocks) + "\n"


def _bullet(line: Line, links: ForgePages) -> str:
    scope = f"**{line.scope}:** " if line.scope else ""
    refs = [_link(f"#{number}", links.issue(number)) for number in line.issues]
    refs.append(_link(line.commit[:7], links.commit(line.commit)))
    return f"- {scope}{line.text} ({', '.join(refs)})"


def _link(text: str, address: str) -> str:
    return f"[{text}]({address})" if address else text


_MISTAKES = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a template can make Jinja raise."""


def render_template(template: str, made: Notes) -> str:
    """Notes by a Jinja template, which gets the fields of `Notes` by name, and the filter `escape_markdown`.

    Raises:
        ConfigError: the template has a mistake, names what isn't there, or makes no heading with the version, without
            which the changelog could not be read again.
    """
    values = {name: getattr(made, name) for name in made.__struct_fields__}
    try:
        text = _compile(template).render(values).strip("\n") + "\n"
    except _MISTAKES as mistake:
        raise _template_error(str(mistake) or type(mistake).__name__, _template_line(mistake)) from mistake
    heading = next(headings([text.partition("\n")[0]]), None)
    if heading is None or version_of(heading.text) != made.version.lower():
        raise _template_error("its first line is no heading of the version, such as `## {{ version }} - {{ date }}`", 1)
    return text


def _template_error(problem: str, line: int) -> ConfigError:
    return ConfigError(
        "the changelog's template can't be used",
        facts={"problem": problem, **({"line": line} if line else {})},
        remedy="correct the file that tool.windlass.changelog.template names",
    )


def _template_line(mistake: BaseException) -> int:
    """The template's line that a mistake is on; 0 where it can't be told."""
    if isinstance(mistake, jinja2.TemplateSyntaxError):
        return mistake.lineno
    frames = traceback.extract_tb(mistake.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if frame.filename == "<template>"]
    return lines[-1] if lines else 0


@lru_cache(maxsize=4)
def _compile(template: str) -> jinja2.Template:
    # Notes are Markdown whose texts are escaped already: HTML escaping would escape them twice.
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["escape_markdown"] = escape.text
    return environment.from_string(template)
