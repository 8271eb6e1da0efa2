"""Reading asciicasts, what all versions share: headers, times, event lines."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from agentrec import times
from agentrec.errors import FormatError
from agentrec.export.conversion import (
    DEFAULT_SIZE,
    MAX_TIME_NS,
    Notes,
    is_number,
    is_size,
    object_of,
)
from agentrec.export.line_codec import TextJoiner, parse_lines
from agentrec.recording.events import EXIT, INPUT, MOMENT, OUTPUT, RESIZE, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Data

MAX_IDLE_SECONDS = 1e9
_SIZE = re.compile(r"(\d{1,9})x(\d{1,9})")
_STATUS = re.compile(r"-?\d{1,9}")


def parse_header(fields: JsonObject, cols: object, rows: object, notes: Notes) -> JsonObject:
    """A native header from an asciicast's, all versions; 80x24 where no terminal has such a size."""
    if not is_size(cols, rows):
        notes.add(f"the terminal size {cols!r:.20} x {rows!r:.20} is invalid: assuming 80x24")
        cols, rows = DEFAULT_SIZE
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

    A line that does not hold an event is left out and noted. Raises FormatError with its number if it is
    the only line.
    """
    reader = _EventReader(notes)
    t = 0
    refused: list[FormatError] = []

    def refuse(error: FormatError) -> None:
        refused[1:] = [error]
        notes.add(f"{error}: left out")

    for number, fields in parse_lines(lines, notes, refuse):
        try:
            when, code, data = _checked(fields, number)
            at = parse_seconds(when, number) + (t if intervals else 0)
        except FormatError as error:
            refuse(error)
            continue
        if at >= MAX_TIME_NS:
            raise FormatError(f"line {number}: the intervals add up to more than a hundred years")
        if at < t:
            notes.add("times that ran backwards were raised to the time before")
        t = max(t, at)
        event = reader.event(t, code, data, number)
        if event is not None:
            yield event
    yield from reader.finish(t)
    if refused and not reader.seq:
        raise refused[0]


def _checked(fields: object, number: int) -> tuple[object, str, object]:
    """Time, code and data of an event line. Raises FormatError."""
    if not isinstance(fields, list) or len(fields) != 3:
        raise FormatError(f"line {number} is not [time, code, data]")
    when, code, data = fields
    if not isinstance(code, str):
        raise FormatError(f"line {number}: the code must be a string")
    return when, code, data


class _EventReader:
    """Makes events of lines; what is invalid is left out and noted. ``seq`` is the next event's."""

    def __init__(self, notes: Notes) -> None:
        self.seq = 0
        self._notes = notes
        self._texts = {"o": (OUTPUT, TextJoiner(notes)), "i": (INPUT, TextJoiner(notes))}

    def event(self, t: int, code: str, data: object, number: int) -> Event | None:
        """The event of one line; None when it is left out."""
        if code not in ("o", "i", "m", "r", "x"):
            self._notes.add(f"events of unknown code {code[:20]!r} were left out")
            return None
        if isinstance(data, str) and code in self._texts:
            name, text = self._texts[code]
            return self._made(t, name, text.feed(data))
        if code == "m" and isinstance(data, str):
            return self._made(t, MOMENT, {"label": data, "source": "import"})
        if code == "r" and (size := _resize(data)):
            return self._made(t, RESIZE, size)
        if code == "x" and (status := _exit_status(data)) is not None:
            return self._made(t, EXIT, {"code": status, "signal": None})
        what = {"r": "a terminal size", "x": "an exit status"}.get(code, "a string")
        self._notes.add(f"line {number}: {data!r:.40} is not {what}: left out")
        return None

    def finish(self, t: int) -> Iterator[Event]:
        """Halves of characters whose other half never came, at the end."""
        for name, text in self._texts.values():
            if rest := text.finish():
                yield self._made(t, name, rest)

    def _made(self, t: int, name: tuple[str, str], data: Data) -> Event:
        self.seq += 1
        return Event(self.seq - 1, t, *name, data)


def _resize(data: object) -> JsonObject | None:
    match = _SIZE.fullmatch(data) if isinstance(data, str) else None
    cols, rows = (int(match[1]), int(match[2])) if match else (0, 0)
    return {"cols": cols, "rows": rows} if is_size(cols, rows) else None


def _exit_status(data: object) -> int | None:
    """An exit status: a string, and in files of some programs a number."""
    text = str(data) if type(data) in (int, str) else ""
    return int(text) if _STATUS.fullmatch(text) else None
