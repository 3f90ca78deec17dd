"""The ledger: what is known of every release, on the remote, append-only. Its first commit is the seal.

`refs/windlass/releases/<tag>` is a chain of commits. The first holds `release.json` (the seal) and has the release
commit as its parent, so that whoever fetches the ledger has the commit too; each later one adds a line to
`ledger.jsonl`. Every push is leased on the value that was read, so two writers can't lose each other's lines.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from windlass.errors import ConflictError, RemoteRefusedError, RepositoryError
from windlass.git import Blob, Git, Identity, RefUpdate
from windlass.model import NO_FACTS, Facts, Phase, Receipt, Release, StoredFacts
from windlass.printable_text import printable
from windlass.release.ledger import legacy_format
from windlass.stage.addresses import Addresses
from windlass.versions.tags import from_tag, tagged_versions
from windlass.versions.version import Version

PREFIX = "refs/windlass/releases/"
ASIDE = "refs/windlass/withdrawn/"
"""Where the ledger of a release that nobody saw is put aside: `TAG/OID`."""
_MIRROR = "refs/windlass/remote/releases/"
"""Where the remote's ledgers are kept here; a copy for reading, made anew by every look."""
_ATTEMPTS = 8
_SEAL = "release.json"
_LINES = "ledger.jsonl"


@dataclass(frozen=True)
class Record:
    """One line of a ledger.

    Attributes:
        kind: `receipt` (an effect was seen done), `verified` (a consumer saw it), `asked` (a person must act),
            `done` (the release finished), `abandoned`, `taken-back` (a rollback began), `rolled-back` (it finished),
            `withdrawn` (nobody saw it; the ledger is put aside).
        subject: key of the change, or a version; with `kind`, what makes a record one of its kind.
        at: UTC, ISO 8601, to the second.
        by: the machine.
        receipt: for `receipt`, `verified` and `asked`.
        form: of the line, see `windlass.release.ledger.legacy_format`; 0 for one that is not written yet.
    """

    kind: str
    subject: str
    at: str = ""
    by: str = ""
    receipt: Receipt | None = None
    form: int = 0

    @property
    def identity(self) -> tuple[str, str, str]:
        """Two records with the same identity say the same."""
        return (self.kind, self.subject, self.receipt.digest if self.receipt else "")


@dataclass(frozen=True)
class LedgerEntry:
    """A release's ledger as it was read.

    Attributes:
        tag: the release's tag.
        oid: the ref's value.
        release: what was sealed.
        records: every line since, in order.
        seal: `release.json` as it lies there.
        lines: `ledger.jsonl` as it lies there, to which is only ever added.
    """

    tag: str
    oid: str
    release: Release
    records: tuple[Record, ...] = ()
    seal: Blob = field(default=Blob("", b""), repr=False, compare=False)
    lines: bytes = field(default=b"", repr=False, compare=False)

    def says(self, *kinds: str) -> bool:
        """Whether a record of one of these kinds is there."""
        return any(record.kind in kinds for record in self.records)

    @property
    def open(self) -> bool:
        """Whether the release was sealed and neither finished, abandoned nor taken back."""
        return not self.says("done", "abandoned", "taken-back")

    @property
    def superseded_or_abandoned(self) -> bool:
        """Whether nothing may point to this release any more."""
        return self.says("abandoned", "taken-back")

    @property
    def rolling_back_to(self) -> str:
        """The version that an unfinished rollback goes to; empty when none is under way."""
        under_way = ""
        for record in self.records:
            if record.kind in {"taken-back", "rolled-back"}:
                under_way = record.subject if record.kind == "taken-back" else ""
        return under_way

    @property
    def open_requests(self) -> tuple[Receipt, ...]:
        """What a person was asked to do and was not seen to have done, by key."""
        done = {record.subject for record in self.records if record.kind == "receipt"}
        return tuple(r.receipt for r in self.records if r.kind == "asked" and r.receipt and r.subject not in done)


