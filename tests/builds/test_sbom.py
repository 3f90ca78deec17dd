"""The bill of materials: what it says, and that it is the same bytes whoever makes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.channels.repository import wheel
from windlass.builds.sbom import sbom
from windlass.errors import GateError
from windlass.gate_results import NO_EPOCH

pytestmark = pytest.mark.stage

EPOCH = 1_750_000_000
"""2025-06-15."""


def made(folder: Path, *requires: str, epoch: int = EPOCH) -> dict[str, Any]:
    """The bill of materials of a wheel that requires this, written into `folder`."""
    shipped = wheel(folder / "dist", "demo", "1.2.3", requires=requires)
    artifact = sbom(folder / "dist" / shipped.name, folder, name="demo", pythons=("3.12", "3.13"), epoch=epoch)
    assert (artifact.name, artifact.kind) == ("demo-1.2.3.cdx.json", "sbom")
    document: dict[str, Any] = json.loads((folder / artifact.name).read_bytes())
    assert document["metadata"]["component"]["hashes"] == [
        {"alg": "SHA-256", "content": shipped.sha256.removeprefix("sha256:")}
    ]
    return document


def versions(document: dict[str, Any]) -> dict[str, str]:
    return {component["name"]: component["version"] for component in document.get("components", [])}


def test_it_names_the_wheel_and_what_is_installed_with_it(tmp_path: Path) -> None:
    for name in ("demo-1.2.2.cdx.json", "other-1.0.cdx.json"):
        (tmp_path / name).touch()
    document = made(tmp_path, "markdown-it-py")
    about = document["metadata"]["component"]
    assert (about["name"], about["version"], about["purl"]) == ("demo", "1.2.3", "pkg:pypi/demo@1.2.3")
    assert document["metadata"]["timestamp"] == "2025-06-15T15:06:40+00:00"
    assert versions(document) == {"markdown-it-py": "3.0.0", "mdurl": "0.1.2"}, "as of the commit, not as of today"
    edges = {row["ref"]: row.get("dependsOn", []) for row in document["dependencies"]}
    assert edges[about["bom-ref"]] == ["markdown-it-py==3.0.0"]
    assert str(tmp_path) not in json.dumps(document)
    assert sorted(path.name for path in tmp_path.glob("*.cdx.json")) == ["demo-1.2.3.cdx.json", "other-1.0.cdx.json"]


def test_another_folder_makes_the_same_bytes_and_they_are_what_cyclonedx_asks_for(tmp_path: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    for folder in ("one", "another/place"):
        (tmp_path / folder).mkdir(parents=True)
        made(tmp_path / folder, "mdurl")
    one, other = (tmp_path / folder / "demo-1.2.3.cdx.json" for folder in ("one", "another/place"))
    assert one.read_bytes() == other.read_bytes()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(one.read_text()) is None


def test_outside_a_release_everything_that_was_uploaded_counts(tmp_path: Path) -> None:
    document = made(tmp_path, "markdown-it-py>=4", epoch=NO_EPOCH)
    assert int(versions(document)["markdown-it-py"].partition(".")[0]) >= 4
    assert "timestamp" not in document["metadata"]


def test_a_dependency_younger_than_the_commit_is_resolved_as_of_today_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = made(tmp_path, "markdown-it-py>=4")
    assert int(versions(document)["markdown-it-py"].partition(".")[0]) >= 4
    said = capsys.readouterr().out
    assert said.startswith("bill of materials as of today: as of the commit (2025-06-15T15:06:40Z) nothing fits")


def test_dependencies_that_do_not_exist_are_told(tmp_path: Path) -> None:
    with pytest.raises(GateError) as failed:
        made(tmp_path, "mdurl==99")
    assert failed.value.problem == "what the wheel needs can't be installed together, so there is no bill of materials"
    assert "mdurl==99" in failed.value.facts["it said"]


def test_without_its_tool_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['cyclonedx_py'] = None\n"
        "from windlass.builds.sbom import require_cyclonedx\n"
        "from windlass.errors import ToolMissingError\n"
        "try: require_cyclonedx()\n"
        "except ToolMissingError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "cyclonedx-bom is not installed\n  fix: pip install 'windlass[scan]'\n"
