"""What an index refuses: every rule of the table, and the stage's index beside it, which shares no code with it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from packaging.metadata import parse_email

from windlass.channels.index.built_file import BuiltFile, read_built_file
from windlass.channels.index.stand_in.store import IndexStore
from windlass.channels.index.stand_in.upload import IndexRefusedError, Upload, take
from windlass.channels.index.upload_rules import RULES, breaches
from windlass.errors import GateError
from windlass.stage import Effects

_BROKEN_RST = "\nTitle\n==\n\nSee :ref:`usage`.\n"


@dataclass(frozen=True)
class Wheel:
    """A small wheel, or an sdist, to be broken in one place.

    Attributes:
        metadata: lines after name and version.
        body: the description.
    """

    name: str = "demo-pkg"
    version: str = "1.0"
    metadata_version: str = "2.4"
    metadata: tuple[str, ...] = ()
    body: str = ""
    filename: str = "demo_pkg-1.0-py3-none-any.whl"
    members: Mapping[str, bytes] | None = None
    unrecorded: tuple[str, ...] = ()
    compression: int = zipfile.ZIP_DEFLATED
    twice: str = ""

    @property
    def text(self) -> bytes:
        head = [f"Metadata-Version: {self.metadata_version}", f"Name: {self.name}", f"Version: {self.version}"]
        return "\n".join([*head, *self.metadata, "", self.body]).encode()

    def written(self, folder: Path) -> Path:
        path = folder / self.filename
        if path.suffix != ".whl":
            path.write_bytes(self._sdist())
            return path
        info = "-".join(self.filename.split("-")[:2]) + ".dist-info"
        files = {
            "demo_pkg.py": b"x = 1\n",
            f"{info}/METADATA": self.text,
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            **{name.format(info=info): content for name, content in (self.members or {}).items()},
        }
        named = [name for name in files if name not in self.unrecorded]
        record = "".join(f"{name},,\n" for name in [*named, f"{info}/RECORD"])
        with zipfile.ZipFile(path, "w", self.compression) as archive:
            for name, content in {**files, f"{info}/RECORD": record.encode()}.items():
                archive.writestr(name, content)
        if self.twice:
            with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
                archive.writestr(self.twice, b"x = 2\n")
        return path

    def _sdist(self) -> bytes:
        folder = self.filename.removesuffix(".tar.gz")
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, content in {f"{folder}/PKG-INFO": self.text, **(self.members or {})}.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        return packed.getvalue()


def uploaded(path: Path, home: Path, *, pypi: bool = True) -> str:
    """What the stage's index says of a file, empty when it takes it; the form is as an uploader fills it in."""
    file = read_built_file(path)
    raw: dict[str, Any] = dict(file.metadata)
    spelled = {"license_files": "license_file", "platforms": "platform"}
    links = [f"{label}, {url}" for label, url in raw.pop("project_urls", {}).items()]
    several = {spelled.get(k, k): tuple(v) if isinstance(v, list) else (v,) for k, v in raw.items()}
    several |= {"project_urls": tuple(links)} if links else {}
    upload = Upload({}, path.name, path.read_bytes(), several)
    fields = {
        **{key: values[-1] for key, values in several.items()},
        ":action": "file_upload",
        "filetype": "bdist_wheel" if file.is_wheel else "sdist",
        "sha256_digest": upload.digest("sha256"),
    }
    try:
        take(replace(upload, fields=fields), IndexStore(home, Effects(home)), datetime.now(UTC), pypi=pypi)
    except IndexRefusedError as refused:
        return refused.words
    return ""


