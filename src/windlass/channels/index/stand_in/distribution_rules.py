"""What PyPI refuses of a distribution file itself, in its order and words; apart from the channel's table, on purpose.

Source: warehouse/forklift/legacy.py and warehouse/utils/wheel.py of github.com/pypi/warehouse, August 2026.
"""

from __future__ import annotations

import configparser
import io
import re
import tarfile
import zipfile
from collections.abc import Sequence

from packaging.utils import parse_sdist_filename, parse_wheel_filename

_RATIO, _FROM_BYTES = 50, 64 << 20
_EXACT = {
    *("any", "win32", "win_arm64", "win_amd64", "win_ia64", "linux_armv6l", "linux_armv7l"),
    *(f"manylinux{old}_{machine}" for old in ("1", "2010") for machine in ("x86_64", "i686")),
    *(f"manylinux2014_{m}" for m in ("x86_64", "i686", "aarch64", "armv7l", "ppc64", "ppc64le", "s390x")),
}
_MACHINES = ("x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64")
_MACS = ("ppc", "ppc64", "i386", "x86_64", "arm64", "intel", "fat", "fat3", "fat64", "universal", "universal2")
_NEW_MACS = ("11", "12", "13", "14", "15", "26")


def problem(filename: str, content: bytes, license_files: Sequence[str]) -> str:
    """Why a file is refused; empty where it is not. Its name and metadata were looked at before."""
    if filename.endswith(".whl"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _of_wheel(filename, archive, len(content), license_files)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        return _of_sdist(filename, archive, license_files)


def _of_sdist(filename: str, archive: tarfile.TarFile, license_files: Sequence[str]) -> str:
    if any(member.issparse() for member in archive.getmembers()):
        return "Invalid distribution file. tar archive not accepted: Sparse members are not allowed."
    if len({name.split("/")[0] for name in archive.getnames()}) != 1:
        return "Invalid distribution file. Incorrect number of top-level directories in sdist"
    name, version = parse_sdist_filename(filename)
    expected = f"{name.replace('-', '_')}-{version}.tar.gz"
    if filename != expected:
        return f"Filename {filename!r} is invalid, should be {expected!r}."
    folder = filename.removesuffix(".tar.gz")
    for wanted in license_files:
        if f"{folder}/{wanted}" not in archive.getnames():
            return f"License-File {wanted} does not exist in distribution file {filename} at {folder}/{wanted}"
    return ""


def _of_wheel(filename: str, archive: zipfile.ZipFile, size_bytes: int, license_files: Sequence[str]) -> str:
    rows = archive.infolist()
    unpacked = sum(row.file_size for row in rows)
    if unpacked > _FROM_BYTES and unpacked / size_bytes > _RATIO:
        return f"Invalid distribution file. File exceeds compression ratio of {_RATIO}"
    if any(row.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for row in rows):
        return "Invalid distribution file. File does not use a supported compression type"
    if len({row.filename for row in rows}) < len(rows):
        return "Invalid distribution file. ZIP archive not accepted: Duplicate filename in local headers."
    for tag in parse_wheel_filename(filename)[3]:
        if not _is_known(tag.platform):
            return f"Binary wheel {filename!r} has an unsupported platform tag {tag.platform!r}."
    info = "-".join(filename.split("-")[:2]) + ".dist-info"
    names = set(archive.namelist())
    for wanted in license_files:
        if f"{info}/licenses/{wanted}" not in names:
            where = f"{info}/licenses/{wanted}"
            return f"License-File {wanted} does not exist in distribution file {filename} at {where}"
    return _of_record(filename, archive, info) or _of_entry_points(filename, archive, info)


def _of_record(filename: str, archive: zipfile.ZipFile, info: str) -> str:
    lines = archive.read(f"{info}/RECORD").decode().splitlines()
    named = {line.rsplit(",", 2)[0].strip('"') for line in lines}
    there = {name for name in archive.namelist() if not name.endswith("/")}
    signatures = {f"{info}/RECORD.jws", f"{info}/RECORD.p7s"}
    if named - signatures != there - signatures:
        return f"Wheel {filename!r} has a RECORD that does not match its contents."
    return ""


def _of_entry_points(filename: str, archive: zipfile.ZipFile, info: str) -> str:
    if f"{info}/entry_points.txt" not in archive.namelist():
        return ""
    parser = configparser.RawConfigParser(delimiters=("=",))
    no = f"Wheel {filename!r} has invalid entry points defined in the entry_points.txt file"
    try:
        parser.read_string(archive.read(f"{info}/entry_points.txt").decode())
    except (configparser.Error, UnicodeDecodeError):
        return no
    programs = [
        name for part in ("console_scripts", "gui_scripts") if parser.has_section(part) for name in parser[part]
    ]
    return no if any(re.search(r"[^\w.-]", name) for name in programs) else ""


def _is_known(platform: str) -> bool:
    if platform in _EXACT:
        return True
    first, _, rest = platform.partition("_")
    major, _, rest = rest.partition("_")
    minor, _, machine = rest.partition("_")
    if first == "macosx":
        return machine in _MACS and (major == "10" or (major in _NEW_MACS and minor == "0"))
    numbers = major.isdigit() and minor.isdigit()
    if first == "musllinux":
        return numbers and machine in _MACHINES
    if first == "manylinux":
        return numbers and machine in (*_MACHINES, "ppc64")
    if first == "ios":
        return numbers and machine in {f"{m}_{k}" for m in ("arm64", "x86_64") for k in ("iphoneos", "iphonesimulator")}
    if first == "android":
        return major.isdigit() and rest in {"armeabi_v7a", "arm64_v8a", "x86", "x86_64"}
    return first == "pyemscripten" and numbers and machine == "wasm32"
