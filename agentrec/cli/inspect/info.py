"""Show what a recording holds: times, sizes, events, how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentrec.cli.common import (
    add_file,
    add_json,
    damage_lines,
    opened,
    print_json,
    unread_line,
    warn,
)
from agentrec.cli.inspect.signature_text import signed_text
from agentrec.errors import ExitCode
from agentrec.recording.exit_text import ending_row
from agentrec.recording.format.header import tags_of
from agentrec.recording.info import RecordingInfo, recording_info
from agentrec.recording.streams import stream_kinds
from agentrec.text import format_size, plural, printable
from agentrec.times import format_clock, format_duration

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    with opened(args.file) as recording:
        # Checks every checksum: damage shows here, not only in `verify`.
        for _ in recording.frames():
            pass
        facts = recording_info(recording)
        if recording.unread:
            warn(f"{recording.name}: {unread_line(recording)}")
        lacks = recording.lacks
    if args.json:
        print_json({**facts, "lacks": lacks or None})
    else:
        print("\n".join(_lines(facts, lacks)))
    return ExitCode.OK


_STATES = {
    "live": "still being recorded",
    "torn": "cut short: the recorder was stopped before it could finish the file",
    "damaged": "damaged: see `agentrec verify`; `agentrec repair` saves the rest",
    "complete": "complete",
}


def _lines(facts: RecordingInfo, lacks: str) -> list[str]:
    header = facts["header"]
    rows: list[tuple[str, object]] = [("file", facts["file"])]
    rows += [("id", header.get("id")), ("title", header.get("title"))]
    rows.append(("tags", " ".join(tags_of(header))))
    rows.append(("command", _command(header.get("command"))))
    rows.append(("recorded", header.get("created")))
    rows.append(("directory", header.get("cwd")))
    rows.append(("parent", _parent(header.get("parent"))))
    if "cols" in header and "rows" in header:
        rows.append(("terminal", f"{header['cols']}x{header['rows']}" + _terminal(header)))
    rows.append(("streams", _streams(header)))
    rows.append(("duration", format_duration(round(facts["duration"] * 1e9))))
    rows.append(("size", _size(facts)))
    kind, ended = ending_row(facts["exit"], facts["run"])
    rows.append((kind, ended or ("" if facts["state"] == "live" else "not recorded")))
    rows.append(("state", _STATES[facts["state"]]))
    rows.append(("signed by", signed_text(facts["signed_by"])))
    moments, snapshots = plural(facts["moments"], "mark"), plural(facts["snapshots"], "snapshot")
    rows.append(("read as", lacks))
    rows.append(("points", f"{moments}, {snapshots}"))
    rows.append(("events", plural(facts["events"], "event")))
    lines = [f"{name:<10} {printable(str(value))}" for name, value in rows if value]
    for name, what in facts["by_kind"].items():
        lines.append(
            f"  {printable(name):<16} {what['events']:>9,}  {format_size(what['bytes']):>9}"
        )
    if facts["kinds_left_out"]:
        lines.append(f"  and {plural(facts['kinds_left_out'], 'rarer kind')}")
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


def _parent(parent: object) -> str:
    """What it was branched from, recorded inside, or plays again."""
    if not isinstance(parent, dict):
        return ""
    if parent.get("relation") == "nested":
        return f"inside {parent.get('id')}"
    if parent.get("relation") == "ghost":
        return f"ghost of {parent.get('id')}"
    if parent.get("relation") == "cut":
        return _made_of(parent)
    return f"{parent.get('id')} at {_point(parent)}, {parent.get('method')}"


def _made_of(parent: dict[str, Any]) -> str:
    """What it is a copy of parts of: `agentrec cut` and the like."""
    name, method = parent.get("via") or parent.get("id"), parent.get("method")
    since, until = parent.get("since_ns"), parent.get("until_ns")
    if method == "cut" and type(since) is int and type(until) is int:
        return f"{format_clock(since)} to {format_clock(until)} of {name}"
    if method == "join":
        joined = parent.get("joined")
        return "joined: " + ", ".join(map(str, joined if isinstance(joined, list) else [name]))
    if method == "speed":
        return f"{name}, {parent.get('factor')} times as fast"
    return f"{name}, without long pauses"


def _point(parent: dict[str, Any]) -> object:
    """Where it branches off: before a step, or at a snapshot."""
    return f"step {parent['at_step']}" if "at_step" in parent else parent.get("snapshot")


def _terminal(header: dict[str, Any]) -> str:
    env = header.get("env")
    term = env.get("TERM") if isinstance(env, dict) else None
    return (f", {term}" if term else "") + (", headless" if header.get("headless") else "")


def _streams(header: dict[str, Any]) -> str:
    """Those that were not a terminal."""
    kinds = stream_kinds(header).items()
    return ", ".join(f"{name} {kind}" for name, kind in kinds if kind != "terminal")


def _size(facts: RecordingInfo) -> str:
    """With the compression ratio, unless the file is larger than what was recorded."""
    if not facts["ratio"] or facts["ratio"] >= 1:
        return format_size(facts["size"])
    return f"{format_size(facts['size'])}, {facts['ratio']:.1%} of {format_size(facts['raw'])}"
