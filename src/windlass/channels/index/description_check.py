"""Whether a description renders, by the very renderer that PyPI has (the one that twine brings)."""

from __future__ import annotations

import io
import re
import warnings

_LINE = re.compile(r"^<string>:(\d+): \((?:WARNING|ERROR|SEVERE)/\d\) (.*)$", re.MULTILINE)


def rst_problem(text: str) -> str:
    """What keeps a reStructuredText from rendering, with its lines; empty where it renders."""
    from readme_renderer import rst

    said = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # docutils', about itself
        rendered = rst.render(text, stream=said)
    if rendered is not None:
        return ""
    lines = [f"line {line}: {words}" for line, words in _LINE.findall(said.getvalue())]
    return "; ".join(lines[:5]) or said.getvalue().strip()[:400] or "it renders to nothing"
