"""A list of marks or events; the item at the current time is highlighted and kept in view."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from agentrec.times import format_clock
from agentrec.tui.widgets.themed import Themed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from agentrec.tui.draw.event_items import Item
    from agentrec.tui.theme import RoleStyles

_MIN_TIME_COLUMNS = 4
_UNKNOWN = -2  # no index, and not the -1 before the first item


class ItemList(ScrollView, Themed):
    """``items`` in order of time; ``empty`` are the lines to show while there are none."""

    class ItemClicked(Message):
        """The user clicked on an item."""

        def __init__(self, item: Item) -> None:
            super().__init__()
            self.item = item

    def __init__(self, role_styles: RoleStyles) -> None:
        super().__init__()
        self.role_styles = role_styles
        self.can_focus = False
        self.items: Sequence[Item] = ()
        self.current = -1
        self.empty: Sequence[str] = ()
        self._time_columns = _MIN_TIME_COLUMNS

    def fill(self, items: Sequence[Item], t: int, empty: Sequence[str]) -> None:
        self.items, self.empty = items, empty
        self.current = _UNKNOWN
        latest = format_clock(items[-1].t) if items else ""
        self._time_columns = max(_MIN_TIME_COLUMNS, len(latest))
        self.virtual_size = Size(1, max(len(items), 1))
        self.move(t)
        self.refresh()

    def move(self, t: int) -> None:
        """Highlight the last item at or before ``t``."""
        index = bisect_right(self.items, t, key=lambda item: item.t) - 1
        if index != self.current:
            self.current = index
            region = Region(0, max(0, index), 1, 1)
            self.scroll_to_region(region, animate=False, force=True, immediate=True, center=True)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        ground = Style(bgcolor=self.role_styles.ground)
        width = self.size.width
        if not self.items:
            text = self.empty[y] if y < len(self.empty) else ""
            style = ground + self.role_styles["dim"]
            return Strip([Segment(set_cell_size(f" {text}", width), style)], width)
        index = y + self.scroll_offset.y
        if index >= len(self.items):
            return Strip.blank(width, ground)
        return self._line(self.items[index], width, ground, distance=index - self.current)

    def _line(self, item: Item, width: int, ground: Style, *, distance: int) -> Strip:
        styles = self.role_styles
        time = f" {format_clock(item.t):>{self._time_columns}} "
        text = _cut(item.text, width - len(time) - 4)
        role = "strong" if distance == 0 else "text" if distance < 0 else "dim"
        segments = [
            Segment("▌" if distance == 0 else " ", ground + styles["here"]),
            Segment(time, ground + styles["dim"]),
            Segment(f"{item.sign} ", ground + styles[item.role]),
            Segment(text, ground + styles[role]),
        ]
        return Strip(segments).adjust_cell_length(width, ground)

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if 0 <= index < len(self.items):
            self.post_message(self.ItemClicked(self.items[index]))


def _cut(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…"
