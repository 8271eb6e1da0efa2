"""Add an event to the running recording.

agentrec event sys deploy '{"target": "staging", "ok": true}'
agentrec event tool call '{"name": "search", "input": {"query": "x"}}' --span s1

From a shell hook, where starting a program would take too long, write a line to the pipe instead:
  [ -p "$AGENTREC_EVENTS" ] && printf '%s\\n' '{"track": "sys", "kind": "x"}' 1<>"$AGENTREC_EVENTS"
"""

import sys

from agentrec.cli.capture.running import add_live_arguments, ask, print_added
from agentrec.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from agentrec.json_values import JsonObject

_MAX_CHARS = 1 << 20  # of one request


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    add = parser.add_argument
    add(
        "track",
        metavar="TRACK",
        help="the group it belongs to: sys, agent, tool, llm or a name of your own",
    )
    add("kind", metavar="KIND", help="what happened")
    add(
        "data",
        metavar="DATA",
        nargs="?",
        default="{}",
        help="a JSON object; - reads it from standard input",
    )
    add(
        "--span",
        metavar="ID",
        help="the same for events that belong together, such as a call and its result",
    )
    add("--parent", metavar="ID", help="the enclosing span")
    add("--actor", metavar="NAME", help="who did it")
    add_live_arguments(parser)


def run(args: "argparse.Namespace") -> int:
    data = _object(sys.stdin.read(_MAX_CHARS) if args.data == "-" else args.data)
    request = {"op": "event", "track": args.track, "kind": args.kind, "data": data}
    for name in ("span", "parent", "actor"):
        if getattr(args, name):
            request[name] = getattr(args, name)
    reply = ask(args.socket, request)
    if not args.quiet:
        seq = reply["seq"]
        paused = isinstance(seq, int) and seq < 0
        print_added(reply, "not recorded: the recording is paused" if paused else f"event {seq}")
    return 0


def _object(text: str) -> "JsonObject":
    import json

    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"invalid JSON in the data: {error}") from None
    if not isinstance(data, dict):
        raise UsageError("the data must be a JSON object", "such as '{\"ok\": true}'")
    return data
