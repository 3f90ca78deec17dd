"""A small real project that ships on every channel, rehearsed once; every test of this folder breaks it anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from windlass.project import Project
from windlass.rehearsal.fault_choice import Break
from windlass.rehearsal.fault_trials import Trials
from windlass.rehearsal.staged_release import Rehearsal, rehearsal
from windlass.stage.digest_cache_server import ProofStore

PYPROJECT = """\
[build-system]
requires = ["hatchling==1.33.0"]
build-backend = "hatchling.build"

[project]
name = "tiny-demo"
version = "1.2.2"
requires-python = ">=3.11"

[project.scripts]
tiny-demo = "tiny_demo:main"

[dependency-groups]
test = ["pytest"]

[tool.windlass]
pythons = ["3.11"]

[tool.windlass.github]
repository = "acme/tiny-demo"

[tool.windlass.image]
registries = ["ghcr.io/acme"]
"""
DOCKERFILE = """\
FROM python:3.11-slim
ARG VERSION
ENV VERSION=${VERSION}
COPY dist/*.whl /opt/
ENTRYPOINT ["/bin/sh", "-c", "echo $VERSION"]
"""
FILES = {
    "pyproject.toml": PYPROJECT,
    "tasks.py": "from windlass import collection\nns = collection()\n",
    "invoke.yaml": "tasks:\n  executor_class: windlass.graph.Executor\n",
    "src/tiny_demo/__init__.py": '__version__ = "1.2.2"\n\n\ndef main():\n    print(__version__)\n',
    "tests/test_tiny.py": "import tiny_demo\n\n\ndef test_it():\n    assert tiny_demo.__version__\n",
    "Dockerfile": DOCKERFILE,
    "mkdocs.yml": "site_name: tiny\ntheme:\n  name: mkdocs\n",
    "docs/index.md": "# Tiny\n",
}
RELEASE = ("release", "--part", "minor", "--yes")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """The project with its first version on every channel; an engine must be there, so that images count."""
    folder = tmp_path_factory.mktemp("tiny")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    with rehearsal(Project.load(folder), print, proofs=ProofStore()) as ready:
        assert [one.what for one in ready.left_out if one.what == "image"] == []
        yield ready


@pytest.fixture(scope="session")
def release(prepared: Rehearsal) -> Trials:
    """The release of its next version."""
    return Trials(prepared, *RELEASE)


@pytest.fixture(scope="session")
def breaks(release: Trials) -> tuple[Break, ...]:
    """Every way to break that release, which was run once unbroken."""
    return release.enumerate()


@pytest.fixture
def begun(release: Trials, breaks: tuple[Break, ...]) -> Iterator[Trials]:
    """Everything as it was before that release."""
    assert breaks
    release.restore()
    yield release
    release.restore()
