"""Run the same task again, from the files it started with, and record that.

  agentrec rerun run.ahr                                 shows what would be run, and what it may cost
  agentrec rerun run.ahr --times 5 --parallel 2 --execute
  agentrec rerun run.ahr --model opus --model sonnet --execute --max-cost 5
  agentrec rerun run.ahr --agent codex:gpt-5.5 --prompt "Mend it, tests first" --execute
  agentrec rerun a.ahr b.ahr c.ahr --name swarm --parallel 3 --execute
  agentrec rerun task.bundle.json --execute              a task that `agentrec bundle` has written
  agentrec rerun --resume swarm --execute                what was interrupted or not started

Without --execute nothing is written. Each run gets a directory and a git branch of its own, as `agentrec
branch` makes them, and works without a terminal. All runs of a call are a group: `agentrec compare --group
NAME` shows how they differ, `agentrec branches --remove-group NAME` removes the directories. The exit code
is 1 if a run failed or a limit stopped it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.branches.journal import parent_of, read_entry
from agentrec.branches.remove import plan_removal, remove_branch
from agentrec.cli.capture.limit_options import add_run_limits, run_limits_of
from agentrec.cli.common import opened, print_json, warn
from agentrec.cli.library.selection import limit, progress
from agentrec.errors import ExitCode, UsageError
from agentrec.recording.encryption.recipients import refuse_setting
from agentrec.report.event_text import dollars
from agentrec.rerun.bundles.bundle_archive import is_archive, read_archive
from agentrec.rerun.bundles.bundle_reader import is_bundle, read_bundle
from agentrec.rerun.bundles.unpack import need_agent, unpack
from agentrec.rerun.group_runner import GroupRunner, Limits
from agentrec.rerun.groups import group_members, reruns
from agentrec.rerun.recorded_task import read_task, slug
from agentrec.rerun.rerun_plan import RerunRequest, create_run, plan_runs
from agentrec.rerun.rerun_text import plan_data, plan_lines
from agentrec.rerun.restart import open_entries
from agentrec.rerun.variation import Variation, matrix, option_words
from agentrec.text import plural, printable
from agentrec.times import NS_PER_SECOND, format_duration

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.rerun.group_runner import Ended
    from agentrec.rerun.recorded_task import RecordedTask
    from agentrec.rerun.rerun_plan import PlannedRun

_UNITS_SECONDS = {"s": 1, "m": 60, "h": 3600}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help="recordings with snapshots, or bundles")
    add(
        "--agent",
        action="append",
        default=[],
        metavar="NAME[:MODEL]",
        help="another agent, with a model of its own (repeatable)",
    )
    add("--model", action="append", default=[], metavar="NAME", help="another model (repeatable)")
    prompts = parser.add_mutually_exclusive_group()
    prompts.add_argument(
        "--prompt", action="append", default=[], metavar="TEXT", help="another prompt (repeatable)"
    )
    prompts.add_argument("--edit", action="store_true", help="edit the prompt in $EDITOR")
    add("--base-ref", default="", metavar="REF", help="start with the files of this commit")
    add("--system", default="", metavar="FILE", help="a file with the agent's system prompt")
    add(
        "--option",
        action="append",
        default=[],
        metavar="WORDS",
        help="more arguments for the agent: --option='--effort high' (repeatable)",
    )
    add("--times", type=limit, default=1, metavar="N", help="run each so often (default: 1)")
    add("--parallel", type=limit, default=1, metavar="N", help="so many at once (default: 1)")
    add("--name", default="", help="the name of the group, and of its runs (default: the task's)")
    add("--max-cost", type=_dollars, metavar="USD", help="stop all at this cost")
    add("--max-time", type=_seconds, metavar="TIME", help="stop all after this time: 90s, 30m, 2h")
    add_run_limits(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--execute", action="store_true", help="make the directories and run")
    how.add_argument("--write-only", action="store_true", help="only make the directories")
    add("--resume", default="", metavar="GROUP", help="what is left to run of this group")
    add("--json", action="store_true", help="as a JSON object")


def run(args: argparse.Namespace) -> int:
    if args.execute or not args.resume:
        refuse_setting("`agentrec rerun`", os.environ)
    if args.resume:
        return _resume(args)
    if not args.files:
        raise UsageError("missing a recording to run again", "agentrec rerun FILE")
    with progress() as show:
        taken = {it.name for it in reruns(os.environ, show)}
    if args.execute or args.write_only:
        return _make(args, taken)
    with _home_of_bundles(args.files) as env:
        request = _request(args, env)
        planned = plan_runs(request, taken, env)
        _show_plan(request.group, planned, as_json=args.json)
    return ExitCode.OK


def _make(args: argparse.Namespace, taken: set[str]) -> int:
    request = _request(args, os.environ)
    planned = plan_runs(request, taken, os.environ)
    entries = _create(request.group, planned, taken)
    if args.execute:
        return _execute(args, request.group, entries)
    _show_entries(args, request.group, entries)
    return ExitCode.OK


@contextmanager
def _home_of_bundles(files: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """The environment for a dry run: what a bundle becomes here is only for looking, and goes away."""
    if not any(map(_is_bundle, files)):
        yield os.environ
        return
    with tempfile.TemporaryDirectory(prefix="agentrec-bundle-") as home:
        yield {**os.environ, "XDG_DATA_HOME": home}


def _is_bundle(name: str) -> bool:
    return is_archive(name) or is_bundle(name)


def _tasks(args: argparse.Namespace, env: Mapping[str, str]) -> Iterator[RecordedTask]:
    for name in args.files:
        if not _is_bundle(name):
            with opened(name) as recording:
                yield read_task(recording)
            continue
        bundle = read_archive(name) if is_archive(name) else read_bundle(name)
        need_agent(bundle, given=bool(args.agent))
        for it in unpack(bundle, os.getcwd(), env, base_ref=args.base_ref):
            with opened(it.path) as recording:
                task = read_task(recording)
            source = f"{it.slug} of {name}"
            yield task._replace(source=source, notes=tuple(it.notes))


def _request(args: argparse.Namespace, env: Mapping[str, str]) -> RerunRequest:
    tasks = list(_tasks(args, env))
    prompts = args.prompt
    if args.edit:
        if len(tasks) > 1:
            raise UsageError("--edit is for one recording", "use --prompt")
        prompts = [_edited(tasks[0].prompt)]
    if args.system and not os.path.isfile(args.system):
        raise UsageError(f"{args.system} is not a file", "pass a file with the system prompt")
    common = Variation(
        base_ref=args.base_ref, system=args.system, options=option_words(args.option)
    )
    variations = matrix(args.agent, args.model, prompts, common)
    stem = slug(args.name) if args.name else ""
    return RerunRequest(tasks, variations, args.times, stem or tasks[0].slug, stem)


def _edited(prompt: str) -> str:
    """The prompt as the user's editor leaves it. Raises UsageError."""
    import shlex
    import subprocess
    import tempfile

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.NamedTemporaryFile("w+", suffix=".md", encoding="utf-8") as file:
        file.write(prompt)
        file.flush()
        try:
            done = subprocess.run([*shlex.split(editor), file.name], check=False)
        except (OSError, ValueError) as error:
            raise UsageError(f"could not start {editor}: {error}", "set EDITOR") from None
        with open(file.name, encoding="utf-8", errors="replace") as edited:
            text = edited.read().strip()
    if done.returncode or not text:
        raise UsageError("the prompt was not changed: the editor failed, or the text is empty")
    return text


