"""The documentation site: MkDocs' pages, packed into one archive that is the same bytes every time."""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from windlass import shell
from windlass.builds.artifact_folder import Files
from windlass.builds.clean_source_copy import files, refuse_escaping
from windlass.builds.identity import Identity
from windlass.channels.docs.mkdocs_settings import site_url
from windlass.errors import GateError, ToolMissingError
from windlass.model import Artifact


def docs(
    root: Path,
    folder: Path,
    *,
    name: str,
    version: str,
    config: str = "mkdocs.yml",
    epoch: int,
    passing: Mapping[str, str] = MappingProxyType({}),
    timeout_s: float = 600.0,
) -> Artifact:
    """Build the site of the project in `root`, and pack it as `NAME-VERSION-docs.tar.gz` into `folder`.

    Earlier ones of the same project go.

    Args:
        version: PEP 440, for the file's name; its SemVer spelling names the folder that the pages are published in.
        config: MkDocs' configuration, relative to `root`.
        epoch: SOURCE_DATE_EPOCH, seconds.
        passing: variables of the project's own that plugins and hooks see.

    Raises:
        ToolMissingError: MkDocs is not installed.
        RepositoryError: a symbolic link leads out of the tree.
        GateError: MkDocs fails or warns; the site has no page.
    """
    from windlass.versions import Version

    refuse_escaping(root, files(root))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-docs.tar.gz"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".docs.") as scratch:
        site = Path(scratch) / "site"
        build(
            root,
            site,
            config=config,
            version=str(Version.from_pep440(version)),
            epoch=epoch,
            passing=passing,
            timeout_s=timeout_s,
        )
        whole = Path(scratch) / path.name
        pack(site, whole, epoch)
        for old in folder.glob(f"{name}-*-docs.tar.gz"):
            old.unlink()
        whole.replace(path)
    return Files(folder).artifact(path.name, "docs")


_BUILD = """
import logging, sys
from mkdocs.commands import build
from mkdocs.config import load_config
from mkdocs.exceptions import MkDocsException

shown = logging.StreamHandler()
shown.setFormatter(logging.Formatter("%(levelname)-8s-  %(message)s"))
logging.getLogger("mkdocs").setLevel(logging.INFO)
logging.getLogger("mkdocs").addHandler(shown)
file, site = sys.argv[1:]
try:
    found = load_config(sys.stdin.buffer, config_file_path=file, strict=True, site_dir=site)
    found.plugins.on_startup(command="build", dirty=False)
    try:
        build.build(found)
    finally:
        found.plugins.on_shutdown()
except MkDocsException as problem:
    sys.exit(problem.format_message())
"""
"""`mkdocs build --strict`, which knows where the project's configuration lies though it reads ours: plugins ask for it.
Source: mkdocs/__main__.py, `build_command`."""


def build(
    root: Path,
    site: Path,
    *,
    config: str = "mkdocs.yml",
    version: str = "",
    epoch: int,
    passing: Mapping[str, str] = MappingProxyType({}),
    timeout_s: float = 600.0,
) -> None:
    """Write the pages into the folder `site`, warnings being errors.

    Args:
        version: SemVer; the folder that the pages will be published in, which canonical links and the sitemap name.

    Raises:
        ToolMissingError: MkDocs is not installed.
        GateError: MkDocs fails or warns; the site has no page.
    """
    require_mkdocs()
    file = root / config
    # The hash seed orders sets in careless plugins.
    env = {
        **passing,
        "SOURCE_DATE_EPOCH": str(epoch),
        "PYTHONHASHSEED": "0",
        "NO_COLOR": "1",
        "NO_MKDOCS_2_WARNING": "1",
    }
    # Never with --quiet: MkDocs then does not count its warnings, and --strict passes.
    argv = [sys.executable, "-P", "-c", _BUILD, str(file.resolve()), str(site.resolve())]
    done = shell.run(
        argv, cwd=file.parent, env=env, stdin=version_settings(file, version), ok=None, timeout_s=timeout_s
    )
    if done.code != 0:
        said = "\n".join(f"{done.text}\n{done.err}".strip().splitlines()[-20:])
        raise GateError(
            "the documentation does not build",
            facts={"configuration": file, "exit code": done.code, "it said": said},
            remedy="correct what it says; `inv docs.serve` shows the pages as you write",
        )
    if not (site / "index.html").is_file():
        raise GateError(
            "the documentation has no first page",
            facts={"configuration": file, "expected": "docs/index.md"},
            remedy="write one: it is where the version's address leads",
        )


def require_mkdocs() -> None:
    """See that MkDocs can be run.

    Raises:
        ToolMissingError: it is not installed beside windlass.
    """
    if importlib.util.find_spec("mkdocs") is None:
        raise ToolMissingError("mkdocs is not installed", remedy="pip install 'windlass[docs]'")


def version_settings(file: Path, version: str) -> bytes:
    """MkDocs' configuration for the pages of one version, as its standard input takes it.

    It inherits the project's own, and adds what mike's plugin would: the version in the site's address, and the
    theme's version selector. Standard input, because a file beside the project's would make its tree dirty.
    """
    settings: dict[str, object] = {"INHERIT": file.name, "extra": {"version": {"provider": "mike"}}}
    address = site_url(file) if version else ""
    if address.startswith(("https://", "http://")):
        settings["site_url"] = f"{address.rstrip('/')}/{version}/"
    return json.dumps(settings).encode()


def pack(site: Path, archive: Path, epoch: int) -> None:
    """Write the files of `site` into a tar.gz: sorted, plain, owned by nobody, all of the same time (seconds)."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(site.rglob("*")):
            if path.is_file():
                entry = tarfile.TarInfo(path.relative_to(site).as_posix())
                entry.size, entry.mtime, entry.mode = path.stat().st_size, epoch, 0o644
                with path.open("rb") as content:
                    tar.addfile(entry, content)


def identity(path: Path, _: Sequence[str]) -> Iterator[Identity]:
    """What a packed site's file name says that it is."""
    name, _, version = path.name.removesuffix("-docs.tar.gz").rpartition("-")
    yield Identity("its name", version, name)
