"""Rules about a built file itself: each says in which ways a file breaks it. See `upload_rules` for the table."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from windlass.channels.index.built_file import BuiltFile

_MIB = 1024 * 1024
_LARGEST_BYTES = 100 * _MIB
_BOMB_BYTES, _BOMB_RATIO = 64 * _MIB, 50
_LINUX = r"x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64"
_MAC = r"ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2"
_PLATFORMS = re.compile(
    r"any|win32|win_(arm64|amd64|ia64)|linux_armv[67]l"
    r"|manylinux(1|2010)_(x86_64|i686)|manylinux2014_(x86_64|i686|aarch64|armv7l|ppc64|ppc64le|s390x)"
    rf"|manylinux_\d+_\d+_({_LINUX}|ppc64)|musllinux_\d+_\d+_({_LINUX})"
    rf"|macosx_10_\d+_({_MAC})|macosx_(11|12|13|14|15|26)_0_({_MAC})"
    r"|ios_\d+_\d+_(arm64|x86_64)_(iphoneos|iphonesimulator)"
    r"|android_\d+_(armeabi_v7a|arm64_v8a|x86|x86_64)|pyemscripten_\d+_\d+_wasm32"
)
_PROGRAM = re.compile(r"[\w.-]+")


def size(file: BuiltFile) -> Iterator[str]:
    """Files that are too large."""
    if file.size_bytes > _LARGEST_BYTES:
        yield f"{file.size_bytes / _MIB:.0f} MiB; at most 100 are taken, unless PyPI raised the project's limit"


def archive(file: BuiltFile) -> Iterator[str]:
    """Archives that an index does not open."""
    yield from file.odd
    if file.is_wheel and file.unpacked_bytes > _BOMB_BYTES and file.unpacked_bytes > _BOMB_RATIO * file.size_bytes:
        yield f"it unpacks to more than {_BOMB_RATIO} times its size"


def file_name(file: BuiltFile) -> Iterator[str]:
    """Names that are not what the metadata says, in the one normal form."""
    name = canonicalize_name(file.metadata.get("name", "")).replace("-", "_")
    try:
        version = Version(file.metadata.get("version", ""))
    except InvalidVersion:
        return  # told by the rule about metadata
    if not file.is_wheel:
        if file.name != f"{name}-{version}.tar.gz":
            yield f"{file.name} should be {name}-{version}.tar.gz"
        return
    try:
        there = parse_wheel_filename(file.name)[1]
    except InvalidWheelFilename as odd:
        yield str(odd)
        return
    if file.name.split("-")[0] != name or there != version:
        yield f"{file.name} should begin with {name}-{version}"


def license_files(file: BuiltFile) -> Iterator[str]:
    """License files that are not there."""
    folder = f"{file.stem}.dist-info/licenses" if file.is_wheel else file.stem
    for name in file.metadata.get("license_files", []):
        if f"{folder}/{name}" not in file.members:
            yield f"{name} is not in it"


def platform(file: BuiltFile) -> Iterator[str]:
    """Platforms that say nothing of the libraries they need."""
    if not file.is_wheel:
        return
    try:
        tags = parse_wheel_filename(file.name)[3]
    except InvalidWheelFilename:
        return  # told by the rule about names
    for one in sorted({tag.platform for tag in tags}):
        if not _PLATFORMS.fullmatch(one):
            yield f"{one} is no platform that PyPI takes; auditwheel (or cibuildwheel) makes such a wheel manylinux"


def record(file: BuiltFile) -> Iterator[str]:
    """RECORDs that name something else than what is there."""
    if not file.is_wheel:
        return
    exempt = {f"{file.stem}.dist-info/RECORD.jws", f"{file.stem}.dist-info/RECORD.p7s"}
    there, named = set(file.members) - exempt, set(file.record) - exempt
    if not named:
        yield "there is no RECORD"
        return
    yield from (f"{name} is not named in RECORD" for name in sorted(there - named)[:5])
    yield from (f"{name} is named in RECORD and not there" for name in sorted(named - there)[:5])


def entry_points(file: BuiltFile) -> Iterator[str]:
    """Entry points that can't be read, or would write elsewhere."""
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    try:
        parser.read_string(file.entry_points.decode())
    except (configparser.Error, UnicodeDecodeError) as broken:
        yield f"entry_points.txt can't be read: {' '.join(str(broken).split())}"
        return
    for section in ("console_scripts", "gui_scripts"):
        for name in parser[section] if parser.has_section(section) else ():
            if not _PROGRAM.fullmatch(name):
                yield f"{name!r} is no name of a program"
