"""The documentation build: the real MkDocs, the same bytes every time."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from windlass.channels.docs.pages_branch import Pages
from windlass.channels.docs.site_build import build, docs, pack, version_settings
from windlass.errors import ConflictError, GateError, RepositoryError
from windlass.git import Git

_EPOCH = 1_750_000_000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return _project(tmp_path / "project")


def _project(root: Path) -> Path:
    (root / "docs" / "guide").mkdir(parents=True)
    settings = ["site_name: demo", "site_url: https://example.org/demo/", "theme:", "  name: material", "  font: false"]
    (root / "mkdocs.yml").write_text("\n".join(settings) + "\n")
    (root / "docs" / "index.md").write_text("# demo\n\n[guide](guide/first.md)\n")
    (root / "docs" / "guide" / "first.md").write_text("# first\n")
    return root


def _made(root: Path, folder: Path) -> bytes:
    artifact = docs(root, folder, name="demo", version="1.3.0rc1", epoch=_EPOCH)
    assert (artifact.name, artifact.kind) == ("demo-1.3.0rc1-docs.tar.gz", "docs")
    return (folder / artifact.name).read_bytes()


def test_two_builds_in_two_places_give_the_same_bytes(project: Path, tmp_path: Path) -> None:
    elsewhere = _project(tmp_path / "elsewhere" / "under another name")
    assert _made(project, tmp_path / "one") == _made(elsewhere, tmp_path / "two")
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["demo-1.3.0rc1-docs.tar.gz"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of 1.3.0-rc.1."""
    home = tmp_path_factory.mktemp("site")
    project = _project(home / "project")
    build(project, home / "site", version="1.3.0-rc.1", epoch=_EPOCH)
    assert sorted(path.name for path in project.iterdir()) == ["docs", "mkdocs.yml"]
    return home / "site"


def test_the_pages_carry_the_releases_date_not_todays(site: Path) -> None:
    assert "<lastmod>2025-06-15</lastmod>" in (site / "sitemap.xml").read_text()
    packed = (site / "sitemap.xml.gz").read_bytes()
    assert int.from_bytes(packed[4:8], "little") == _EPOCH - _EPOCH % 86_400


def test_canonical_addresses_name_the_versions_folder(site: Path) -> None:
    page = (site / "guide" / "first" / "index.html").read_text()
    assert '<link rel="canonical" href="https://example.org/demo/1.3.0-rc.1/guide/first/">' in page
    assert '"version": {"provider": "mike"}' in page


def test_a_project_without_an_address_keeps_relative_ones(project: Path) -> None:
    (project / "mkdocs.yml").write_text("site_name: demo\nsite_url: !ENV SITE\n")
    assert json.loads(version_settings(project / "mkdocs.yml", "1.3.0")) == {
        "INHERIT": "mkdocs.yml",
        "extra": {"version": {"provider": "mike"}},
    }


def test_a_broken_link_fails_and_is_named(project: Path, tmp_path: Path) -> None:
    (project / "docs" / "index.md").write_text("# demo\n\n[gone](gone.md)\n")
    with pytest.raises(GateError) as broken:
        _made(project, tmp_path / "dist")
    assert broken.value.problem == "the documentation does not build"
    assert "gone.md" in broken.value.facts["it said"]
    assert list((tmp_path / "dist").iterdir()) == []


def test_a_site_without_a_first_page_fails(project: Path, tmp_path: Path) -> None:
    (project / "docs" / "index.md").unlink()
    with pytest.raises(GateError) as empty:
        _made(project, tmp_path / "dist")
    assert str(empty.value) == (
        "the documentation has no first page\n"
        f"  configuration: {project / 'mkdocs.yml'}\n"
        "  expected:      docs/index.md\n"
        "  fix:           write one: it is where the version's address leads"
    )


def test_a_symbolic_link_out_of_the_project_is_refused(project: Path, tmp_path: Path) -> None:
    (project / "docs" / "secret.md").symlink_to("/etc/passwd")
    with pytest.raises(RepositoryError):
        _made(project, tmp_path / "dist")


def test_a_project_with_a_module_called_mkdocs_builds_with_the_real_one(project: Path, tmp_path: Path) -> None:
    (project / "mkdocs.py").write_text("raise SystemExit('not me')\n")
    assert _made(project, tmp_path / "dist")


# ── the archive as a tree ──


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    (tmp_path / "repository").mkdir()
    git = Git(tmp_path / "repository")
    git.run("init", "-q")
    return Pages(git, "gh-pages")


def test_the_tree_of_an_archive_is_its_files_byte_for_byte(pages: Pages, tmp_path: Path) -> None:
    pages.git.run("config", "core.autocrlf", "true")
    site = tmp_path / "site"
    names = {"index.html": b"a\r\nb\n", "x/ü \t.txt": b"\0\xff", ".gitattributes": b"* text=auto\n"}
    for name, content in names.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(content)
    pack(site, tmp_path / "docs.tar.gz", _EPOCH)
    tree = pages.tree_of(tmp_path / "docs.tar.gz")
    assert {path: pages.blob(oid) for path, oid in pages.files(tree).items()} == names


@pytest.mark.parametrize("name", ["../out.html", "/etc/out.html", "a/../../out.html", ".git/config", "a/.GIT/hooks/x"])
def test_a_name_that_leads_out_of_the_folder_is_refused(pages: Pages, tmp_path: Path, name: str) -> None:
    archive = _archive(tmp_path, tarfile.TarInfo(name))
    with pytest.raises(ConflictError) as odd:
        pages.tree_of(archive)
    assert odd.value.problem == "docs.tar.gz holds something else than plain files"
    assert odd.value.facts == {"entry": name}


def test_a_symbolic_link_in_an_archive_is_refused(pages: Pages, tmp_path: Path) -> None:
    link = tarfile.TarInfo("passwd.html")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(ConflictError):
        pages.tree_of(_archive(tmp_path, link))


def _archive(folder: Path, *entries: tarfile.TarInfo) -> Path:
    with gzip.open(folder / "docs.tar.gz", "wb") as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for entry in entries:
            tar.addfile(entry)
    return folder / "docs.tar.gz"


def test_plugins_are_told_where_the_project_s_configuration_lies(project: Path, tmp_path: Path) -> None:
    wanted = str((project / "mkdocs.yml").resolve())
    (project / "hooks.py").write_text(f"def on_config(config):\n    assert config.config_file_path == {wanted!r}\n")
    with (project / "mkdocs.yml").open("a") as file:
        file.write("\nhooks: [hooks.py]\n")
    build(project, tmp_path / "built", epoch=1)
    assert (tmp_path / "built" / "index.html").is_file()
