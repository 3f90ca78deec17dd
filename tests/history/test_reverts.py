"""A commit and its revert cancel; a revert of something released is a change of its own."""

from __future__ import annotations

import pytest

from windlass import history
from windlass.history import remaining
from windlass.testing.git_history import MadeHistory


def left(made: MadeHistory, since: str | None = None) -> list[str]:
    return [commit.subject for commit in remaining(history.read(made.root, since))]


def revert(made: MadeHistory, oid: str, subject: str) -> str:
    return made.commit(f'Revert "{subject}"\n\nThis reverts commit {oid}.\n')


def test_a_commit_and_its_revert_cancel(made: MadeHistory) -> None:
    made.commit("feat: a")
    revert(made, made.commit("feat: b"), "feat: b")
    assert left(made) == ["feat: a"]


def test_the_revert_of_a_revert_brings_the_commit_back(made: MadeHistory) -> None:
    first = revert(made, made.commit("feat: b"), "feat: b")
    second = made.commit(f'Reapply "feat: b"\n\nThis reverts commit {first}.\n')
    assert left(made) == ["feat: b"]
    made.commit(f'Revert "Reapply "feat: b""\n\nThis reverts commit {second}.\n')
    assert left(made) == []


def test_the_revert_of_something_released_stays(made: MadeHistory) -> None:
    released = made.commit("feat: b")
    made.tag("v1.0.0")
    revert(made, released, "feat: b")
    assert left(made, "v1.0.0") == ['Revert "feat: b"']


def test_a_forge_s_revert_without_an_id_is_found_by_its_subject(made: MadeHistory) -> None:
    made.commit("feat: b (#12)")
    made.commit('Revert "feat: b (#12)" (#13)\n\nReverts owner/name#12')
    assert left(made) == []


def test_the_newest_commit_of_a_subject_is_the_one_reverted(made: MadeHistory) -> None:
    first = made.commit("chore: deps")
    made.commit("chore: deps")
    made.commit('Revert "chore: deps"')
    assert [commit.id for commit in remaining(history.read(made.root, None))] == [first]


def test_a_conventional_revert_names_what_it_takes_back_in_refs(made: MadeHistory) -> None:
    first, second = made.commit("feat: a"), made.commit("feat: b")
    made.commit(f"revert: let us never again speak of it\n\nRefs: {first[:7]}, {second[:8]}")
    assert left(made) == []


def test_the_revert_of_a_merge_takes_back_all_that_it_brought(made: MadeHistory) -> None:
    made.commit("chore: base")
    made.on("topic")
    made.commit("feat: a")
    made.commit("feat!: b")
    made.on("main")
    before = made.commit("fix: c")
    merge = made.merge("topic")
    made.commit(
        f"Revert \"Merge branch 'topic'\"\n\nThis reverts commit {merge}, reversing\nchanges made to {before}.\n"
    )
    assert left(made) == ["fix: c", "chore: base"]


def test_a_commit_that_reverts_and_does_more_is_kept(made: MadeHistory) -> None:
    wrong = made.commit("feat: b")
    made.commit(f"fix: do it otherwise\n\nThis reverts commit {wrong}.\n")
    assert left(made) == ["fix: do it otherwise"]


def test_one_that_reverts_two_of_which_one_is_released_is_kept(made: MadeHistory) -> None:
    released = made.commit("feat: a")
    made.tag("v1.0.0")
    fresh = made.commit("feat: b")
    made.commit(f'Revert "feat: a" and b\n\nThis reverts commit {released}.\nThis reverts commit {fresh}.\n')
    assert left(made, "v1.0.0") == ['Revert "feat: a" and b']


def test_a_mention_of_a_revert_in_prose_takes_nothing_back(made: MadeHistory) -> None:
    other = made.commit("feat: b")
    made.commit(f"docs: why\n\nThis reverts commit {other} only in part.\nSee also: This reverts commit {other}")
    assert left(made) == ["docs: why", "feat: b"]


def test_a_revert_of_an_unknown_or_ambiguous_commit_takes_nothing_back(made: MadeHistory) -> None:
    made.commit("feat: b")
    made.commit(f'Revert "feat: x"\n\nThis reverts commit {"0" * 40}.\n')
    made.commit("revert: y\n\nRefs: 0000000")
    assert left(made) == ["revert: y", 'Revert "feat: x"', "feat: b"]


@pytest.mark.parametrize(
    "message",
    [
        "revert: b\n\nThis reverts commit {short}.",
        "revert: b\n\nThis reverts commit {short} (feat: b, 2024-05-16).",
        'Merged PR 6: Revert "feat: b"\n\nReverted commit {short}.',
        "Revert {short}",
        "Revert commit {short}: it breaks",
        "revert: feat: b",
        "revert: feat: b (#9)",
        # After a rebase the id is another, and the subject says what is meant.
        'Revert "feat: b"\n\nThis reverts commit 0123456789012345678901234567890123456789.',
    ],
)
def test_a_revert_names_what_it_takes_back_in_many_ways(made: MadeHistory, message: str) -> None:
    made.commit("feat: a")
    oid = made.commit("feat: b")
    made.commit(message.format(short=oid[:8]))
    assert left(made) == ["feat: a"]


def test_a_revert_of_several_takes_back_all_of_them(made: MadeHistory) -> None:
    first, second = made.commit("feat: a"), made.commit("feat: b")
    made.commit(f"revert: both\n\nThis reverts commits {first[:9]} and {second[:9]}.")
    assert left(made) == []


def test_a_pull_request_is_reverted_by_its_title(made: MadeHistory) -> None:
    made.commit("Merged PR 5: feat: b")
    made.commit('Merged PR 6: Revert "feat: b"')
    made.commit("Merged in topic (pull request #7)\n\nfeat: c")
    made.commit('Revert "Merged in topic (pull request #7)"')
    assert left(made) == []


def test_a_revert_that_quotes_no_subject_stays(made: MadeHistory) -> None:
    made.commit("feat: b")
    made.commit("revert: b")
    assert left(made) == ["revert: b", "feat: b"]
