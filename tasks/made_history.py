"""A repository of a given size, the same every time, written by one `git fast-import`; its shape is goreleaser's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from windlass import shell

_TYPES = {
    "fix": 22, "feat": 12, "chore": 15, "docs": 18, "chore(deps)": 12, "ci": 5, "refactor": 4, "test": 4, "perf": 1,
    "": 7,
}  # fmt: skip
"""Type → its share of the commits, in percent; measured on goreleaser's history, roughly."""

_WORDS = (
    *("archive", "brew", "build", "cask", "changelog", "checksum", "client", "config", "docker", "error", "file"),
    *("flag", "format", "git", "hook", "image", "key", "link", "manifest", "name", "output", "package"),
    *(
        "path",
        "pipe",
        "platform",
        "publish",
        "release",
        "retry",
        "sign",
        "snapshot",
        "tag",
        "target",
        "template",
        "token",
    ),
)
_FIRST_AT = 1_482_000_000


@dataclass(frozen=True)
class Shape:
    """How large a history is.

    Attributes:
        commits: of which one in 22 is a merge.
        tags: spread evenly, all of them versions.
    """

    commits: int
    tags: int


def write(folder: Path, shape: Shape) -> None:
    """Make the repository; `main` is its only branch, and its working copy is empty."""
    folder.mkdir(parents=True)
    shell.run(["git", "init", "-q", "-b", "main"], cwd=folder)
    stream = "".join(_stream(shape)).encode()
    shell.run(["git", "fast-import", "--quiet"], cwd=folder, stdin=stream, timeout_s=600)
    shell.run(["git", "read-tree", "HEAD"], cwd=folder)


def _stream(shape: Shape) -> Iterator[str]:
    chance = random.Random(shape.commits)
    names = _versions(shape.tags)
    tip = tagged = 0
    for mark in range(1, shape.commits + 1):
        side = mark % 22 == 20 and mark + 1 < shape.commits
        merge = mark % 22 == 21
        branch = "refs/heads/side" if side else "refs/heads/main"
        message = f"Merge pull request #{mark} from someone/topic\n" if merge else _message(chance, mark)
        parents = [f"from :{tip}"] if tip else []
        parents += [f"merge :{mark - 1}"] if merge else []
        yield _commit(branch, mark, message, parents, chance)
        tip = tip if side else mark
        if tagged < mark * shape.tags // shape.commits and not side:
            tagged += 1
            yield f"reset refs/tags/{next(names)}\nfrom :{mark}\n\n"
    yield "reset refs/heads/side\nfrom 0000000000000000000000000000000000000000\n\n"


def _commit(branch: str, mark: int, message: str, parents: list[str], chance: random.Random) -> str:
    number = chance.randrange(400)
    who = f"Author {number} <author{number}@example.org> {_FIRST_AT + mark * 3600} +0000"
    lines = [f"commit {branch}", f"mark :{mark}", f"author {who}", f"committer {who}", _data(message), *parents]
    lines += [f"M 100644 inline internal/{mark % 40}/{mark % 7}.go", _data(f"// {mark}\n")]
    return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}"


def _message(chance: random.Random, mark: int) -> str:
    kind = chance.choices([*_TYPES], [*_TYPES.values()])[0]
    words = " ".join(chance.choices(_WORDS, k=chance.randint(3, 8)))
    if kind == "chore(deps)":
        return f"{kind}: bump {words} from 1.{mark}.0 to 1.{mark + 1}.0 (#{mark})\n\n{_bumped(chance, mark)}"
    scope = f"({chance.choice(_WORDS)})" if kind and chance.random() < 0.4 else ""
    bang = "!" if kind == "feat" and chance.random() < 0.03 else ""
    subject = f"{kind}{scope}{bang}: {words}" if kind else words
    pull = f" (#{mark})" if chance.random() < 0.5 else ""
    return f"{subject}{pull}\n\n{_body(chance, mark)}"


def _body(chance: random.Random, mark: int) -> str:
    if chance.random() < 0.5:
        return ""
    lines = [" ".join(chance.choices(_WORDS, k=12)) for _ in range(chance.randint(1, 8))]
    if chance.random() < 0.3:
        lines += ["", f"Closes #{max(mark - 7, 1)}"]
    number = chance.randrange(400)
    return "\n".join([*lines, "", f"Signed-off-by: Author {number} <author{number}@example.org>", ""])


def _bumped(chance: random.Random, mark: int) -> str:
    """What a bot writes: release notes of somebody else, several kilobytes."""
    notes = [f"- {' '.join(chance.choices(_WORDS, k=9))} by @someone in #{mark + n}" for n in range(70)]
    return "\n".join(
        ["Bumps a dependency.", "", "<details>", *notes, "</details>", "", "Signed-off-by: a bot <b@example.org>", ""]
    )


def _versions(count: int) -> Iterator[str]:
    """Ascending versions, `v0.1.0` first: patches, a minor every fourth, a major every 150th, a few pre-releases."""
    major, minor, patch = 0, 0, 0
    for number in range(count):
        if number and number % 150 == 0:
            major, minor, patch = major + 1, 0, 0
        elif number % 4 == 0:
            minor, patch = minor + 1, 0
        else:
            patch += 1
        early = number % 50 == 48 and number + 1 < count
        yield f"v{major}.{minor}.{patch}-rc.1" if early else f"v{major}.{minor}.{patch}"
