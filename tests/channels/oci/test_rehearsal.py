from __future__ import annotations

from windlass.channels.oci.configuration import ImageTable
from windlass.channels.oci.rehearsal import ImageRehearsal

STAGE = {"image": {"registries": ["127.0.0.1:5000"]}}
PUSHED = ImageTable(registries=("ghcr.io/acme", "quay.io/acme"), dockerfile="Dockerfile")


def test_every_registry_has_its_place_on_the_stages() -> None:
    played = ImageRehearsal(PUSHED)
    assert played.settings(STAGE) == {
        "image": {"registries": ["127.0.0.1:5000/ghcr.io/acme", "127.0.0.1:5000/quay.io/acme"]}
    }
    assert played.left_out() == ()


def test_without_an_engine_no_image_is_pushed_and_that_is_said() -> None:
    left = ImageRehearsal(PUSHED, "no Docker engine answers")
    assert left.settings(STAGE) == {"image": {"registries": []}}
    assert left.left_out() == (("image", "no Docker engine answers"),)


def test_a_project_that_pushes_nowhere_pushes_nothing_to_the_stage_either() -> None:
    """The stage's own setting names its host, and without this its registry would be pushed to."""
    for table in (ImageTable(), ImageTable(dockerfile="Dockerfile")):
        assert ImageRehearsal(table).settings(STAGE) == {"image": {"registries": []}}
