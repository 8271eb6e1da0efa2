"""What readers and writers of foreign formats hand each other: a header and a stream of events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.events import Event

DEFAULT_SIZE = (80, 24)
MAX_SIZE = 0xFFFF  # columns or rows; what a terminal can be told (struct winsize)
MAX_TIME_NS = (
    1 << 62
)  # ns, 146 years: later times are garbage, and stay below a signed 64-bit integer
MAX_NOTES = 20


@dataclass(slots=True)
class Notes:
    """Warnings in the order they came up: values, not exceptions. Repeats count, floods are cut."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, times: int = 1) -> None:
        if text in self.counts or len(self.counts) < MAX_NOTES:
            self.counts[text] += times
        else:
            self.counts["more warnings of other kinds"] += times

    def lines(self) -> list[str]:
        """One line each; what came up more than once says how often."""
        return [text if n == 1 else f"{text} ({n} times)" for text, n in self.counts.items()]


@dataclass(slots=True)
class Source:
    """An opened input. ``timing`` and ``input_log`` are the other files of a ``script`` session."""

    name: str
    stream: BinaryIO
    timing: BinaryIO | None = None
    input_log: BinaryIO | None = None


@dataclass(slots=True)
class ImportedRecording:
    """A recording being read: ``events`` can be taken once; ``notes`` is complete when they end.

    ``header`` has the keys of a native header as far as the source knows them; ``cols`` and ``rows``
    always.
    """

    header: dict[str, Any]
    events: Iterator[Event]
    notes: Notes = field(default_factory=Notes)


@dataclass(slots=True)
class Loss:
    """What a written format could not hold: events left out by ``track/kind``, and other remarks."""

    events: Counter[str] = field(default_factory=Counter)
    notes: Notes = field(default_factory=Notes)

    def leave_out(self, event: Event) -> None:
        self.events[f"{event.track}/{event.kind}"] += 1

    def lines(self) -> list[str]:
        left = [
            f"left out: {count} {name} event{'s' if count > 1 else ''}"
            for name, count in sorted(self.events.items())
        ]
        return left + self.notes.lines()


def size_of(header: dict[str, Any]) -> tuple[int, int]:
    """``(cols, rows)`` of a header; 80x24 where it has none that a terminal could have."""
    cols, rows = header.get("cols"), header.get("rows")
    if is_size(cols, rows):
        return cols, rows  # type: ignore[return-value]
    return DEFAULT_SIZE


def object_of(header: dict[str, Any], name: str) -> dict[str, Any]:
    """A field that should be an object; empty when it is missing or anything else."""
    value = header.get(name)
    return value if isinstance(value, dict) else {}


def is_number(value: object, low: float, high: float) -> TypeGuard[int | float]:
    """Whether a JSON value is a number from ``low`` to ``high`` (true and false are none)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def is_size(cols: object, rows: object) -> bool:
    """Whether these are the columns and rows of some terminal."""
    return all(
        isinstance(n, int) and not isinstance(n, bool) and 0 < n <= MAX_SIZE for n in (cols, rows)
    )
