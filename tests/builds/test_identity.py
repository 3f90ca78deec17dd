"""What built files say that they are."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from windlass.builds.identity import Identity, of_sbom, of_sdist, of_source, of_wheel

_METADATA = "Metadata-Version: 2.1\nName: Demo\nVersion: 1.3.0\n"


def wheel(folder: Path, files: Mapping[str, str]) -> Path:
    path = folder / "demo-1.3.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {"demo-1.3.0.dist-info/METADATA": _METADATA, **files}.items():
            archive.writestr(name, text)
    return path


def packed(path: Path, files: Mapping[str, str]) -> Path:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    path.write_bytes(gzip.compress(held.getvalue()))
    return path


def modules(path: Path, *packages: str) -> dict[str, str]:
    """The identities of a wheel's modules."""
    return {one.where: one.version for one in of_wheel(path, packages) if one.where.startswith("__version__")}


def test_a_wheel_is_told_by_its_name_and_by_its_metadata(tmp_path: Path) -> None:
    assert list(of_wheel(wheel(tmp_path, {}), ("demo",))) == [
        Identity("its name", "1.3.0", "demo"),
        Identity("its metadata", "1.3.0", "Demo"),
    ]


def test_a_wheel_is_told_by_the_version_in_its_packages_wherever_a_release_writes_it(tmp_path: Path) -> None:
    made = wheel(
        tmp_path,
        {
            "demo/__init__.py": "from demo._version import __version__\n",
            "demo/_version.py": '\ufeff__version__ = "1.2.0"\n',
            "acme/demo/__init__.py": '__version__: str = "1.1.0"\n',
        },
    )
    assert modules(made, "demo", "acme.demo") == {
        "__version__ in demo/_version.py": "1.2.0",
        "__version__ in acme/demo/__init__.py": "1.1.0",
    }


def test_fallbacks_placeholders_and_what_is_vendored_are_no_identity(tmp_path: Path) -> None:
    made = wheel(
        tmp_path,
        {
            "demo/__init__.py": '__version__ = "0.0.0"\ntry:\n    from x import __version__\nexcept ImportError: ...\n',
            "demo/about.py": '__version__ = "0+unknown"\n',
            "demo/_vendor/__init__.py": '__version__ = "16.0"\n',
            "demo/broken.py": "__version__ = (\n",
            "other/__init__.py": '__version__ = "4.0"\n',
        },
    )
    assert modules(made, "demo") == {}


def test_an_sdist_a_source_archive_and_a_bill_of_materials_are_told_inside_and_outside(tmp_path: Path) -> None:
    sdist = packed(tmp_path / "demo-1.3.0.tar.gz", {"demo-1.3.0/PKG-INFO": _METADATA.replace("1.3.0", "1.2.0")})
    source = packed(tmp_path / "my-demo-1.3.0-source.tar.gz", {"my-demo-1.2.0/x": ""})
    sbom = tmp_path / "demo-1.3.0.cdx.json"
    sbom.write_text(json.dumps({"metadata": {"component": {"name": "demo", "version": "1.2.0"}}}))
    assert list(of_sdist(sdist, ())) == [
        Identity("its name", "1.3.0", "demo"),
        Identity("its metadata", "1.2.0", "Demo"),
    ]
    assert list(of_source(source, ())) == [
        Identity("its name", "1.3.0", "my-demo"),
        Identity("its folder", "1.2.0", "my-demo"),
    ]
    assert list(of_sbom(sbom, ())) == [
        Identity("its name", "1.3.0", "demo"),
        Identity("what it is about", "1.2.0", "demo"),
    ]
