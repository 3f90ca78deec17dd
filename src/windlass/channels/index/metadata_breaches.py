"""Rules about a built file's metadata: each says in which ways a file breaks it. See `upload_rules` for the table."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from packaging.metadata import InvalidMetadata, Metadata
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from windlass.channels.index.built_file import BuiltFile
from windlass.channels.index.names_of_python import PYTHONS_OWN

_METADATA_VERSIONS = frozenset({"1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"})
_NO_DOMAINS = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
"""Domains that nobody has mail in. Source: email-validator, SPECIAL_USE_DOMAIN_NAMES."""
_LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+")
_DOMAIN = re.compile(r"(?:[\w](?:[\w-]*[\w])?\.)+[\w](?:[\w-]*[\w])?")
_NAME = re.compile(r"([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])", re.ASCII)


def specification(file: BuiltFile) -> Iterator[str]:
    """Metadata that the specification does not allow."""
    for field in file.misread:
        yield f"{field} can't be read"
    try:
        Metadata.from_raw(file.metadata)
    except ExceptionGroup as problems:
        yield from (f"{one.field}: {one}" for one in problems.exceptions if isinstance(one, InvalidMetadata))


def metadata_version(file: BuiltFile) -> Iterator[str]:
    """Metadata versions that PyPI does not know."""
    version = file.metadata.get("metadata_version", "")
    if version not in _METADATA_VERSIONS:
        yield f"{version or '(none)'} is none that PyPI takes: {', '.join(sorted(_METADATA_VERSIONS))}"


def local_version(file: BuiltFile) -> Iterator[str]:
    """Versions that are local."""
    version = file.metadata.get("version", "")
    try:
        if Version(version).local:
            yield f"{version} is a local version"
    except InvalidVersion:
        return  # told by the specification's rule


def summary(file: BuiltFile) -> Iterator[str]:
    """Summaries that are too long."""
    length = len(file.metadata.get("summary", ""))
    if length > 512:
        yield f"`description` in [project] has {length} characters; at most 512 are taken"


def email_addresses(file: BuiltFile) -> Iterator[str]:
    """Addresses that are none; a name without an address is fine."""
    for field in (file.metadata.get("author_email", ""), file.metadata.get("maintainer_email", "")):
        address = email.utils.parseaddr(field)[1]
        if address and not _is_address(address):
            yield f"{address} is no e-mail address"


def _is_address(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    return (
        bool(_LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain))
        and not dots
        and domain.rpartition(".")[2].lower() not in _NO_DOMAINS
    )


def classifiers(file: BuiltFile) -> Iterator[str]:
    """Classifiers that PyPI does not have, by the list of the version of trove-classifiers that is installed."""
    from trove_classifiers import classifiers as known
    from trove_classifiers import deprecated_classifiers

    for name in file.metadata.get("classifiers", []):
        if name in deprecated_classifiers:
            instead = " or ".join(deprecated_classifiers[name])
            yield f"{name} is deprecated{f': {instead}' if instead else ''}"
        elif name not in known:
            yield f"{name} is no classifier of PyPI's"


def links(file: BuiltFile) -> Iterator[str]:
    """Addresses that are none, and labels of links that PyPI does not take."""
    for field in (file.metadata.get("home_page", ""), file.metadata.get("download_url", "")):
        if field and not _is_web_address(field):
            yield f"{field} is no web address"
    for label, url in file.metadata.get("project_urls", {}).items():
        if not label:
            yield f"{url or '(nothing)'} has no label"
        elif len(label) > 32:
            yield f"the label {label} has more than 32 characters"
        elif not _is_web_address(url):
            yield f"{label}: {url or '(nothing)'} is no web address"


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        valid_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and valid_port and not re.search(r"[\s<>\"{}|\\^`]", url)


def direct_references(file: BuiltFile) -> Iterator[str]:
    """Dependencies that are named by their address."""
    for field in ("requires_dist", "provides_dist", "obsoletes_dist"):
        rows: list[str] = file.metadata.get(field, [])  # type: ignore[assignment]
        for row in rows:
            try:
                if Requirement(row).url is not None:
                    yield f"{row} names an address"
            except InvalidRequirement:
                if field != "requires_dist":  # that is told by the specification's rule
                    yield f"{row} is no requirement"


def license_beside_expression(file: BuiltFile) -> Iterator[str]:
    """Both kinds of a license."""
    if file.metadata.get("license") and file.metadata.get("license_expression"):
        yield "License stands beside License-Expression"


def project_name(file: BuiltFile) -> Iterator[str]:
    """Names that a new project can't have."""
    name = file.metadata.get("name", "")
    if not _NAME.fullmatch(name):
        yield f"{name or '(none)'} is no name of a project"
    elif canonicalize_name(name) in PYTHONS_OWN:
        yield f"{name} is the name of a module of Python's own"


def description(file: BuiltFile) -> Iterator[str]:
    """reStructuredText that does not render; Markdown and plain text always do."""
    from windlass.channels.index.description_check import rst_problem

    text = file.metadata.get("description", "")
    kind = file.metadata.get("description_content_type", "").partition(";")[0].strip().lower()
    if text.strip() and kind in {"", "text/x-rst"}:
        problem = rst_problem(text)
        if problem:
            where = "" if kind else " (no readme's content type is named, so it is read as reStructuredText)"
            yield f"the description does not render{where}: {problem}"
