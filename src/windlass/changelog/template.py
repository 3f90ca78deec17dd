"""A project's own template for its notes."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from windlass.changelog import escape
from windlass.changelog.notes import Notes
from windlass.errors import ConfigError


def rendered(template: str, made: Notes) -> str:
    """Notes by a Jinja template, which gets the fields of `Notes` by name, and the filter `escape_markdown`.

    Raises:
        ConfigError: the template has a mistake, or names what isn't there.
    """
    values = {field.name: getattr(made, field.name) for field in fields(made)}
    try:
        text = _compiled(template).render(values)
    except jinja2.TemplateError as mistake:
        line = getattr(mistake, "lineno", None)
        raise ConfigError(
            "the changelog's template can't be used",
            facts={"problem": mistake, **({"line": line} if line else {})},
            remedy="correct the file that tool.windlass.changelog.template names",
        ) from mistake
    return text.strip("\n") + "\n"


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
