"""Addresses, manifests and layouts: what is read is checked."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from tests.oci.registries import image
from windlass.errors import ConfigError, ConflictError, WindlassError
from windlass.oci import Address, Descriptor, Layout, Manifest
from windlass.oci.docker_archive import archive
from windlass.oci.manifest import INDEX


@pytest.mark.parametrize(
    ("registry", "name", "url"),
    [
        ("127.0.0.1:5000", "demo", "http://127.0.0.1:5000/v2/demo"),
        ("127.8.9.1", "demo", "http://127.8.9.1/v2/demo"),
        ("localhost:5000", "demo", "http://localhost:5000/v2/demo"),
        ("[::1]:5000", "demo", "http://[::1]:5000/v2/demo"),
        ("ghcr.io/acme", "demo", "https://ghcr.io/v2/acme/demo"),
        ("ghcr.io/acme/", "demo", "https://ghcr.io/v2/acme/demo"),
        ("docker.io", "demo", "https://registry-1.docker.io/v2/library/demo"),
        ("docker.io/acme", "demo", "https://registry-1.docker.io/v2/acme/demo"),
        ("10.0.0.1:5000", "demo", "https://10.0.0.1:5000/v2/demo"),
        ("localhost.evil.example", "demo", "https://localhost.evil.example/v2/demo"),
    ],
)
def test_an_address_knows_its_api_and_plain_http_is_for_this_machine_only(registry: str, name: str, url: str) -> None:
    address = Address.of(registry, name)
    assert address.url == url
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    ("registry", "name"),
    [
        ("ghcr.io", "Demo"),
        ("https://ghcr.io", "demo"),
        ("", "demo"),
        ("a b", "demo"),
        ("ghcr.io", "../x"),
        ("ghcr.io", ""),
    ],
)
def test_what_is_no_address_is_an_error_that_names_both_settings(registry: str, name: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        Address.of(registry, name)
    assert wrong.value.facts == {"registry": registry, "name": name}


def test_a_digest_that_is_no_digest_is_refused() -> None:
    for digest in ("sha256:../../etc/passwd", "sha256:ABC", "md5:" + "0" * 32, ""):
        index = Manifest(json.dumps({"manifests": [{"digest": digest, "size": 1}]}).encode(), INDEX)
        with pytest.raises(ConflictError, match="a manifest names content without a sha256 digest"):
            _ = index.children


def test_buildkits_attestations_are_no_platform() -> None:
    rows = [
        {
            "digest": "sha256:" + "0" * 64,
            "size": 1,
            "platform": {"os": "linux", "architecture": "arm", "variant": "v7"},
        },
        {"digest": "sha256:" + "1" * 64, "size": 1, "platform": {"os": "unknown", "architecture": "unknown"}},
    ]
    assert Manifest(json.dumps({"manifests": rows}).encode(), INDEX).platforms == ("linux/arm/v7",)


def test_a_layout_is_the_same_for_the_same_image_and_keeps_nothing_else(tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    before = layout.root()
    index = json.loads((tmp_path / "image/index.json").read_text())
    index["manifests"][0]["annotations"] = {"org.opencontainers.image.created": "2026-01-01T00:00:00Z"}
    (tmp_path / "image/index.json").write_text(json.dumps(index))
    (tmp_path / "image/blobs/sha256" / ("f" * 64)).write_text("left over")
    layout.tidy()
    assert layout.root() == before
    rest = sorted(
        path.relative_to(tmp_path / "image").parts for path in (tmp_path / "image").rglob("*") if path.is_file()
    )
    image(tmp_path / "again").tidy()
    assert rest == sorted(
        p.relative_to(tmp_path / "again").parts for p in (tmp_path / "again").rglob("*") if p.is_file()
    )
    assert (tmp_path / "image/index.json").read_bytes() == (tmp_path / "again/index.json").read_bytes()


def test_a_damaged_manifest_and_a_missing_one_are_told(tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    child = tmp_path / "image/blobs/sha256" / layout.root().children[0].digest.removeprefix("sha256:")
    child.write_bytes(child.read_bytes() + b" ")
    with pytest.raises(ConflictError, match="content is not what its digest says"):
        layout.manifests()
    child.unlink()
    with pytest.raises(ConflictError, match="a file of the image is gone"):
        layout.manifests()


def test_a_folder_without_a_layout_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WindlassError) as none:
        Layout(tmp_path).root()
    assert none.value.remedy == "build the image: `inv docker.buildx`"


def test_an_archive_holds_one_platform_whole_under_its_name(tmp_path: Path) -> None:
    layout = image(tmp_path / "image")
    child = layout.root().children[1]
    with (
        archive(layout, child.digest, "windlass.localhost/smoke:1") as file,
        tarfile.open(fileobj=io.BytesIO(file.read())) as tar,
    ):
        names = tar.getnames()
        index = json.loads(tar.extractfile("index.json").read())  # type: ignore[union-attr]
    manifest = layout.manifest(child.digest)
    wanted = [child.digest, *(blob.digest for blob in manifest.blobs)]
    assert names == ["oci-layout", "index.json", *(f"blobs/sha256/{digest[7:]}" for digest in wanted)]
    assert index["manifests"][0]["annotations"]["io.containerd.image.name"] == "windlass.localhost/smoke:1"


def test_a_descriptor_shows_what_it_found_instead() -> None:
    wanted = Descriptor("", "sha256:" + "0" * 64, 1)
    with pytest.raises(ConflictError) as other:
        wanted.check(b"x", "somewhere")
    assert other.value.facts["found"].startswith("sha256:2d711642b726b044")
