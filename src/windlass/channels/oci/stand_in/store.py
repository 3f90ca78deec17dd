"""What the registry holds, on disk: content by digest, and for each repository what it links to, tags included."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from windlass.atomic_write import write_whole
from windlass.digest import file_digest
from windlass.stage.state_history import Effects, Kind

_VERSION = re.compile(r"\d+\.\d+\.\d+(?:[-.][0-9A-Za-z.-]+)?")
_RECORD = re.compile(r"sha256-[0-9a-f]{64}.*|sealed-.*")


@dataclass(frozen=True)
class StoredManifest:
    """A manifest.

    Attributes:
        content: its bytes.
        media_type: what it was pushed as.
        digest: `sha256:<64 hex>`.
    """

    content: bytes
    media_type: str
    digest: str


class RegistryStore:
    """The state of the registry; every call reads or writes the disk, so a copy of the folder is a copy of it.

    Layout: `blobs/HEX`, `uploads/ID`, and in `repositories/NAME/`: `_blobs/HEX`, `_manifests/HEX` (the media type),
    `_tags/TAG` (the digest), `_referrers/HEX/HEX`. Names of repositories never begin with an underscore.
    """

    def __init__(self, home: Path, effects: Effects) -> None:
        self.home = home
        self._effects = effects

    def has_repository(self, name: str) -> bool:
        """Whether anything was ever pushed to a repository."""
        return self._repository(name).is_dir()

    # ── blobs ──

    def content(self, digest: str) -> Path:
        """Where content with this digest lies, or would."""
        return self.home / "blobs" / _hex(digest)

    def has_blob(self, name: str, digest: str) -> bool:
        """Whether a repository has a blob."""
        return self._link(name, "_blobs", digest).exists()

    def link_blob(self, name: str, digest: str) -> None:
        """Let a repository have a blob whose content is here."""
        there = self.has_blob(name, digest)
        write_whole(self._link(name, "_blobs", digest), b"")
        self._record(f"{name}@{digest}", "immutable", digest if there else None, digest)

    def remove_blob(self, name: str, digest: str) -> bool:
        """Take a blob from a repository; whether it had it."""
        return self._remove(self._link(name, "_blobs", digest), f"{name}@{digest}", digest)

    def begin(self) -> str:
        """A new upload's id."""
        upload = secrets.token_hex(16)
        write_whole(self.home / "uploads" / upload, b"")
        return upload

    def upload(self, upload: str) -> Path | None:
        """The file of an upload; None when there is none."""
        path = self.home / "uploads" / upload
        return path if re.fullmatch("[0-9a-f]{32}", upload) and path.exists() else None

    def finish(self, name: str, upload: Path, digest: str) -> bool:
        """Turn an upload into a blob; False, and the upload is gone, when its bytes are others."""
        found = file_digest(upload)
        if found != digest:
            upload.unlink()
            return False
        self.content(digest).parent.mkdir(parents=True, exist_ok=True)
        upload.replace(self.content(digest))
        self.link_blob(name, digest)
        return True

    # ── manifests ──

    def manifest(self, name: str, reference: str) -> StoredManifest | None:
        """The manifest under a tag or digest."""
        digest = reference if ":" in reference else self.digest_of_tag(name, reference)
        link = self._link(name, "_manifests", digest) if digest else None
        if link is None or not link.exists():
            return None
        return StoredManifest(self.content(digest).read_bytes(), link.read_text(), digest)

    def put_manifest(self, name: str, stored: StoredManifest, tag: str, subject: str) -> None:
        """Keep a manifest, tag it if a tag is given, and list it with what it refers to."""
        link = self._link(name, "_manifests", stored.digest)
        there = link.exists()
        write_whole(self.content(stored.digest), stored.content)
        write_whole(link, stored.media_type.encode())
        if subject:
            write_whole(self._repository(name) / "_referrers" / _hex(subject) / _hex(stored.digest), b"")
        self._record(f"{name}@{stored.digest}", "immutable", stored.digest if there else None, stored.digest)
        if tag:
            was = self.digest_of_tag(name, tag)
            write_whole(self._repository(name) / "_tags" / tag, stored.digest.encode())
            self._record(f"{name}:{tag}", kind_of(tag), was or None, stored.digest)

    def remove_manifest(self, name: str, digest: str) -> bool:
        """Take a manifest away with every tag on it; whether it was there."""
        for tag in self.tags(name):
            if self.digest_of_tag(name, tag) == digest:
                (self._repository(name) / "_tags" / tag).unlink()
                self._record(f"{name}:{tag}", kind_of(tag), digest, None)
        return self._remove(self._link(name, "_manifests", digest), f"{name}@{digest}", digest)

    def digest_of_tag(self, name: str, tag: str) -> str:
        """The digest under a tag; empty when there is none."""
        path = self._repository(name) / "_tags" / tag
        return path.read_text() if path.is_file() else ""

    def tags(self, name: str) -> list[str]:
        """Every tag, sorted."""
        folder = self._repository(name) / "_tags"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def referrers(self, name: str, digest: str) -> Iterator[StoredManifest]:
        """The manifests that refer to one."""
        folder = self._repository(name) / "_referrers" / _hex(digest)
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if stored := self.manifest(name, f"sha256:{path.name}"):
                yield stored

    # ── inside ──

    def _repository(self, name: str) -> Path:
        return self.home / "repositories" / name

    def _link(self, name: str, kind: str, digest: str) -> Path:
        return self._repository(name) / kind / _hex(digest)

    def _remove(self, link: Path, what: str, digest: str) -> bool:
        there = link.exists()
        link.unlink(missing_ok=True)
        self._record(what, "immutable", digest if there else None, None)
        return there

    def _record(self, what: str, kind: Kind, was: str | None, now: str | None) -> None:
        self._effects.record("registry", what, kind, was, now)


def kind_of(tag: str) -> Kind:
    """What a tag is by its name: a version is set once; holding tags and lists of referrers are bookkeeping."""
    if _VERSION.fullmatch(tag):
        return "immutable"
    return "record" if _RECORD.fullmatch(tag) else "pointer"


def referrer_row(stored: StoredManifest) -> dict[str, object]:
    """A manifest's descriptor in the list of referrers."""
    raw = json.loads(stored.content)
    kind = raw.get("artifactType") or (raw.get("config") or {}).get("mediaType") or ""
    row = {"mediaType": stored.media_type, "digest": stored.digest, "size": len(stored.content), "artifactType": kind}
    return {**row, "annotations": raw["annotations"]} if raw.get("annotations") else row


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")
