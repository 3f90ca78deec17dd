"""What windlass's own channels declare is there: names are text, so nothing else would tell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import windlass.channels
from windlass.channels import ChannelDeclaration, declaration_of, own_declarations, stand_ins
from windlass.config import Table, config_form
from windlass.errors import ConfigError
from windlass.plugins import loaded_object
from windlass.stage import StandIn
from windlass.stage.serve import mount_of
from windlass.tasks import collection

ROOT = Path(__file__).parents[2]
CHANNELS = Path(windlass.channels.__file__).parent


@pytest.fixture(params=own_declarations(), ids=lambda one: one.name)
def declared(request: pytest.FixtureRequest) -> ChannelDeclaration:
    found: ChannelDeclaration = request.param
    return found


def test_it_has_a_page_that_the_documentation_shows(declared: ChannelDeclaration) -> None:
    """By the name that it has there: the wheel, and the gate's tree, lack the pages' own folders."""
    pages = [path for path in (ROOT / "docs" / "channels").glob("*.md") if path.name != "index.md"]
    shown = [path for path in pages if path.stem == declared.name or path.stem.startswith(f"{declared.name}-")]
    assert len(shown) == 1
    assert shown[0].read_text().startswith("# ")
    assert f"channels/{shown[0].name}\n" in (ROOT / "mkdocs.yml").read_text()


def test_every_folder_is_declared() -> None:
    folders = {path.parent.name for path in CHANNELS.glob("*/__init__.py")}
    assert folders == {one.name for one in own_declarations()}


def test_what_it_names_is_in_its_folder_and_of_the_kind_that_it_should_be(declared: ChannelDeclaration) -> None:
    home = f"windlass.channels.{declared.name}."
    own = [declared.opens, declared.used, declared.stand_in, declared.tasks, declared.rehearsal]
    assert [name for name in own if name and not name.startswith(home)] == []
    assert all(callable(loaded_object(name)) for name in own if name)
    assert not declared.table or issubclass(loaded_object(declared.table), Table)
    assert StandIn in loaded_object(declared.stand_in).__mro__


def test_the_tasks_that_it_names_are_ready_made(declared: ChannelDeclaration) -> None:
    tasks: Any = collection()
    known = {name for primary, aliases in tasks.task_names.items() for name in (primary, *aliases)}
    assert {*declared.makes.values(), *declared.checks, declared.republish_task} <= known


def test_its_table_is_read_under_its_name(declared: ChannelDeclaration) -> None:
    if declared.table:
        fields = config_form().__struct_encode_fields__
        assert (declared.table_name or declared.name) in fields


def test_no_two_stand_ins_have_a_name_or_a_mount_in_common() -> None:
    made = stand_ins()
    assert len({one.name for one in made}) == len({mount_of(one) for one in made}) == len(made)


def test_a_channel_that_is_not_installed_is_told_with_those_that_are() -> None:
    with pytest.raises(ConfigError) as unknown:
        declaration_of("conda")
    names = ", ".join(one.name for one in own_declarations())
    assert str(unknown.value) == (
        "the channel conda is not installed here\n"
        f"  installed: {names}\n"
        "  fix:       install the package that adds it beside windlass"
    )


def test_what_another_package_declares_and_does_not_have_is_an_error_that_says_so() -> None:
    shelf = ChannelDeclaration("shelf", opens="windlass_shelf.channel:open_shelf")
    with pytest.raises(ConfigError) as missing:
        shelf.load(shelf.opens)
    assert str(missing.value) == (
        "what the channel shelf declares can't be loaded\n"
        "  declared: windlass_shelf.channel:open_shelf\n"
        "  problem:  No module named 'windlass_shelf'\n"
        "  fix:      mend the package that adds it, or uninstall it"
    )


def test_without_a_server_the_stand_ins_name_the_extra_to_install() -> None:
    program = (
        "import sys; sys.modules['starlette'] = None\n"
        "from windlass.channels import stand_ins\n"
        "from windlass.errors import ToolMissingError\n"
        "try: stand_ins()\n"
        "except ToolMissingError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "fix: pip install 'windlass[rehearse]'" in done.stdout