GOOD = Wheel()
SDIST = Wheel(filename="demo_pkg-1.0.tar.gz")
BROKEN: tuple[tuple[str, Wheel, str, str], ...] = (
    # rule, what breaks it, what we say, what the index says
    (
        "metadata",
        replace(GOOD, metadata=("Requires-Dist: not a requirement!",)),
        "requires-dist",
        "is invalid for 'requires-dist'",
    ),
    ("metadata", replace(GOOD, metadata=("Description-Content-Type: text/html",)), "text/html", "text/html"),
    ("metadata version", replace(GOOD, metadata_version="2.0"), "2.0 is none that PyPI takes", "metadata version"),
    (
        "local version",
        replace(GOOD, version="1.0+local", filename="demo_pkg-1.0+local-py3-none-any.whl"),
        "1.0+local is a local version",
        "The use of local versions in 1.0+local is not allowed.",
    ),
    ("summary", replace(GOOD, metadata=(f"Summary: {'long ' * 103}",)), "characters; at most 512", "512 characters"),
    (
        "e-mail",
        replace(GOOD, metadata=("Author-email: Ann <ann@localhost>",)),
        "ann@localhost is no e-mail address",
        "'ann@localhost' is not a valid email address",
    ),
    (
        "classifiers",
        replace(GOOD, metadata=("Classifier: Private :: Do Not Upload",)),
        "Private :: Do Not Upload is no classifier of PyPI's",
        "'Private :: Do Not Upload' is not a valid classifier.",
    ),
    (
        "classifiers",
        replace(GOOD, metadata=("Classifier: Natural Language :: Ukranian",)),
        "Natural Language :: Ukranian is deprecated: Natural Language :: Ukrainian",
        "has been deprecated",
    ),
    (
        "links",
        replace(GOOD, metadata=("Project-URL: Home, demo.example",)),
        "Home: demo.example is no web address",
        "'demo.example' is not a valid url",
    ),
    (
        "links",
        replace(GOOD, metadata=(f"Project-URL: {'x' * 33}, https://demo.example",)),
        "has more than 32 characters",
        "must be 32 characters or less",
    ),
    ("links", replace(GOOD, metadata=("Home-page: UNKNOWN",)), "UNKNOWN is no web address", "is not a valid url"),
    (
        "direct references",
        replace(GOOD, metadata=("Provides-Extra: dev", 'Requires-Dist: a @ git+https://x.example/a ; extra == "dev"')),
        "names an address",
        "Can't have direct dependency",
    ),
    (
        "license",
        replace(GOOD, metadata=("License: MIT", "License-Expression: MIT")),
        "License stands beside License-Expression",
        "License is deprecated when License-Expression is present",
    ),
    (
        "project name",
        replace(GOOD, name="asyncio", filename="asyncio-1.0-py3-none-any.whl"),
        "asyncio is the name of a module of Python's own",
        "The name 'asyncio' isn't allowed (conflict with Python Standard Library module name).",
    ),
    (
        "description",
        replace(GOOD, body=_BROKEN_RST),
        'line 5: Unknown interpreted text role "ref"',
        "The description failed to render in the default format of reStructuredText.",
    ),
    (
        "description",
        replace(GOOD, body=_BROKEN_RST, metadata=("Description-Content-Type: text/x-rst; charset=UTF-8",)),
        "does not render: line",
        "The description failed to render for 'text/x-rst; charset=UTF-8'.",
    ),
    (
        "archive",
        replace(GOOD, compression=zipfile.ZIP_BZIP2),
        "an unknown compression",
        "File does not use a supported compression type",
    ),
    ("archive", replace(GOOD, twice="demo_pkg.py"), "demo_pkg.py is in it twice", "Duplicate filename"),
    (
        "archive",
        replace(GOOD, members={"zeros.bin": bytes(65 << 20)}),
        "it unpacks to more than 50 times its size",
        "File exceeds compression ratio of 50",
    ),
    (
        "archive",
        replace(SDIST, members={"elsewhere/x": b""}),
        "more than one folder: demo_pkg-1.0, elsewhere",
        "Incorrect number of top-level directories in sdist",
    ),
    (
        "file name",
        replace(SDIST, filename="demo-pkg-1.0.tar.gz"),
        "demo-pkg-1.0.tar.gz should be demo_pkg-1.0.tar.gz",
        "should",
    ),
    (
        "file name",
        replace(GOOD, filename="Demo_Pkg-1.0-py3-none-any.whl"),
        "should begin with demo_pkg-1.0",
        "should contain the normalized project name 'demo_pkg', not 'Demo_Pkg'.",
    ),
    (
        "license files",
        replace(GOOD, metadata=("License-File: LICENSE",)),
        "LICENSE is not in it",
        "License-File LICENSE does not exist in distribution file",
    ),
    (
        "license files",
        replace(SDIST, metadata=("License-File: LICENSE",)),
        "LICENSE is not in it",
        "License-File LICENSE does not exist in distribution file",
    ),
    *(
        (
            "platform",
            replace(GOOD, filename=f"demo_pkg-1.0-cp311-cp311-{tag}.whl"),
            f"{tag} is no platform that PyPI takes",
            f"has an unsupported platform tag '{tag}'.",
        )
        for tag in ("linux_x86_64", "linux_aarch64", "macosx_14_2_arm64", "manylinux_2_28_sparc", "win_alpha")
    ),
    (
        "record",
        replace(GOOD, unrecorded=("demo_pkg.py",)),
        "demo_pkg.py is not named in RECORD",
        "has a RECORD that does not match its contents.",
    ),
    (
        "entry points",
        replace(GOOD, members={"{info}/entry_points.txt": b"[console_scripts]\n../demo = demo_pkg:main\n"}),
        "'../demo' is no name of a program",
        "has invalid entry points",
    ),
    (
        "entry points",
        replace(GOOD, members={"{info}/entry_points.txt": b"demo = demo_pkg:main\n"}),
        "entry_points.txt can't be read",
        "has invalid entry points",
    ),
)


