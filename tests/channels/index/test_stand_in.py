"""PyPI's own rules, which devpi does not share."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from tests import web
from windlass.channels.index import stand_in
from windlass.stage import Stage, exactly_once, pointers

if TYPE_CHECKING:
    from tests.channels.index.conftest import Dist, Index, Packages

_REUSE = "See https://pypi.org/help/#file-name-reuse for more information."


def _words(answer: httpx.Response) -> str:
    """A refusal's words, as its page shows them."""
    title = answer.text.partition("<title>")[2].partition("</title>")[0]
    return title.replace("&#x27;", "'").replace("&lt;", "<")


def _replaced(dist: Dist, **changes: object) -> Dist:
    import dataclasses

    return dataclasses.replace(dist, **changes)  # type: ignore[arg-type]


def _press(stage: Stage, version: str = "1.0", **fields: str) -> httpx.Response:
    url = f"{stage.address}/index/manage/project/demo-pkg/release/{version}/"
    return web.post(url, data=fields, follow_redirects=True)


def test_the_same_bytes_are_answered_with_nothing(ours: Index, packages: Packages) -> None:
    ours.upload(packages.wheel())
    answer = ours.upload(packages.wheel())
    assert (answer.status_code, answer.content) == (200, b"")


def test_other_bytes_are_refused_in_pypis_words(ours: Index, packages: Packages) -> None:
    ours.upload(packages.wheel())
    other = packages.wheel(text="two")
    blake2 = hashlib.blake2b(other.content, digest_size=32).hexdigest()
    assert _words(ours.upload(other)) == (
        f"400 File already exists ('{other.filename}', with blake2_256 hash '{blake2}'). {_REUSE}"
    )


def test_a_wrong_token_and_a_wrong_user_are_refused_alike(ours: Index, packages: Packages) -> None:
    refusals = [
        ours.upload(packages.wheel(), auth) for auth in (("__token__", "wrong"), ("me", ours.auth[1]), ("", ""))
    ]
    assert {_words(refusal) for refusal in refusals} == {
        "403 Invalid or non-existent authentication information. "
        "See https://pypi.org/help/#invalid-auth for more information."
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({":action": "submit"}, "400 Unknown action."),
        ({"protocol_version": "2"}, "400 Unknown protocol version."),
        ({"name": "-demo-"}, "400 '-demo-' is an invalid value for Name."),
        ({"version": "one"}, "400 'one' is an invalid value for Version."),
        ({"version": "1.0+local"}, "400 The use of local versions in 1.0+local is not allowed."),
        ({"filetype": "bdist_egg"}, "400 Invalid value for filetype. Error: Use a known file type."),
        ({"filetype": "sdist"}, "400 Invalid file extension: Use .tar.gz, .whl or .zip extension."),
        ({"sha256_digest": ""}, "400 Include at least one message digest."),
        (
            {"md5_digest": "0" * 32},
            "400 The digest supplied does not match a digest calculated from the uploaded file.",
        ),
        (
            {"sha256_digest": "0" * 64},
            "400 The digest supplied does not match a digest calculated from the uploaded file.",
        ),
        ({"name": "other"}, "400 Start filename for 'other' with 'other'."),
        ({"version": "2.0"}, "400 Version in filename should be '2.0' not '1.0'."),
    ],
)
def test_a_form_that_contradicts_itself_is_refused(
    ours: Index, packages: Packages, fields: dict[str, str], words: str
) -> None:
    assert _words(ours.upload(packages.wheel(), None, **fields)) == words
    assert ours.simple().status_code == 404


def test_a_file_that_is_no_wheel_is_refused(ours: Index, packages: Packages) -> None:
    dist = _replaced(packages.wheel(), content=b"not a zip file")
    assert _words(ours.upload(dist)) == "400 Invalid distribution file. File is not a zip file"


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_a_file_name_that_is_a_path_is_refused(ours: Index, packages: Packages, separator: str) -> None:
    wheel = packages.wheel()
    name = wheel.filename.replace("any.", f"any{separator}..{separator}..{separator}x.")
    answer = ours.upload(_replaced(wheel, filename=name))
    assert _words(answer) == "400 Cannot upload a file with '/' or '\\' in the name."


def test_a_wheel_whose_metadata_names_another_version_is_refused(ours: Index, packages: Packages) -> None:
    assert _words(ours.upload(packages.wheel("1.0", says="1.1"))) == (
        "400 Invalid distribution file. Its metadata names another project or version."
    )


