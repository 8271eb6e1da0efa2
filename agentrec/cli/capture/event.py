"""Add an event to the running recording.

agentrec event sys deploy '{"target": "staging", "ok": true}'
agentrec event tool call '{"name": "search", "input": {"query": "x"}}' --span s1

From a shell hook, where starting a program would cost too much, write a line to the pipe instead:
  [ -p "$AGENTREC_EVENTS" ] && printf '%s\\n' '{"track": "sys", "kind": "x"}' 1<>"$AGENTREC_EVENTS"
"""

import sys

from agentrec.cli.capture.running import add_live_arguments, ask
from agentrec.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

SUMMARY = "add an event to the running recording"
_LIMIT = 1 << 20  # bytes of one request


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    add = parser.add_argument
    add("track", help="whose it is: sys, agent, tool, llm or a name of your own")
    add("kind", help="what it is")
    add("data", nargs="?", default="{}", help="a JSON object; - reads it from standard input")
    add("--span", metavar="ID", help="pairs events that belong together, as a call and its result")
    add("--parent", metavar="ID", help="the span around it")
    add("--actor", metavar="NAME", help="who did it")
    add_live_arguments(parser)


def run(args: "argparse.Namespace") -> int:
    data = _object(sys.stdin.read(_LIMIT) if args.data == "-" else args.data)
    request = {"op": "event", "track": args.track, "kind": args.kind, "data": data}
    for name in ("span", "parent", "actor"):
        if getattr(args, name):
            request[name] = getattr(args, name)
    reply = ask(args.socket, request)
    if not args.quiet:
        from agentrec.times import format_clock

        print(f"{format_clock(reply['t'], fraction=True)}  event {reply['seq']}")
    return 0


def _object(text: str) -> "dict[str, Any]":
    import json

    try:
        data = json.loads(text)
    except ValueError as error:
        raise UsageError(f"the data is no JSON: {error}") from None
    if not isinstance(data, dict):
        raise UsageError("the data must be a JSON object", "such as '{\"ok\": true}'")
    return data
