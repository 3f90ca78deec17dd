"""The installed command, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import customer_snapshot
from customer_snapshot.selfcheck import sample

pytestmark = pytest.mark.integration

COMMAND = Path(sysconfig.get_path("scripts"), "customer-snapshot").with_suffix(
    ".exe" if sys.platform == "win32" else ""
)
USAGE = "usage: customer-snapshot "


def run(*args: object, given: bytes = b"", cwd: Path | None = None) -> tuple[int, str, str]:
    """Exit code, standard output and standard error, in an environment that prefers ASCII."""
    done = subprocess.run(
        [str(COMMAND), *map(str, args)],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
        cwd=cwd,
        env={"LC_ALL": "C", "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "ascii"},
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


@pytest.fixture(name="call")
def call_fixture(tmp_path: Path) -> Path:
    path = tmp_path / "call.vtt"
    path.write_text(sample(), encoding="utf-8")
    return path


def test_the_version_is_the_packages():
    assert run("--version") == (0, f"customer-snapshot {customer_snapshot.__version__}\n", "")


def test_the_self_check_passes():
    assert run("self-check") == (
        0,
        f"customer-snapshot {customer_snapshot.__version__}: self-check passed\n",
        "",
    )


def test_markdown_goes_to_standard_output(call: Path):
    code, out, err = run(call)
    assert (code, err) == (0, "")
    assert out.startswith("# Northwind: renewal and rollout\n\n**Length** 1:22 · **Participants** 3")


def test_html_goes_to_the_file_whose_name_asks_for_it(call: Path, tmp_path: Path):
    assert run(call, "--output", tmp_path / "page.html", "--title", "Dana & Tom") == (0, "", "")
    page = (tmp_path / "page.html").read_bytes().decode("utf-8")
    assert page.startswith("<!doctype html>\n")
    assert "<h1>Dana &amp; Tom</h1>" in page


def test_the_format_asked_for_wins_over_the_files_name(call: Path, tmp_path: Path):
    assert run(call, "--format", "markdown", "--output", tmp_path / "page.html")[0] == 0
    assert (tmp_path / "page.html").read_bytes().startswith(b"# Northwind")


def test_the_transcript_may_come_from_standard_input(call: Path):
    assert run("-", given=call.read_bytes()) == run(call)


def test_the_title_is_the_files_name_when_the_transcript_has_none(tmp_path: Path):
    (tmp_path / "acme-kickoff.vtt").write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\nDana: Hi", encoding="utf-8"
    )
    assert run("acme-kickoff.vtt", cwd=tmp_path)[1].startswith("# acme-kickoff\n")


def test_what_is_left_out_is_named_on_standard_error(tmp_path: Path):
    text = "WEBVTT\n\n00:01 --> 00:02\nDana: Hé\n\n00:01.000 --> 00:02.000\nDana: Hi"
    (tmp_path / "a.vtt").write_text(text, encoding="utf-8")
    code, out, err = run("a.vtt", cwd=tmp_path)
    assert code == 0
    warning = "a.vtt, line 3: the timing can't be read, its cue was left out: 00:01 --> 00:02"
    assert err == f"customer-snapshot: warning: {warning}\n"
    assert "*1 part of the transcript could not be read and is left out.*" in out


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "a.vtt can't be read: No such file or directory"),
        (b"", 'a.vtt: this is not a WebVTT file: its first line does not start with "WEBVTT"'),
        (b"WEBVTT\n\n\xff\xfe", "a.vtt is not UTF-8 text, as WebVTT must be (byte 8)"),
        (b"WEBVTT\n", "a.vtt: nothing is said in this transcript: it has no cues with text"),
    ],
)
def test_a_transcript_that_cant_be_used_is_one_line_and_exit_code_2(content, problem: str, tmp_path: Path):
    if content is not None:
        (tmp_path / "a.vtt").write_bytes(content)
    assert run("a.vtt", cwd=tmp_path) == (2, "", f"customer-snapshot: error: {problem}\n")


def test_an_output_that_cant_be_written_is_one_line_and_exit_code_2(call: Path):
    code, out, err = run(call.name, "--output", "no/such/folder.md", cwd=call.parent)
    assert (code, out) == (2, "")
    assert err == "customer-snapshot: error: no/such/folder.md can't be written: No such file or directory\n"


def test_the_transcript_is_never_overwritten(call: Path):
    before = call.read_bytes()
    code, _, err = run(call.name, "--output", "../" + call.parent.name + "/call.vtt", cwd=call.parent)
    assert code == 2
    assert err.endswith("/call.vtt is the transcript itself; choose another --output\n")
    assert call.read_bytes() == before


@pytest.mark.parametrize("args", [[], ["--format", "pdf", "a.vtt"], ["a.vtt", "b.vtt"], ["--nonsense"]])
def test_bad_options_are_usage_errors(args: list[str]):
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert err.startswith(USAGE)
    assert "Traceback" not in err


def test_it_runs_as_a_module_too():
    done = subprocess.run(
        [sys.executable, "-m", "customer_snapshot", "self-check"], capture_output=True, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, unbuffered: str):
    blocks = [f"00:00:{i:02}.000 --> 00:00:{i:02}.900\nP{i}: Is {'long ' * 4000}{i}?" for i in range(12)]
    (tmp_path / "long.vtt").write_text("\n\n".join(["WEBVTT", *blocks]), encoding="utf-8")
    command = [str(COMMAND), str(tmp_path / "long.vtt")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PYTHONUNBUFFERED": unbuffered}
    )
    assert process.stdout is not None
    process.stdout.read(1)  # it writes now, and more than a pipe holds
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
