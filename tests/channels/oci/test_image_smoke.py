"""Images are run: the right ones pass, and each wrong one fails for its own reason."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.channels.oci.projects import recipe
from windlass.channels.oci import image_build, image_smoke
from windlass.channels.oci.docker_engine import Engine
from windlass.channels.oci.image_smoke import Smoke
from windlass.errors import ConflictError, GateError, ToolError
from windlass.gate_results import Proof
from windlass.oci import Address, ImageRepository, Layout, transfer
from windlass.stage import Stage
from windlass.stage.digest_cache_server import ProofStore
from windlass.verified_digest_cache import VARIABLE
from windlass.versions import Version
from windlass.versions.version_in_output import names_version

pytestmark = pytest.mark.docker


def proofs(tmp_path: Path, *lines: str, wanted: Smoke | None = None, **how: object) -> tuple[Proof, ...]:
    image_build.layout(recipe(tmp_path, *lines, **how), tmp_path / "made")  # type: ignore[arg-type]
    return image_smoke.of_layout(tmp_path / "made/demo.oci", wanted or Smoke("1.3.0"))


_BEGAN = datetime.now(UTC).isoformat()


def containers(engine: Engine) -> int:
    """How many containers these tests left; what a killed run of another day left is not theirs."""
    found = engine._client.containers.list(all=True, filters={"label": "org.windlass.smoke"})
    return len([container for container in found if container.attrs["Created"] > _BEGAN])


def test_each_platform_runs_and_names_its_version_and_nothing_stays(engine: Engine, tmp_path: Path) -> None:
    before = len(engine._client.images.list(name="windlass.localhost/smoke"))
    found = proofs(tmp_path, platforms=("linux/amd64", "linux/arm64"))
    assert found == (Proof("linux/amd64", "demo 1.3.0", "none"), Proof("linux/arm64", "demo 1.3.0", "none"))
    assert containers(engine) == 0
    assert len(engine._client.images.list(name="windlass.localhost/smoke")) == before


def test_a_service_is_followed_until_it_is_healthy(engine: Engine, tmp_path: Path) -> None:
    """Its own interval is half a minute; it is asked every second instead."""
    check = 'HEALTHCHECK CMD ["python3", "-c", "import urllib.request as u; u.urlopen(\'http://127.0.0.1:8000\')"]'
    (found,) = proofs(tmp_path, 'CMD ["serve"]', check)
    assert found.health == "healthy"
    assert containers(engine) == 0


def test_the_check_of_a_program_that_ends_is_run_once(engine: Engine, tmp_path: Path) -> None:
    (found,) = proofs(tmp_path, "HEALTHCHECK CMD python3 -m demo check")
    assert found.health == "passed"


def test_a_check_that_fails_fails_the_image(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(GateError) as failed:
        proofs(tmp_path, 'HEALTHCHECK CMD ["python3", "-m", "demo", "check"]', check=7)
    assert str(failed.value) == (
        "the HEALTHCHECK of the image for linux/amd64 fails\n"
        "  check:      python3 -m demo check\n"
        "  exit code:  7\n"
        "  it printed: \n"
        "  fix:        see why it fails"
    )


def test_a_service_that_crashes_fails_the_image_with_its_last_words(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(GateError) as crashed:
        proofs(tmp_path, 'CMD ["crash"]', "HEALTHCHECK CMD true")
    assert crashed.value.problem.endswith("ended with 1")
    assert crashed.value.facts == {"it printed": "it can't go on"}
    assert containers(engine) == 0


def test_an_image_of_another_version_fails(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(GateError) as other:
        proofs(tmp_path, "LABEL org.opencontainers.image.version=", wanted=Smoke("1.4.0"))
    assert other.value.problem == "the image for linux/amd64 is labelled with another version"
    assert other.value.facts == {"wanted": "1.4.0", "org.opencontainers.image.version": "1.3.0"}


def test_an_image_that_prints_another_version_fails(engine: Engine, tmp_path: Path) -> None:
    lines = ('ENTRYPOINT ["echo", "demo 11.3.0"]',)
    with pytest.raises(GateError) as other:
        proofs(tmp_path, *lines)
    assert other.value.problem == "the image for linux/amd64 is another version"
    assert other.value.facts["it printed"] == "demo 11.3.0 --version"


def test_the_configured_command_is_run_in_place_of_the_version(engine: Engine, tmp_path: Path) -> None:
    (found,) = proofs(tmp_path, wanted=Smoke("1.3.0", ("check",)))
    assert found.printed == ""
    with pytest.raises(GateError, match="the image for linux/amd64 does not run"):
        proofs(tmp_path / "again", wanted=Smoke("1.3.0", ("check",)), check=1)


_WANTS = (
    'ENTRYPOINT ["/bin/sh", "-c", ": ${DATABASE_URL:?must be set}; exec python3 -m demo \\"$@\\"", "entry"]',
    'CMD ["serve"]',
)
"""A service whose entrypoint does nothing before a variable is set."""
_ANSWERS = 'HEALTHCHECK CMD ["python3", "-c", "import urllib.request as u; u.urlopen(\'http://127.0.0.1:8000\')"]'


def test_an_entrypoint_that_wants_a_variable_fails_with_every_way_to_give_it(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(GateError) as failed:
        proofs(tmp_path, *_WANTS)
    assert failed.value.facts["it printed"].endswith("DATABASE_URL: must be set")
    for setting in ("`smoke`", "`smoke-environment`", "`smoke-entrypoint`", "`smoke-by-healthcheck`"):
        assert setting in failed.value.remedy


@pytest.mark.parametrize(
    "wanted",
    [
        Smoke("1.3.0", environment=(("DATABASE_URL", "sqlite://"),)),
        Smoke("1.3.0", ("-m", "demo", "--version"), entrypoint="python3"),
    ],
    ids=["with the variable", "past the entrypoint"],
)
def test_an_entrypoint_that_wants_a_variable_is_run_as_configured(
    engine: Engine, tmp_path: Path, wanted: Smoke
) -> None:
    (found,) = proofs(tmp_path, *_WANTS, wanted=wanted)
    assert found.printed == "demo 1.3.0"


def test_a_service_is_judged_by_its_check_alone_where_it_is_to_be_and_has_one(engine: Engine, tmp_path: Path) -> None:
    given = (("DATABASE_URL", "sqlite://"),)
    (found,) = proofs(tmp_path, *_WANTS, _ANSWERS, wanted=Smoke("1.3.0", environment=given, by_healthcheck=True))
    assert found == Proof("linux/amd64", "", "healthy")
    with pytest.raises(GateError, match="has no HEALTHCHECK to be judged by"):
        proofs(tmp_path / "none", *_WANTS, wanted=Smoke("1.3.0", environment=given, by_healthcheck=True))


def test_a_program_that_is_not_in_the_image_is_the_engines_error(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ToolError) as absent:
        proofs(tmp_path, 'ENTRYPOINT ["no-such-program"]')
    assert "no-such-program" in absent.value.facts["the engine said"]
    assert containers(engine) == 0


@pytest.mark.parametrize(
    ("text", "version", "named"),
    [
        ("demo 1.3.0\n", "1.3.0", True),
        ("1.3.0", "1.3.0", True),
        ("demo (1.3.0)", "1.3.0", True),
        ("demo v1.3.0, Python 3.11", "1.3.0", True),
        ("demo 1.3.0.", "1.3.0", True),
        ("demo 1.3.0rc1", "1.3.0-rc.1", True),
        ("demo 1.3.0-rc.1", "1.3.0-rc.1", True),
        ("demo 1.3.0rc1", "1.3.0", False),
        ("demo 1.3.0-rc.1", "1.3.0", False),
        ("demo 11.3.0", "1.3.0", False),
        ("demo 1.3.0.1", "1.3.0", False),
    ],
)
def test_a_version_is_named_as_a_word_of_its_own(text: str, version: str, named: bool) -> None:
    assert names_version(text, Version.parse(version)) is named


def test_what_ran_in_a_trial_is_not_run_again_and_its_bytes_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_build.layout(recipe(tmp_path, platforms=("linux/amd64",)), tmp_path / "made")
    with Stage(tmp_path / "stage", proofs=ProofStore()) as stage:
        repository = ImageRepository(Address.parse(f"{stage.address.removeprefix('http://')}/acme/demo"))
        root = transfer.push(Layout(tmp_path / "made/demo.oci"), repository, "1.3.0")
        asked = (str(repository.address), root.digest)
        monkeypatch.setenv(VARIABLE, stage.proofs)
        ran = image_smoke.of_registry(*asked, Smoke("1.3.0"))
        assert ran == (Proof("linux/amd64", "demo 1.3.0", "none"),)
        monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")  # from here on nothing can run
        assert image_smoke.of_registry(*asked, Smoke("1.3.0")) == ran
        assert image_smoke.of_registry(*asked, Smoke("1.3.0", ("--help",))) == (), "another command was never proven"
        layer = root.blobs[-1]
        (stage.home / "registry/blobs" / layer.digest.removeprefix("sha256:")).write_bytes(b"x" * layer.size_bytes)
        with pytest.raises(ConflictError, match="content is not what its digest says"):
            image_smoke.of_registry(*asked, Smoke("1.3.0"))
        monkeypatch.delenv(VARIABLE)
        assert image_smoke.of_registry(*asked, Smoke("1.3.0")) == (), "a real release never asks what a trial proved"
