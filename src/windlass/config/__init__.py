"""`[tool.windlass]` in pyproject.toml: its shape, its reading, and errors that show the line."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta

from windlass.config.plugins import extension_tables
from windlass.config.toml_line_numbers import line_of
from windlass.config.validation import Misfit, first_misfit
from windlass.errors import ConfigError
from windlass.stage import addresses

Python = Annotated[str, Meta(pattern=r"^3\.\d{1,2}$", description="A Python's minor version, such as 3.12.")]
Seconds = Annotated[float, Meta(gt=0)]
Name = Annotated[str, Meta(min_length=1)]
Words = tuple[str, ...]
Names = tuple[Name, ...]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A table of `[tool.windlass]`: TOML keys use dashes, attributes underscores; every key is optional."""


class VersionFile(Table, frozen=True):
    """A file in which the version stands."""

    path: Annotated[str, Meta(description="The file, relative to the project's root.", min_length=1)]
    pattern: Annotated[
        str,
        Meta(description='The text around the version, which stands as {version}: `version = "{version}"`.'),
    ]


class VersionTable(Table, frozen=True):
    """How versions are written and counted."""

    files: Annotated[
        tuple[VersionFile, ...],
        Meta(description="More files to write the version into; pyproject.toml and __version__ are found."),
    ] = ()
    hotfix: Annotated[
        Literal["patch", "suffix"],
        Meta(description="A hotfix is the next patch number, or a suffix: 1.2.4-hotfix.N."),
    ] = "patch"
    major_below_one: Annotated[
        bool, Meta(description="Below 1.0.0 a breaking change raises the major number too, not the minor.")
    ] = False


class ChangelogTable(Table, frozen=True):
    """How commits become notes."""

    template: Annotated[str, Meta(description="A Jinja template of a version's notes.")] = ""
    sections: Annotated[
        dict[str, str], Meta(description="Commit type → section title, in the order of the sections.")
    ] = msgspec.field(default_factory=dict)
    contributors: Annotated[bool, Meta(description="Name those who wrote the commits in a last section.")] = True
    first_parent: Annotated[bool, Meta(description="Read merge commits, not what they merged.")] = False
    paths: Annotated[Words, Meta(description="Only commits that touch these paths.")] = ()


class TestTable(Table, frozen=True):
    """How the built wheel is tested."""

    paths: Annotated[Words, Meta(description="What pytest collects; found: tests.")] = ()
    integration: Annotated[Words, Meta(description="What `test.integration` collects; found: tests/integration.")] = ()
    marks: Annotated[str, Meta(description="A pytest mark expression (-m): which tests are the gate.")] = ""
    args: Annotated[Words, Meta(description="More words for pytest's command line.")] = ()
    extras: Annotated[Words, Meta(description="Extras of the wheel to install with it.")] = ()
    group: Annotated[str, Meta(description="The dependency group with the tests' requirements.")] = "test"
    requirements: Annotated[Words, Meta(description="More of them (PEP 508).")] = ()
    timeout_s: Annotated[Seconds, Meta(description="How long the tests of one Python may take.")] = 1800.0


class Accepted(Table, frozen=True):
    """A finding that someone has looked at and accepted."""

    rule: Annotated[Name, Meta(description="The scanner's name for it, such as B603.")]
    reason: Annotated[str, Meta(description="Why it is no problem here.", min_length=8)]
    path: Annotated[str, Meta(description="The file it is accepted in; everywhere when empty.")] = ""


class ScanTable(Table, frozen=True):
    """What is scanned, and what counts."""

    paths: Annotated[Words, Meta(description="What is scanned; found: the packages.")] = ()
    severity: Annotated[
        Literal["low", "medium", "high"], Meta(description="Findings from this severity on fail the gate.")
    ] = "low"
    accept: Annotated[tuple[Accepted, ...], Meta(description="Findings looked at and accepted.")] = ()
    timeout_s: Annotated[Seconds, Meta(description="How long one scanner may take.")] = 600.0


