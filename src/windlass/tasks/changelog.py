"""`inv changelog`: what will be released, the whole, and whether commits follow the convention."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.tasks import Task

from windlass.errors import GateError, UsageError
from windlass.graph import answer, task
from windlass.printable_text import legible

if TYPE_CHECKING:
    from windlass.changelog import CommitProblem
    from windlass.project import Project


@task(
    help={
        "all": "Every version's notes, from the whole history; with --check, every commit.",
        "output": "Write them into this file instead of showing them.",
        "check": "Say whether commits follow Conventional Commits; fail with the lines that don't.",
        "since": "Check the commits since this revision, such as origin/main; the last release by default.",
        "json": "Print what --check finds as JSON, alone on standard output.",
    },
    effect=True,
)
def changelog(
    c: Context, all_: bool = False, output: str = "", check: bool = False, since: str = "", json: bool = False
) -> None:
    """Show the notes of what is not released yet."""
    from windlass.project import Project

    project = Project.load(Path(c.cwd))
    if (since or json) and not check:
        raise UsageError("--since and --json belong to --check", remedy="add --check, or leave them out")
    if check and (output or (since and all_)):
        raise UsageError(
            "--check writes no file, and looks at commits since a revision or at all", remedy="leave one of them out"
        )
    if check:
        _check(project, since, all_, json)
        return
    text = _whole(project) if all_ else _unreleased_notes(project)
    if output:
        _write(project.root / output, text)
    else:
        print(text, end="")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8", newline="")
    except OSError as problem:
        raise UsageError(
            "the notes can't be written",
            facts={"file": file, "problem": problem.strerror},
            remedy="name a file that can be written: --output FILE",
        ) from problem
    print(f"{file.name}: {len(text.encode())} bytes")


def _whole(project: Project) -> str:
    """Every version's notes."""
    import gc

    from windlass.changelog.file import whole
    from windlass.changelog.style import style
    from windlass.history.commits_by_version import sections

    config = project.config
    options = config.changelog
    # All that is read stays until it is written; looking through it for garbage again and again, as the commits grow
    # in number, took a third of the time.
    gc.disable()
    try:
        parts = sections(project.root, config.tag_prefix, first_parent=options.first_parent, paths=options.paths)
        return whole(parts, style(project))
    finally:
        gc.enable()


def _unreleased_notes(project: Project) -> str:
    """The notes of what is not released."""
    from windlass.changelog.file import UNRELEASED
    from windlass.changelog.notes import notes
    from windlass.changelog.style import style
    from windlass.history.log import read
    from windlass.next_version.from_working_copy import trusted_base

    config = project.config
    options = config.changelog
    here = trusted_base(project.root, config.tag_prefix, config.branch, config.remote)
    since = here.final.commit if here.final else None  # as those of the next final version: it tells all since the last
    commits = read(project.root, since, here.head, first_parent=options.first_parent, paths=options.paths)
    previous = here.final.name if here.final else ""
    return notes(UNRELEASED, "", commits, style(project), previous=previous)


def _check(project: Project, since: str, all_: bool, json: bool) -> None:
    from windlass.changelog.commit_lint import faults
    from windlass.history.log import read
    from windlass.next_version.from_working_copy import trusted_base

    config = project.config
    here = trusted_base(project.root, config.tag_prefix, config.branch, config.remote)
    last = here.current.commit if here.current and not all_ else None
    commits = read(project.root, since or last, here.head)
    found = faults(commits)
    if json:
        answer({"ok": not found, "commits": len(commits), "faults": found})
    if found:
        raise _convention_error(found)
    print(f"all follow Conventional Commits: {len(commits)} looked at")


def _convention_error(found: Sequence[CommitProblem]) -> GateError:
    lines: dict[str, Any] = {}
    for fault in found:
        name = fault.commit[:7]
        lines[name] = "\n".join(filter(None, [lines.get(name), f"{legible(fault.line)}  ← {fault.problem}"]))
    return GateError(
        f"{len(lines)} commit{'s do' if len(lines) > 1 else ' does'} not follow Conventional Commits",
        facts=lines,
        remedy="reword them: git rebase -i; the form is `type(scope): summary`, with a footer `BREAKING CHANGE: …`",
    )


def namespace() -> tuple[Task[Any], ...]:
    """`changelog`."""
    return (changelog,)