def _show_plan(group: str, planned: Sequence[PlannedRun], *, as_json: bool) -> None:
    if as_json:
        print_json(plan_data(group, planned))
        return
    for line in plan_lines(group, planned):
        print(line)
    print("dry run: nothing was created; --execute runs it, --write-only makes the directories")


def _create(group: str, planned: Sequence[PlannedRun], taken: set[str]) -> list[JsonObject]:
    """Make all directories, or none. Raises AgentrecError."""
    entries: list[JsonObject] = []
    try:
        for run in planned:
            created = create_run(group, run, taken, os.environ)
            entries.append(read_entry(created.entry_file) or {})
    except BaseException:
        for entry in entries:
            remove_branch(plan_removal(entry, os.environ), os.environ)
        raise
    return entries


def _show_entries(args: argparse.Namespace, group: str, entries: Sequence[JsonObject]) -> None:
    if args.json:
        print_json({"group": group, "runs": [_entry_data(entry) for entry in entries]})
        return
    for entry in entries:
        print(printable(f"{parent_of(entry)['name']}  {entry['worktree']}"))
    print(f"agentrec rerun --resume {group} --execute runs them")


def _entry_data(entry: JsonObject) -> JsonObject:
    names = ("id", "worktree", "branch", "commit")
    return {"name": parent_of(entry)["name"], **{name: entry.get(name) for name in names}}


