"""What readers and writers of formats exchange: a header, a stream of events, and warnings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event

DEFAULT_SIZE = (80, 24)
# Columns or rows that a terminal can have (struct winsize).
MAX_SIZE = 0xFFFF
# 146 years: later times are garbage, and sums stay below a signed 64-bit integer.
MAX_TIME_NS = 1 << 62
MAX_NOTES = 20


@dataclass(slots=True)
class Notes:
    """Warnings in order: values, not exceptions. Repeats are counted, a flood is cut."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, times: int = 1) -> None:
        if text in self.counts or len(self.counts) < MAX_NOTES:
            self.counts[text] += times
        else:
            self.counts["more warnings of other kinds"] += times

    def lines(self) -> list[str]:
        """One line each, with a count when there are several."""
        return [text if n == 1 else f"{text} ({n} times)" for text, n in self.counts.items()]


@dataclass(slots=True)
class Source:
    """An opened input. ``timing`` and ``input_log`` are the other files of a ``script`` session.

    ``untimed``: without a timing log, everything is shown at once. ``format`` is the name of the one it is
    read as. ``path`` is where the file is, if ``stream`` is what is there.
    """

    name: str
    stream: BinaryIO
    timing: BinaryIO | None = None
    input_log: BinaryIO | None = None
    untimed: bool = False
    format: str = ""
    path: str = ""


@dataclass(slots=True)
class ImportedRecording:
    """A recording being read: ``events`` can be taken once; ``notes`` is complete after the last.

    ``header`` has the keys of a native header as far as the source knows them; ``cols`` and ``rows``
    always.
    """

    header: JsonObject
    events: Iterator[Event]
    notes: Notes = field(default_factory=Notes)


@dataclass(slots=True)
class Loss:
    """What a format could not hold: events left out, by ``track/kind``, and other remarks."""

    events: Counter[str] = field(default_factory=Counter)
    notes: Notes = field(default_factory=Notes)

    def leave_out(self, event: Event) -> None:
        self.events[f"{event.track}/{event.kind}"] += 1

    def lines(self) -> list[str]:
        lines = [
            f"left out: {count} {name} event{'s' if count > 1 else ''}"
            for name, count in sorted(self.events.items())
        ]
        return lines + self.notes.lines()


def size_of(header: JsonObject) -> tuple[int, int]:
    """``(cols, rows)`` of a header; 80x24 where it has none that a terminal could have."""
    cols, rows = header.get("cols"), header.get("rows")
    if is_size(cols, rows):
        return cols, rows  # type: ignore[return-value]
    return DEFAULT_SIZE


def object_of(header: JsonObject, name: str) -> JsonObject:
    """A field that should be an object; empty when it is missing or anything else."""
    value = header.get(name)
    return value if isinstance(value, dict) else {}


def is_number(value: object, low: float, high: float) -> TypeGuard[int | float]:
    """Whether a JSON value is a number from ``low`` to ``high`` (true and false are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def is_size(cols: object, rows: object) -> bool:
    """Whether a terminal can have these columns and rows."""
    return all(
        isinstance(n, int) and not isinstance(n, bool) and 0 < n <= MAX_SIZE for n in (cols, rows)
    )
