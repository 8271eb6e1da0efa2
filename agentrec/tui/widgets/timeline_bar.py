"""The timeline: shows the whole recording, and takes the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from agentrec.tui.draw import timeline_cells
from agentrec.tui.draw.timeline_cells import column
from agentrec.tui.widgets.themed import Themed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from agentrec.tui.draw.timeline_cells import TimelineMark
    from agentrec.tui.theme import RoleStyles


class TimelineBar(Widget, Themed):
    """Two rows, activity and rail, inset by a cell; only the rail where there is no room for both.

    ``hits`` are times, ``activity`` amounts in equal parts of the duration, ``idle`` spans (ns).
    """

    marks: reactive[Sequence[TimelineMark]] = reactive(tuple)
    hits: reactive[Sequence[int]] = reactive(tuple)
    activity: reactive[Sequence[float]] = reactive(tuple)
    idle: reactive[Sequence[tuple[int, int]]] = reactive(tuple)

    class TimeClicked(Message):
        """The user clicked or dragged to a time (ns); ``done``: the button is released."""

        def __init__(self, t: int, *, done: bool) -> None:
            super().__init__()
            self.t, self.done = t, done

    def __init__(self, role_styles: RoleStyles) -> None:
        super().__init__()
        self.role_styles = role_styles
        self.t = self.duration = 0
        self._thinned: tuple[int, int, list[int]] | None = None  # for a width and a duration

    @property
    def inner(self) -> int:
        return max(1, self.size.width - 2)

    def watch_hits(self) -> None:
        self._thinned = None

    def move(self, t: int, duration: int) -> None:
        """Set the position; redraws only when that makes a difference."""
        before = column(self.t, self.duration, self.inner)
        stretched = duration != self.duration
        self.t, self.duration = t, duration
        if stretched or column(t, duration, self.inner) != before:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        ground = Style(bgcolor=self.role_styles.background)
        width, t, duration = self.inner, self.t, self.duration
        if y == self.size.height - 1:
            cells = timeline_cells.rail(width, t, duration, self.marks, self.idle)
        elif y == 0:
            cells = timeline_cells.activity(width, t, duration, self.activity, self._visible_hits())
        else:
            return Strip.blank(self.size.width, ground)
        styled = [Segment(cell.char, ground + self.role_styles[cell.role]) for cell in cells]
        side = Segment(" ", ground)
        return Strip([side, *styled, side], width + 2).simplify()

    def _visible_hits(self) -> list[int]:
        """One hit for each column that has any: there may be very many."""
        width, duration = self.inner, self.duration
        if self._thinned is None or self._thinned[:2] != (width, duration):
            by_column = {column(hit, duration, width): hit for hit in self.hits}
            self._thinned = (width, duration, list(by_column.values()))
        return self._thinned[2]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self._post_time(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._post_time(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self.app.mouse_captured is self:
            self.release_mouse()
            self._post_time(event, done=True)

    def _post_time(self, event: events.MouseEvent, *, done: bool = False) -> None:
        event.stop()
        x = min(max(0, event.x - 1), self.inner - 1)
        here = [m.t for m in self.marks if column(m.t, self.duration, self.inner) == x]
        t = here[0] if here else timeline_cells.time_at(x, self.duration, self.inner)
        self.post_message(self.TimeClicked(t, done=done))
