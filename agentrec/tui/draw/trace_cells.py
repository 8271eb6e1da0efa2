"""Draws the trace as cells (lanes of turns, model calls and tools) and as a list, without a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size

from agentrec.report.spans import MODEL, TOOL, TURN, critical_path, lanes_of, sum_of
from agentrec.text import one_line
from agentrec.times import NS_PER_MS, NS_PER_SECOND, format_clock, format_duration
from agentrec.tui.draw.event_items import Item
from agentrec.tui.draw.timeline_cells import column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.report.spans import Lane, TraceSpan

MAX_SPANS = 3000  # that are drawn
SIGNS = {TURN: "\u276f", MODEL: "∴", TOOL: "▸"}
CRITICAL = "◂"  # behind what is on the critical path
_ROLES = {TURN: "agent", MODEL: "llm", TOOL: "tool"}
_MIN_TEXT_COLUMNS = 4  # in a bar


class BarCell(NamedTuple):
    """A cell of a lane: what stands in it, and in what style.

    ``filled``    has the role's color as background
    ``critical``  belongs to the critical path
    """

    char: str
    role: str
    filled: bool = False
    critical: bool = False


class Trace:
    """What took how long between two times (ns): the whole recording, or a turn."""

    def __init__(
        self, spans: Sequence[TraceSpan], duration: int, turn: TraceSpan | None = None
    ) -> None:
        self.turn, self._duration = turn, duration
        self.since = turn.start if turn else 0
        self.until = max(turn.end_by(duration) if turn else duration, self.since + 1)
        self.path = critical_path(spans, duration)
        self.spans = [
            span
            for span in spans
            if span.start <= self.until and span.end_by(duration) >= self.since
        ][:MAX_SPANS]
        self.lanes: list[Lane] = lanes_of(self.spans, duration)

    @property
    def parts(self) -> list[tuple[str, str]]:
        """What is shown, and the sums of model calls and tools; with roles."""
        model, tool = (sum_of(self.spans, kind, self.since, self.until) for kind in (MODEL, TOOL))
        return [
            ("This turn " if self.turn else "All ", "strong"),
            (duration_text(self.until - self.since), "strong"),
            (f"  {SIGNS[MODEL]} {duration_text(model)}", "llm"),
            (f"  {SIGNS[TOOL]} {duration_text(tool)}", "tool"),
        ]

    def scale(self, width: int, t: int) -> list[BarCell]:
        """The row of times, with a sign at ``t``."""
        cells = [BarCell(" ", "dim")] * width
        step = max(1, width // max(1, min(4, width // 9)))
        for x in range(0, width, step):
            time = self.since + x * (self.until - self.since) // width
            text = format_clock(time, fraction=self.until - self.since < 5_000_000_000)
            if len(text) <= min(step, width - x):
                cells[x : x + len(text)] = [BarCell(char, "dim") for char in text]
        if self.since <= t <= self.until:
            cells[self._column(t, width)] = BarCell("▼", "here")
        return cells

    def lane(self, number: int, width: int, t: int) -> list[BarCell]:
        """A lane: bars with what they stand for, where there is room."""
        lane = self.lanes[number]
        cells = [BarCell(" ", "dim")] * width
        if self.since <= t <= self.until:
            cells[self._column(t, width)] = BarCell("│", "line")
        for span in lane.spans:
            first, last = self._columns(span, width)
            for n, char in enumerate(_bar_text(span, last - first + 1)):
                cells[first + n] = self._bar_cell(span, char, is_edge=n == 0)
        return cells

    def span_at(self, number: int, width: int, x: int) -> TraceSpan | None:
        """The span in a column of a lane."""
        columns = ((span, self._columns(span, width)) for span in self.lanes[number].spans)
        return next((span for span, (first, last) in columns if first <= x <= last), None)

    def items(self) -> list[Item]:
        """The same as a list, in order of time."""
        return [self._item(span) for span in sorted(self.spans, key=lambda span: span.start)]

    def _item(self, span: TraceSpan) -> Item:
        took = "…" if span.end is None else duration_text(span.end - span.start)
        sign = "✗" if span.failed else SIGNS[span.kind]
        name = "" if span.kind == TURN else span.name
        parts = [f"{'  ' * span.actor.count('/')}{took:>7}", CRITICAL if span in self.path else ""]
        text = " ".join(filter(None, [*parts, name, span.text]))
        return Item(span.start, sign, _role(span), one_line(text))

    def _bar_cell(self, span: TraceSpan, char: str, *, is_edge: bool) -> BarCell:
        if is_edge:  # the border between two bars
            return BarCell("▐", _role(span))
        return BarCell(char, _role(span), filled=True, critical=span in self.path)

    def _columns(self, span: TraceSpan, width: int) -> tuple[int, int]:
        """The first and the last column of a span: at least one."""
        first = self._column(span.start, width)
        last = self._column(span.end_by(self._duration), width)
        return first, max(first, last - 1 if last < width - 1 else last)

    def _column(self, t: int, width: int) -> int:
        return column(t - self.since, self.until - self.since, width)


def duration_text(ns: int) -> str:
    """A duration, in milliseconds if it is short."""
    return format_duration(ns) if ns >= NS_PER_SECOND else f"{round(ns / NS_PER_MS)} ms"


def turn_at(spans: Sequence[TraceSpan], t: int) -> TraceSpan | None:
    """The turn at ``t``, or the first one."""
    turns = [span for span in spans if span.kind == TURN]
    return next((turn for turn in reversed(turns) if turn.start <= t), turns[0] if turns else None)


def _role(span: TraceSpan) -> str:
    return "error" if span.failed else _ROLES[span.kind]


def _bar_text(span: TraceSpan, width: int) -> str:
    """What stands in a bar of ``width`` cells, of which the first is its edge."""
    text = one_line(f"{span.name} {span.text}" if span.kind != TURN else span.text)
    if width < _MIN_TEXT_COLUMNS or cell_len(text) != len(
        text
    ):  # a wide character has no cell of its own
        text = ""
    return f" {set_cell_size(text, width - 1)}"