class Ledger:
    """The ledgers of one project's releases on one remote; safe to use from several threads.

    A repository may hold several projects, each with its tags' prefix: of another's ledgers nothing is read.
    """

    def __init__(self, git: Git, addresses: Addresses | None = None, prefix: str = "v") -> None:
        """What is read and written.

        Args:
            addresses: where a stage's stand-ins are, which its ledgers name by symbols; none for a real remote.
            prefix: what stands before the version in the project's tags.
        """
        self._prefix = prefix
        self._git = git
        self._addresses = addresses or Addresses()
        self._entries: dict[str, LedgerEntry] = {}
        self.unreadable: dict[str, str] = {}
        """Tag → why its ledger, as it was last looked at, can't be read."""
        self._mutex = threading.Lock()
        self._waiting: dict[str, list[Record]] = {}

    def look(self, *more: str) -> dict[str, LedgerEntry]:
        """Read the project's ledgers from the remote: tag → entry; `more` refspecs are fetched on the way.

        Those that can't be read are left out, and stand in `unreadable`.
        """
        with self._mutex:
            self._git.fetch(f"+{PREFIX}{self._prefix}*:{_MIRROR}{self._prefix}*", *more, prune=True)
        return self.last_seen()

    def last_seen(self) -> dict[str, LedgerEntry]:
        """The project's ledgers as they were last read from the remote, also by an earlier run: tag → entry."""
        with self._mutex:
            listing = self._git.run("for-each-ref", "--format=%(objectname) %(refname)", _MIRROR).text
            rows = (line.partition(" ") for line in listing.splitlines())
            every = {ref.removeprefix(_MIRROR): oid for oid, _, ref in rows}
            oids = {tag: oid for tag, oid in every.items() if from_tag(tag, self._prefix) is not None}
            known = {tag: entry for tag, entry in self._entries.items() if entry.oid == oids.get(tag)}
            read, self.unreadable = self._read({tag: oid for tag, oid in oids.items() if tag not in known})
            everything = {**known, **read}
            self._entries = {tag: everything[tag] for tag in oids if tag in everything}
            return dict(self._entries)

    def seal(self, release: Release) -> LedgerEntry:
        """Fix a release's bytes: create its ledger, or adopt the one that is there.

        Raises:
            ConflictError: it was sealed with other contents.
        """
        sealed = replace(release, floating=())
        who = Identity("windlass", "windlass@localhost", release.epoch)
        content = msgspec.json.format(msgspec.json.encode(sealed), indent=1)
        seal = Blob(self._git.blob(content), content)
        tree = self._git.tree({_SEAL: seal})
        oid = self._git.commit(tree, [release.commit], f"seal {release.tag}", who)
        try:
            self._git.push(RefUpdate(PREFIX + release.tag, oid, ""))
        except ConflictError:
            self.look()
            entry = self._entry(release.tag)
            if entry.release != sealed:
                raise _sealed_otherwise(entry.release, sealed) from None
            return entry
        entry = LedgerEntry(release.tag, oid, sealed, seal=seal)
        with self._mutex:
            self._entries[release.tag] = entry
        return entry

    def append(self, tag: str, *records: Record) -> LedgerEntry:
        """Add records that are not there yet; one push, repeated when somebody else was quicker.

        While one push is under way, what other threads have to add gathers, and goes with the next one.
        """
        self._waiting.setdefault(tag, []).extend(records)
        for _ in range(_ATTEMPTS):
            with self._mutex:
                entry = self._entry(tag)
                gathered = (*self._waiting.pop(tag, ()), *records)  # a push that fails loses nobody's: each has its own
                there = {record.identity for record in entry.records}
                new = tuple({r.identity: _stamp(r) for r in gathered if r.identity not in there}.values())
                if not new:
                    return entry
                try:
                    self._entries[tag] = self._push(entry, new)
                    return self._entries[tag]
                except ConflictError:
                    pass
            self.look()
        raise RemoteRefusedError("the ledger changes too fast to be written", facts={"ref": PREFIX + tag})

    def withdraw(self, tag: str, push: Callable[..., None]) -> None:
        """Put aside the ledger of a release that nobody saw: its version is free again.

        Args:
            push: takes ref updates, in one push that is refused whole when the release lock was lost.
        """
        with self._mutex:
            entry = self._entry(tag)
            last = self._commit_records(entry, (_stamp(Record("withdrawn", entry.release.version)),))
            push(RefUpdate(PREFIX + tag, "", entry.oid), RefUpdate(f"{ASIDE}{tag}/{entry.oid[:12]}", last.oid, ""))
            del self._entries[tag]

    def _entry(self, tag: str) -> LedgerEntry:
        if tag in self.unreadable:
            raise unreadable_error({tag: self.unreadable[tag]}, self._git.remote)
        if tag not in self._entries:
            raise ConflictError(f"{tag} was withdrawn meanwhile", remedy="run the same again: it begins anew")
        return self._entries[tag]

    def _push(self, entry: LedgerEntry, new: Sequence[Record]) -> LedgerEntry:
        longer = self._commit_records(entry, new)
        self._git.append(RefUpdate(PREFIX + entry.tag, longer.oid, entry.oid))
        return longer

    def _commit_records(self, entry: LedgerEntry, new: Sequence[Record]) -> LedgerEntry:
        """The ledger with more records, as a commit that no ref leads to yet."""
        lines = entry.lines + self._addresses.symbolic(_lines(new).decode()).encode()
        files: dict[str, bytes | Blob] = {_LINES: lines, _SEAL: entry.seal}
        title = self._addresses.symbolic(", ".join(f"{record.kind} {record.subject}" for record in new))
        oid = self._git.commit(self._git.tree(files), [entry.oid], title, _now())
        return replace(entry, oid=oid, records=(*entry.records, *new), lines=lines)

    def _read(self, oids: Mapping[str, str]) -> tuple[dict[str, LedgerEntry], dict[str, str]]:
        """The ledgers as these commits have them: tag → entry; and why others can't be read. All are read at once."""
        names = [f"{oid}:{name}" for oid in oids.values() for name in (_SEAL, _LINES)]
        files = self._git.blobs(names) if names else {}
        entries, unreadable = {}, {}
        for tag, oid in oids.items():
            try:
                entries[tag] = self._decode(tag, oid, files)
            except (msgspec.MsgspecError, UnicodeDecodeError) as problem:  # a later windlass's, or nobody's
                unreadable[tag] = printable(str(problem))
        return entries, unreadable

    def _decode(self, tag: str, oid: str, files: Mapping[str, Blob]) -> LedgerEntry:
        seal, lines = files.get(f"{oid}:{_SEAL}"), files.get(f"{oid}:{_LINES}")
        if seal is None:
            raise msgspec.ValidationError(f"it has no {_SEAL}")
        raw = lines.content if lines else b""
        text = self._addresses.resolve(raw.decode(), PREFIX + tag)
        records = tuple(_record(line) for line in text.encode().splitlines())
        return LedgerEntry(tag, oid, msgspec.json.decode(seal.content, type=Release), records, seal, raw)


