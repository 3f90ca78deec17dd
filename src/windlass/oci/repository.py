"""A repository on a registry, over HTTP. Source: OCI distribution specification 1.1."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from windlass.errors import ConflictError, RemoteRefusedError, RemoteUnreachableError
from windlass.http import Http
from windlass.oci.address import Address
from windlass.oci.auth import Access
from windlass.oci.manifest import ACCEPTED, INDEX, Descriptor, Manifest

if TYPE_CHECKING:
    import httpx

    from windlass.oci.layout import Bytes

_SHORT_S, _LONG_S = 60.0, 1800.0
_PIECE_BYTES = 8 << 20
_ACCEPT = {"Accept": ", ".join(ACCEPTED)}
_NEXT = re.compile(r'<([^>]+)>;\s*rel="?next"?')


@dataclass
class Traffic:
    """What went over the wire, authentication apart.

    Attributes:
        requests: exchanges.
        size_bytes: headers and bodies, both ways.
    """

    requests: int = 0
    size_bytes: int = 0


class NotThereError(RemoteRefusedError):
    """The registry has no such manifest."""


class ImageRepository:
    """One repository; safe to use from several threads.

    What it reads is checked by digest, and a manifest that it has seen is not asked for again: a digest names its
    content for ever. Names (tags) are asked for every time.

    Attributes:
        address: where it is.
        traffic: what it cost so far.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.traffic = Traffic()
        self._access = Access(address)
        self._short = Http(f"the registry {address.host}", deadline_s=_SHORT_S)
        self._long = Http(f"the registry {address.host}", deadline_s=_LONG_S)
        self._seen: dict[str, Manifest] = {}
        self._mutex = threading.Lock()

    def close(self) -> None:
        """Close the connections."""
        self._short.close()
        self._long.close()

    def __del__(self) -> None:
        self.close()  # a channel has no end of its own to do it at

    # ── looking ──

    def look(self, reference: str) -> str:
        """The digest that a tag (or digest) holds; empty when it is not there.

        Raises:
            RemoteRefusedError: the registry does not let us look.
            RemoteUnreachableError: it does not answer.
        """
        answer = self._send("HEAD", f"/manifests/{reference}", ok=(200, 404), headers=_ACCEPT)
        if answer.status_code == 404:
            return ""
        told = answer.headers.get("Docker-Content-Digest", "")
        return told or self._get(reference).digest

    def manifest(self, reference: str) -> Manifest:
        """The manifest under a tag or digest, its exact bytes.

        Raises:
            NotThereError: it is not there.
            ConflictError: its bytes are not what its digest says.
        """
        return self._seen.get(reference) or self._get(reference)

    def _get(self, reference: str) -> Manifest:
        answer = self._send("GET", f"/manifests/{reference}", ok=(200, 404), headers=_ACCEPT)
        if answer.status_code == 404:
            raise NotThereError(
                f"{self.address} has no {reference}", remedy="see that the name is right, and that it was pushed"
            )
        manifest = Manifest(answer.content, answer.headers.get("Content-Type", "").partition(";")[0].strip())
        wanted = reference if ":" in reference else answer.headers.get("Docker-Content-Digest", manifest.digest)
        Descriptor("", wanted, 0).check(manifest.content, answer.url)
        self._seen[manifest.digest] = manifest
        return manifest

    def absent(self, manifest: Manifest, *, blobs: bool = False) -> tuple[str, ...]:
        """Digests of an image that are not there: the children of an index and, if asked, what they consist of."""
        gone = [child.digest for child in manifest.children if not self.look(child.digest)]
        if blobs:
            here = [self.manifest(child.digest) for child in manifest.children if child.digest not in gone]
            parts = {blob.digest: blob for one in [manifest, *here] for blob in one.blobs}
            gone += [digest for digest, blob in parts.items() if not self.has(blob)]
        return tuple(gone)

    def has(self, blob: Descriptor) -> bool:
        """Whether a blob is there."""
        return self._send("HEAD", f"/blobs/{blob.digest}", ok=(200, 404)).status_code == 200

    def blob(self, blob: Descriptor) -> Iterator[bytes]:
        """A blob's content in pieces; the caller checks the digest of the whole."""
        at = 0
        while at < blob.size_bytes:
            wanted = {"Range": f"bytes={at}-{min(at + _PIECE_BYTES, blob.size_bytes) - 1}"}
            answer = self._send("GET", f"/blobs/{blob.digest}", ok=(200, 206), headers=wanted, http=self._long)
            piece = answer.content if answer.status_code == 206 else answer.content[at:]
            if not piece:
                raise ConflictError("a blob is shorter than its descriptor says", facts={"digest": blob.digest})
            at += len(piece)
            yield piece

    def tags(self, page: int = 1000) -> tuple[str, ...]:
        """Every tag, sorted, asked for in pages of so many; none when the repository does not exist."""
        found: list[str] = []
        url = f"/tags/list?n={page}"
        while url:
            answer = self._send("GET", url, ok=(200, 404))
            if answer.status_code == 404:
                break
            found += answer.json().get("tags") or ()
            match = _NEXT.search(answer.headers.get("Link", ""))
            url = str(answer.url.join(match[1])) if match else ""
        return tuple(sorted(found))

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """What refers to a manifest (signatures, attestations), by the API or by the tag that stands in for it."""
        answer = self._send("GET", f"/referrers/{digest}", ok=(200, 404))
        if answer.status_code == 200:
            return Manifest(answer.content, INDEX).children
        tag = fallback_tag(digest)
        return self._get(tag).children if self.look(tag) else ()

    # ── writing ──

    def put_manifest(self, manifest: Manifest, reference: str = "") -> bool:
        """Store a manifest's exact bytes, under a tag if one is given.

        Returns:
            Whether the registry itself keeps track of it as a referrer.

        Raises:
            RemoteRefusedError: the registry said no: children or blobs are not there, or a right is missing.
            RemoteUnreachableError: no answer: whether it happened must be looked up.
        """
        answer = self._send(
            "PUT",
            f"/manifests/{reference or manifest.digest}",
            ok=(200, 201, 202),
            headers={"Content-Type": manifest.media_type},
            content=manifest.content,
        )
        self._seen[manifest.digest] = manifest
        return bool(answer.headers.get("OCI-Subject"))

    def put_blob(self, blob: Descriptor, content: bytes | Bytes, mount_from: str = "") -> None:
        """Store a blob, in one piece or by mounting it from another repository of the registry.

        Raises:
            RemoteRefusedError: the registry said no.
            RemoteUnreachableError: it broke twice, and the blob is not there.
        """
        for last in (False, True):
            try:
                self._upload(blob, content, mount_from)
                return
            except (RemoteRefusedError, RemoteUnreachableError) as problem:
                if self.has(blob):
                    return
                if last or isinstance(problem, RemoteRefusedError):
                    raise

    def _upload(self, blob: Descriptor, content: bytes | Bytes, mount_from: str) -> None:
        mount = {"mount": blob.digest, "from": mount_from} if mount_from else {}
        begun = self._send("POST", "/blobs/uploads/", ok=(201, 202), params=mount, also=mount_from)
        if begun.status_code == 201:
            return  # mounted
        place = begun.url.join(begun.headers["Location"]).copy_merge_params({"digest": blob.digest})
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(blob.size_bytes)}
        self._send("PUT", str(place), ok=(201, 204), headers=headers, content=content, http=self._long)

    def attach(self, manifest: Manifest) -> None:
        """Store a referrer, and add it to the tag that stands in for the referrers' API where there is none."""
        if self.put_manifest(manifest):
            return
        tag = fallback_tag(manifest.subject)
        for _ in range(5):
            known = self._get(tag).children if self.look(tag) else ()
            if any(one.digest == manifest.digest for one in known):
                return
            self.put_manifest(_index([*known, manifest.descriptor]), tag)
        raise ConflictError("the list of referrers changes too fast", facts={"tag": f"{self.address}:{tag}"})

    def remove_tag(self, tag: str) -> bool:
        """Remove a tag and nothing else; False where the registry can't: many remove by digest only, which would
        take every other tag of that digest along.
        """
        return self._send("DELETE", f"/manifests/{tag}", ok=(202, 400, 404, 405)).status_code in (202, 404)

    # ── the wire ──

    def _send(
        self,
        method: str,
        url: str,
        *,
        ok: Collection[int] = (200,),
        headers: Mapping[str, str] | None = None,
        http: Http | None = None,
        also: str = "",
        **request: Any,
    ) -> httpx.Response:
        wire = http or self._short
        target = url if url.startswith("http") else self.address.url + url
        for attempt in (1, 2):
            granted = self._access.header() if self._ours(target) else {}
            sent = {**(headers or {}), **granted}
            answer = wire.send(method, target, ok={*ok, 401}, headers=sent, **request)
            if answer.status_code != 401:
                self._count(answer, request.get("content"))
                return answer
            if attempt == 2 or not self._access.answer(answer.headers.get("WWW-Authenticate", ""), also):
                break
        raise self._access.no_login() if self._access.anonymous else wire.refusal_error(method, target, answer)

    def _ours(self, target: str) -> bool:
        """Whether a request goes to the registry itself: nobody else gets its token."""
        return target.startswith(self.address.url[: self.address.url.index("/v2/") + 1])

    def _count(self, answer: httpx.Response, content: Any) -> None:
        heads = [*answer.request.headers.raw, *answer.headers.raw]
        size = sum(len(name) + len(value) + 4 for name, value in heads) + len(str(answer.request.url)) + 32
        size += answer.num_bytes_downloaded + (getattr(content, "size_bytes", None) or len(content or b""))
        with self._mutex:
            self.traffic.requests += 1
            self.traffic.size_bytes += size


def fallback_tag(digest: str) -> str:
    """The tag that lists a manifest's referrers on registries without the referrers' API."""
    return digest.replace(":", "-")


def _index(children: Iterable[Descriptor]) -> Manifest:
    import json

    rows = [child.as_json() for child in children]
    raw = {"schemaVersion": 2, "mediaType": INDEX, "manifests": rows}
    return Manifest(json.dumps(raw, separators=(",", ":")).encode(), INDEX)
