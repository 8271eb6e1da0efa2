"""The recorded terminal, drawn cell by cell at its own size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from agentrec.text import one_line
from agentrec.tui.draw import selection as selecting
from agentrec.tui.draw.selection import Selection
from agentrec.tui.draw.terminal_cells import find_spans, strip_of
from agentrec.tui.draw.timeline_cells import MARK_SIGNS
from agentrec.tui.draw.viewport import Pan, Placement, lay_out
from agentrec.tui.widgets.themed import Themed
from agentrec.tui.words import size_text

if TYPE_CHECKING:
    import re

    from textual import events

    from agentrec.terminal.engine.styles import Run
    from agentrec.tui.draw.selection import Cell
    from agentrec.tui.playback.messages import Picture
    from agentrec.tui.theme import RoleStyles


_WHEEL_ROWS = 3


class TerminalView(Widget, Themed):
    """Shows one :class:`Picture`, redrawing only the rows that changed.

    ``gutter_rows`` maps rows of the recorded screen to the kind of marker shown beside them. ``bare``:
    without frame and gutter. ``selection`` is what the mouse has selected.
    """

    class SelectionStarted(Message):
        """The user begins to select with the mouse."""

    class Selected(Message):
        """The user has selected ``text``."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, role_styles: RoleStyles, title: str) -> None:
        super().__init__()
        self.role_styles = role_styles
        self.pan = Pan()
        self.picture: Picture | None = None
        self.gutter_rows: dict[int, str] = {}
        self.pattern: re.Pattern[str] | None = None
        self.placement: Placement | None = None
        self.bare = False
        self.selection: Selection | None = None
        self._anchor: Cell | None = None  # where the button went down
        self._title = title
        self._strips: dict[int, tuple[list[Run], Strip]] = {}

    def show(self, picture: Picture, gutter: dict[int, str]) -> None:
        """Draw ``picture``."""
        before, self.picture = self.picture, picture
        gutter_before, self.gutter_rows = self.gutter_rows, gutter
        placement_before = self.placement
        self._place()
        if self.selection and before and _changed(self.selection, before, picture):
            self.selection = None
            self.refresh()
        same_layout = before is not None and placement_before == self.placement
        if not same_layout or before is None or self._size_changed(before, picture):
            self.refresh()
            return
        rows = {y for y in range(len(picture.lines)) if picture.lines[y] is not before.lines[y]}
        if picture.cursor != before.cursor:
            rows |= {before.cursor.y, picture.cursor.y}
        rows |= {y for y in {*gutter, *gutter_before} if gutter.get(y) != gutter_before.get(y)}
        self._refresh_rows(rows)
        if self.placement and self.placement.framed and picture.title != before.title:
            self.refresh(Region(0, self.placement.y - 1, self.size.width, 1))

    def restyle(self, role_styles: RoleStyles) -> None:
        self._strips.clear()
        super().restyle(role_styles)

    def highlight(self, pattern: re.Pattern[str] | None) -> None:
        """Highlight what matches, anywhere on the screen."""
        if pattern != self.pattern:
            self.pattern = pattern
            self._strips.clear()
            self.refresh()

    def move(self, dx: int, dy: int) -> None:
        """Pan by cells."""
        self.pan.move(dx, dy)
        self._place()
        self.refresh()

    def set_bare(self, bare: bool) -> None:
        """With or without frame and gutter."""
        self.bare = bare
        self._place()
        self.refresh()

    def follow_cursor(self) -> None:
        self.pan.follow()
        self._place()
        self.refresh()

    @property
    def shows_all(self) -> bool:
        """Whether the whole recorded terminal is visible."""
        picture, placement = self.picture, self.placement
        if picture is None or placement is None:
            return True
        return placement.shows_all(picture.cols, len(picture.lines))

    def select(self, selection: Selection | None) -> None:
        """Select these cells, or nothing."""
        if selection != self.selection:
            self.selection = selection
            self.refresh()

    def text(self) -> str:
        """The selected text, or everything on the recorded screen."""
        picture = self.picture
        if picture is None:
            return ""
        selection = self.selection or selecting.whole(len(picture.lines), picture.cols)
        return selecting.selected_text(selection, picture.lines, picture.wraps, picture.cols)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1:
            self.select(None)
            self._anchor = self._cell_at(event, outside=False)
            if self._anchor:
                self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        cell = self._cell_at(event, outside=True)
        if self._anchor is None or cell is None or (cell == self._anchor and not self.selection):
            return
        if not self.selection:
            self.post_message(self.SelectionStarted())
        self.select(Selection.between(self._anchor, cell))

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        if self._anchor is None:
            return
        self._anchor = None
        self.release_mouse()
        if self.selection:
            self.post_message(self.Selected(self.text()))

    def on_click(self, event: events.Click) -> None:
        """Twice: the word. Three times: the line."""
        picture, cell = self.picture, self._cell_at(event, outside=False)
        if event.chain not in (2, 3) or picture is None or cell is None:
            return
        if event.chain == 2:
            self.select(selecting.word_at(cell, picture.lines, picture.wraps, picture.cols))
        else:
            self.select(selecting.line_at(cell, picture.wraps, picture.cols))
        self.post_message(self.SelectionStarted())
        self.post_message(self.Selected(self.text()))

    def _cell_at(self, event: events.MouseEvent, *, outside: bool) -> Cell | None:
        """The recorded cell under the mouse; with ``outside``, else the nearest visible one."""
        placement = self.placement
        if placement is None or not placement.width or not placement.height:
            return None
        x, y = event.x - placement.x, event.y - placement.y
        inside = 0 <= x < placement.width and 0 <= y < placement.height
        if not inside and not outside:
            return None
        x, y = min(max(0, x), placement.width - 1), min(max(0, y), placement.height - 1)
        return placement.top + y, placement.left + x

    def on_resize(self, _event: events.Resize) -> None:
        self._place()
        self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(-_WHEEL_ROWS, event)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(_WHEEL_ROWS, event)

    def render_line(self, y: int) -> Strip:
        placement, picture = self.placement, self.picture
        width = self.size.width
        ground = Style(bgcolor=self.role_styles.background)
        if placement is None or picture is None:
            return Strip.blank(width, ground)
        row = y - placement.y
        if 0 <= row < placement.height:
            return self._row_line(placement, picture, placement.top + row, ground)
        if placement.framed and row in (-1, placement.height):
            return self._frame_side(placement, picture, ground, top=row < 0)
        return Strip.blank(width, ground)

    def _row_line(self, placement: Placement, picture: Picture, row: int, ground: Style) -> Strip:
        cells = self._row_strip(picture, row).crop(placement.left, placement.left + placement.width)
        line = ground + self.role_styles["line"]
        border = [Segment("│", line)] if placement.framed else []
        before = placement.x - len(border) - (1 if placement.gutter else 0)
        after = self.size.width - placement.x - placement.width - len(border)
        strips = [Strip([Segment(" " * before, ground)], before)]
        if placement.gutter:
            strips.append(Strip([self._gutter_cell(row, ground)], 1))
        strips += [Strip(border, len(border)), cells, Strip(border, len(border))]
        strips.append(Strip([Segment(" " * after, ground)], after))
        return Strip.join(strips)

    def _gutter_cell(self, row: int, ground: Style) -> Segment:
        kind = self.gutter_rows.get(row)
        if kind is None:
            return Segment(" ", ground)
        return Segment(MARK_SIGNS[kind], ground + self.role_styles[kind])

    def _row_strip(self, picture: Picture, row: int) -> Strip:
        runs = picture.lines[row]
        known = self._strips.get(row)
        if known is None or known[0] is not runs or known[1].cell_length != picture.cols:
            hits = find_spans(runs, self.pattern) if self.pattern else []
            strip = strip_of(runs, picture.cols, self.role_styles.palette, hits)
            known = self._strips[row] = (runs, strip)
        strip = known[1]
        cursor = picture.cursor
        if cursor.visible and cursor.y == row and cursor.x < picture.cols:
            strip = _with_cursor(strip, cursor.x)
        span = self.selection.span(row, picture.cols) if self.selection else None
        return _reversed(strip, *span) if span else strip

    def _frame_side(
        self, placement: Placement, picture: Picture, ground: Style, *, top: bool
    ) -> Strip:
        """The frame's upper side with the title, or its lower side with the recorded size."""
        line = ground + self.role_styles["line"]
        text = one_line(picture.title or self._title) if top else _size(picture)
        room = placement.width - 4
        if cell_len(text) > room:
            text = set_cell_size(text, max(0, room - 1)) + "…" if room > 4 else ""
        label = f" {text} " if text else ""
        rest = placement.width - cell_len(label) - 1
        ends = ("╭─", "╮") if top else ("╰", "─╯")
        segments = [Segment(ends[0], line), Segment("─" * rest, line), Segment(ends[1], line)]
        segments.insert(1 if top else 2, Segment(label, ground + self.role_styles["dim"]))
        before = placement.x - 1
        after = self.size.width - placement.x - placement.width - 1
        return Strip([Segment(" " * before, ground), *segments, Segment(" " * after, ground)])

    def _place(self) -> None:
        picture = self.picture
        if picture is None or not self.size:
            return
        cursor = (picture.cursor.x, picture.cursor.y) if picture.cursor.visible else None
        size = (picture.cols, len(picture.lines))
        window = (self.size.width, self.size.height)
        self.placement = lay_out(window, size, self.pan, cursor, bare=self.bare)

    def _size_changed(self, before: Picture, now: Picture) -> bool:
        return len(before.lines) != len(now.lines) or before.cols != now.cols

    def _refresh_rows(self, rows: set[int]) -> None:
        placement = self.placement
        if placement is None:
            return
        seen = [
            row - placement.top + placement.y
            for row in rows
            if placement.top <= row < placement.top + placement.height
        ]
        if seen:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in seen))

    def _wheel(self, by: int, event: events.MouseEvent) -> None:
        if not self.shows_all:
            event.stop()
            self.move(by * 2 if event.shift else 0, 0 if event.shift else by)


def _with_cursor(strip: Strip, x: int) -> Strip:
    """Swap the colors of the cell under the cursor, or of both cells of a wide character."""
    text = strip.crop(x, x + 2).text
    return _reversed(strip, x, x + (2 if text.strip() and cell_len(text[:1]) == 2 else 1))


def _reversed(strip: Strip, start: int, stop: int) -> Strip:
    """Swap the colors of some cells."""
    inside = [
        Segment(text, (style or Style()) + Style(reverse=not (style and style.reverse)))
        for text, style, _ in strip.crop(start, stop)
    ]
    return Strip.join([strip.crop(0, start), Strip(inside), strip.crop(stop)])


def _changed(selection: Selection, before: Picture, now: Picture) -> bool:
    """Whether any selected row is another one than before."""
    rows = slice(selection.start[0], selection.stop[0] + 1)
    return before.cols != now.cols or before.lines[rows] != now.lines[rows]


def _size(picture: Picture) -> str:
    return size_text(picture.cols, len(picture.lines))
