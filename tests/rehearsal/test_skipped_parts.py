"""What did not happen is named: by the release for its gates, by the rehearsal for channels and machine."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from windlass.channels.docs.configuration import DocsTable
from windlass.channels.docs.rehearsal import DocsRehearsal
from windlass.channels.oci.configuration import ImageTable
from windlass.channels.oci.rehearsal import ImageRehearsal
from windlass.config import Config, config_form
from windlass.forge import NoForge
from windlass.gate_results import TestReport
from windlass.github.configuration import GitHubTable
from windlass.github.forge import GitHubForge
from windlass.github.forge_from_remote_url import decide
from windlass.graph import Report
from windlass.rehearsal.skipped_parts import not_rehearsed
from windlass.release.report import left_out

WHOLE = {
    "github": {"repository": "acme/demo"},
    "image": {"dockerfile": "Dockerfile", "registries": ["ghcr.io/acme"]},
    "docs": {"config": "mkdocs.yml", "url": "https://acme.example"},
}


def config(**changes: Any) -> Config:
    return msgspec.convert({**WHOLE, "pythons": ["3.8", "3.11", "3.12"], **changes}, config_form())


def suite(name: str, python: str, left: int = 0) -> TestReport:
    return TestReport(name, python, 9, 0, 0, 1.0, "sha256:x", {}, left_out=left)


def report(**values: object) -> Report:
    return Report({name.replace("_", ".", 1): value for name, value in values.items()}, (), 0.0, (), 0.0)


@pytest.mark.parametrize(
    ("changes", "lacks", "words"),
    [
        ({}, "", []),
        ({}, "no Docker engine answers", ["image: no Docker engine answers"]),
        ({"image": {"dockerfile": "Dockerfile"}}, "",
         ["image: no registry is named: [tool.windlass.image] registries"]),
        ({"image": {}}, "", []),
        ({"github": {}}, "",
         ["release page: the remote origin is a folder: [tool.windlass.github] repository names one on GitHub"]),
        ({"github": {}, "forge": "none"}, "", []),
        ({"github": {}, "forge": "none", "flow": "pull-request"}, "",
         ["pull request: [tool.windlass] says that there is no forge; its commit was pushed in its place"]),
        ({"docs": {"config": "mkdocs.yml"}}, "",
         ["documentation as readers see it: no address is named: [tool.windlass.docs] url"]),
        ({"index": {"enabled": False}}, "", []),
    ],
)  # fmt: skip
def test_a_channel_that_is_not_played_is_named(changes: dict[str, Any], lacks: str, words: list[str]) -> None:
    made = config(**changes)
    found = decide(made, made.table(GitHubTable), "/srv/demo.git")
    forge = (
        found if isinstance(found, NoForge) and not made.table(GitHubTable).repository else GitHubForge("acme/demo", "")
    )
    channels = (
        ImageRehearsal(made.table(ImageTable), lacks),
        DocsRehearsal(bool(made.table(DocsTable).config), made.table(DocsTable).url),
    )
    assert [f"{one.what}: {one.why}" for one in not_rehearsed(made, forge, channels)] == words


def test_pythons_that_nothing_was_tested_on_are_left_out() -> None:
    ran = report(**{"test_unit[python=3.11]": suite("unit", "3.11.7"), "build_dist": object()})
    assert [tuple(one) for one in left_out(config(), (), [report(), ran])] == [
        ("Python 3.8", "not installed here"), ("Python 3.12", "not installed here"),
    ]  # fmt: skip


def test_skipped_gates_are_left_out_and_no_python_is_missed_then() -> None:
    assert [tuple(one) for one in left_out(config(), ("test", "scan"), [report()])] == [
        ("test", "left out by --skip-tests"), ("scan", "left out by --skip-tests"),
    ]  # fmt: skip


def test_of_a_release_that_was_tested_before_nothing_is_known() -> None:
    assert left_out(config(), (), []) == ()


def test_tests_that_rehearse_are_counted_once_a_suite_whatever_the_pythons() -> None:
    ran = report(
        **{
            "test_unit[python=3.8]": suite("unit", "3.8.18", 2),
            "test_unit[python=3.11]": suite("unit", "3.11.7", 3),
            "test_integration[python=3.12]": suite("integration", "3.12.1", 1),
        }
    )
    assert [tuple(one) for one in left_out(config(), (), [ran])] == [
        ("4 tests", "marked `rehearsal`: not run inside one"),
    ]
