"""What the three versions of asciicast share: headers, event codes, text from bytes."""

from __future__ import annotations

import codecs
import re
import shlex
from typing import TYPE_CHECKING, Any

from agentrec import times
from agentrec.errors import FormatError
from agentrec.export.conversion import MAX_TIME_NS, Loss, Notes, is_number, is_size, object_of
from agentrec.export.json_lines import clean_utf8, json_values
from agentrec.recording.events import EXIT, INPUT, MOMENT, OUTPUT, RESIZE, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SIZE = re.compile(r"(\d{1,9})x(\d{1,9})")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_STATUS = re.compile(r"-?\d{1,9}")
_MAX_IDLE = 1e9  # seconds
INVALID = "bytes that are not UTF-8 became U+FFFD"


# Reading


def read_header(fields: dict[str, Any], cols: object, rows: object) -> dict[str, Any]:
    """A native header from an asciicast's, all versions. Raises FormatError for a size no terminal has."""
    if not is_size(cols, rows):
        raise FormatError(f"the header's terminal size is {cols!r} x {rows!r}")
    header: dict[str, Any] = {"cols": cols, "rows": rows}
    stamp = fields.get("timestamp")
    if is_number(stamp, -1e12, 1e12):
        created = times.format_rfc3339_exact(round(stamp * times.NS_PER_SECOND))
        if created:
            header["created"] = created
    if isinstance(fields.get("command"), str):
        header["command"] = split_command(fields["command"])
    if isinstance(fields.get("title"), str) and fields["title"]:
        header["title"] = fields["title"]
    if env := _strings(fields):
        header["env"] = env
    if is_number(fields.get("idle_time_limit"), 0, _MAX_IDLE):
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


def seconds(value: object, number: int, unit: str = "line") -> int:
    """Nanoseconds of a JSON number of seconds. Raises FormatError for what is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormatError(f"{unit} {number}: the time is {type(value).__name__}, not a number")
    if not 0 <= value < MAX_TIME_NS / times.NS_PER_SECOND:
        raise FormatError(f"{unit} {number}: {value!r} is not a time in seconds")
    return round(value * times.NS_PER_SECOND)


def events(lines: Iterable[tuple[int, bytes]], notes: Notes, *, intervals: bool) -> Iterator[Event]:
    """Events of the lines after the header; times are ``intervals`` (v3) or absolute (v2).

    Raises FormatError with the line's number.
    """
    seq = t = 0
    for number, when, code, data in _event_lines(lines, notes):
        at = seconds(when, number) + (t if intervals else 0)
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
    for number, fields in json_values(lines, notes):
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


# Writing


def common_header(header: dict[str, Any], loss: Loss) -> dict[str, Any]:
    """The fields that versions 2 and 3 name alike."""
    fields: dict[str, Any] = {}
    created = times.parse_rfc3339(header.get("created"))
    if created is not None and created >= 0:
        fields["timestamp"] = created // times.NS_PER_SECOND
    if is_number(header.get("idle_time_limit"), 0, _MAX_IDLE):
        fields["idle_time_limit"] = header["idle_time_limit"]
    command = header.get("command")
    if isinstance(command, list) and command and all(isinstance(word, str) for word in command):
        fields["command"] = join_command(command)
    if isinstance(header.get("title"), str) and header["title"]:
        fields["title"] = header["title"]
    if env := _strings(header):
        fields["env"] = env
    if header.get("parent"):
        loss.notes.add("left out: the header's parent (which recording this one branched from)")
    return fields


def _strings(fields: dict[str, Any]) -> dict[str, str]:
    """The environment without its nulls, which readers refuse."""
    return {k: v for k, v in object_of(fields, "env").items() if isinstance(v, str)}


def join_command(words: list[str]) -> str:
    """The command line of an argument list; the inverse of :func:`split_command`."""
    if len(words) == 3 and words[:2] == ["sh", "-c"]:
        return words[2]
    return shlex.join(words)


def theme_of(header: dict[str, Any], loss: Loss) -> dict[str, str] | None:
    """The header's colours, when they are whole: players refuse a file with a wrong palette."""
    theme = object_of(header, "term").get("theme")
    if theme is None:
        return None
    if isinstance(theme, dict):
        colours = [theme.get("fg"), theme.get("bg")]
        palette = theme.get("palette")
        cells = palette.split(":") if isinstance(palette, str) else []
        if len(cells) in (8, 16) and all(
            isinstance(c, str) and _COLOUR.fullmatch(c) for c in colours + cells
        ):
            return {name: theme[name] for name in ("fg", "bg", "palette")}
    loss.notes.add("left out: a theme whose colours are not complete")
    return None


class Text:
    """Bytes of one stream as text. A character split between two events arrives with the second."""

    def __init__(self, code: str, loss: Loss) -> None:
        self.code = code
        self._loss = loss
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes, *, final: bool = False) -> str:
        text = self._decoder.decode(data, final)
        # A replacement character that the program itself printed is no loss.
        if "\ufffd" in text and text.count("\ufffd") > data.count(b"\xef\xbf\xbd"):
            self._loss.notes.add(INVALID)
        return text


def coded(events: Iterable[Event], loss: Loss, *, exits: bool) -> Iterator[tuple[int, str, str]]:
    """``(t, code, data)`` of what an asciicast can hold; the rest is counted in ``loss``."""
    texts = {OUTPUT: Text("o", loss), INPUT: Text("i", loss)}
    t = 0
    for event in events:
        t = event.t
        name = event.name
        if name in texts and isinstance(event.data, bytes):
            if text := texts[name].feed(event.data):
                yield t, texts[name].code, text
        elif name == EXIT and exits:
            yield from _rest(texts, t)
            yield t, "x", str(exit_status(event))
        elif line := _other(event):
            yield (t, *line)
        else:
            loss.leave_out(event)
    yield from _rest(texts, t)


def _rest(texts: dict[tuple[str, str], Text], t: int) -> Iterator[tuple[int, str, str]]:
    """What is left of a character that never became whole."""
    for text in texts.values():
        if rest := text.feed(b"", final=True):
            yield t, text.code, rest


def _other(event: Event) -> tuple[str, str] | None:
    data = event.data
    if not isinstance(data, dict):
        return None
    if event.name == RESIZE and is_size(data.get("cols"), data.get("rows")):
        return "r", f"{data['cols']}x{data['rows']}"
    if event.name == MOMENT:
        return "m", str(data.get("label", ""))
    return None


def exit_status(event: Event) -> int:
    """What a shell would show in ``$?``: the code, or 128 and the signal's number."""
    data = event.data if isinstance(event.data, dict) else {}
    code, signal = data.get("code"), data.get("signal")
    if is_number(code, -(1 << 31), 1 << 31):
        return int(code)
    return 128 + int(signal) if is_number(signal, 0, 127) else 1
