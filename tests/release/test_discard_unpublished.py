"""A reservation that is refused, and releases that are given up: what nobody saw goes, what was seen stays."""

from __future__ import annotations

import pytest

from tests.release.demo import Demo
from windlass.errors import ConflictError, LockedError, RemoteRefusedError, UsageError
from windlass.git import RefUpdate
from windlass.release import discard_unpublished, lock
from windlass.release.after.abandon import abandon, candidate
from windlass.release.ledger import ASIDE, PREFIX, Record
from windlass.release.transaction import perform

pytestmark = pytest.mark.stage

HOOK = """\
#!/bin/sh
case $1 in refs/heads/main)
  echo "error: GH006: Protected branch update failed for $1." >&2
  echo "error: Changes must be made through a pull request." >&2
  exit 1;;
esac
"""


def protect(demo: Demo) -> None:
    hook = demo.stage.repository / "hooks" / "update"
    hook.write_text(HOOK)
    hook.chmod(0o755)


def test_a_refused_reservation_leaves_nothing_that_anybody_could_see(demo: Demo) -> None:
    release = demo.made("1.3.0")
    protect(demo)
    with pytest.raises(RemoteRefusedError) as refused:
        perform(demo.opened(), demo.prepared(release))
    said = str(refused.value)
    assert said.startswith("the remote's rules for this branch refused the push; nothing was changed\n")
    assert "GH006: Protected branch update failed for refs/heads/main." in said
    assert "cleaned up: nobody saw this v1.3.0: its draft and its seal are gone" in said
    assert "removes by digest only" in said
    assert 'set flow = "pull-request" in [tool.windlass]' in said
    assert [name for name in demo.held("forge") if demo.held("forge")[name]] == []
    assert not demo.refs(f"{PREFIX}*", lock.REF, "refs/tags/*")
    assert len(demo.refs(f"{ASIDE}*")) == 1
    assert demo.violations() == ()


def test_a_version_that_was_withdrawn_is_released_after_all_with_other_bytes(demo: Demo, elsewhere: Demo) -> None:
    release = demo.made("1.3.0")
    elsewhere.commit("somebody was quicker")
    with pytest.raises(ConflictError, match="has commits that this release does not contain") as refused:
        perform(demo.opened(), demo.prepared(release))
    assert refused.value.remedy == "pull, and release again"
    demo.git.run("pull", "-q", "--ff-only", "origin", "main")
    done, _ = perform(demo.opened(), demo.prepared(demo.made("1.3.0", "other bytes")))
    assert {change.state for change in done.changes} == {"same"}
    assert demo.violations() == ()


def test_a_stale_holder_clears_nothing_away(demo: Demo, elsewhere: Demo) -> None:
    """Whoever took the lock over may be finishing this very release."""
    release = demo.made("1.3.0")
    context = demo.opened()
    with lock.hold(context.git, "release v1.3.0") as held:
        context.ledger.seal(release)
        thief = elsewhere.git.commit(elsewhere.git.tree({"holder.json": b"{}"}), [], "thief", lock.NOBODY)
        elsewhere.git.push(RefUpdate(lock.REF, thief, held.oid))
        problem = ConflictError("refused")
        discard_unpublished.withdraw_refused(context, release, held, problem)
    assert problem.facts["left as it was"].startswith("v1.3.0 stays sealed: the release lock was taken over")
    assert f"{PREFIX}v1.3.0" in demo.refs()


def test_what_was_sealed_only_is_abandoned_without_a_trace_and_its_version_is_free(demo: Demo) -> None:
    release = demo.made("1.3.0")
    context = demo.opened()
    with lock.hold(context.git, "release v1.3.0") as held:
        context.ledger.seal(release)
        for channel in context.channels(release.tag, held):
            for change in channel.plan(release):
                if change.phase == "seal":
                    channel.do(change)
    done = abandon(demo.opened(), candidate(demo.opened()))
    assert done.free
    assert done.lines()[0] == "v1.3.0 is abandoned; nobody saw it: its version is free"
    assert "  gone:  github: remove draft v1.3.0" in done.lines()
    assert done.as_json()["left"] == []
    assert demo.violations() == ()


def test_what_was_reserved_keeps_its_version_and_says_what_stays(demo: Demo) -> None:
    context = demo.opened()
    release = demo.made("1.3.0")
    with lock.hold(context.git, "release v1.3.0") as held:
        context.ledger.seal(release)
        for channel in context.channels(release.tag, held):
            for change in channel.plan(release):
                if change.phase in {"seal", "reserve"} or change.what == "1.3.0":
                    channel.do(change)
    done = abandon(demo.opened(), candidate(demo.opened(), "v1.3.0"))
    assert not done.free
    said = "\n".join(done.lines())
    assert "v1.3.0 is abandoned; its version is used up" in said
    assert "this stays behind, as others may have seen it:" in said
    assert [change.key for change in done.left] == ["git:refs/tags/v1.3.0", "docs:1.3.0"]
    assert "release v1.3.0#1" not in [name for name, now in demo.held("forge").items() if now]
    assert demo.opened().ledger.look()["v1.3.0"].says("abandoned")


@pytest.mark.faults
def test_what_readers_are_sent_to_is_not_abandoned_but_taken_back(demo: Demo) -> None:
    demo.release("1.2.3")
    done = demo.release("1.3.0")
    context = demo.opened()
    context.ledger.look()
    entry = context.ledger.look()[done.release.tag]
    unfinished = [record for record in entry.records if record.kind != "done"]
    ledger = context.ledger
    _rewrite(demo, entry.oid, unfinished)
    with pytest.raises(UsageError) as late:
        abandon(demo.opened(), candidate(demo.opened()))
    assert "v1.3.0 is what readers are sent to already; it is too late to abandon it" in str(late.value)
    assert "`inv rollback --to v1.2.3` takes it back" in str(late.value)
    assert ledger.look()["v1.3.0"].open


def _rewrite(demo: Demo, oid: str, records: list[Record]) -> None:
    """The ledger as it was before its last line."""
    from windlass.release.ledger import _lines

    files = {"release.json": demo.git.show(oid, "release.json") or b"", "ledger.jsonl": _lines(records)}
    shorter = demo.git.commit(demo.git.tree(files), [oid], "shorter", lock.NOBODY)
    demo.git.push(RefUpdate(f"{PREFIX}v1.3.0", shorter, oid))


def test_a_release_that_somebody_works_on_is_not_abandoned(demo: Demo) -> None:
    context = demo.opened()
    context.ledger.seal(demo.made("1.3.0"))
    with lock.hold(context.git, "release v1.3.0"), pytest.raises(LockedError):
        abandon(demo.opened(), candidate(demo.opened()))


def test_a_tag_of_somebody_elses_is_no_reservation_of_ours(demo: Demo, elsewhere: Demo) -> None:
    context = demo.opened()
    context.ledger.seal(demo.made("1.3.0"))
    elsewhere.git.push(RefUpdate("refs/tags/v1.3.0", elsewhere.git.resolve("HEAD"), ""))
    done = abandon(demo.opened(), candidate(demo.opened()))
    assert not done.free
    assert not demo.refs(f"{PREFIX}*")