def test_an_sdist_without_metadata_is_refused(ours: Index, packages: Packages) -> None:
    dist = _replaced(packages.sdist("1.0"), filename="demo_pkg-2.0.tar.gz", version="2.0")
    assert _words(ours.upload(dist)) == ("400 Invalid distribution file. filename 'demo_pkg-2.0/PKG-INFO' not found")


def test_a_release_takes_one_sdist(ours: Index, packages: Packages) -> None:
    ours.upload(packages.sdist())
    again = _replaced(packages.sdist(text="two"), filename="demo_pkg-1.0.0.tar.gz", version="1.0.0")
    assert _words(ours.upload(again)) == "400 Only one sdist may be uploaded per release."


def test_the_same_bytes_under_another_name_are_refused(ours: Index, packages: Packages) -> None:
    wheel = packages.wheel()
    ours.upload(wheel)
    renamed = _replaced(wheel, filename="demo_pkg-1.0-py2.py3-none-any.whl")
    assert _words(ours.upload(renamed)).startswith("400 File already exists ('demo_pkg-1.0-py2.py3-none-any.whl', ")


def test_the_name_of_a_deleted_file_is_burned(ours: Index, packages: Packages, stage: Stage) -> None:
    wheel = packages.wheel()
    ours.upload(wheel)
    assert _press(stage, action="delete").status_code == 404
    assert _words(ours.upload(wheel)) == (
        "400 This filename was previously used by a file that has since been deleted. "
        f"Use a different version. {_REUSE}"
    )
    assert exactly_once(stage.effects.history()) == (
        f"index: {wheel.filename} disappeared: it held sha256:{wheel.sha256}",
    )


def test_a_release_older_than_two_weeks_takes_no_new_file(ours: Index, packages: Packages, stage: Stage) -> None:
    ours.upload(packages.wheel())
    file = stage.home / "index/projects/demo-pkg.json"
    project = json.loads(file.read_text())
    project["releases"]["1"]["created"] = "2020-01-01T00:00:00.000000Z"
    file.write_text(json.dumps(project))
    assert _words(ours.upload(packages.sdist())) == (
        "400 Uploading new files to releases older than 14 days is not allowed."
    )
    assert ours.upload(packages.wheel()).status_code == 200


def test_the_simple_api_shows_all_that_installers_ask_for(ours: Index, packages: Packages, stage: Stage) -> None:
    wheel = packages.wheel()
    ours.upload(wheel)
    answer = ours.simple()
    row = answer.json()["files"][0]
    uploaded = row.pop("upload-time")
    metadata = {"sha256": hashlib.sha256(packages.metadata("1.0")).hexdigest()}
    url = f"{stage.address}/index/files/demo-pkg/{wheel.filename}"
    assert answer.headers["Content-Type"] == "application/vnd.pypi.simple.v1+json"
    assert uploaded.endswith("Z")
    assert answer.json()["versions"] == ["1.0"]
    assert row == {
        "filename": wheel.filename,
        "url": url,
        "hashes": {"sha256": wheel.sha256},
        "requires-python": ">=3.8",
        "size": len(wheel.content),
        "yanked": False,
        "core-metadata": metadata,
        "data-dist-info-metadata": metadata,
        "provenance": None,
    }
    assert web.get(f"{url}.metadata").content == packages.metadata("1.0")


def test_the_simple_api_speaks_the_form_that_the_reader_likes_best(ours: Index, packages: Packages) -> None:
    ours.upload(packages.wheel())
    html, json_ = "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.v1+json"
    liked = {
        f"{json_}, {html}; q=0.1, text/html; q=0.01": json_,
        f"{html}, text/html;q=0.9": html,
        "text/html": "text/html; charset=utf-8",
        "*/*": "text/html; charset=utf-8",
    }
    assert {accept: ours.simple(accept=accept).headers["Content-Type"] for accept in liked} == liked
    assert ours.simple(accept="image/png").status_code == 406


def test_the_json_api_shows_a_version_and_the_newest(ours: Index, packages: Packages, stage: Stage) -> None:
    for version in ("1.0", "1.1", "2.0rc1"):
        ours.upload(packages.wheel(version))
    root = f"{stage.address}/index/pypi/demo-pkg"
    newest, first = web.get(f"{root}/json").json(), web.get(f"{root}/1.0/json").json()
    assert newest["info"]["version"] == "1.1"
    assert sorted(newest["releases"]) == ["1.0", "1.1", "2.0rc1"]
    assert first["urls"][0]["digests"]["sha256"] == packages.wheel().sha256
    assert first["urls"][0]["upload_time_iso_8601"].endswith("Z")
    assert (first["info"]["summary"], first["info"]["requires_python"]) == (
        "A demonstration <of> small things",
        ">=3.8",
    )
    assert web.get(f"{root}/1.0.0/json").json()["info"]["version"] == "1.0"
    assert web.get(f"{root}/3.0/json").json() == {"message": "Not Found"}


