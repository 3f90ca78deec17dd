"""What every package index does: the same tests against the stage's and against devpi-server."""

from __future__ import annotations

import html.parser
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from windlass import shell

if TYPE_CHECKING:
    from tests.channels.index.conftest import Dist, Index, Packages


class _Links(html.parser.HTMLParser):
    """Collects the links of a page: text → attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self._open: dict[str, str | None] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = dict(attrs) if tag == "a" else None

    def handle_data(self, data: str) -> None:
        if self._open is not None and data.strip():
            self.found[data.strip()] = self._open
            self._open = None


def test_a_project_that_has_no_files_is_not_found(index: Index) -> None:
    assert index.simple().status_code == 404


def test_a_file_that_was_uploaded_is_shown_by_its_digest(index: Index, packages: Packages) -> None:
    wheel, sdist = packages.wheel(), packages.sdist()
    assert [index.upload(wheel).status_code, index.upload(sdist).status_code] == [200, 200]
    assert index.digests() == {wheel.filename: wheel.sha256, sdist.filename: sdist.sha256}


def test_the_same_bytes_again_are_fine(index: Index, packages: Packages) -> None:
    wheel = packages.wheel()
    assert [index.upload(wheel).status_code for _ in range(3)] == [200, 200, 200]
    assert index.digests() == {wheel.filename: wheel.sha256}


def test_other_bytes_under_a_taken_name_are_refused_and_the_first_stay(index: Index, packages: Packages) -> None:
    wheel, other = packages.wheel(), packages.wheel(text="two")
    index.upload(wheel)
    assert index.upload(other).status_code == index.refuses_other_bytes
    assert index.digests() == {wheel.filename: wheel.sha256}


def test_a_wrong_password_is_refused(index: Index, packages: Packages) -> None:
    answer = index.upload(packages.wheel(), (index.auth[0], "wrong"))
    assert answer.status_code in index.refuses_strangers
    assert index.simple().status_code == 404


def test_the_bytes_served_are_the_bytes_uploaded(index: Index, packages: Packages) -> None:
    wheel = packages.wheel()
    index.upload(wheel)
    answer = index.simple()
    url = answer.url.join(answer.json()["files"][0]["url"])
    assert index.web.get(str(url)).content == wheel.content


def test_the_page_links_to_every_file_with_its_digest(index: Index, packages: Packages) -> None:
    wheel, sdist = packages.wheel(), packages.sdist()
    index.upload(wheel)
    index.upload(sdist)
    found = _Links(index.simple(accept="text/html").text).found
    hrefs = {name: str(attributes["href"]).partition("#")[2] for name, attributes in found.items()}
    wanted = {dist.filename: f"sha256={dist.sha256}" for dist in (wheel, sdist)}
    assert {name: hrefs[name] for name in wanted} == wanted
    assert found[wheel.filename]["data-requires-python"] == ">=3.8"


@pytest.mark.parametrize("spelling", ["Demo_Pkg", "demo.pkg", "DEMO--pkg"])
def test_a_project_is_found_however_its_name_is_spelled(index: Index, packages: Packages, spelling: str) -> None:
    wheel = packages.wheel()
    index.upload(wheel)
    assert [row["filename"] for row in index.simple(spelling).json()["files"]] == [wheel.filename]


def _saved(folder: Path, *dists: Dist) -> list[Path]:
    for dist in dists:
        (folder / dist.filename).write_bytes(dist.content)
    return [folder / dist.filename for dist in dists]


def test_twine_uploads_and_uploads_again(index: Index, packages: Packages, tmp_path: Path) -> None:
    wheel, sdist = packages.wheel(), packages.sdist()
    words = ["upload", "--non-interactive", "--disable-progress-bar", "--repository-url", index.upload_url]
    user, password = index.auth
    env = {"TWINE_USERNAME": user, "TWINE_PASSWORD": password, "NO_PROXY": "127.0.0.1"}
    for _ in range(2):
        files = _saved(tmp_path, wheel, sdist)
        shell.run([sys.executable, "-m", "twine", *words, *files], env=env, timeout_s=60)
    assert index.digests() == {wheel.filename: wheel.sha256, sdist.filename: sdist.sha256}


def test_pip_downloads_by_hash(index: Index, packages: Packages, tmp_path: Path) -> None:
    wheel = packages.wheel()
    index.upload(wheel)
    (tmp_path / "requirements.txt").write_text(f"demo-pkg==1.0 --hash=sha256:{wheel.sha256}\n")
    pip = [sys.executable, "-m", "pip", "--isolated", "--no-cache-dir", "download", "--require-hashes", "--no-deps"]
    places = ["--index-url", index.simple_url, "-d", str(tmp_path / "out"), "-r", str(tmp_path / "requirements.txt")]
    shell.run([*pip, *places], env={"PIP_CONFIG_FILE": os.devnull, "NO_PROXY": "127.0.0.1"}, timeout_s=60)
    assert (tmp_path / "out" / wheel.filename).read_bytes() == wheel.content


def test_uv_installs_it(index: Index, packages: Packages, tmp_path: Path) -> None:
    index.upload(packages.wheel())
    uv = [sys.executable, "-m", "uv", "pip", "install", "--no-config", "--no-cache", "-q", "--no-deps"]
    places = ["--default-index", index.simple_url, "--target", str(tmp_path / "out"), "demo-pkg==1.0"]
    shell.run([*uv, *places], env={"NO_PROXY": "127.0.0.1", "UV_FIND_LINKS": ""}, timeout_s=60)
    assert (tmp_path / "out" / "demo_pkg.py").read_text() == "text = 'one'\n"