class IndexTable(Table, frozen=True):
    """The package index."""

    enabled: Annotated[bool, Meta(description="Whether releases go to a package index.")] = True
    upload_url: Annotated[str, Meta(description="Where twine uploads.")] = "https://upload.pypi.org/legacy/"
    url: Annotated[
        str,
        Meta(description="Where readers look: {url}/pypi/NAME/json and {url}/simple/."),
    ] = "https://pypi.org"
    wait_s: Annotated[Seconds, Meta(description="How long an upload may take to become visible.")] = 600.0


class ImageTable(Table, frozen=True):
    """The container image."""

    name: Annotated[str, Meta(description="Name without registry; found: the project's name.")] = ""
    registries: Annotated[
        Names,
        Meta(description="Where it is pushed, such as ghcr.io/acme; none: nowhere."),
    ] = ()
    platforms: Annotated[Names, Meta(description="Built for these.")] = (
        "linux/amd64",
        "linux/arm64",
    )
    dockerfile: Annotated[str, Meta(description="Its Dockerfile; found: Dockerfile.")] = ""
    files: Annotated[
        Words,
        Meta(description="More files (globs) for the build's context; Dockerfile and dist/*.whl always are there."),
    ] = ()
    requirements: Annotated[
        str,
        Meta(description="A requirements file with hashes: its wheels are put in dist/wheels/OS-ARCHITECTURE/."),
    ] = ""
    python: Annotated[Python, Meta(description="The image's Python, for which those wheels are.")] = "3.11"
    smoke: Annotated[Words, Meta(description="What `docker run IMAGE` must run; --version, which must name it.")] = ()


class DocsTable(Table, frozen=True):
    """The documentation site."""

    config: Annotated[str, Meta(description="MkDocs' configuration; found: mkdocs.yml.")] = ""
    branch: Annotated[str, Meta(description="The branch that the site is published from.")] = "gh-pages"
    url: Annotated[str, Meta(description="Where readers find the site.")] = ""


class GitHubTable(Table, frozen=True):
    """The GitHub repository."""

    repository: Annotated[
        str,
        Meta(description="OWNER/NAME; found from the remote.", pattern=r"^$|^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$"),
    ] = ""
    api_url: Annotated[str, Meta(description="GitHub's API.")] = "https://api.github.com"
    web_url: Annotated[str, Meta(description="Its pages, which notes link to; told from api-url.")] = ""


class SmokeTable(Table, frozen=True):
    """What must run once the package is installed in a clean environment."""

    command: Annotated[
        Words,
        Meta(description="Its words; found: the first console script with --version."),
    ] = ()


class Config(Table, frozen=True):
    """`[tool.windlass]`: how windlass releases this project. Everything is optional."""

    remote: Annotated[Name, Meta(description="The git remote to release to.")] = "origin"
    branch: Annotated[Name, Meta(description="The branch to release from.")] = "main"
    flow: Annotated[
        Literal["direct", "pull-request"],
        Meta(description="How the release commit arrives."),
    ] = "direct"
    forge: Annotated[
        Literal["auto", "github", "none"],
        Meta(
            description="Where pull requests and pages of releases are; auto: told from the remote's address; github: "
            "whatever its host is called; none: a person opens pull requests, and notes have no links."
        ),
    ] = "auto"
    tag_prefix: Annotated[
        str, Meta(description="What stands before the version in a tag.", pattern="^[A-Za-z0-9._/-]*$")
    ] = "v"
    packages: Annotated[Names, Meta(description="Import names of what ships; found.")] = ()
    pythons: Annotated[
        tuple[Python, ...],
        Meta(description="Pythons to test on; found in requires-python and classifiers."),
    ] = ()
    sbom: Annotated[
        bool, Meta(description="Whether a release has a bill of materials: what is installed with the wheel.")
    ] = True
    version: VersionTable = msgspec.field(default_factory=VersionTable)
    changelog: ChangelogTable = msgspec.field(default_factory=ChangelogTable)
    test: TestTable = msgspec.field(default_factory=TestTable)
    scan: ScanTable = msgspec.field(default_factory=ScanTable)
    index: IndexTable = msgspec.field(default_factory=IndexTable)
    image: ImageTable = msgspec.field(default_factory=ImageTable)
    docs: DocsTable = msgspec.field(default_factory=DocsTable)
    github: GitHubTable = msgspec.field(default_factory=GitHubTable)
    smoke: SmokeTable = msgspec.field(default_factory=SmokeTable)