@pytest.mark.parametrize(("rule", "wheel", "ours", "theirs"), BROKEN, ids=[f"{r[0]}: {r[2]}" for r in BROKEN])
def test_what_breaks_a_rule_is_told_by_us_and_refused_by_the_stages_index(
    tmp_path: Path, rule: str, wheel: Wheel, ours: str, theirs: str
) -> None:
    path = wheel.written(tmp_path)
    texts = breaches([read_built_file(path)], pypi=True)[path.name]
    assert any(text.startswith(f"{rule}: ") and ours in text for text in texts), texts
    assert theirs in uploaded(path, tmp_path / "index")
    assert not (tmp_path / "index" / "projects").exists()


def test_every_rule_has_been_broken_here() -> None:
    too_large_for_a_test = {"file size"}
    assert {row[0] for row in BROKEN} | too_large_for_a_test == {rule.name for rule in RULES}


def test_a_file_that_is_too_large_is_told() -> None:
    file = BuiltFile("demo_pkg-1.0.tar.gz", 101 << 20, (), 0, parse_email(SDIST.text)[0])
    assert "file size: 101 MiB; at most 100 are taken" in breaches([file], pypi=True)[file.name][0]


FINE: Mapping[str, Callable[[], Wheel]] = {
    "a wheel": lambda: GOOD,
    "an sdist": lambda: SDIST,
    "Markdown that no renderer of reStructuredText takes": lambda: replace(
        GOOD, body=_BROKEN_RST, metadata=("Description-Content-Type: text/markdown; variant=GFM",)
    ),
    "reStructuredText": lambda: replace(GOOD, body="Title\n=====\n\n* one\n"),
    "a wheel for many Linuxes": lambda: replace(
        GOOD, filename="demo_pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    ),
    "addresses without a name, and names without an address": lambda: replace(
        GOOD, metadata=("Author-email: ann@example.org", "Maintainer: Bob", "Maintainer-email: Bob <bob@a-b.io>")
    ),
    "license files that are there": lambda: replace(
        GOOD, metadata=("License-File: LICENSE",), members={"{info}/licenses/LICENSE": b"MIT\n"}
    ),
    "links, classifiers, extras and programs": lambda: replace(
        GOOD,
        metadata=(
            "Project-URL: Home, https://demo.example/a?b#c",
            "Classifier: Programming Language :: Python :: 3",
            "Provides-Extra: dev",
            'Requires-Dist: iniconfig>=2 ; extra == "dev"',
        ),
        members={"{info}/entry_points.txt": b"[console_scripts]\ndemo-pkg = demo_pkg:main\n"},
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_right_is_taken_by_both(tmp_path: Path, name: str) -> None:
    path = FINE[name]().written(tmp_path)
    assert breaches([read_built_file(path)], pypi=True) == {}
    assert uploaded(path, tmp_path / "index") == ""


def test_a_name_of_pythons_own_is_fine_for_a_project_that_the_index_has(tmp_path: Path) -> None:
    path = replace(GOOD, name="asyncio", filename="asyncio-1.0-py3-none-any.whl").written(tmp_path)
    assert breaches([read_built_file(path)], pypi=True, is_new=lambda: False) == {}


def test_an_index_of_ones_own_takes_what_only_pypi_refuses(tmp_path: Path) -> None:
    wheel = replace(
        GOOD,
        filename="demo_pkg-1.0-cp311-cp311-linux_x86_64.whl",
        metadata=("Classifier: Private :: Do Not Upload", "Requires-Dist: a @ https://x.example/a.whl"),
    )
    path = wheel.written(tmp_path)
    assert breaches([read_built_file(path)], pypi=False) == {}
    assert uploaded(path, tmp_path / "index", pypi=False) == ""


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    wheel = replace(GOOD, body=_BROKEN_RST, metadata=("Home-page: UNKNOWN", "Classifier: No Such"))
    (texts,) = breaches([read_built_file(wheel.written(tmp_path))], pypi=True).values()
    assert [text.partition(":")[0] for text in texts] == ["classifiers", "links", "description"]


def test_a_file_that_is_no_archive_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / GOOD.filename
    path.write_bytes(b"no archive")
    with pytest.raises(GateError, match="can't be read as an index reads it"):
        read_built_file(path)
