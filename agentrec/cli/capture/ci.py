"""Record a command in a CI job: the recording, a page that plays it, a summary.

  agentrec ci -- claude -p "fix the failing test"
  agentrec ci -o artifacts -- npm test
  agentrec ci --against last-green --fail-on tests 'cost>+20%' -- claude -p "fix the failing test"
  agentrec ci --push --remote s3://team-recordings/ci -- claude -p "fix the failing test"

Runs the command without a terminal and masks secrets in everything that is recorded; the job's log
shows the command's output without escape sequences. The exit code is the command's own; 124 when it
reached a limit and was ended; 125 when the command ended with 0 and the recording is incomplete,
damaged or could not be pushed; 1 when all is well but a rule of --fail-on is broken. On GitHub the
summary goes to the job's page, and the paths to the step's outputs: directory, recording, page,
summary, session, exit-code, cost-usd. See docs/ci.md.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from agentrec.cli.capture.limit_options import add_limits, guard_of, limits_of
from agentrec.cli.capture.sign_options import add_signing
from agentrec.cli.capture.start import RecordOptions, begin_look, start
from agentrec.cli.common import warn
from agentrec.cli.gate_options import add_gate, baseline_of, report, rules_of
from agentrec.config import make_folders
from agentrec.errors import AgentrecError, ExitCode, OutputError, UsageError
from agentrec.recording.encryption.recipients import refuse_setting

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from agentrec.compare.compared_run import ComparedRun
    from agentrec.fleet.bucket.remote import Remote
    from agentrec.fleet.on_the_way import OnTheWay
    from agentrec.recording.reader import Recording

_MAX_COMPARISON_CHARS = 200_000
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
    add(
        "--no-network",
        dest="network",
        action="store_false",
        default=None,
        help="do not record which connections are opened",
    )
    add("--push", action="store_true", help="upload the recording at the end, see docs/fleet.md")
    add("--plain", action="store_true", help="with --push: do not encrypt it on the way")
    add(
        "--remote",
        default="",
        metavar="URL",
        help="where to (default: the setting fleet.remote); --against last-green looks there, too",
    )
    add_signing(parser)
    add_limits(parser)
    add_gate(parser)
    add("command", nargs="...", metavar="-- COMMAND", help="what to run")


def run(args: argparse.Namespace) -> int:
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise UsageError("missing COMMAND", "agentrec ci -- COMMAND")
    way = _way(args)
    if not way:  # else it is encrypted on its way
        refuse_setting("`agentrec ci`", os.environ)
    remote = _remote(args)
    gate = _Gate(args, command, remote)
    folder = args.out_dir or os.path.join(os.environ.get("RUNNER_TEMP", ""), FOLDER)
    path = _new_path(folder)
    try:
        code = _record(args, path, command)
    except BaseException:
        _remove_if_empty(folder)
        raise
    if not os.path.lexists(path):  # `agentrec discard`
        warn("recording discarded: no artifacts")
        _remove_if_empty(folder)
        return code
    try:
        state = _write_artifacts(args, folder, path, code)
        holds = gate.check(args, path)
    except (AgentrecError, OSError) as error:  # the command's exit code counts more than this
        warn(f"{error}; the recording is {path}")
        return code or ExitCode.RECORDER
    warn(f"recorded in {folder}: {path}")
    if way and remote and not _push(path, remote, way):
        return code or ExitCode.RECORDER
    if state != "whole":
        warn(f"the recording is {state}; see `agentrec verify`")
        return code or ExitCode.RECORDER
    return code or (ExitCode.OK if holds else ExitCode.NO)


def _remote(args: argparse.Namespace) -> Remote | None:
    """Where the recording is pushed to, and good runs may be. Raises UsageError before anything runs."""
    if not args.push and not args.remote:
        return None
    from agentrec.compare.baseline import LAST_GREEN

    if not args.push and args.against != LAST_GREEN:
        raise UsageError("--remote needs --push or --against last-green")
    from agentrec.cli.fleet.remote_options import remote_of

    return remote_of(args.remote, create=args.push, check=False)


def _way(args: argparse.Namespace) -> OnTheWay | None:
    """What is done with the recording on its way. Raises UsageError before anything runs."""
    if not args.push:
        if args.plain:
            raise UsageError("--plain needs --push")
        return None
    from agentrec.cli.fleet.remote_options import on_the_way

    return on_the_way(redact=False, plain=args.plain)


def _push(path: str, remote: Remote, way: OnTheWay) -> bool:
    """Whether the recording is in the remote now."""
    from agentrec.cli.fleet.push import push_all

    ((row, is_there),) = push_all([path], remote, way, quiet=True)
    if is_there:
        warn(f"{row['state']}: {remote.url}/{row['key']}")
    return is_there


class _Gate:
    """Rules for the run, and the run to compare with; both are known before the command starts.

    Raises AgentrecError.
    """

    def __init__(self, args: argparse.Namespace, command: list[str], remote: Remote | None) -> None:
        self._rules = rules_of(args)
        self._baseline: ComparedRun | None = None
        if not self._rules and not args.against:
            return
        from agentrec.compare.baseline import Task
        from agentrec.compare.gate import need_baseline

        need_baseline(self._rules, has_one=bool(args.against))
        task = Task.of(args.title, command, os.getcwd())
        self._baseline = baseline_of(args, task, remote=remote)

    def check(self, args: argparse.Namespace, path: str) -> bool:
        """Add comparison and verdicts to the summary; whether all rules hold. Raises AgentrecError."""
        if not self._rules and not self._baseline:
            return True
        from agentrec.compare.compared_run import read_run
        from agentrec.compare.comparison import compare_runs
        from agentrec.compare.comparison_text import markdown_lines
        from agentrec.compare.gate import check_run, markdown
        from agentrec.recording.reader import Recording

        with Recording.open(path) as recording:
            run = read_run(recording, name=os.path.basename(path))
        verdicts = check_run(self._rules, run, self._baseline, os.environ)
        lines = list(markdown(verdicts)) if verdicts else []
        if self._baseline:
            lines += markdown_lines(compare_runs(self._baseline, run, os.environ))
        for target in _summary_targets(args, path):
            _append(target, "\n".join(lines)[:_MAX_COMPARISON_CHARS] + "\n")
        return report(args, verdicts)


def _summary_targets(args: argparse.Namespace, path: str) -> set[str]:
    """The files that the summary goes to."""
    summary = path.removesuffix(".ahr") + ".md"
    return {summary, args.summary or os.environ.get("GITHUB_STEP_SUMMARY") or summary}


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
        network=args.network,
        quiet=True,
        wait=True,
        plain_log=True,
        look=args.begun,
        more_companions=limits_of(args),
        guard=guard_of(args),
        sign=args.sign,
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
    for target in _summary_targets(args, path):
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
