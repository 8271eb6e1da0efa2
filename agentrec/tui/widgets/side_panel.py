"""The side panel: moments, or all events, as a list that follows the position."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.containers import Vertical
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from agentrec.times import format_clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from agentrec.tui.draw.event_items import Item
    from agentrec.tui.theme import RoleStyles

EMPTY = {
    "moments": ("No moments yet.", "", "m adds one at this time."),
    "events": ("No events.", "", "Only the terminal was recorded."),
}


class TabBar(Widget):
    """The panel's head: what it shows, and what else it could."""

    DEFAULT_CSS = "TabBar { height: 1; }"

    def __init__(self, styles: RoleStyles) -> None:
        super().__init__()
        self.styles_by_role = styles
        self.names: list[tuple[str, int | None]] = []
        self.current = ""

    class Chosen(Message):
        """The user clicked on a tab."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        ground = Style(bgcolor=self.styles_by_role.ground)
        segments = [Segment(" ", ground)]
        for text, name in self._labels():
            role = "strong" if name == self.current else "dim"
            style = ground + self.styles_by_role[role]
            if name == self.current:
                style += Style(underline=True)
            segments += [Segment(text, style), Segment("  ", ground)]
        return Strip(segments).adjust_cell_length(self.size.width, ground)

    def on_click(self, event: events.Click) -> None:
        x = 1
        for text, name in self._labels():
            if x <= event.x < x + cell_len(text):
                self.post_message(self.Chosen(name))
            x += cell_len(text) + 2

    def _labels(self) -> list[tuple[str, str]]:
        return [
            (name.capitalize() if count is None else f"{name.capitalize()} {count:,}", name)
            for name, count in self.names
        ]


class ItemList(ScrollView):
    """The list. The item the position is at or after is marked, and kept in sight."""

    DEFAULT_CSS = """
    ItemList {
        height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1;
        scrollbar-color: $line; scrollbar-color-hover: $dimmed; scrollbar-color-active: $dimmed;
        scrollbar-background: $panel; scrollbar-background-hover: $panel;
        scrollbar-background-active: $panel;
    }
    """

    class Chosen(Message):
        """The user clicked on an item."""

        def __init__(self, item: Item) -> None:
            super().__init__()
            self.item = item

    def __init__(self, styles: RoleStyles) -> None:
        super().__init__()
        self.can_focus = False
        self.styles_by_role = styles
        self.items: Sequence[Item] = ()
        self.current = -1
        self.empty: Sequence[str] = ()
        self._time_width = 4

    def fill(self, items: Sequence[Item], t: int, empty: Sequence[str]) -> None:
        self.items, self.empty = items, empty
        self.current = -2  # so that it is looked for anew
        self._time_width = max(4, len(format_clock(items[-1].t))) if items else 4
        self.virtual_size = Size(1, max(len(items), 1))
        self.move(t)
        self.refresh()

    def move(self, t: int) -> None:
        """Mark the item the position is at or after."""
        now = bisect_right(self.items, t, key=lambda item: item.t) - 1
        if now != self.current:
            self.current = now
            region = Region(0, max(0, now), 1, 1)
            self.scroll_to_region(region, animate=False, force=True, immediate=True, center=True)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        ground = Style(bgcolor=self.styles_by_role.ground)
        width = self.size.width
        if not self.items:
            text = self.empty[y] if y < len(self.empty) else ""
            style = ground + self.styles_by_role["dim"]
            return Strip([Segment(set_cell_size(f" {text}", width), style)], width)
        index = y + self.scroll_offset.y
        if index >= len(self.items):
            return Strip.blank(width, ground)
        return self._line(self.items[index], width, ground, state=index - self.current)

    def _line(self, item: Item, width: int, ground: Style, *, state: int) -> Strip:
        roles = self.styles_by_role
        time = f" {format_clock(item.t):>{self._time_width}} "
        text = _cut(item.text, width - len(time) - 4)
        words = roles["strong"] if state == 0 else roles["text"] if state < 0 else roles["dim"]
        segments = [
            Segment("▌" if state == 0 else " ", ground + roles["here"]),
            Segment(time, ground + roles["dim"]),
            Segment(f"{item.sign} ", ground + roles[item.role]),
            Segment(text, ground + words),
        ]
        return Strip(segments).adjust_cell_length(width, ground)

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if 0 <= index < len(self.items):
            self.post_message(self.Chosen(self.items[index]))


class SidePanel(Vertical):
    """Tabs over the list. ``shown`` is ``moments``, ``events``, or empty when folded away."""

    DEFAULT_CSS = "SidePanel { width: 36; display: none; background: $panel; }"

    def __init__(self, styles: RoleStyles) -> None:
        super().__init__()
        self.tabs = TabBar(styles)
        self.list = ItemList(styles)
        self.shown = ""
        self._content: dict[str, list[Item]] = {"moments": [], "events": []}
        self._t = 0

    def compose(self) -> ComposeResult:
        yield self.tabs
        yield self.list

    def tell(self, name: str, items: list[Item]) -> None:
        """What there is of ``moments`` or ``events``."""
        self._content[name] = items
        self._fill()

    def move(self, t: int) -> None:
        self._t = t
        if self.shown:
            self.list.move(t)

    def choose(self, name: str) -> None:
        """Show ``moments`` or ``events``; nothing folds the panel away."""
        self.shown = name
        self.display = bool(name)
        self._fill()

    def cycle(self) -> None:
        """Moments, events if there are any, folded."""
        order = ["", "moments", *(["events"] if self._content["events"] else [])]
        self.choose(order[(order.index(self.shown) + 1) % len(order)])

    def restyle(self, styles: RoleStyles) -> None:
        self.tabs.styles_by_role = self.list.styles_by_role = styles
        self.tabs.refresh()
        self.list.refresh()

    def _fill(self) -> None:
        if not self.shown:
            return
        self.tabs.names = [(name, len(items)) for name, items in self._content.items()]
        self.tabs.current = self.shown
        self.tabs.refresh()
        self.list.fill(self._content[self.shown], self._t, EMPTY[self.shown])


def _cut(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…"