def used_up(entries: Mapping[str, LedgerEntry], prefix: str) -> tuple[Version, ...]:
    """The versions of releases that were given up or taken back, or are out: nothing new may have them."""
    return tuple(tagged_versions((tag for tag, entry in entries.items() if not entry.open), prefix))


def unreadable_error(unreadable: Mapping[str, str], remote: str) -> RepositoryError:
    """What is said where all ledgers must be known, and some are not."""
    tag, why = next(iter(unreadable.items()))
    return RepositoryError(
        f"the ledger of {tag} can't be read: {why}",
        facts={"refs on the remote": ", ".join(f"{PREFIX}{one}" for one in unreadable)},
        remedy="use the windlass that wrote it; or, where it is nobody's ledger, remove it: "
        f"git push {remote} :{PREFIX}{tag}",
    )


def receipts(entry: LedgerEntry, *phases: Phase) -> tuple[Receipt, ...]:
    """The latest receipt of each change, of these phases."""
    latest = {
        record.receipt.key: record.receipt
        for record in entry.records
        if record.kind == "receipt" and record.receipt is not None and record.receipt.phase in phases
    }
    return tuple(latest.values())


def _record(line: bytes) -> Record:
    """A line as a value, whatever its form; a `MsgspecError` for what is none."""
    record = msgspec.json.decode(line, type=Record, dec_hook=_stored_facts)
    receipt = record.receipt
    if record.form or receipt is None or not isinstance(receipt.facts, StoredFacts):
        return record
    facts = StoredFacts(legacy_format.with_parts(receipt.channel, receipt.facts))
    return replace(record, receipt=replace(receipt, facts=facts))


def _stored_facts(kind: type, values: Any) -> Facts:
    """Facts as a ledger has them: whose they are, and so of which type, is for their channel to know."""
    del kind  # Facts: nothing else in a record is of a kind that JSON has not
    return StoredFacts(values) if values else NO_FACTS


def _lines(records: Iterable[Record]) -> bytes:
    return b"".join(msgspec.json.encode(record) + b"\n" for record in records)


def _stamp(record: Record) -> Record:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return replace(record, at=at, by=socket.gethostname(), form=legacy_format.FORM)


def _now() -> Identity:
    return Identity("windlass", "windlass@localhost", int(datetime.now(UTC).timestamp()))


def _sealed_otherwise(there: Release, here: Release) -> ConflictError:
    ours = {artifact.name: artifact.sha256 for artifact in here.artifacts}
    theirs = {artifact.name: artifact.sha256 for artifact in there.artifacts}
    differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    return ConflictError(
        f"{here.tag} is already sealed with other contents; nothing was changed",
        facts={
            "commit there": there.commit,
            "commit here": here.commit,
            "other bytes": ", ".join(differing) or "(none)",
        },
        remedy=f"`inv release --version {here.tag}` finishes what was sealed; `inv release.abandon` ends it",
    )
