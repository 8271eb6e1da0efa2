"""Record a command in a CI job: the recording, a page that plays it, a summary.

  agentrec ci -- claude -p "fix the failing test"
  agentrec ci -o artifacts -- npm test

Runs the command without a terminal and masks secrets in everything that is recorded; the job's log
shows the command's output without escape sequences. The exit code is the command's own; 125 when
that was 0 and the recording is incomplete or damaged. On GitHub the summary goes to the job's page,
and the paths to the step's outputs: directory, recording, page, summary, session, exit-code,
cost-usd. See docs/ci.md.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from agentrec.cli.capture.start import RecordOptions, begin_look, start
from agentrec.cli.common import warn
from agentrec.config import make_folders
from agentrec.errors import AgentrecError, ExitCode, OutputError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from agentrec.recording.reader import Recording

FOLDER = "agentrec-ci"

HANDLES_SIGNALS = True

begin = begin_look


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "agentrec ci [options] -- COMMAND [ARGUMENT ...]"
    add = parser.add_argument
    add(
        "-o",
        "--out-dir",
        metavar="DIR",
        help=f"where the files go (default: {FOLDER}, in $RUNNER_TEMP if that is set)",
    )
    add("--title", default="", help="a title for the recording")
    add("--cols", type=int, metavar="N", help="width of the command's terminal")
    add("--rows", type=int, metavar="N", help="height of the command's terminal")
    add(
        "--summary",
        metavar="FILE",
        help="also append the summary to FILE (default: $GITHUB_STEP_SUMMARY)",
    )
    add("--no-page", dest="page", action="store_false", help="write no HTML file")
    add("--no-redact", dest="redact", action="store_false", help="mask nothing")
    add(
        "--no-snapshots",
        dest="snapshots",
        action="store_false",
        help="take no snapshots of the directory's files",
    )
    add("command", nargs="...", metavar="-- COMMAND", help="what to run")


def run(args: argparse.Namespace) -> int:
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise UsageError("missing COMMAND", "agentrec ci -- COMMAND")
    folder = args.out_dir or os.path.join(os.environ.get("RUNNER_TEMP", ""), FOLDER)
    path = _new_path(folder)
    try:
        code = _record(args, path, command)
    except BaseException:
        _remove_if_empty(folder)
        raise
    try:
        state = _write_artifacts(args, folder, path, code)
    except (AgentrecError, OSError) as error:  # the command's exit code counts more than this
        warn(f"{error}; the recording is {path}")
        return code or ExitCode.RECORDER
    warn(f"recorded in {folder}: {path}")
    if state != "whole":
        warn(f"the recording is {state}; see `agentrec verify`")
        return code or ExitCode.RECORDER
    return code


def _remove_if_empty(folder: str) -> None:
    """Nothing was run: an empty directory is not worth keeping."""
    try:
        os.rmdir(folder)
    except OSError:
        return  # it holds something


def _new_path(folder: str) -> str:
    """A name for the recording. Raises OutputError."""
    try:
        make_folders(folder)
    except OSError as error:
        raise OutputError(f"cannot create {folder}: {error.strerror}") from None
    job = os.environ.get("GITHUB_JOB") or os.environ.get("CI_JOB_NAME") or "run"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in job)
    return os.path.join(folder, f"{plain[:40].strip('.-') or 'run'}-{secrets.token_hex(3)}.ahr")


def _record(args: argparse.Namespace, path: str, command: list[str]) -> int:
    options = RecordOptions(
        command,
        out_file=path,
        headless=True,
        cols=args.cols,
        rows=args.rows,
        title=args.title,
        redact=args.redact,
        snapshots=args.snapshots,
        quiet=True,
        wait=True,
        plain_log=True,
        look=args.begun,
    )
    return start(options, os.environ)


def _write_artifacts(args: argparse.Namespace, folder: str, path: str, code: int) -> str:
    """Write page, summary and the job's outputs; the recording's state. Raises AgentrecError."""
    from agentrec.export.job_summary import job_summary
    from agentrec.recording.reader import Recording
    from agentrec.recording.verify import examine
    from agentrec.report.summary import summarize

    with Recording.open(path) as recording:
        state = examine(recording).state
        facts = summarize(recording)
        screen = _screen(recording)
    page = _page(path) if args.page else ""
    files = [os.path.basename(name) for name in (path, page) if name]
    text = job_summary(facts, state, screen, files)
    summary = path.removesuffix(".ahr") + ".md"
    for target in {summary, args.summary or os.environ.get("GITHUB_STEP_SUMMARY") or summary}:
        _append(target, text)
    outputs = {
        "directory": folder,
        "recording": path,
        "page": page,
        "summary": summary,
        "session": facts["id"],
        "exit-code": code,
        "cost-usd": facts["cost_usd"],
    }
    if os.environ.get("GITHUB_OUTPUT"):
        _append(os.environ["GITHUB_OUTPUT"], _outputs(outputs))
    return state


def _screen(recording: Recording) -> list[str]:
    """The last rows on screen; none where screens cannot be rendered."""
    from agentrec.terminal.seek.timeline import Timeline

    try:
        with Timeline(recording) as timeline:
            return timeline.screen_at(timeline.duration).rows_text()
    except AgentrecError:
        return []


def _page(path: str) -> str:
    """A page beside the recording that plays it; its path, or empty where that failed."""
    from agentrec.export import FORMATS
    from agentrec.export.conversion import Source

    target = path.removesuffix(".ahr") + ".html"
    with open(path, "rb") as source:
        session = FORMATS["ahr"].read(Source(path, source))
        try:
            with open(target, "xb", opener=_private) as out:
                FORMATS["html"].write(session.header, session.events, out)
        except (AgentrecError, OSError) as error:
            warn(f"could not write the page: {error}")
            return ""
    return target


def _private(path: str, flags: int) -> int:
    """For the owner only: it holds what the recording holds."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _outputs(values: Mapping[str, object]) -> str:
    """Lines for $GITHUB_OUTPUT. What ends a value is random, so that no value can fake its end."""
    end = f"end-{secrets.token_hex(16)}"
    lines = []
    for name, value in values.items():
        lines += [f"{name}<<{end}", "" if value is None else str(value), end]
    return "\n".join(lines) + "\n"


def _append(path: str, text: str) -> None:
    try:
        with open(path, "a", encoding="utf-8", errors="replace", opener=_private) as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
