"""The list of a recording without a terminal: steps, or what was said and done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from agentrec.text import printable
from agentrec.times import NS_PER_SECOND, format_clock
from agentrec.tui.widgets.themed import Themed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from agentrec.sdk.read.stage import StageRow
    from agentrec.tui.theme import RoleStyles

_TIME_COLUMNS = 9


class StageList(ScrollView, Themed):
    """Shows rows; the current one is highlighted and kept in view."""

    class RowClicked(Message):
        """The user clicked on a row."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, role_styles: RoleStyles, rows: Sequence[StageRow]) -> None:
        super().__init__()
        self.role_styles, self.rows = role_styles, rows
        self.can_focus = False
        self.current = 0
        self.virtual_size = Size(1, max(1, len(rows)))

    def go(self, index: int) -> None:
        """Highlight a row."""
        self.current = index
        self.scroll_to_region(Region(0, index, 1, 1), animate=False, force=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        width, ground = self.size.width, Style(bgcolor=self.role_styles.ground)
        if at >= len(self.rows):
            return Strip.blank(width, ground)
        row = self.rows[at]
        here = Style(reverse=at == self.current)
        clock = format_clock(round(row.t * NS_PER_SECOND), fraction=True)
        number = "" if row.step is None else f"{row.step:>4} "
        head = f"{clock:>{_TIME_COLUMNS}} {number}"
        room = max(0, width - len(head) - 1)  # a gap before what is beside it
        label = set_cell_size("  " * row.depth + printable(row.label), room)
        segments = [
            Segment(head, ground + self.role_styles["dim"] + here),
            Segment(label, ground + self.role_styles[row.role] + here),
        ]
        return Strip(segments).adjust_cell_length(width, ground)

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if index < len(self.rows):
            self.post_message(self.RowClicked(index))
