"""What an upload must be: PyPI's checks, in PyPI's order and words. A basic index leaves out what only PyPI asks.

Source: warehouse/forklift/legacy.py of github.com/pypi/warehouse, August 2026.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from packaging.metadata import Metadata, RawMetadata, parse_email
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from windlass.channels.index.stand_in import distribution_rules, form_metadata
from windlass.channels.index.stand_in.store import File, IndexProject, IndexRelease, IndexStore

_HELP = "See https://pypi.org/help/#{} for more information."
_OPEN_DAYS = 14
"""How old a release may be and still take new files."""
_LARGEST_BYTES = 100 << 20


class IndexRefusedError(Exception):
    """The index's no: an HTTP status and its words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(frozen=True)
class Upload:
    """A form that was posted.

    Attributes:
        fields: the form's texts, by name.
        filename: of its `content` part.
        content: the file's bytes.
        several: the same texts, for fields that come more than once.
    """

    fields: Mapping[str, str]
    filename: str
    content: bytes
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def digest(self, algorithm: str) -> str:
        """The content's digest, hex: `md5`, `sha256` or `blake2_256`."""
        if algorithm == "blake2_256":
            return hashlib.blake2b(self.content, digest_size=32).hexdigest()
        return hashlib.new(algorithm, self.content, usedforsecurity=False).hexdigest()


def take(upload: Upload, store: IndexStore, now: datetime, *, pypi: bool = True) -> bool:
    """Take a file into the index.

    Args:
        pypi: by PyPI's rules; else by those of any index.

    Returns:
        Whether it was new; False when the same bytes are there under its name.

    Raises:
        IndexRefusedError: as PyPI would refuse it.
    """
    version = _check_form(upload)
    if pypi:
        _refuse(form_metadata.problem(upload.several))
    if not upload.filename:
        raise IndexRefusedError(400, "Upload payload does not have a file.")
    name = upload.fields["name"]
    held = store.project(name)
    if held is None and pypi:
        _refuse(form_metadata.name_problem(name))
    project = held or IndexProject(name)
    if pypi:
        _refuse(form_metadata.description_problem(upload.several))
    _check_file_name(upload)
    if pypi and len(upload.content) > _LARGEST_BYTES:
        raise IndexRefusedError(400, f"File too large. Limit for project {name!r} is {_LARGEST_BYTES >> 20} MB.")
    _check_digests(upload)
    if _is_there(upload, project):
        return False
    _check_name_is_free(upload, project, str(version), now)
    metadata = _core_metadata(upload)
    raw = _check_metadata(upload, metadata, version)
    if pypi:
        _refuse(distribution_rules.problem(upload.filename, upload.content, upload.several.get("license_file", ())))
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    release = project.release(str(version)) or IndexRelease(str(version), stamp, _info(name, version, raw))
    store.add(name, release, _file(upload, str(version), raw, metadata, stamp), upload.content, metadata)
    return True


def _refuse(words: str) -> None:
    if words:
        raise IndexRefusedError(400, words)


def _check_form(upload: Upload) -> Version:
    fields = upload.fields
    if fields.get(":action") != "file_upload":
        raise IndexRefusedError(400, "Unknown action.")
    if fields.get("protocol_version", "1") != "1":
        raise IndexRefusedError(400, "Unknown protocol version.")
    try:
        canonicalize_name(fields.get("name", ""), validate=True)
    except ValueError as problem:
        raise IndexRefusedError(400, f"{fields.get('name', '')!r} is an invalid value for Name.") from problem
    if not any(fields.get(f"{algorithm}_digest") for algorithm in ("md5", "sha256", "blake2_256")):
        raise IndexRefusedError(400, "Include at least one message digest.")
    _file_ending(fields.get("filetype", ""))
    try:
        version = Version(fields.get("version", ""))
    except InvalidVersion as problem:
        raise IndexRefusedError(400, f"{fields.get('version', '')!r} is an invalid value for Version.") from problem
    if version.local:
        raise IndexRefusedError(400, f"The use of local versions in {version} is not allowed.")
    return version


def _check_file_name(upload: Upload) -> None:
    if any(character < " " or character == "\x7f" for character in upload.filename):
        raise IndexRefusedError(400, "Cannot upload a file with non-printable characters in the name.")
    if "/" in upload.filename or "\\" in upload.filename:
        raise IndexRefusedError(400, "Cannot upload a file with '/' or '\\' in the name.")
    if not upload.filename.endswith(_file_ending(upload.fields.get("filetype", ""))):
        raise IndexRefusedError(400, "Invalid file extension: Use .tar.gz, .whl or .zip extension.")


def _check_digests(upload: Upload) -> None:
    for algorithm in ("md5", "sha256", "blake2_256"):
        told = upload.fields.get(f"{algorithm}_digest")
        if told and told.lower() != upload.digest(algorithm):
            raise IndexRefusedError(
                400, "The digest supplied does not match a digest calculated from the uploaded file."
            )


def _file_ending(filetype: str) -> str:
    endings = {"sdist": ".tar.gz", "bdist_wheel": ".whl"}
    if filetype not in endings:
        raise IndexRefusedError(400, "Invalid value for filetype. Error: Use a known file type.")
    return endings[filetype]


