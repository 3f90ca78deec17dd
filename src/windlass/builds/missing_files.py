"""Files that the shipped wheel lacks: it is built from the sdist, and an sdist easily leaves something out.

The wheel that the project's own backend makes straight of the tree says what should be there.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from packaging.utils import parse_wheel_filename

from windlass.builds.dist import build, prepare_tree
from windlass.errors import GateError

_TIMEOUT_S = 900.0


def refuse_missing_files(
    root: Path,
    wheel: Path,
    *,
    packages: Sequence[str],
    on_purpose: Sequence[str] = (),
    tag: str = "",
    given: Mapping[str, str],
) -> tuple[str, ...]:
    """See that a wheel which came by way of the sdist has what one that is built straight of the project has.

    What is compiled is not built a second time: it says nothing then.

    Args:
        packages: the project's import names: what else a build packs up by accident does not count.
        on_purpose: globs of what the sdist leaves out as it should.
        tag: as `dist`.
        given: variables that the build sees besides.

    Returns:
        The files of both.

    Raises:
        GateError: some are missing, or all.
    """
    there = contents(wheel)
    if not there:
        raise GateError(
            f"{wheel.name} holds nothing",
            facts={"packages": ", ".join(packages) or "(none found)"},
            remedy="tell the build backend where the packages are; `python -m build` makes the same",
        )
    if any(platform.platform != "any" for platform in parse_wheel_filename(wheel.name)[3]):
        return ()
    with tempfile.TemporaryDirectory(prefix="windlass-build-") as scratch:
        tree, made = Path(scratch).resolve() / "tree", Path(scratch).resolve() / "made"
        prepare_tree(root, tree, wheel.parent, tag)
        build(tree, made, given, _TIMEOUT_S, "--wheel")
        wanted = contents(next(made.glob("*.whl")))
    lacking = missing(wanted, there, packages, on_purpose)
    if lacking:
        shown = "\n".join(lacking[:20]) + ("\n…" if len(lacking) > 20 else "")
        raise GateError(
            f"{wheel.name} lacks {len(lacking)} {'file' if len(lacking) == 1 else 'files'} of the project",
            facts={"not in it": shown, "why": "the wheel is built from the sdist, which leaves them out"},
            remedy="have the sdist hold them (MANIFEST.in, or the backend's `include`); if that is right, name them in "
            "[tool.windlass] not-in-sdist",
        )
    return tuple(sorted(wanted))


def contents(wheel: Path) -> frozenset[str]:
    """The files that a wheel installs, its own records apart."""
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(_installed(archive.namelist()))


def _installed(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if not name.endswith("/") and not name.split("/")[0].endswith(".dist-info"):
            yield name


def missing(
    wanted: frozenset[str], there: frozenset[str], packages: Sequence[str], on_purpose: Sequence[str]
) -> tuple[str, ...]:
    """What should be in a wheel and is not, sorted; of the project's packages, and of those that the wheel has."""
    tops = {package.split(".")[0] for package in packages} | {_top(name) for name in there}
    lacking = sorted(name for name in wanted - there if _top(name) in tops)
    return tuple(name for name in lacking if not any(fnmatchcase(name, glob) for glob in on_purpose))


def _top(name: str) -> str:
    return name.split("/", maxsplit=1)[0].removesuffix(".py")
