"""A project's own template for its notes."""

from __future__ import annotations

import traceback
from functools import lru_cache

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from windlass.changelog import escape
from windlass.changelog.file import names
from windlass.changelog.notes import Notes
from windlass.errors import ConfigError

_MISTAKES = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a template can make Jinja raise."""


def rendered(template: str, made: Notes) -> str:
    """Notes by a Jinja template, which gets the fields of `Notes` by name, and the filter `escape_markdown`.

    Raises:
        ConfigError: the template has a mistake, names what isn't there, or makes no heading with the version, without
            which the changelog could not be read again.
    """
    values = {name: getattr(made, name) for name in made.__struct_fields__}
    try:
        text = _compiled(template).render(values).strip("\n") + "\n"
    except _MISTAKES as mistake:
        raise _refused(str(mistake) or type(mistake).__name__, _template_line(mistake)) from mistake
    if not names(text.partition("\n")[0], made.version):
        raise _refused("its first line is no heading of the version, such as `## {{ version }} - {{ date }}`", 1)
    return text


def _refused(problem: str, line: int) -> ConfigError:
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
def _compiled(template: str) -> jinja2.Template:
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
