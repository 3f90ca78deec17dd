"""`[tool.windlass]` in pyproject.toml: its shape, its reading, and errors that show the line."""

from __future__ import annotations

import functools
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, cast

import msgspec
from msgspec import Meta

from windlass.config.channel_tables import channel_tables
from windlass.config.toml_line_numbers import line_of
from windlass.config.validation import Misfit, first_misfit
from windlass.errors import ConfigError
from windlass.stage import addresses

Python = Annotated[str, Meta(pattern=r"^3\.\d{1,2}$", description="A Python's minor version, such as 3.12.")]
Seconds = Annotated[float, Meta(gt=0)]
Name = Annotated[str, Meta(min_length=1)]
Words = tuple[str, ...]
Names = tuple[Name, ...]
T = TypeVar("T", bound="Table")


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A table of `[tool.windlass]`: TOML keys use dashes, attributes underscores; every key is optional."""

    def with_found(self, root: Path, metadata: Mapping[str, Any], config: Config) -> Self:
        """The same with every empty setting filled in by what the project in `root` shows.

        Args:
            metadata: its `[project]` table.
            config: its `[tool.windlass]`, what is no channel's already filled in.

        Raises:
            ConfigError: settings contradict each other.
        """
        return self


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
    paths: Annotated[
        Words,
        Meta(description="Only commits that touch these; found: the project's folder in a larger repository."),
    ] = ()


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


class SmokeTable(Table, frozen=True):
    """What must run once the package is installed in a clean environment."""

    command: Annotated[
        Words,
        Meta(description="Its words; found: the first console script with --version."),
    ] = ()


class Config(Table, frozen=True):
    """`[tool.windlass]`: how windlass releases this project. Everything is optional."""

    # What is read has the tables of channels too, which know what they are: `config.table(IndexTable)`.

    remote: Annotated[Name, Meta(description="The git remote to release to.")] = "origin"
    pass_env: Annotated[
        Words,
        Meta(
            description="Environment variables that builds, tests, documentation and the installed package see besides "
            "the named ones that are no secret."
        ),
    ] = ()
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
    identity: Annotated[
        str,
        Meta(
            description="Author of release commits and tags, `NAME <ADDRESS>`; by default who releases, as git has it.",
            pattern=r"^$|^[^<>\n]+ <[^<>\s]+>$",
        ),
    ] = ""
    packages: Annotated[Names, Meta(description="Import names of what ships; found.")] = ()
    pythons: Annotated[
        tuple[Python, ...],
        Meta(description="Pythons to test on; found in requires-python and classifiers."),
    ] = ()
    sbom: Annotated[
        bool, Meta(description="Whether a release has a bill of materials: what is installed with the wheel.")
    ] = True
    not_in_sdist: Annotated[
        Words,
        Meta(description="Files of the wheel (globs, such as demo/tests/*) that the sdist leaves out on purpose."),
    ] = ()
    version: VersionTable = msgspec.field(default_factory=VersionTable)
    changelog: ChangelogTable = msgspec.field(default_factory=ChangelogTable)
    test: TestTable = msgspec.field(default_factory=TestTable)
    scan: ScanTable = msgspec.field(default_factory=ScanTable)
    smoke: SmokeTable = msgspec.field(default_factory=SmokeTable)

    def table(self, kind: type[T]) -> T:
        """The table of this form; as it is when left out, where there is none."""
        return next((one for one in self.tables().values() if isinstance(one, kind)), None) or kind()

    def tables(self) -> Mapping[str, Table]:
        """Every table in it, by its attribute."""
        values = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in values if isinstance(value, Table)}


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
    form = config_form(table)
    if misfit := first_misfit(table, form):
        where = ("tool", "windlass", *misfit.path)
        raise _error(misfit, file, "tool.windlass", line_of(text, where))
    return msgspec.convert(_with_stage_overrides(file.parent, table, form), form)


def config_form(table: object = None) -> type[Config]:
    """The form of a project's `[tool.windlass]`: `Config` with the tables of channels.

    Args:
        table: what the project has there: of channels of other packages, those are in it that this names.

    Raises:
        ConfigError: such a channel can't be loaded.
    """
    own = {field.encode_name for field in msgspec.structs.fields(Config)}
    named = [str(key) for key in table if key not in own] if isinstance(table, Mapping) else []
    return _form(tuple(channel_tables(named).items()))


@functools.cache
def _form(tables: tuple[tuple[str, type[msgspec.Struct]], ...]) -> type[Config]:
    fields = [(name.replace("-", "_"), kind, msgspec.field(default_factory=kind)) for name, kind in tables]
    form = msgspec.defstruct(
        "Config", fields, bases=(Config,), frozen=True, rename="kebab", namespace={"__doc__": Config.__doc__}
    )
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
    of_tables = {key: {**table.get(key, {}), **value} for key, value in dashed.items() if isinstance(value, Mapping)}
    return {**table, **dashed, **of_tables}


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
        **msgspec.json.schema(config_form()),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
