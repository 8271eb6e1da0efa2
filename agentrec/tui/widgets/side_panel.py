"""The side panel: marks, or all events, under tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.reactive import reactive

from agentrec.tui.widgets.item_list import ItemList
from agentrec.tui.widgets.tab_bar import TabBar

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from agentrec.tui.draw.event_items import Item
    from agentrec.tui.theme import RoleStyles

MARKS, EVENTS = "marks", "events"  # what it shows, as the tabs call it
EMPTY = {
    MARKS: ("No marks yet.", "", "m adds one at this time."),
    EVENTS: ("No events.", "", "Only the terminal was recorded."),
}


class SidePanel(Vertical):
    """``shown`` is MARKS, EVENTS, or empty while the panel is folded away."""

    shown = reactive("")

    def __init__(self, role_styles: RoleStyles) -> None:
        super().__init__()
        self.tab_bar = TabBar(role_styles)
        self.list = ItemList(role_styles)
        self._items: dict[str, list[Item]] = {MARKS: [], EVENTS: []}
        self._t = 0

    def compose(self) -> ComposeResult:
        yield self.tab_bar
        yield self.list

    def watch_shown(self, shown: str) -> None:
        self.display = bool(shown)
        self._fill()

    def set_items(self, name: str, items: list[Item]) -> None:
        """What there is of MARKS or EVENTS."""
        self._items[name] = items
        self._fill()

    def move(self, t: int) -> None:
        self._t = t
        if self.shown:
            self.list.move(t)

    def cycle(self) -> None:
        """Marks, events if there are any, folded."""
        order = ["", MARKS, *([EVENTS] if self._items[EVENTS] else [])]
        self.shown = order[(order.index(self.shown) + 1) % len(order)]

    def _fill(self) -> None:
        if not self.shown:
            return
        self.tab_bar.tabs = [(name, len(items)) for name, items in self._items.items()]
        self.tab_bar.current = self.shown
        self.list.fill(self._items[self.shown], self._t, EMPTY[self.shown])
