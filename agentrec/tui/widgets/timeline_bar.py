"""The timeline bar: shows the whole recording, and takes the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from agentrec.tui.draw import timeline_cells as track

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from agentrec.tui.theme import RoleStyles


class TimelineBar(Widget):
    """Two rows, activity and rail, inset by a cell; only the rail where there is no room for more."""

    DEFAULT_CSS = "TimelineBar { height: 2; width: 1fr; }"

    class Seek(Message):
        """The user points at a time (ns); ``done``: the button is released."""

        def __init__(self, t: int, *, done: bool) -> None:
            super().__init__()
            self.t = t
            self.done = done

    def __init__(self, styles: RoleStyles) -> None:
        super().__init__()
        self.styles_by_role = styles
        self.t = self.duration = 0
        self.marks: Sequence[track.Mark] = ()
        self.hits: Sequence[int] = ()
        self._hit_columns: tuple[int, int, list[int]] = (0, 0, [])
        self.density: Sequence[float] = ()
        self.idle: Sequence[tuple[int, int]] = ()

    @property
    def inner(self) -> int:
        return max(1, self.size.width - 2)

    def move(self, t: int, duration: int) -> None:
        """The position; redraws only when it shows."""
        before = track.column(self.t, self.duration, self.inner)
        stretched = duration != self.duration
        self.t, self.duration = t, duration
        if stretched or track.column(t, duration, self.inner) != before:
            self.refresh()

    def tell(
        self,
        *,
        marks: Sequence[track.Mark] | None = None,
        hits: Sequence[int] | None = None,
        density: Sequence[float] | None = None,
        idle: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        """What there is to show along the line."""
        self.marks = self.marks if marks is None else marks
        if hits is not None:
            self.hits, self._hit_columns = hits, (0, 0, [])
        self.density = self.density if density is None else density
        self.idle = self.idle if idle is None else idle
        self.refresh()

    def restyle(self, styles: RoleStyles) -> None:
        self.styles_by_role = styles
        self.refresh()

    def render_line(self, y: int) -> Strip:
        ground = Style(bgcolor=self.styles_by_role.background)
        if y == self.size.height - 1:
            cells = track.rail(self.inner, self.t, self.duration, self.marks, self.idle)
        elif y == 0:
            cells = track.activity(self.inner, self.t, self.duration, self.density, self._thinned())
        else:
            return Strip.blank(self.size.width, ground)
        styled = [Segment(cell.char, ground + self.styles_by_role[cell.role]) for cell in cells]
        side = Segment(" ", ground)
        return Strip([side, *styled, side], self.inner + 2).simplify()

    def _thinned(self) -> list[int]:
        """One hit for each column that has any: there may be very many."""
        width, duration = self.inner, self.duration
        if self._hit_columns[:2] != (width, duration):
            one = {track.column(hit, duration, width): hit for hit in self.hits}
            self._hit_columns = (width, duration, list(one.values()))
        return self._hit_columns[2]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self._point(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._point(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self.app.mouse_captured is self:
            self.release_mouse()
            self._point(event, done=True)

    def _point(self, event: events.MouseEvent, *, done: bool = False) -> None:
        event.stop()
        x = min(max(0, event.x - 1), self.inner - 1)
        near = [m.t for m in self.marks if track.column(m.t, self.duration, self.inner) == x]
        t = near[0] if near else track.time_at(x, self.duration, self.inner)
        self.post_message(self.Seek(t, done=done))
