from __future__ import annotations

import json
from pathlib import Path

import check_jsonschema
import pytest
from click.testing import CliRunner

from windlass import config
from windlass.channels.index.configuration import IndexTable
from windlass.channels.oci.configuration import ImageTable
from windlass.errors import ConfigError
from windlass.git import Git
from windlass.project import Project
from windlass.stage.addresses import MARK

PROJECT = '[project]\nname = "demo"\nversion = "1.2.3"\n'


@pytest.fixture(autouse=True)
def no_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WINDLASS_STAGE", raising=False)


def load(root: Path, table: str) -> Project:
    (root / "pyproject.toml").write_text(PROJECT + table)
    return Project.load(root)


def error(root: Path, table: str) -> str:
    with pytest.raises(ConfigError) as raised:
        load(root, table)
    assert raised.value.exit_code == 20
    return str(raised.value).replace(str(root.resolve()), "ROOT")


def test_an_unknown_key_is_shown_with_its_line_and_what_was_meant(tmp_path: Path) -> None:
    assert error(tmp_path, '[tool.windlass]\nremote = "up"\n\n[tool.windlass.image]\nplatfroms = ["a"]\n') == (
        "tool.windlass.image.platfroms is not a setting\n"
        "  file:     ROOT/pyproject.toml\n"
        "  line:     8\n"
        "  path:     tool.windlass.image.platfroms\n"
        "  expected: one of dockerfile, files, name, platforms, python, registries, requirements, smoke, "
        "smoke-by-healthcheck, smoke-entrypoint, smoke-environment\n"
        "  found:    platfroms\n"
        "  fix:      did you mean platforms?"
    )


def test_a_wrong_type_inside_an_array_is_shown_on_its_own_line(tmp_path: Path) -> None:
    assert error(tmp_path, '[tool.windlass.image]\nplatforms = [\n  "linux/amd64",\n  3,\n]\n') == (
        "tool.windlass.image.platforms[1] does not fit\n"
        "  file:     ROOT/pyproject.toml\n"
        "  line:     7\n"
        "  path:     tool.windlass.image.platforms[1]\n"
        "  expected: a string\n"
        "  found:    3\n"
        "  fix:      write what is expected there"
    )


def test_a_choice_that_does_not_exist_is_met_with_the_nearest(tmp_path: Path) -> None:
    assert error(tmp_path, '[tool.windlass]\nflow = "pullrequest"\n') == (
        "tool.windlass.flow does not fit\n"
        "  file:     ROOT/pyproject.toml\n"
        "  line:     5\n"
        "  path:     tool.windlass.flow\n"
        "  expected: one of direct, pull-request\n"
        '  found:    "pullrequest"\n'
        "  fix:      did you mean pull-request?"
    )


def test_a_key_spelled_as_in_python_is_met_with_its_spelling_in_toml(tmp_path: Path) -> None:
    assert error(tmp_path, '[tool.windlass]\ntag_prefix = ""\n').endswith("did you mean tag-prefix?")


@pytest.mark.parametrize(
    ("table", "path", "line", "expected"),
    [
        ('[tool.windlass]\npythons = ["4.1"]', "pythons[0]", 5, r"a string matching regex '^3\.\d{1,2}$'"),
        ("[tool.windlass.test]\ntimeout-s = 0", "test.timeout-s", 5, "a number > 0.0"),
        ("[tool.windlass]\nimage = 1", "image", 5, "a table"),
        ('[[tool.windlass.version.files]]\npath = "a"', "version.files[0]", 4, "a table with pattern"),
        ("[tool.windlass.changelog.sections]\nfeat = 1", "changelog.sections", 4, "a string"),
        ("[tool.windlass.image]\nregistries = ['']", "image.registries[0]", 5, "a string of length >= 1"),
    ],
)
def test_what_does_not_fit_says_what_would(tmp_path: Path, table: str, path: str, line: int, expected: str) -> None:
    shown = error(tmp_path, table)
    assert f"tool.windlass.{path} does not fit\n" in shown
    assert f"  line:     {line}\n" in shown
    assert f"  expected: {expected}\n" in shown


