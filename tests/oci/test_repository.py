"""The client on Debian's docker-registry and on the stage's registry: the same tests, so they behave the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import web
from tests.oci.registries import Wire, image, repository
from windlass.errors import ConflictError, RemoteRefusedError, RemoteUnreachableError
from windlass.oci import Descriptor, Manifest, NotThereError, transfer
from windlass.oci.layout import Layout
from windlass.oci.manifest import IMAGE, digest_of

EMPTY = Descriptor("application/vnd.oci.empty.v1+json", digest_of(b"{}"), 2)


def referrer(subject: Manifest, text: str) -> Manifest:
    """An attestation of an image, as OCI 1.1 has it."""
    raw = {
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "artifactType": "application/vnd.test",
        "config": EMPTY.as_json(),
        "layers": [EMPTY.as_json()],
        "subject": {"mediaType": subject.media_type, "digest": subject.digest, "size": len(subject.content)},
        "annotations": {"text": text},
    }
    return Manifest(json.dumps(raw).encode(), IMAGE)


def test_an_image_arrives_with_its_exact_bytes_and_both_platforms(registry: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    transfer.push(layout, repository(registry), "1.3.0")
    there = repository(registry).manifest("1.3.0")
    assert there.content == layout.root().content
    assert there.platforms == ("linux/amd64", "linux/arm64")
    assert repository(registry).absent(there, blobs=True) == ()


def test_pushing_again_sends_no_layer(registry: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    transfer.push(layout, repository(registry), "1.3.0")
    with Wire(registry).counting() as wire:
        transfer.push(layout, repository(wire.host), "1.3.0")
    assert [line for line in wire.requests if line.startswith(("POST", "PATCH"))] == []
    assert wire.size_bytes < 20_000


def test_a_whole_image_comes_back_as_it_was(registry: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    transfer.push(layout, repository(registry), "1.3.0")
    fetched = transfer.fetch(repository(registry), layout.root().digest, tmp_path / "fetched")
    names = [path.name for path in sorted((tmp_path / "image/blobs/sha256").iterdir())]
    assert [path.name for path in sorted((tmp_path / "fetched/blobs/sha256").iterdir())] == names
    assert fetched.size_bytes() == layout.size_bytes()


def test_a_blob_larger_than_a_piece_comes_back_whole(registry: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image", platforms=("linux/amd64",), layer_bytes=9 << 20)
    transfer.push(layout, repository(registry), "1.3.0")
    transfer.fetch(repository(registry), layout.root().digest, tmp_path / "fetched")
    assert Layout(tmp_path / "fetched").size_bytes() == layout.size_bytes()


def test_a_tag_that_is_not_there_is_no_digest_and_no_manifest(registry: str) -> None:
    one = repository(registry)
    assert one.look("9.9.9") == ""
    with pytest.raises(NotThereError) as absent:
        one.manifest("9.9.9")
    assert str(absent.value) == (
        f"{registry}/acme/demo has no 9.9.9\n  fix: see that the name is right, and that it was pushed"
    )


def test_an_index_is_refused_while_a_child_is_absent(registry: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    with pytest.raises(RemoteRefusedError):
        repository(registry).put_manifest(layout.root(), "1.3.0")
    assert repository(registry).look("1.3.0") == ""


def test_children_that_are_gone_are_named(registry: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    transfer.push(layout, repository(registry), "1.3.0")
    gone = layout.root().children[1].digest
    assert web.delete(f"http://{registry}/v2/acme/demo/manifests/{gone}").status_code == 202
    one = repository(registry)
    assert one.absent(one.manifest("1.3.0")) == (gone,)


def test_bytes_under_another_digest_are_refused(registry: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    wrong = Descriptor("", digest_of(b"other"), 4)
    with pytest.raises(RemoteRefusedError):
        repository(registry).put_blob(wrong, b"same")
    with pytest.raises(RemoteRefusedError):
        repository(registry).put_manifest(layout.root(), digest_of(b"other"))
    assert not repository(registry).has(wrong)


def test_a_blob_is_mounted_from_another_repository_without_its_bytes(registry: str) -> None:
    content = bytes(300_000)
    blob = Descriptor("", digest_of(content), len(content))
    repository(registry, "acme/one").put_blob(blob, content)
    with Wire(registry).counting() as wire:
        repository(wire.host, "acme/two").put_blob(blob, content, mount_from="acme/one")
    assert repository(registry, "acme/two").has(blob)
    assert wire.size_bytes < 5_000


def test_a_mount_that_is_not_possible_uploads(registry: str) -> None:
    blob = Descriptor("", digest_of(b"content"), 7)
    repository(registry).put_blob(blob, b"content", mount_from="acme/nobody")
    assert b"".join(repository(registry).blob(blob)) == b"content"


def test_tags_are_listed_over_several_pages(registry: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    one = repository(registry)
    root = transfer.push(layout, one, "1.3.0")
    for tag in ("latest", "1", "1.3"):
        one.put_manifest(root, tag)
    for page in (1, 3, 4, 1000):
        assert repository(registry).tags(page) == ("1", "1.3", "1.3.0", "latest")
    assert repository(registry, "acme/nothing").tags() == ()


def test_a_tag_alone_is_not_removed_because_its_digest_would_go_with_it(registry: str, tmp_path: Path) -> None:
    one = repository(registry)
    transfer.push(image(tmp_path / "image"), one, "1.3.0")
    assert one.remove_tag("1.3.0") is False
    assert one.look("1.3.0") == image(tmp_path / "again").root().digest


def test_referrers_are_found_wherever_they_are_listed(registry: str, tmp_path: Path) -> None:
    one = repository(registry)
    root = transfer.push(image(tmp_path / "image"), one, "1.3.0")
    one.put_blob(EMPTY, b"{}")
    first, second = referrer(root, "first"), referrer(root, "second")
    for made in (first, second, first):
        one.attach(made)
    found = repository(registry).referrers(root.digest)
    assert sorted(row.digest for row in found) == sorted([first.digest, second.digest])
    assert {row.artifact_type for row in found} == {"application/vnd.test"}
    assert repository(registry).referrers(first.digest) == ()


def test_a_registry_that_is_down_is_unreachable_and_named() -> None:
    one = repository("127.0.0.1:9")
    one._short.wait = lambda _: None
    with pytest.raises(RemoteUnreachableError) as silent:
        one.look("1.3.0")
    assert silent.value.problem == "the registry 127.0.0.1:9 did not answer"
    assert silent.value.facts["request"] == "HEAD http://127.0.0.1:9/v2/acme/demo/manifests/1.3.0"


def test_a_damaged_layer_is_not_sent(registry: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    layer = layout.manifest(layout.root().children[0].digest).blobs[1]
    path = tmp_path / "image/blobs/sha256" / layer.digest.removeprefix("sha256:")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ConflictError, match="a file of the image is damaged"):
        transfer.push(layout, repository(registry), "1.3.0")
    assert repository(registry).look("1.3.0") == ""


def test_a_manifest_that_was_changed_on_its_way_is_not_taken(registry: str, tmp_path: Path) -> None:
    root = transfer.push(image(tmp_path / "image"), repository(registry), "1.3.0")
    with Wire(registry).counting() as wire:
        wire.lies = {b"linux": b"xinul"}
        for reference in (root.digest, "1.3.0"):
            with pytest.raises(ConflictError) as changed:
                repository(wire.host).manifest(reference)
            assert changed.value.facts["wanted"] == root.digest


def test_a_blob_that_was_changed_on_its_way_is_not_kept(registry: str, tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    transfer.push(layout, repository(registry), "1.3.0")
    with Wire(registry).counting() as wire:
        wire.lies = {b"diff_ids": b"diff_xxx"}
        with pytest.raises(ConflictError, match="content is not what its digest says"):
            transfer.fetch(repository(wire.host), layout.root().digest, tmp_path / "fetched")
    kept = {path.name for path in (tmp_path / "fetched/blobs/sha256").iterdir()}
    assert kept < {path.name for path in (tmp_path / "image/blobs/sha256").iterdir()}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_broken_upload_is_made_good_in_the_same_run(registry: str, when: str) -> None:
    blob = Descriptor("", digest_of(b"content"), 7)
    with Wire(registry).counting() as wire:
        one = repository(wire.host)
        assert not one.has(blob)
        wire.breaks = when
        one.put_blob(blob, b"content")
    assert repository(registry).has(blob)
