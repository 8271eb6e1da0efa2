"""What `ghost` and `golden run` share: options, and playing a planned ghost."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from agentrec.cli.common import output_file
from agentrec.errors import AgentrecError, ExitCode, UsageError
from agentrec.ghost.request_match import RESULTS, STRICT
from agentrec.recording.encryption.recipients import refuse_setting
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.ghost.ghost_companion import GhostCompanion
    from agentrec.ghost.ghost_run import GhostPlan
    from agentrec.json_values import JsonObject


class Played(NamedTuple):
    """A ghost that has ended, its exit code, and how many recorded answers nothing asked for."""

    ghost: GhostCompanion
    code: int
    unused: int


def add_play_options(parser: argparse.ArgumentParser) -> None:
    """The options that say how a ghost is answered and recorded."""
    add = parser.add_argument
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
    add("-o", "--out-file", type=output_file, metavar="FILE", help="the ghost's recording")
    add("-q", "--quiet", action="store_true", help="print nothing unless something fails")


def leave_network(plan: GhostPlan, args: argparse.Namespace) -> None:
    """Leave the network behind unless the options ask for it. Raises AgentrecError if that is refused."""
    from agentrec.ghost import loopback

    is_live = args.live_after is not None or args.live_on_miss
    if is_live and any(call.request.web_socket for call in plan.calls):
        raise UsageError("cannot go on with the real model: the calls went over a WebSocket")
    if is_live or args.allow_network:
        return
    try:
        loopback.enter()
    except OSError as error:
        raise AgentrecError(
            f"could not take the network away from the agent: {error.strerror or error}",
            "--allow-network plays it with the network there",
        ) from None


def play(plan: GhostPlan, args: argparse.Namespace, parent: JsonObject) -> Played:
    """Run the agent in the plan's directory, which exists, and record that. Raises AgentrecError."""
    from agentrec.cli.capture.start import RecordOptions, start
    from agentrec.ghost.ghost_companion import GhostCompanion
    from agentrec.ghost.ghost_server import GhostSettings

    refuse_setting("a ghost run", os.environ)
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
        parent=parent,
        stand_in=ghost.origin,
        more_companions=[ghost],
    )
    code = start(options, env)
    return Played(ghost, code, len({call.span for call in plan.calls} - ghost.used))


def report(played: Played, *, quiet: bool) -> int:
    """Say how it went, and return the exit code."""
    ghost = played.ghost
    if ghost.miss is not None:
        say(ghost.miss_what)
        for line in ghost.miss:
            print(f"  {printable(line)}", file=sys.stderr)
        return ExitCode.MISS
    if not quiet:
        say(f"{plural(ghost.answered, 'request')} answered from the recording")
    if ghost.live:
        say(f"{plural(ghost.live, 'request')} answered by the real model")
    if ghost.different:
        say(f"{plural(ghost.different, 'request')} had other results of tools than recorded")
    if played.unused:
        say(f"{plural(played.unused, 'recorded answer')} not asked for")
    return played.code


def say(line: str) -> None:
    """A line on standard error."""
    print(f"agentrec: {line}", file=sys.stderr)
