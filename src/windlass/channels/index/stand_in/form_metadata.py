"""What PyPI refuses of a form's metadata, in its order and words; apart from the channel's own table, on purpose.

Source: warehouse/forklift/metadata.py, warehouse/packaging/services.py and warehouse/utils/readme.py of
github.com/pypi/warehouse, August 2026.
"""

from __future__ import annotations

import io
import sys
import typing
import warnings
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parseaddr
from typing import Any

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from trove_classifiers import all_classifiers, deprecated_classifiers

Form = Mapping[str, Sequence[str]]
"""A form's texts: every value of each field."""
_FORM_NAMES = {
    "platforms": "platform",
    "supported_platforms": "supported_platform",
    "license_files": "license_file",
    "import_names": "import_name",
    "import_namespaces": "import_namespace",
}
_FIRST = ("metadata-version", "name", "version")
_SEE = "See https://packaging.python.org/specifications/core-metadata for more information."
_SEE_DESCRIPTION = "See https://pypi.org/help/#description-content-type for more information."
_VERSIONS = {"1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"}


def problem(form: Form) -> str:
    """The first thing that is wrong with the metadata; empty where nothing is."""
    found: dict[str, str] = {}
    raw = raw_metadata(form)
    try:
        metadata = Metadata.from_raw(raw)
    except ExceptionGroup as group:
        for one in group.exceptions:
            if isinstance(one, InvalidMetadata):
                found.setdefault(one.field, str(one))
    else:
        for field, words in _own_rules(metadata, raw):
            found.setdefault(field, words)
    if not found:
        return ""
    field = next((name for name in _FIRST if name in found), min(found))
    return f"{found[field].rstrip('.')}. {_SEE}"


def raw_metadata(form: Form) -> RawMetadata:
    """The metadata that a form names."""
    raw: dict[str, Any] = {}
    for name, kind in typing.get_type_hints(RawMetadata).items():
        values = [value for value in form.get(_FORM_NAMES.get(name, name), ()) if value]
        if not values:
            continue
        if kind is str:
            raw[name] = values[-1]
        elif name == "keywords":
            raw[name] = [word.strip() for word in values[-1].split(",")]
        elif name == "project_urls":
            raw[name] = {label.strip(): url.strip() for label, _, url in (value.partition(",") for value in values)}
        else:
            raw[name] = values
    return typing.cast("RawMetadata", raw)


def _own_rules(metadata: Metadata, raw: RawMetadata) -> Iterator[tuple[str, str]]:
    if metadata.metadata_version not in _VERSIONS:
        yield "metadata-version", f"{metadata.metadata_version!r} is not a valid metadata version"
    if len(metadata.summary or "") > 512:
        yield "summary", "'summary' field must be 512 characters or less."
    for field, value in (("author-email", metadata.author_email), ("maintainer-email", metadata.maintainer_email)):
        address = parseaddr(value or "")[1]
        name, at, domain = address.partition("@")
        if address and not (name and at and "." in domain.strip(".") and domain.isascii()):
            yield field, f"{address!r} is not a valid email address"
    for classifier in metadata.classifiers or []:
        if classifier not in all_classifiers:
            yield "classifier", f"{classifier!r} is not a valid classifier."
        elif classifier in deprecated_classifiers:
            yield "classifier", f"The classifier {classifier!r} has been deprecated."
    yield from _of_links(metadata)
    for wanted in metadata.requires_dist or []:
        if wanted.url is not None:
            yield "requires-dist", f"Can't have direct dependency: {wanted}"
    yield from _of_old_requirements(raw)
    if metadata.license and metadata.license_expression:
        yield "license", "License is deprecated when License-Expression is present."


def _of_links(metadata: Metadata) -> Iterator[tuple[str, str]]:
    for field, url in (("home-page", metadata.home_page), ("download-url", metadata.download_url)):
        if url and not url.startswith(("http://", "https://")):
            yield field, f"{url!r} is not a valid url."
    for label, url in (metadata.project_urls or {}).items():
        if not label:
            yield "project-url", "Must have a label"
        elif len(label) > 32:
            yield "project-url", f"{label!r} must be 32 characters or less."
        elif not url.startswith(("http://", "https://")) or " " in url:
            yield "project-url", f"{url!r} is not a valid url"


def _of_old_requirements(raw: RawMetadata) -> Iterator[tuple[str, str]]:
    for field, rows in (
        ("provides-dist", raw.get("provides_dist", [])),
        ("obsoletes-dist", raw.get("obsoletes_dist", [])),
    ):
        for row in rows:
            try:
                if Requirement(row).url is not None:
                    yield field, f"Can't have direct dependency: {row!r}"
            except InvalidRequirement as odd:
                yield field, f"{row!r} is invalid: {odd}"


def name_problem(name: str) -> str:
    """Why a new project can't have this name."""
    own = {
        canonicalize_name(module.strip("_")) for module in (*sys.stdlib_module_names, "distutils", "imp", "asyncore")
    }
    if canonicalize_name(name) in own:
        return f"The name {name!r} isn't allowed (conflict with Python Standard Library module name)."
    return ""


def description_problem(form: Form) -> str:
    """Why the description is refused."""
    from readme_renderer import rst

    text = "".join(form.get("description", ()))
    kind = "".join(form.get("description_content_type", ()))
    if not text.strip() or kind.partition(";")[0].strip().lower() not in {"", "text/x-rst"}:
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if rst.render(text, stream=io.StringIO()) is not None:
            return ""
    where = f"for {kind!r}" if kind else "in the default format of reStructuredText"
    return f"The description failed to render {where}. {_SEE_DESCRIPTION}"