def read_toml(file: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file, and its contents.

    Raises:
        ConfigError: it is not there, or is no TOML.
    """
    try:
        text = file.read_text("utf-8")
        return text, tomllib.loads(text)
    except FileNotFoundError as missing:
        raise ConfigError(
            f"there is no {file.name} here",
            facts={"file": file},
            remedy="run inv in a Python project's root, or write one (PEP 621)",
        ) from missing
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise ConfigError(
            f"{file.name} is not valid TOML",
            facts={"file": file, "problem": broken},
            remedy="correct that place",
        ) from broken


def config_from(file: Path, text: str, contents: Mapping[str, Any]) -> Config:
    """The configuration in a pyproject.toml that was read, the addresses of a rehearsal put in their place.

    Raises:
        ConfigError: an unknown key, or a value that does not fit: with line, path, expectation.
    """
    tool = contents.get("tool", {})
    table = tool.get("windlass", {}) if isinstance(tool, Mapping) else {}
    form = _form(table)
    if misfit := first_misfit(table, form):
        where = ("tool", "windlass", *misfit.path)
        raise _error(misfit, file, "tool.windlass", line_of(text, where))
    return msgspec.convert(_with_stage_overrides(file.parent, table, form), form)


def _form(table: object) -> type[Config]:
    """The form of a project's `[tool.windlass]`: windlass's own, and the tables of other packages that it names."""
    known = {field.encode_name for field in msgspec.structs.fields(Config)}
    tables = extension_tables([key for key in table if key not in known] if isinstance(table, Mapping) else [])
    if not tables:
        return Config
    fields = [(name.replace("-", "_"), kind, None) for name, kind in tables.items()]
    form = msgspec.defstruct("ExtendedConfig", fields, bases=(Config,), frozen=True, rename="kebab")
    return cast("type[Config]", form)


def _with_stage_overrides(root: Path, table: Mapping[str, Any], form: type[Config]) -> Mapping[str, Any]:
    """`table` with what a rehearsal's stage overrides: the one place for it."""
    name = os.environ.get(addresses.VARIABLE)
    if not name:
        return table
    found = _with_dashes(addresses.overrides(root, table.get("remote", "origin")))
    known = {field.encode_name for field in msgspec.structs.fields(form)}
    dashed = {key: value for key, value in found.items() if key in known}  # of a channel that this project has not
    if misfit := first_misfit(dashed, form):
        raise _error(misfit, Path(name), "", 1)
    return {**table, **{key: {**table.get(key, {}), **value} for key, value in dashed.items()}}


def _with_dashes(overrides: Any) -> Any:
    if not isinstance(overrides, dict):
        return overrides
    return {key.replace("_", "-"): _with_dashes(value) for key, value in overrides.items()}


def _error(misfit: Misfit, file: Path, top: str, line: int) -> ConfigError:
    path = misfit.dotted_path(top)
    facts = {"file": file, "line": line, "path": path, "expected": misfit.expected, "found": misfit.found}
    return ConfigError(misfit.problem(path), facts=facts, remedy=misfit.remedy)


def schema() -> bytes:
    """The JSON Schema (2020-12) of `[tool.windlass]`, for editors, as the committed file has it."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://windlass-release.github.io/windlass/config.schema.json",
        **msgspec.json.schema(Config),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
