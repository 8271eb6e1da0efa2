"""What a recording holds: times, sizes, events, how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentrec.cli.common import (
    RECORDING,
    damage_lines,
    duration,
    number,
    opened,
    print_json,
    printable,
    size,
)
from agentrec.errors import ExitCode
from agentrec.recording.ending import ending
from agentrec.recording.points import points

if TYPE_CHECKING:
    import argparse

    from agentrec.recording.reader import Recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        help=RECORDING,
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def run(args: argparse.Namespace) -> int:
    with opened(args.file) as recording:
        for _ in recording.frames():  # every checksum: damage shows here, not only in `verify`
            pass
        facts = describe(recording)
    if args.json:
        print_json(facts)
    else:
        print("\n".join(_lines(facts)))
    return ExitCode.OK


def describe(recording: Recording) -> dict[str, Any]:
    """Everything `info` says, as a JSON object. Times in seconds, sizes in bytes."""
    index = recording.index
    found = points(recording)
    raw = index.raw
    return {
        "file": recording.path,
        "header": recording.header,
        "duration": recording.duration / 1e9,
        "size": recording.file_size,
        "raw": raw,
        "ratio": round(recording.file_size / raw, 4) if raw else None,
        "events": sum(index.counts.values()),
        "by_kind": {
            name: {"events": count, "bytes": index.bytes.get(name, 0)}
            for name, count in sorted(index.counts.items())
        },
        "segments": len(index.segments),
        "keyframes": len(index.keyframes),
        "moments": sum(point.kind == "moment" for point in found),
        "snapshots": sum(point.kind == "snapshot" for point in found),
        "redacted": _redacted(recording),
        "exit": _exit(recording),
        "state": _state(recording),
        "damage": [[item.offset, item.length, item.reason] for item in recording.damage],
    }


def _exit(recording: Recording) -> dict[str, Any] | None:
    """The last exit event's data, from the end of the file only."""
    if not recording.index.counts.get("term/exit"):
        return None
    last = None
    for event in recording.events(since=max(0, recording.duration - 1), tracks=("term",)):
        if event.kind == "exit" and isinstance(event.data, dict):
            last = event.data
    return last or next(
        (
            e.data
            for e in recording.events(tracks=("term",))
            if e.kind == "exit" and isinstance(e.data, dict)
        ),
        None,
    )


def _redacted(recording: Recording) -> dict[str, dict[str, int]]:
    """How many secrets were masked, by where they stood and by rule."""
    found: dict[str, dict[str, int]] = {}
    if not recording.index.counts.get("guard/redacted"):
        return found
    for event in recording.events(tracks=("guard",)):
        data = event.data
        if event.kind == "redacted" and isinstance(data, dict):
            rules = found.setdefault(str(data.get("where", "")), {})
            rule, count = str(data.get("rule", "")), data.get("count")
            rules[rule] = rules.get(rule, 0) + (count if isinstance(count, int) else 1)
    return found


def _state(recording: Recording) -> str:
    if recording.live:
        return "live"
    if recording.damage:
        only_torn = all(item.reason.startswith("torn") for item in recording.damage)
        return "torn" if only_torn else "damaged"
    return "complete" if recording.ended else "torn"


_STATES = {
    "live": "still being recorded",
    "torn": "cut short: the recorder was stopped before it could end the file",
    "damaged": "damaged; `agentrec verify` says where, `agentrec repair` saves the rest",
    "complete": "complete",
}


def _lines(facts: dict[str, Any]) -> list[str]:
    header = facts["header"]
    rows = [("file", facts["file"]), ("id", header.get("id")), ("title", header.get("title"))]
    rows.append(("command", _command(header.get("command"))))
    rows.append(("recorded", header.get("created")))
    rows.append(("directory", header.get("cwd")))
    if "cols" in header and "rows" in header:
        rows.append(("terminal", f"{header['cols']}x{header['rows']}" + _terminal(header)))
    rows.append(("duration", duration(round(facts["duration"] * 1e9))))
    rows.append(("size", _size(facts)))
    rows.append(("exit", _ending(facts)))
    rows.append(("state", _STATES[facts["state"]]))
    moments, snapshots = number(facts["moments"], "moment"), number(facts["snapshots"], "snapshot")
    rows.append(("points", f"{moments}, {snapshots}"))
    rows.append(("events", number(facts["events"], "event")))
    lines = [f"{name:<10} {printable(str(value))}" for name, value in rows if value]
    for name, what in facts["by_kind"].items():
        lines.append(f"  {printable(name):<16} {what['events']:>9,}  {size(what['bytes']):>9}")
    for where, rules in facts["redacted"].items():
        names = ", ".join(f"{count} {rule}" for rule, count in sorted(rules.items()))
        lines.append(printable(f"masked     {where}: {names}"))
    lines += [f"damage     {line}" for line in damage_lines(facts["damage"])]
    return lines


def _command(command: object) -> str:
    import shlex

    if not isinstance(command, list):
        return ""
    return shlex.join(map(str, command))


def _terminal(header: dict[str, Any]) -> str:
    env = header.get("env")
    term = env.get("TERM") if isinstance(env, dict) else None
    return (f", {term}" if term else "") + (", headless" if header.get("headless") else "")


def _size(facts: dict[str, Any]) -> str:
    """The share of what was recorded says something once there is more of it than file."""
    if not facts["ratio"] or facts["ratio"] >= 1:
        return size(facts["size"])
    return f"{size(facts['size'])}, {facts['ratio']:.1%} of {size(facts['raw'])}"


def _ending(facts: dict[str, Any]) -> str:
    if facts["exit"] is None:
        return "" if facts["state"] == "live" else "not recorded"
    return ending(facts["exit"]).removeprefix("exit ")