def _resume(args: argparse.Namespace) -> int:
    if args.files or args.write_only:
        raise UsageError("--resume cannot be used with FILE or --write-only")
    with progress() as show:
        members = group_members(args.resume, os.environ, show)
    if args.execute:
        left = [it for it in members if it.is_open]
        entries = list(open_entries(left, os.environ))
        return _execute(args, args.resume, entries)
    if args.json:
        print_json({"group": args.resume, "runs": [it.as_data() for it in members]})
        return ExitCode.OK
    for it in members:
        print(printable(f"{it.name}  {it.state}  {it.file or it.worktree}"))
    count = sum(it.is_open for it in members)
    print(f"{plural(count, 'run')} left; --execute runs them")
    return ExitCode.OK


def _execute(args: argparse.Namespace, group: str, entries: Sequence[JsonObject]) -> int:
    limits = Limits(args.max_cost, args.max_time)
    show = _Progress(len(entries))
    runner = GroupRunner(os.environ, args.parallel, limits, show, run_limits_of(args))
    try:
        runner.run(entries)
    except KeyboardInterrupt:
        warn(f"interrupted; `agentrec rerun --resume {group} --execute` goes on")
        raise
    if runner.stopped:
        warn(f"stopped by {runner.stopped}; `agentrec rerun --resume {group}` shows what is left")
    if args.json:
        print_json(_result(group, runner))
    else:
        print(f"agentrec compare --group {group}")
    good = not runner.stopped and all(it.code == 0 for it in runner.ended)
    return ExitCode.OK if good else ExitCode.NO


def _result(group: str, runner: GroupRunner) -> JsonObject:
    return {
        "group": group,
        "stopped": runner.stopped or None,
        "cost_usd": round(runner.cost(), 6),
        "runs": [it._asdict() for it in runner.ended],
    }


class _Progress:
    """A line for each start and end on standard error."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._known = total, 0, set[str]()

    def __call__(self, ended: Ended | None, running: list[str], waiting: int) -> None:
        for name in (it for it in running if it not in self._known):
            self._known.add(name)
            self._print(f"started  {name}")
        if ended is None:
            return
        self._done += 1
        how = "stopped" if ended.code is None else f"exit {ended.code}"
        parts = [how, format_duration(int(ended.seconds * NS_PER_SECOND)), dollars(ended.cost)]
        state = f"{self._done} of {self._total} ended, {len(running)} running, {waiting} waiting"
        self._print(f"ended    {ended.name}  {'  '.join(filter(None, parts))}  ({state})")

    @staticmethod
    def _print(line: str) -> None:
        print(printable(line), file=sys.stderr, flush=True)


def _dollars(text: str) -> float:
    import argparse
    import math

    try:
        value = float(text.removeprefix("$"))
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"invalid cost {text!r}: use dollars, such as 2.50")
    return value


def _seconds(text: str) -> float:
    import argparse

    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS_SECONDS else (text, "s")
    try:
        value = float(number) * _UNITS_SECONDS[unit]
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"invalid time {text!r}: use 90s, 30m or 2h")
    return value