def test_a_person_yanks_a_release_by_a_button_and_takes_it_back(ours: Index, packages: Packages, stage: Stage) -> None:
    ours.upload(packages.wheel())
    page = web.get(f"{stage.address}/index/manage/project/demo-pkg/release/1.0/")
    assert '<button name="action" value="yank">Yank</button>' in page.text
    assert "Yanked: it &lt;breaks&gt;" in _press(stage, action="yank", yanked_reason="it <breaks>").text
    shown = web.get(f"{stage.address}/index/pypi/demo-pkg/1.0/json").json()
    assert (shown["urls"][0]["yanked"], shown["urls"][0]["yanked_reason"]) == (True, "it <breaks>")
    assert ours.simple().json()["files"][0]["yanked"] == "it <breaks>"
    assert 'data-yanked="it &lt;breaks&gt;"' in ours.simple(accept="text/html").text
    _press(stage, action="unyank")
    assert ours.simple().json()["files"][0]["yanked"] is False
    assert pointers(stage.effects.history()) == {"index:yank demo-pkg 1.0": ["yanked: it <breaks>", None]}


def test_a_yank_without_a_reason_is_a_yank(ours: Index, packages: Packages, stage: Stage) -> None:
    ours.upload(packages.wheel())
    _press(stage, action="yank")
    assert ours.simple().json()["files"][0]["yanked"] is True
    assert 'data-yanked=""' in ours.simple(accept="text/html").text


def test_another_spelling_of_a_name_is_sent_to_the_right_one(ours: Index, stage: Stage) -> None:
    answer = web.get(f"{ours.simple_url}Demo_Pkg/")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{ours.simple_url}demo-pkg/")


def test_pip_passes_over_a_yanked_release(ours: Index, packages: Packages, stage: Stage) -> None:
    for version in ("1.0", "1.1"):
        ours.upload(packages.wheel(version))
    _press(stage, "1.1", action="yank")
    words = ["--isolated", "--no-cache-dir", "install", "--dry-run", "--no-deps", "--ignore-installed", "-q"]
    places = ["--index-url", ours.simple_url, "--report", "-", "demo-pkg"]
    argv = [sys.executable, "-m", "pip", *words, *places]
    report = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
    assert [row["metadata"]["version"] for row in report["install"]] == ["1.0"]


def test_a_new_file_can_be_slow_to_appear(ours: Index, packages: Packages, stage: Stage) -> None:
    """The JSON API may be ready before the simple API is; what is there already stays visible."""
    ours.upload(packages.sdist())
    stand_in.delay_listing(stage.home, json_reads=1, simple_reads=2)
    wheel = packages.wheel()
    ours.upload(wheel)
    url = f"{stage.address}/index/pypi/demo-pkg/json"
    assert [len(web.get(url).json()["urls"]) for _ in range(2)] == [1, 2]
    assert [len(ours.digests()) for _ in range(3)] == [1, 1, 2]


def test_a_project_of_its_own_is_absent_until_it_is_uploaded(stage: Stage) -> None:
    answer = web.get(f"{stage.address}/index/simple/demo-pkg/")
    assert answer.status_code == 404


def test_other_projects_are_passed_on_to_the_index_of_this_machine(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/root/simple/")
    answer = web.get(f"{stage.address}/index/simple/other-project/")
    assert (answer.status_code, answer.headers["Location"]) == (
        307,
        "http://127.0.0.1:9/root/simple/other-project/",
    )


def test_a_restarted_stage_holds_what_it_held(ours: Index, packages: Packages, stage: Stage) -> None:
    wheel = packages.wheel()
    ours.upload(wheel)
    address = stage.address
    stage.__exit__(None, None, None)
    with Stage(stage.home) as again:
        assert again.address == address
        assert ours.digests() == {wheel.filename: wheel.sha256}
        assert ours.upload(wheel).status_code == 200


def test_paths_out_of_the_index_lead_nowhere(ours: Index, packages: Packages, stage: Stage) -> None:
    ours.upload(packages.wheel())
    for path in ("files/demo-pkg/..%2f..%2fpassword", "files/..%2f/password", "files/demo-pkg/password"):
        assert web.get(f"{stage.address}/index/{path}").status_code == 404


def test_the_list_of_projects_names_each(ours: Index, packages: Packages) -> None:
    ours.upload(packages.wheel())
    listing = ours.web.get(ours.simple_url, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    assert listing.json()["projects"] == [{"name": "demo-pkg"}]
