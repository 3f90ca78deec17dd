"""The `customer-snapshot` command. Exit codes: 0 done, 1 the self-check failed, 2 bad options or input."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Sequence

import customer_snapshot
from customer_snapshot.errors import SnapshotError
from customer_snapshot.markdown import to_markdown
from customer_snapshot.page import to_html
from customer_snapshot.selfcheck import self_check
from customer_snapshot.snapshot import summarise
from customer_snapshot.webvtt import Transcript, parse

_FORMATS = {"markdown": to_markdown, "html": to_html}
_EPILOG = """\
customer-snapshot self-check
  processes a built-in sample and verifies the result: exit code 0 or 1

The transcript "-" is read from standard input. A file really named "self-check" is "./self-check".
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command with `argv` (default: the process's own) and gives its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments == ["self-check"]:
            return self_check()
        return _convert(_parser().parse_args(arguments))
    except SnapshotError as problem:
        _complain(f"error: {problem}")
        return 2
    except BrokenPipeError:  # `customer-snapshot call.vtt | head`: nobody reads on
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="customer-snapshot",
        description="Turns the WebVTT transcript of a customer call into a one-page snapshot.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("transcript", help="a WebVTT file (.vtt), or - for standard input")
    parser.add_argument(
        "--format", choices=list(_FORMATS), help="default: html if FILE ends in .html or .htm, else markdown"
    )
    parser.add_argument("--output", metavar="FILE", help="where to write; default: standard output")
    parser.add_argument(
        "--title", default="", help="default: the transcript's own, else the name of its file"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {customer_snapshot.__version__}")
    return parser


def _convert(options: argparse.Namespace) -> int:
    transcript = _transcript(options.transcript)
    for problem in transcript.problems:
        _complain(f"warning: {options.transcript}, line {problem.line}: {problem.what}")
    name = "" if options.transcript == "-" else Path(options.transcript).stem
    snapshot = summarise(transcript, options.title or transcript.title or name)
    page = _FORMATS[options.format or _format_of(options.output)](snapshot)
    _write(page, options.output, options.transcript)
    return 0


def _format_of(output: str | None) -> str:
    return "html" if output and Path(output).suffix.lower() in {".html", ".htm"} else "markdown"


def _transcript(source: str) -> Transcript:
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return parse(data.decode("utf-8"))
    except OSError as problem:
        raise SnapshotError(f"{source} can't be read: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise SnapshotError(f"{source} is not UTF-8 text, as WebVTT must be (byte {problem.start})") from None
    except SnapshotError as problem:
        raise SnapshotError(f"{source}: {problem}") from None


def _write(page: str, output: str | None, source: str) -> None:
    """UTF-8 with line feeds everywhere, whatever the terminal or the platform prefers."""
    data = page.encode("utf-8", "replace")
    if output is None:
        # Not sys.stdout.buffer: with PYTHONUNBUFFERED that is raw, and may write only a part.
        with open(sys.stdout.fileno(), "wb", closefd=False) as out:
            out.write(data)
        return
    try:
        if source != "-" and Path(output).exists() and Path(output).samefile(source):
            raise SnapshotError(f"{output} is the transcript itself; choose another --output")
        Path(output).write_bytes(data)
    except OSError as problem:
        raise SnapshotError(f"{output} can't be written: {problem.strerror}") from None


def _complain(text: str) -> None:
    line = f"customer-snapshot: {text}\n"
    sys.stderr.buffer.write(line.encode("utf-8", "replace"))
    sys.stderr.flush()
