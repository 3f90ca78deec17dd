"""What an index refuses, told before anything is out: a table, a rule a row, each with its source.

Pure: rules look at files that were read. What only the index can know (rights, burned names) is no rule here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from windlass.channels.index import file_breaches, metadata_breaches
from windlass.channels.index.built_file import BuiltFile

_LEGACY = "warehouse/forklift/legacy.py"
_METADATA = "warehouse/forklift/metadata.py"


@dataclass(frozen=True)
class UploadRule:
    """A row.

    Attributes:
        name: what it is about, in a word or two.
        refuses: what is refused, for the documentation.
        source: where the rule is from: a file of github.com/pypi/warehouse (August 2026), or a specification.
        breaches: says of a file in which ways it breaks the rule.
        everywhere: whether every index refuses it, and not PyPI alone.
        first_upload: whether it is about projects that the index does not have yet.
    """

    name: str
    refuses: str
    source: str
    breaches: Callable[[BuiltFile], Iterator[str]]
    everywhere: bool = False
    first_upload: bool = False


RULES: tuple[UploadRule, ...] = (
    UploadRule(
        "metadata",
        "metadata that the core metadata specification does not allow (version, name, summary, content type, …)",
        "packaging.python.org, core metadata",
        metadata_breaches.specification,
        everywhere=True,
    ),
    UploadRule(
        "metadata version",
        "metadata versions that PyPI does not know yet",
        f"{_METADATA}: SUPPORTED_METADATA_VERSIONS",
        metadata_breaches.metadata_version,
    ),
    UploadRule(
        "local version",
        "a local version (`1.0+abc`), which only an index of one's own takes",
        f"{_METADATA}: _validate_metadata",
        metadata_breaches.local_version,
    ),
    UploadRule(
        "summary",
        "a summary of more than 512 characters",
        f"{_METADATA}: _LENGTH_LIMITS",
        metadata_breaches.summary,
    ),
    UploadRule(
        "e-mail",
        "an author's or maintainer's address that is none",
        f"{_METADATA}: _validate_metadata",
        metadata_breaches.email_addresses,
    ),
    UploadRule(
        "classifiers",
        "classifiers that are unknown, deprecated, or private on purpose (`Private :: Do Not Upload`)",
        f"{_METADATA}; PyPI's list is the package trove-classifiers",
        metadata_breaches.classifiers,
    ),
    UploadRule(
        "links",
        "project links without a label, with one of more than 32 characters, or that are no web address",
        f"{_METADATA}: is_valid_uri",
        metadata_breaches.links,
    ),
    UploadRule(
        "direct references",
        "a dependency named by its address, also in an extra",
        f"{_METADATA}: Can't have direct dependency",
        metadata_breaches.direct_references,
    ),
    UploadRule(
        "license",
        "a license beside a license expression",
        "PEP 639",
        metadata_breaches.license_beside_expression,
    ),
    UploadRule(
        "project name",
        "a name that is no name, or that of a module of Python's own",
        "warehouse/packaging/services.py: check_project_name",
        metadata_breaches.project_name,
        first_upload=True,
    ),
    UploadRule(
        "description",
        "a reStructuredText description that does not render",
        f"{_LEGACY}: The description failed to render",
        metadata_breaches.description,
    ),
    UploadRule(
        "file size",
        "a file of more than 100 MiB",
        "warehouse/constants.py: MAX_FILESIZE",
        file_breaches.size,
    ),
    UploadRule(
        "archive",
        "archives with a file twice, unknown compression, sparse files, or that unpack to 50 times their size",
        f"{_LEGACY}: _is_valid_dist_file",
        file_breaches.archive,
    ),
    UploadRule(
        "file name",
        "a file whose name is not the project's normalised name and version",
        "PEP 625, PEP 427",
        file_breaches.file_name,
        everywhere=True,
    ),
    UploadRule(
        "license files",
        "license files that the metadata names and the archive does not hold",
        "PEP 639",
        file_breaches.license_files,
    ),
    UploadRule(
        "platform",
        "wheels for a platform that installers can't judge, such as `linux_x86_64`",
        f"{_LEGACY}: _valid_platform_tag; PEP 600, PEP 656",
        file_breaches.platform,
    ),
    UploadRule(
        "record",
        "a wheel whose RECORD does not name just what it holds",
        "packaging.python.org, binary distribution format",
        file_breaches.record,
        everywhere=True,
    ),
    UploadRule(
        "entry points",
        "an entry_points.txt that can't be read, or names a program oddly",
        "warehouse/utils/wheel.py: validate_entrypoints",
        file_breaches.entry_points,
        everywhere=True,
    ),
)


def breaches(
    files: Sequence[BuiltFile], *, pypi: bool, is_new: Callable[[], bool] = lambda: True
) -> dict[str, tuple[str, ...]]:
    """What an index would refuse.

    Args:
        pypi: by PyPI's rules; else by those that every index has.
        is_new: whether the index has nothing of the project yet; asked where it matters.

    Returns:
        File → what is wrong with it, each with the rule's name; files that are taken are left out.
    """
    found: dict[str, tuple[str, ...]] = {}
    for file in files:
        broken = [(rule, text) for rule in RULES if pypi or rule.everywhere for text in rule.breaches(file)]
        told = tuple(f"{rule.name}: {text}" for rule, text in broken if not rule.first_upload or is_new())
        if told:
            found[file.name] = told
    return found


def as_markdown() -> str:
    """The table, for the documentation."""
    rows = [
        f"| {rule.name} | {rule.refuses} | {'every index' if rule.everywhere else 'PyPI'} | {rule.source} |"
        for rule in RULES
    ]
    return "\n".join(["| rule | refused is | by | source |", "| --- | --- | --- | --- |", *rows])