def _is_there(upload: Upload, project: IndexProject) -> bool:
    """Whether the same bytes are there under this name; other bytes, or these elsewhere, are refused."""
    sha256 = upload.digest("sha256")
    held = project.files.get(upload.filename)
    if held is not None and held.sha256 == sha256:
        return True
    if held is not None or any(file.sha256 == sha256 for file in project.files.values()):
        words = f"({upload.filename!r}, with blake2_256 hash {upload.digest('blake2_256')!r})."
        raise IndexRefusedError(400, f"File already exists {words} {_HELP.format('file-name-reuse')}")
    return False


def _check_name_is_free(upload: Upload, project: IndexProject, version: str, now: datetime) -> None:
    if upload.filename in project.burned:
        words = "This filename was previously used by a file that has since been deleted."
        raise IndexRefusedError(400, f"{words} Use a different version. " + _HELP.format("file-name-reuse"))
    release = project.release(version)
    if release is None:
        return
    if datetime.fromisoformat(release.created) < now - timedelta(days=_OPEN_DAYS):
        raise IndexRefusedError(400, f"Uploading new files to releases older than {_OPEN_DAYS} days is not allowed.")
    kind = upload.fields["filetype"]
    if kind == "sdist" and any(file.packagetype == "sdist" for file in project.of(version)):
        raise IndexRefusedError(400, "Only one sdist may be uploaded per release.")


def _core_metadata(upload: Upload) -> bytes:
    """The file's own METADATA or PKG-INFO."""
    try:
        if upload.filename.endswith(".whl"):
            return _of_wheel(upload)
        with tarfile.open(fileobj=io.BytesIO(upload.content), mode="r:gz") as archive:
            folder = upload.filename.removesuffix(".tar.gz")
            found = archive.extractfile(f"{folder}/PKG-INFO")
            return found.read() if found else b""
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as problem:
        raise IndexRefusedError(400, f"Invalid distribution file. {problem}") from problem
    except KeyError as problem:
        raise IndexRefusedError(400, f"Invalid distribution file. {problem.args[0]}") from problem


def _of_wheel(upload: Upload) -> bytes:
    folder = "-".join(upload.filename.split("-")[:2]) + ".dist-info"
    with zipfile.ZipFile(io.BytesIO(upload.content)) as archive:
        if archive.testzip() is not None:
            raise zipfile.BadZipFile("a member is damaged")
        for required in ("METADATA", "WHEEL", "RECORD"):
            if f"{folder}/{required}" not in archive.namelist():
                words = f"does not contain the required {required} file: {folder}/{required}"
                raise IndexRefusedError(400, f"Wheel '{upload.filename}' {words}")
        return archive.read(f"{folder}/METADATA")


def _check_metadata(upload: Upload, metadata: bytes, version: Version) -> RawMetadata:
    """The form, the file's name and the file's metadata must say the same."""
    name = canonicalize_name(upload.fields["name"])
    raw, _ = parse_email(metadata)
    try:
        Metadata.from_raw(raw)
        by_name = _by_filename(upload.filename)
    except ExceptionGroup as problems:
        raise IndexRefusedError(400, f"Invalid distribution file. {problems.exceptions[0]}") from problems
    except (InvalidSdistFilename, InvalidWheelFilename) as problem:
        raise IndexRefusedError(400, f"Invalid distribution filename: {upload.filename}") from problem
    expected = name.replace("-", "_")
    if by_name[0] != name:
        raise IndexRefusedError(400, f"Start filename for {upload.fields['name']!r} with {expected!r}.")
    if by_name[1] != version:
        raise IndexRefusedError(400, f"Version in filename should be {str(version)!r} not {str(by_name[1])!r}.")
    written = upload.filename.split("-")[0]
    if written != expected:
        words = f"should contain the normalized project name {expected!r}, not {written!r}."
        raise IndexRefusedError(400, f"Filename {upload.filename!r} {words}")
    if canonicalize_name(raw.get("name", "")) != name or Version(raw.get("version", "0")) != version:
        raise IndexRefusedError(400, "Invalid distribution file. Its metadata names another project or version.")
    return raw


def _by_filename(filename: str) -> tuple[str, Version]:
    if filename.endswith(".whl"):
        name, version, _, _ = parse_wheel_filename(filename)
        return name, version
    return parse_sdist_filename(filename)


def _info(name: str, version: Version, raw: RawMetadata) -> dict[str, Any]:
    lists = ("classifiers", "requires_dist", "provides_extra", "license_files", "dynamic")
    texts = (
        "summary",
        "description",
        "description_content_type",
        "license",
        "license_expression",
        "requires_python",
    )
    people = ("author", "author_email", "maintainer", "maintainer_email", "home_page", "download_url")
    values: Mapping[str, Any] = raw
    return {
        "name": name,
        "version": str(version),
        **{key: values.get(key, "") for key in (*texts, *people)},
        **{key: list(values[key]) if values.get(key) else None for key in lists},
        "classifiers": list(values.get("classifiers", [])),
        "keywords": ",".join(values.get("keywords", [])),
        "project_urls": values.get("project_urls") or None,
    }


def _file(upload: Upload, version: str, raw: RawMetadata, metadata: bytes, stamp: str) -> File:
    return File(
        filename=upload.filename,
        version=version,
        packagetype=upload.fields["filetype"],
        python_version=upload.fields.get("pyversion") or "source",
        size_bytes=len(upload.content),
        md5=upload.digest("md5"),
        sha256=upload.digest("sha256"),
        blake2b_256=upload.digest("blake2_256"),
        metadata_sha256=hashlib.sha256(metadata).hexdigest(),
        requires_python=raw.get("requires_python", ""),
        uploaded=stamp,
    )
