"""`ghost --as-server`: a recording's answers for any client, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from agentrec.cassettes.cassette_server import CassetteServer
from agentrec.cassettes.model_environment import replay_variables
from agentrec.cli.common import found, json_text
from agentrec.errors import ExitCode, UsageError
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.json_values import JsonObject

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve(args: argparse.Namespace) -> int:
    """Serve until a signal. Returns 123 if a request had no recorded answer."""
    _check(args)
    # The thread of the server inherits this: signals wait for us.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    server = CassetteServer(
        found(args.file),
        os.path.abspath(args.directory or os.curdir),
        port=args.as_server,
        match=args.match,
        pace=args.pace,
        on_report=_print_json if args.json else None if args.quiet else _print,
    )
    server.start()
    _print_addresses(server, as_json=args.json, quiet=args.quiet)
    signal.sigwait(_SIGNALS)
    server.stop()
    if not args.quiet:
        _say(f"{plural(len(server.unused), 'recorded answer')} not asked for")
    return ExitCode.MISS if server.misses else ExitCode.OK


def _check(args: argparse.Namespace) -> None:
    """Raises UsageError for options about an agent: none is started."""
    given = {
        "COMMAND": args.rest,
        "--explain": args.explain,
        "--headless": args.headless,
        "--out-file": args.out_file,
        "--allow-network": args.allow_network,
        "--live-after": args.live_after is not None,
        "--live-on-miss": args.live_on_miss,
    }
    wrong = next((name for name, value in given.items() if value), None)
    if wrong:
        raise UsageError(f"--as-server starts no agent and cannot be used with {wrong}")


def _print_addresses(server: CassetteServer, *, as_json: bool, quiet: bool) -> None:
    variables = replay_variables(server.url, {})
    if as_json:
        _print_json({"url": server.url, "environment": dict(variables)})
    elif not quiet:
        _say(
            f"{plural(len(server.recorded), 'answer')} of the recording at {server.url}; Ctrl-C ends it"
        )
        for name, value in variables.items():
            print(f"export {name}={value}", flush=True)


def _print(report: JsonObject) -> None:
    miss = report.get("miss")
    path = printable(str(report["path"]))
    if isinstance(miss, list):
        _say(f"{path}: no recorded answer; it differs from the nearest one in")
        for line in miss:
            print(f"  {printable(str(line))}", file=sys.stderr, flush=True)
    else:
        _say(f"{path}: {'answered' if 'call' in report else 'not known'}")


def _print_json(line: JsonObject) -> None:
    print(json_text(line), flush=True)


def _say(line: str) -> None:
    print(f"agentrec: {line}", file=sys.stderr, flush=True)
