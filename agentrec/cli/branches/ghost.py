"""Play a run again: the same agent and files, every model call answered from the recording.

  agentrec ghost run.ahr                        in a new directory, without any network
  agentrec ghost run.ahr --in /tmp/again --headless
  agentrec ghost run.ahr -- claude -p "the same words"
  agentrec ghost run.ahr --explain              what would run, and what may differ

The agent and its tools really run, so commands run again. A request that has no recorded answer ends the run
with exit code 123 and says how it differs from the nearest recorded one. The recording has to be made with
--model-calls. The ghost is recorded, too.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from agentrec.cli.common import opened, print_json
from agentrec.errors import AgentrecError, ExitCode, UsageError
from agentrec.ghost.ghost_run import GhostPlan, make_directory, plan_ghost
from agentrec.ghost.request_match import RESULTS, STRICT
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.ghost.ghost_companion import GhostCompanion

TAKES_REST = True  # what is after -- is the command

HANDLES_SIGNALS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "agentrec ghost FILE [options] [-- COMMAND]"
    add = parser.add_argument
    add("file", metavar="FILE", help="a recording made with --model-calls")
    add("--in", dest="directory", default="", metavar="DIR", help="a new or empty directory")
    add(
        "--match",
        choices=(STRICT, RESULTS),
        default=STRICT,
        help="results: what tools return may differ (default: strict)",
    )
    add(
        "--pace",
        choices=("instant", "recorded"),
        default="instant",
        help="how fast answers come (default: instant)",
    )
    add(
        "--live-after",
        type=int,
        metavar="N",
        help="after N answers from the recording, ask the real model (with its network)",
    )
    add(
        "--live-on-miss",
        action="store_true",
        help="at a request that has no recorded answer, go on with the real model",
    )
    add("--allow-network", action="store_true", help="leave the agent its network")
    add("--headless", action="store_true", help="use no terminal")
    add("-o", "--out-file", metavar="FILE", help="the ghost's recording")
    add("-q", "--quiet", action="store_true", help="print nothing unless something fails")
    add("--explain", action="store_true", help="only show what would run, and what may differ")
    add("--json", action="store_true", help="with --explain: as a JSON object")


def run(args: argparse.Namespace) -> int:
    if args.json and not args.explain:
        raise UsageError("--json needs --explain")
    if args.file == "-":
        raise UsageError("cannot play standard input again", "pass a file")
    with opened(args.file) as recording:
        plan = plan_ghost(recording, args.rest, args.directory)
    if args.explain:
        _explain(plan, as_json=args.json)
        return ExitCode.OK
    is_live = args.live_after is not None or args.live_on_miss
    if is_live and any(call.request.web_socket for call in plan.calls):
        raise UsageError("cannot go on with the real model: the calls went over a WebSocket")
    _leave_network(allowed=args.allow_network or is_live)
    make_directory(plan, os.environ)
    return _play(plan, args)


def _leave_network(*, allowed: bool) -> None:
    from agentrec.ghost import loopback

    if allowed:
        return
    try:
        loopback.enter()
    except OSError as error:
        raise AgentrecError(
            f"could not take the network away from the agent: {error.strerror or error}",
            "--allow-network plays it with the network there",
        ) from None


def _play(plan: GhostPlan, args: argparse.Namespace) -> int:
    from agentrec.cli.capture.start import RecordOptions, start
    from agentrec.ghost.ghost_companion import GhostCompanion
    from agentrec.ghost.ghost_server import GhostSettings

    out = os.path.abspath(args.out_file) if args.out_file else None
    # As programs see it.
    directory = os.path.realpath(plan.directory)
    cwd = os.path.join(directory, plan.inside) if plan.inside else directory
    os.makedirs(cwd, exist_ok=True)
    os.chdir(cwd)
    env = {**os.environ, "PWD": cwd}
    settings = GhostSettings(
        plan.file,
        plan.directory_before,
        directory,
        plan.inside,
        args.match,
        args.pace,
        args.live_after,
        args.live_on_miss,
    )
    ghost = GhostCompanion(settings, env)
    options = RecordOptions(
        plan.argv,
        out_file=out,
        headless=args.headless,
        model_calls=True,
        quiet=args.quiet,
        parent=plan.parent,
        stand_in=ghost.origin,
        more_companions=[ghost],
    )
    code = start(options, env)
    unused = len({call.span for call in plan.calls} - ghost.used)
    return _report(ghost, code, unused, quiet=args.quiet)


def _report(ghost: GhostCompanion, code: int, unused: int, *, quiet: bool) -> int:
    if ghost.miss is not None:
        _say("this request has no recorded answer; it differs from the nearest one in")
        for line in ghost.miss:
            print(f"  {printable(line)}", file=sys.stderr)
        return ExitCode.MISS
    if not quiet:
        _say(f"{plural(ghost.answered, 'request')} answered from the recording")
    if ghost.live:
        _say(f"{plural(ghost.live, 'request')} answered by the real model")
    if ghost.different:
        _say(f"{plural(ghost.different, 'request')} had other results of tools than recorded")
    if unused:
        _say(f"{plural(unused, 'recorded answer')} not asked for")
    return code


def _say(line: str) -> None:
    print(f"agentrec: {line}", file=sys.stderr)


def _explain(plan: GhostPlan, *, as_json: bool) -> None:
    from agentrec.ghost.volatile import rules

    if as_json:
        print_json({**plan.as_json(), "volatile": [str(rule) for rule in rules()]})
        return
    print(f"command: {printable(' '.join(plan.argv))}")
    print(f"directory: {printable(plan.cwd)}")
    print(f"files: {plan.snapshot.id if plan.snapshot else 'none, the recording has no snapshot'}")
    print(f"recorded answers: {len(plan.calls)}")
    for span in plan.masked:
        print(f"cannot be used: {span} holds a masked secret")
    print("may differ: the directory, and")
    for rule in rules():
        print(f"  {rule}")