def test_windlass_as_a_value_is_shown_at_its_path(tmp_path: Path) -> None:
    assert error(tmp_path, "[tool]\nwindlass = 1\n").startswith("tool.windlass does not fit\n")


def test_broken_toml_says_where(tmp_path: Path) -> None:
    assert error(tmp_path, "[tool.windlass\n") == (
        "pyproject.toml is not valid TOML\n"
        "  file:    ROOT/pyproject.toml\n"
        "  problem: Expected ']' at the end of a table declaration (at line 4, column 15)\n"
        "  fix:     correct that place"
    )


def test_a_folder_without_a_project_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no pyproject\.toml here"):
        Project.load(tmp_path)


def test_a_pyproject_without_a_name_says_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml names no project"):
        Project.load(tmp_path)


def with_remote(root: Path, *marks: str) -> None:
    """Make `root` a repository whose remote has these refs."""
    remote = Git(root / "remote.git")
    remote.root.mkdir()
    remote.run("init", "-q", "--bare")
    for mark in marks:
        remote.run("update-ref", mark, remote.blob(b""))
    Git(root).run("init", "-q")
    Git(root).run("remote", "add", "origin", remote.root)


def test_a_rehearsal_overrides_addresses_and_leaves_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_remote(tmp_path, MARK)
    stage = tmp_path / "stage.json"
    stage.write_text(json.dumps({"index": {"upload_url": "http://127.0.0.1:1/up"}, "image": {"registries": ["r"]}}))
    monkeypatch.setenv("WINDLASS_STAGE", str(stage))
    loaded = load(tmp_path, '[tool.windlass.index]\nupload-url = "https://real"\nwait-s = 5\n').config
    assert loaded.table(IndexTable).upload_url == "http://127.0.0.1:1/up"
    assert loaded.table(IndexTable).wait_s == 5
    assert loaded.table(ImageTable).registries == ("r",)


def test_a_stage_with_an_unknown_key_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that a rehearsal meant to override and did not would be the real one."""
    with_remote(tmp_path, MARK)
    stage = tmp_path / "stage.json"
    stage.write_text('{"index": {"uploadurl": "http://127.0.0.1:1"}}')
    monkeypatch.setenv("WINDLASS_STAGE", str(stage))
    assert "index.uploadurl is not a setting\n" in error(tmp_path, "")


def test_a_stage_that_is_gone_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_remote(tmp_path, MARK)
    monkeypatch.setenv("WINDLASS_STAGE", str(tmp_path / "gone.json"))
    assert "the file that WINDLASS_STAGE names can't be read\n" in error(tmp_path, "")


def test_a_stage_left_in_the_environment_of_a_real_project_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_remote(tmp_path)
    monkeypatch.setenv("WINDLASS_STAGE", str(tmp_path / "gone.json"))
    loaded = load(tmp_path, '[tool.windlass.index]\nupload-url = "https://real"\n').config
    assert loaded.table(IndexTable).upload_url == "https://real"
    assert capsys.readouterr().err == "WINDLASS_STAGE is ignored: this project's remote is no stage's\n"


def test_the_committed_schema_is_the_code_s() -> None:
    committed = Path(config.__file__).with_name("config.schema.json")
    assert committed.read_bytes() == config.schema()


def test_the_schema_is_a_valid_json_schema(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_bytes(config.schema())
    done = CliRunner().invoke(check_jsonschema.main, ["--check-metaschema", str(file)])
    assert done.exit_code == 0, done.output


def test_every_setting_says_what_it_is() -> None:
    tables = json.loads(config.schema())["$defs"].values()
    silent = [
        f"{table['title']}.{key}"
        for table in tables
        for key, field in table["properties"].items()
        if "description" not in field and "$ref" not in field
    ]
    assert silent == []
