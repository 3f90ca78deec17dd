"""A project with many releases of its own: commits, tags and ledgers as windlass leaves them, by one fast-import."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from windlass import shell
from windlass.model import Artifact, Phase, Receipt, Release
from windlass.release.ledger import PREFIX, Record

_FIRST_AT = 1_700_000_000
_DAY_S = 86_400
_PLACES = {
    Phase.SEAL: ("oci:ghcr.io/acme/demo:sealed-{v}", "github:draft {v}"),
    Phase.RESERVE: ("git:refs/tags/v{v}",),
    Phase.PUBLISH: ("oci:ghcr.io/acme/demo:{v}", "docs:{v}", "index:demo-{v}.tar.gz", "github:v{v}"),
    Phase.POINT: ("oci:ghcr.io/acme/demo:latest", "docs:latest", "github:latest"),
}
"""Phase → the changes that a release of every channel makes in it; each phase is one push to the ledger."""
_FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "demo"
dynamic = ["version"]
requires-python = ">=3.11"

[tool.hatch.version]
path = "demo.py"

[tool.windlass.index]
enabled = false
""",
    "tasks.py": "from windlass import collection\n\nns = collection()\n",
    "invoke.yaml": "tasks:\n  executor_class: windlass.graph.Executor\n  auto_dash_names: true\n",
    ".gitignore": ".windlass/\ndist/\n__pycache__/\n",
}


def write(folder: Path, releases: int) -> Path:
    """Make the remote, `folder/remote.git`, and a clone of it with one commit more than was released; the clone."""
    remote, clone = folder / "remote.git", folder / "project"
    shell.run(["git", "init", "-q", "--bare", "-b", "main", remote], cwd=folder)
    stream = b"".join(_stream(releases))
    shell.run(["git", "fast-import", "--quiet"], cwd=remote, stdin=stream, timeout_s=600)
    shell.run(["git", "clone", "-q", remote, clone], cwd=folder)
    return clone


def _stream(releases: int) -> Iterator[bytes]:
    mark = 0
    for number in range(releases):
        version, at = _version(number), _FIRST_AT + number * _DAY_S
        files = {**(_FILES if number == 0 else {}), "demo.py": f'__version__ = "{version}"\n'}
        mark += 1
        commit = mark
        yield _commit(commit, "refs/heads/main", f"release {version}", at, files, commit - 1 if number else 0)
        yield f"tag v{version}\nfrom :{commit}\ntagger A <a@example.org> {at} +0000\ndata 1\n.".encode() + b"\n"
    last = mark
    yield _commit(last + 1, "refs/heads/main", "feat: what comes next", at + 1, {"more.txt": "more\n"}, last)
    mark += 1
    for number in range(releases):
        version, at = _version(number), _FIRST_AT + number * _DAY_S
        ref, release = f"{PREFIX}v{version}", _release(version, at)
        mark += 1
        seal = msgspec.json.format(msgspec.json.encode(release), indent=1).decode()
        yield _commit(mark, ref, f"seal v{version}", at, {"release.json": seal}, number + 1, clear=True)
        lines: list[Record] = []
        for records in _pushes(version):
            lines += records
            mark += 1
            text = "".join(msgspec.json.encode(line).decode() + "\n" for line in lines)
            yield _commit(mark, ref, "receipts", at, {"ledger.jsonl": text}, mark - 1)


def _version(number: int) -> str:
    """A patch release nine times of ten, then the next minor one."""
    return f"1.{number // 10}.{number % 10}"


def _release(version: str, at: int) -> Release:
    names = {"wheel": f"demo-{version}-py3-none-any.whl", "sdist": f"demo-{version}.tar.gz", "image": "demo"}
    artifacts = tuple(Artifact(name, kind, f"sha256:{at:064x}", 50_000) for kind, name in names.items())
    notes = f"## {version}\n\n" + "- something that was done for this version\n" * 20
    bare = Release("demo", version, version, f"v{version}", f"{at:040x}", "main", at, artifacts)
    return replace(bare, notes=notes, tools={"python": "3.11.2", "hatchling": "1.27.0", "uv": "0.8.0"})


def _pushes(version: str) -> Iterator[list[Record]]:
    stamp, host = "2026-01-01T00:00:00Z", "runner"
    for phase, places in _PLACES.items():
        receipts = [
            Receipt(name.partition(":")[0], name.partition(":")[2].format(v=version), phase, f"sha256:{0:064x}")
            for name in places
        ]
        yield [Record("receipt", one.key, stamp, host, one) for one in receipts]
        yield [Record("verified", one.key, stamp, host, one) for one in receipts]
    yield [Record("done", version, stamp, host)]


def _commit(
    mark: int, ref: str, text: str, at: int, files: dict[str, str], parent: int, *, clear: bool = False
) -> bytes:
    head = f"commit {ref}\nmark :{mark}\ncommitter A <a@example.org> {at} +0000\ndata {len(text)}\n{text}\n"
    head += f"from :{parent}\n" if parent else ""
    head += "deleteall\n" if clear else ""
    parts = [head.encode()]
    for path, content in files.items():
        body = content.encode()
        parts.append(f"M 100644 inline {path}\ndata {len(body)}\n".encode() + body + b"\n")
    return b"".join(parts)
