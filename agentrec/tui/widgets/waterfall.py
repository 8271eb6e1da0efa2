"""The trace: turns, model calls and tools in lanes, in step with the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from agentrec.tui.draw.trace_cells import Trace, turn_at
from agentrec.tui.widgets.themed import Themed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from agentrec.report.spans import TraceSpan
    from agentrec.tui.draw.event_items import Item
    from agentrec.tui.draw.trace_cells import BarCell
    from agentrec.tui.theme import RoleStyles

_HEAD_ROWS = 2  # the sums, the scale


class Waterfall(Widget, Themed):
    """``turn_only``: only the turn at the current time, instead of the whole recording."""

    class SpanClicked(Message):
        """The user clicked on a bar that begins at ``t`` (ns)."""

        def __init__(self, t: int) -> None:
            super().__init__()
            self.t = t

    def __init__(self, role_styles: RoleStyles) -> None:
        super().__init__()
        self.role_styles = role_styles
        self.turn_only = False
        self._spans: Sequence[TraceSpan] = ()
        self._t = self._duration = 0
        self._trace = Trace((), 0)

    @property
    def items(self) -> list[Item]:
        """What is drawn, as a list."""
        return self._trace.items()

    def show(self, spans: Sequence[TraceSpan], duration: int) -> None:
        self._spans, self._duration = spans, duration
        self._rebuild()

    def set_turn_only(self, turn_only: bool) -> None:
        self.turn_only = turn_only
        self._rebuild()

    def move(self, t: int) -> bool:
        """Go to ``t``; true if another turn is drawn now."""
        self._t = t
        self.refresh()
        if self.turn_only and turn_at(self._spans, t) is not self._trace.turn:
            self._rebuild()
            return True
        return False

    def _rebuild(self) -> None:
        turn = turn_at(self._spans, self._t) if self.turn_only else None
        self._trace = Trace(self._spans, self._duration, turn)
        self.styles.height = _HEAD_ROWS + len(self._rows())
        self.refresh()

    def _rows(self) -> list[int | str]:
        """Numbers of lanes, and above those of a subagent its name."""
        rows: list[int | str] = []
        actor = ""
        for number, lane in enumerate(self._trace.lanes):
            if lane.depth and lane.actor != actor:
                rows.append(lane.actor)
            actor = lane.actor
            rows.append(number)
        return rows

    def render_line(self, y: int) -> Strip:
        width = max(1, self.size.width - 2)
        styles, ground = self.role_styles, Style(bgcolor=self.role_styles.ground)
        rows = self._rows()
        if y == 0:
            segments = [Segment(text, ground + styles[role]) for text, role in self._trace.parts]
        elif y == 1:
            segments = [self._segment(cell) for cell in self._trace.scale(width, self._t)]
        elif y - _HEAD_ROWS >= len(rows):
            segments = []
        elif isinstance(row := rows[y - _HEAD_ROWS], str):
            segments = [Segment(row, ground + styles["dim"])]
        else:
            segments = [self._segment(cell) for cell in self._trace.lane(row, width, self._t)]
        side = Segment(" ", ground)
        return Strip([side, *segments]).adjust_cell_length(self.size.width, ground).simplify()

    def _segment(self, cell: BarCell) -> Segment:
        ground = Style(bgcolor=self.role_styles.ground)
        style = ground + self.role_styles[cell.role]
        if cell.filled:
            style += Style(reverse=True)
        if cell.critical:
            style += Style(underline=True, bold=True)
        return Segment(cell.char, style)

    def on_click(self, event: events.Click) -> None:
        rows = self._rows()
        y = event.y - _HEAD_ROWS
        row = rows[y] if 0 <= y < len(rows) else None
        if isinstance(row, int):
            span = self._trace.span_at(row, max(1, self.size.width - 2), event.x - 1)
            if span:
                self.post_message(self.SpanClicked(span.start))
