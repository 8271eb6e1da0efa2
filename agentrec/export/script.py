"""util-linux ``script`` sessions, read only: a typescript with its timing log.

The timing log is *classic* (``delay bytes``) or *advanced*: ``O|I delay bytes`` for output and input,
``S delay SIGWINCH ROWS=r COLS=c`` for signals, ``H delay NAME value`` for what a header would hold.
The bytes are in the typescript behind its first line, in the order of the log.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from agentrec import times
from agentrec.errors import FormatError
from agentrec.export.asciicast.parse import split_command
from agentrec.export.conversion import (
    DEFAULT_SIZE,
    MAX_TIME_NS,
    ImportedRecording,
    Notes,
    Source,
    is_size,
)
from agentrec.export.line_codec import numbered_lines
from agentrec.recording.events import EXIT, INPUT, OUTPUT, RESIZE, Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject

# Of one step; script writes what one read gave.
MAX_STEP_BYTES = 64 << 20
_MAX_FIRST_LINE_BYTES = 1 << 16
# Some versions write the decimal point of the user's language.
_SECONDS = re.compile(r"[0-9]{1,12}(?:[.,][0-9]{1,9})?")
_CLASSIC = re.compile(rb"(\d{1,12}(?:[.,]\d{1,9})?) (\d{1,9})\s*")
_ADVANCED = re.compile(rb"([HIOS]) (\d{1,12}(?:[.,]\d{1,9})?) ([^\s]+) ?([^\n]*)\s*")
_BANNER_TIME = re.compile(rb" (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d) \[")
# In the typescript's last line, whose words are in the user's language.
_FOOTER_EXIT = re.compile(rb'\n\S[^\n]*\[[^\n]*\bCOMMAND_EXIT_CODE="(\d{1,9})"[^\n]*\]\s*\Z')
_FOOTER = re.compile(rb"\nScript done on [^\n]*\s*\Z")
_MAX_FOOTER_BYTES = 4096
_PIECE_BYTES = 1 << 18
_BANNER_SIZE = re.compile(rb'COLUMNS="(\d{1,5})" LINES="(\d{1,5})"')
_WINCH_SIZE = re.compile(r"ROWS=(\d{1,5}) COLS=(\d{1,5})")


class TimedPiece(NamedTuple):
    """A line of the timing log: ``kind`` is O, I, S or H."""

    kind: str
    delay_ns: int
    word: str
    rest: str


def read(source: Source) -> ImportedRecording:
    """``source.stream`` is the typescript. Raises FormatError with the timing log's line number."""
    if source.timing is None and source.untimed:
        return _untimed(source.stream)
    if source.timing is None:
        raise FormatError(
            "a typescript has no times",
            "name the timing log with --timing FILE",
        )
    notes = Notes()
    banner = source.stream.readline(_MAX_FIRST_LINE_BYTES)
    steps = _steps(source.timing, notes)
    facts: dict[str, str] = {}
    first: TimedPiece | None = None
    for step in steps:
        if step.kind != "H":
            first = step
            break
        facts[step.word] = step.rest
    header = _header(banner, facts, notes)
    return ImportedRecording(
        header, _SessionReader(source, facts, notes).events(first, steps), notes
    )


def _untimed(stream: BinaryIO) -> ImportedRecording:
    """A typescript alone: all of it at time 0."""
    notes = Notes()
    notes.add("there is no timing log beside it: everything is shown at once")
    header = _header(stream.readline(_MAX_FIRST_LINE_BYTES), {}, notes)
    return ImportedRecording(header, _untimed_events(stream), notes)


def _untimed_events(stream: BinaryIO) -> Iterator[Event]:
    seq, rest = 0, b""
    while piece := stream.read(_PIECE_BYTES):
        rest += piece
        ready, rest = rest[:-_MAX_FOOTER_BYTES], rest[-_MAX_FOOTER_BYTES:]
        if ready:
            yield Event(seq, 0, *OUTPUT, ready)
            seq += 1
    footer = _FOOTER.search(rest)
    if shown := rest[: footer.start()] if footer else rest:
        yield Event(seq, 0, *OUTPUT, shown)
        seq += 1
    if exit_code := _FOOTER_EXIT.search(rest):
        yield Event(seq, 0, *EXIT, {"code": int(exit_code[1]), "signal": None})


