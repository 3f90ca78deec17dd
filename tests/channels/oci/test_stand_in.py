"""The stage's registry as the Docker engine and buildx use it, and what only ours has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import web
from tests.oci.registries import debian_registry, image, repository
from tests.oci.test_repository import EMPTY, referrer
from windlass import shell
from windlass.oci import transfer
from windlass.oci.manifest import digest_of
from windlass.stage import Stage, exactly_once


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path / "stage") as opened:
        yield opened


@pytest.fixture
def host(stage: Stage) -> str:
    return stage.address.removeprefix("http://")


@pytest.mark.docker
def test_the_engine_pushes_to_it_and_pulls_from_it(stage: Stage, host: str) -> None:
    name = f"{host}/library/small:1.0.0"
    shell.run(["docker", "pull", "--quiet", "127.0.0.1:5000/library/python:3.11-slim-amd64"], timeout_s=300)
    shell.run(["docker", "tag", "127.0.0.1:5000/library/python:3.11-slim-amd64", name])
    shell.run(["docker", "push", "--quiet", name], timeout_s=300)
    shell.run(["docker", "image", "rm", name])
    pushed = repository(host, "library/small").look("1.0.0")
    assert pushed
    pulled = shell.run(["docker", "pull", "--quiet", name], timeout_s=300)
    assert pulled.text == name
    shell.run(["docker", "image", "rm", name])
    assert exactly_once(stage.effects.history()) == ()


@pytest.mark.docker
def test_buildx_pushes_both_platforms_to_it_and_retags_there(stage: Stage, host: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.11-slim\nCOPY Dockerfile /\n")
    name = f"{host}/acme/both"
    words = ["docker", "buildx", "build", "--platform", "linux/amd64,linux/arm64", "--push", "--tag", f"{name}:1.0.0"]
    shell.run([*words, tmp_path], timeout_s=300)
    there = repository(host, "acme/both").manifest("1.0.0")
    assert there.platforms == ("linux/amd64", "linux/arm64")
    assert len(there.children) == 4  # buildx adds an attestation for each
    shell.run(["docker", "buildx", "imagetools", "create", "--tag", f"{name}:latest", f"{name}:1.0.0"], timeout_s=60)
    assert repository(host, "acme/both").look("latest") == there.digest
    # The engine itself moves a tag over every child before the index: the history is how one can tell.
    assert any("acme/both:1.0.0 held two digests" in line for line in exactly_once(stage.effects.history()))


def test_the_history_tells_versions_from_floating_tags_and_records(stage: Stage, host: str, tmp_path: Path) -> None:
    one = repository(host)
    root = transfer.push(image(tmp_path / "image"), one, "sealed-1.3.0-0123456789ab")
    for tag in ("1.3.0", "1.3.0-rc.1", "latest", "1", "1.3", digest_of(b"").replace(":", "-")):
        one.put_manifest(root, tag)
    kinds = {e.what: e.kind for e in stage.effects.history() if "@" not in e.what}
    assert kinds == {
        "acme/demo:sealed-1.3.0-0123456789ab": "record",
        "acme/demo:1.3.0": "immutable",
        "acme/demo:1.3.0-rc.1": "immutable",
        "acme/demo:latest": "pointer",
        "acme/demo:1": "pointer",
        "acme/demo:1.3": "pointer",
        f"acme/demo:{digest_of(b'').replace(':', '-')}": "record",
    }
    assert {e.kind for e in stage.effects.history() if "@" in e.what} == {"immutable"}


def test_a_version_that_is_moved_is_a_violation(stage: Stage, host: str, tmp_path: Path) -> None:
    one = repository(host)
    first = transfer.push(image(tmp_path / "one", "one"), one, "1.3.0")
    second = transfer.push(image(tmp_path / "two", "two"), one, "1.3.0")
    assert exactly_once(stage.effects.history()) == (
        f"registry: acme/demo:1.3.0 held two digests: {first.digest}, then {second.digest}",
    )


def test_the_same_twice_is_one_change(stage: Stage, host: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    transfer.push(layout, repository(host), "1.3.0")
    before = len(stage.effects.history())
    repository(host).put_manifest(layout.root(), "1.3.0")
    assert len(stage.effects.history()) == before


def test_a_closed_stage_still_has_it_all_when_it_opens_again(tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    with Stage(tmp_path / "stage") as stage:
        transfer.push(layout, repository(stage.address.removeprefix("http://")), "1.3.0")
    with Stage(tmp_path / "stage") as stage:
        one = repository(stage.address.removeprefix("http://"))
        assert one.absent(one.manifest("1.3.0"), blobs=True) == ()


def test_windlass_is_told_where_it_is(stage: Stage, host: str) -> None:
    settings = json.loads(Path(stage.environment()["WINDLASS_STAGE"]).read_text())
    assert settings["image"] == {"registries": [host]}


def test_referrers_are_listed_by_the_api_and_filtered_by_type(host: str, tmp_path: Path) -> None:
    one = repository(host)
    root = transfer.push(image(tmp_path / "image"), one, "1.3.0")
    one.put_blob(EMPTY, b"{}")
    made = referrer(root, "made here")
    assert one.put_manifest(made) is True
    url = f"http://{host}/v2/acme/demo/referrers/{root.digest}"
    (row,) = web.get(url).json()["manifests"]
    assert row == {
        "mediaType": made.media_type,
        "digest": made.digest,
        "size": len(made.content),
        "artifactType": "application/vnd.test",
        "annotations": {"text": "made here"},
    }
    filtered = web.get(url, params={"artifactType": "application/other"})
    assert filtered.json()["manifests"] == []
    assert filtered.headers["OCI-Filters-Applied"] == "artifactType"
    assert "sha256-" not in " ".join(one.tags())


def test_a_gap_between_chunks_is_refused(host: str) -> None:
    """The specification wants it; docker-registry 2.8 lets it pass."""
    gap = web.patch(started(host), content=b"xyz", headers={"Content-Range": "9-11"})
    assert (gap.status_code, gap.json()["errors"][0]["code"]) == (416, "RANGE_INVALID")


# ── what both registries answer, word for word where clients look at it ──


@pytest.fixture(params=[pytest.param("debian", marks=pytest.mark.registry), "stage"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "debian":
        with debian_registry(tmp_path / "registry") as address:
            yield address
        return
    with Stage(tmp_path / "stage") as opened:
        yield opened.address.removeprefix("http://")


def started(host: str) -> str:
    begun = web.post(f"http://{host}/v2/acme/demo/blobs/uploads/")
    assert begun.status_code == 202
    assert begun.headers["Range"] == "0-0"
    return str(begun.url.join(begun.headers["Location"]))


def test_a_blob_may_come_in_chunks_and_be_read_in_part(either: str) -> None:
    place = started(either)
    first = web.patch(
        place, content=b"abc", headers={"Content-Range": "0-2", "Content-Type": "application/octet-stream"}
    )
    assert (first.status_code, first.headers["Range"]) == (202, "0-2")
    place = str(first.url.join(first.headers["Location"]))
    last = web.put(httpx.URL(place).copy_merge_params({"digest": digest_of(b"abcdef")}), content=b"def")
    assert (last.status_code, last.headers["Docker-Content-Digest"]) == (201, digest_of(b"abcdef"))
    there = web.get(f"http://{either}/v2/acme/demo/blobs/{digest_of(b'abcdef')}", headers={"Range": "bytes=1-3"})
    assert (there.status_code, there.content) == (206, b"bcd")


def test_an_upload_that_is_given_up_is_gone(either: str) -> None:
    place = started(either)
    assert web.get(place).status_code == 204
    assert web.delete(place).status_code == 204
    assert web.get(place).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "manifests/1.3.0", 404, "MANIFEST_UNKNOWN"),
        ("GET", f"manifests/{digest_of(b'')}", 404, "MANIFEST_UNKNOWN"),
        ("GET", f"blobs/{digest_of(b'')}", 404, "BLOB_UNKNOWN"),
        ("GET", "tags/list", 404, "NAME_UNKNOWN"),
        ("DELETE", f"manifests/{digest_of(b'')}", 404, "MANIFEST_UNKNOWN"),
        ("PUT", "manifests/1.3.0", 400, "MANIFEST_INVALID"),
    ],
)
def test_a_refusal_has_the_code_that_clients_look_at(
    either: str, method: str, path: str, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
    answer = web.request(method, f"http://{either}/v2/acme/demo/{path}", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


def test_an_image_whose_layer_is_absent_is_refused_by_name(either: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    child = layout.manifest(layout.root().children[0].digest)
    url = f"http://{either}/v2/acme/demo/manifests/1.3.0"
    answer = web.put(url, content=child.content, headers={"Content-Type": child.media_type})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "MANIFEST_BLOB_UNKNOWN")


def test_deleting_by_digest_takes_every_tag_of_it(either: str, tmp_path: Path) -> None:
    one = repository(either)
    root = transfer.push(image(tmp_path / "image"), one, "1.3.0")
    one.put_manifest(root, "latest")
    assert web.delete(f"http://{either}/v2/acme/demo/manifests/{root.digest}").status_code == 202
    assert repository(either).look("latest") == repository(either).look("1.3.0") == ""


def test_the_address_itself_answers(either: str) -> None:
    assert web.get(f"http://{either}/v2/").status_code == 200
