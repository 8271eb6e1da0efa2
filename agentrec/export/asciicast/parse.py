"""Reading asciicasts, what all versions share: headers, times, event lines."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from agentrec import times
from agentrec.errors import FormatError
from agentrec.export.conversion import MAX_TIME_NS, Notes, is_number, is_size, object_of
from agentrec.export.line_codec import clean_utf8, parse_lines
from agentrec.recording.events import EXIT, INPUT, MOMENT, OUTPUT, RESIZE, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject

MAX_IDLE_SECONDS = 1e9
_SIZE = re.compile(r"(\d{1,9})x(\d{1,9})")
_STATUS = re.compile(r"-?\d{1,9}")


def parse_header(fields: JsonObject, cols: object, rows: object) -> JsonObject:
    """A native header from an asciicast's, all versions. Raises FormatError for a size no terminal has."""
    if not is_size(cols, rows):
        raise FormatError(f"invalid terminal size {cols!r} x {rows!r} in the header")
    header: JsonObject = {"cols": cols, "rows": rows}
    stamp = fields.get("timestamp")
    if is_number(stamp, -1e12, 1e12):
        created = times.format_rfc3339_exact(round(stamp * times.NS_PER_SECOND))
        if created:
            header["created"] = created
    if isinstance(command := fields.get("command"), str):
        header["command"] = split_command(command)
    if isinstance(title := fields.get("title"), str) and title:
        header["title"] = title
    if env := env_strings(fields):
        header["env"] = env
    if is_number(fields.get("idle_time_limit"), 0, MAX_IDLE_SECONDS):
        header["idle_time_limit"] = fields["idle_time_limit"]
    if isinstance(fields.get("tags"), list):
        header["tags"] = fields["tags"]
    return header


def split_command(text: str) -> list[str]:
    """The argument list a command line stands for; one that needs a shell becomes ``sh -c``."""
    try:
        words = shlex.split(text)
    except ValueError:  # an open quote
        words = []
    return words if words and shlex.join(words) == text else ["sh", "-c", text]


def join_command(words: list[str]) -> str:
    """The command line of an argument list; the inverse of :func:`split_command`."""
    if len(words) == 3 and words[:2] == ["sh", "-c"]:
        return words[2]
    return shlex.join(words)


def env_strings(fields: JsonObject) -> dict[str, str]:
    """The environment without its nulls, which readers refuse."""
    return {k: v for k, v in object_of(fields, "env").items() if isinstance(v, str)}


def parse_seconds(value: object, number: int, unit: str = "line") -> int:
    """Nanoseconds of a JSON number of seconds. Raises FormatError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormatError(f"{unit} {number}: the time is {type(value).__name__}, not a number")
    if not 0 <= value < MAX_TIME_NS / times.NS_PER_SECOND:
        raise FormatError(f"{unit} {number}: {value!r} is not a time in seconds")
    return round(value * times.NS_PER_SECOND)


def parse_events(
    lines: Iterable[tuple[int, bytes]], notes: Notes, *, intervals: bool
) -> Iterator[Event]:
    """Events of the lines after the header; times are ``intervals`` (v3) or absolute (v2).

    Raises FormatError with the line's number.
    """
    seq = t = 0
    for number, when, code, data in _event_lines(lines, notes):
        at = parse_seconds(when, number) + (t if intervals else 0)
        if at >= MAX_TIME_NS:
            raise FormatError(f"line {number}: the intervals add up to more than a hundred years")
        if at < t:
            notes.add("times that ran backwards were raised to the time before")
        t = max(t, at)
        event = _event(seq, t, code, data, number)
        if event is None:
            notes.add(f"events of unknown code {code[:20]!r} were left out")
            continue
        yield event
        seq += 1


def _event_lines(
    lines: Iterable[tuple[int, bytes]], notes: Notes
) -> Iterator[tuple[int, object, str, str]]:
    """``(line number, time, code, data)`` of each event line. Raises FormatError for what is none."""
    for number, fields in parse_lines(lines, notes):
        if not isinstance(fields, list) or len(fields) != 3:
            raise FormatError(f"line {number} is not [time, code, data]")
        when, code, data = fields
        if not isinstance(code, str) or not isinstance(data, str):
            raise FormatError(f"line {number}: code and data must be strings")
        yield number, when, code, data


def _event(seq: int, t: int, code: str, data: str, number: int) -> Event | None:
    """The event of one line; None for a code this version does not know."""
    if code == "o":
        return Event(seq, t, *OUTPUT, clean_utf8(data))
    if code == "i":
        return Event(seq, t, *INPUT, clean_utf8(data))
    if code == "m":
        return Event(seq, t, *MOMENT, {"label": data, "source": "import"})
    if code == "r":
        match = _SIZE.fullmatch(data)
        cols, rows = (int(match[1]), int(match[2])) if match else (0, 0)
        if not is_size(cols, rows):
            raise FormatError(f"line {number}: {data[:40]!r} is not a terminal size")
        return Event(seq, t, *RESIZE, {"cols": cols, "rows": rows})
    if code == "x":
        if not _STATUS.fullmatch(data):
            raise FormatError(f"line {number}: {data[:40]!r} is not an exit status")
        return Event(seq, t, *EXIT, {"code": int(data), "signal": None})
    return None