def _header(banner: bytes, facts: dict[str, str], notes: Notes) -> JsonObject:
    match = _BANNER_SIZE.search(banner)
    size = match.groups() if match else (facts.get("COLUMNS", ""), facts.get("LINES", ""))
    cols, rows = (int(text) if text.isdigit() else 0 for text in size)
    if not is_size(cols, rows):
        notes.add("the session has no terminal size: assuming 80x24")
        cols, rows = DEFAULT_SIZE
    header: JsonObject = {"cols": cols, "rows": rows}
    begun = _BANNER_TIME.search(banner)
    started = times.parse_rfc3339(
        facts.get("START_TIME") or (begun[1].decode("ascii") if begun else None)
    )
    if started is not None:
        header["created"] = times.format_rfc3339_exact(started)
    if facts.get("COMMAND"):
        header["command"] = split_command(facts["COMMAND"])
    elif facts.get("SHELL"):
        header["command"] = [facts["SHELL"]]
    env = {name: facts[name] for name in ("SHELL", "TERM") if facts.get(name)}
    return header | {"env": env} if env else header


class _SessionReader:
    """Walks the timing log and takes each step's bytes from the log that has them."""

    def __init__(self, source: Source, facts: dict[str, str], notes: Notes) -> None:
        self._output = source.stream
        self._notes = notes
        # With --log-io both streams are in one file, in the order of the steps.
        shared = "INPUT_LOG" in facts and facts["INPUT_LOG"] == facts.get("OUTPUT_LOG")
        self._input = source.stream if shared else source.input_log
        if self._input is source.input_log is not None:
            source.input_log.readline(_MAX_FIRST_LINE_BYTES)
        self._torn = self._has_exit = False
        self._seq = self._t = 0

    def events(self, first: TimedPiece | None, rest: Iterator[TimedPiece]) -> Iterator[Event]:
        step = first
        while step is not None and not self._torn:
            self._t = min(self._t + step.delay_ns, MAX_TIME_NS - 1)
            if event := self._event(step):
                yield event
                self._seq += 1
            step = next(rest, None)
        if not self._torn and not self._has_exit and (code := self._footer_exit()) is not None:
            yield Event(self._seq, self._t, *EXIT, {"code": code, "signal": None})

    def _footer_exit(self) -> int | None:
        """The exit code in what follows the recorded bytes."""
        rest = b"\n" + self._output.read(_MAX_FOOTER_BYTES)
        found = _FOOTER_EXIT.search(rest)
        return int(found[1]) if found else None

    def _event(self, step: TimedPiece) -> Event | None:
        kind, _, word, rest = step
        if kind in "OI":
            return self._bytes(kind, int(word))
        if kind == "S" and (match := _WINCH_SIZE.search(rest)):
            rows, cols = int(match[1]), int(match[2])
            if is_size(cols, rows):
                return Event(self._seq, self._t, *RESIZE, {"cols": cols, "rows": rows})
        if kind == "H" and word == "DURATION" and _SECONDS.fullmatch(rest):
            self._t = max(self._t, min(_ns(rest), MAX_TIME_NS - 1))
        if kind == "H" and word == "EXIT_CODE" and rest.isdecimal() and len(rest) < 10:
            self._has_exit = True
            return Event(self._seq, self._t, *EXIT, {"code": int(rest), "signal": None})
        return None

    def _bytes(self, kind: str, count: int) -> Event | None:
        log = self._output if kind == "O" else self._input
        if log is None:
            self._notes.add("input was left out: name its log with --input-log FILE")
            return None
        data = log.read(count)
        if len(data) < count:
            self._torn = True
            self._notes.add("torn: the typescript ends before the timing log")
        name = OUTPUT if kind == "O" else INPUT
        return Event(self._seq, self._t, *name, data) if data else None


def _steps(timing: BinaryIO, notes: Notes) -> Iterator[TimedPiece]:
    for number, line in numbered_lines(timing):
        step = _step(line)
        if step is not None:
            yield step
        elif not line.endswith(b"\n"):
            notes.add("the last line of the timing log is torn and was left out")
        elif not line.isspace():
            raise FormatError(f"line {number} of the timing log is invalid")


def _step(line: bytes) -> TimedPiece | None:
    if match := _CLASSIC.fullmatch(line):
        kind, delay, word, tail = b"O", match[1], match[2], b""
    elif match := _ADVANCED.fullmatch(line):
        kind, delay, word, tail = match.groups()
    else:
        return None
    if kind in b"OI" and not (word.isdigit() and len(word) < 10 and int(word) <= MAX_STEP_BYTES):
        return None
    rest = tail.decode("utf-8", "replace").strip()
    return TimedPiece(kind.decode(), _ns(delay.decode()), word.decode("utf-8", "replace"), rest)


def _ns(seconds: str) -> int:
    whole, _, fraction = seconds.replace(",", ".").partition(".")
    return int(whole) * times.NS_PER_SECOND + int(fraction.ljust(9, "0"))
