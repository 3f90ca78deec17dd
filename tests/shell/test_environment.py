"""What programs see of this process's environment."""

from __future__ import annotations

import json
import sys

import pytest

from windlass import shell
from windlass.shell import environment

SECRETS = {
    **{name: f"canary-{name}" for name in ("TWINE_PASSWORD", "GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")},
    **{name: f"canary-{name}" for name in ("UV_PUBLISH_TOKEN", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "MY_SETTING")},
    "UV_INDEX_URL": "https://user:canary-index@pypi.example.org/simple",
    "PIP_EXTRA_INDEX_URL": "https://pypi.org/simple https://canary-token@pypi.example.org/simple",
    "HTTPS_PROXY": "http://me:canary-proxy@proxy:3128",
}
_SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def _seen(**options: object) -> dict[str, str]:
    return dict(json.loads(shell.run([sys.executable, "-c", _SHOW], **options).text))  # type: ignore[arg-type]


def test_a_program_sees_no_variable_that_is_not_named() -> None:
    seen = _seen()
    assert "canary" not in json.dumps(seen)
    assert seen["PATH"]


def test_what_is_given_by_name_is_seen() -> None:
    assert _seen(env=environment.named(["MY_SETTING", "NOT_SET"]))["MY_SETTING"] == "canary-MY_SETTING"
    assert "NOT_SET" not in environment.named(["NOT_SET"])


def test_windlass_s_own_programs_see_all_of_it() -> None:
    assert _seen(credentials=True)["TWINE_PASSWORD"] == "canary-TWINE_PASSWORD"


def test_an_address_without_a_login_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_INDEX_URL", "https://pypi.example.org/simple")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    seen = environment.without_credentials()
    assert seen["UV_INDEX_URL"] == "https://pypi.example.org/simple"
    assert "127.0.0.1" in seen["NO_PROXY"]


def test_none_takes_a_variable_out() -> None:
    assert environment.merged({"A": "1", "B": "2"}, {"A": None, "C": "3"}) == {"B": "2", "C": "3"}
