"""The side panel: marks, all events, or the trace, under tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.reactive import reactive

from agentrec.tui.widgets.item_list import ItemList
from agentrec.tui.widgets.tab_bar import TabBar
from agentrec.tui.widgets.waterfall import Waterfall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from agentrec.report.spans import TraceSpan
    from agentrec.tui.draw.event_items import Item
    from agentrec.tui.theme import RoleStyles

MARKS, EVENTS, TRACE = "marks", "events", "trace"  # what it shows, as the tabs call it
EMPTY = {
    MARKS: ("No marks yet.", "", "m adds one at this time."),
    EVENTS: ("No events.", "", "Only the terminal was recorded."),
    TRACE: ("No model calls and tools", "were recorded."),
}


class SidePanel(Vertical):
    """``shown`` is MARKS, EVENTS, TRACE, or empty while the panel is folded away."""

    shown = reactive("")

    def __init__(self, role_styles: RoleStyles) -> None:
        super().__init__()
        self.tab_bar = TabBar(role_styles)
        self.waterfall = Waterfall(role_styles)
        self.list = ItemList(role_styles)
        self._items: dict[str, list[Item]] = {MARKS: [], EVENTS: []}
        self._spans: Sequence[TraceSpan] = ()
        self._t = self._duration = 0

    def compose(self) -> ComposeResult:
        yield self.tab_bar
        yield self.waterfall
        yield self.list

    def watch_shown(self, shown: str) -> None:
        self.display = bool(shown)
        self._fill()

    def set_items(self, name: str, items: list[Item]) -> None:
        """What there is of MARKS or EVENTS."""
        self._items[name] = items
        self._fill()

    def set_spans(self, spans: Sequence[TraceSpan], duration: int) -> None:
        """What there is of TRACE; what has not ended lasts until ``duration`` (ns)."""
        self._spans, self._duration = spans, duration
        self._fill()

    def switch_turn_only(self) -> bool:
        """Switch between the whole recording and the current turn; true if it is the turn now."""
        self.waterfall.set_turn_only(not self.waterfall.turn_only)
        self._fill()
        return self.waterfall.turn_only

    def move(self, t: int) -> None:
        self._t = t
        if self.shown == TRACE and self.waterfall.move(t):
            self._fill()
        elif self.shown:
            self.list.move(t)

    def cycle(self) -> None:
        """Marks, events if there are any, the trace if there is one, folded."""
        more = [
            name for name, there in ((EVENTS, self._items[EVENTS]), (TRACE, self._spans)) if there
        ]
        order = ["", MARKS, *more]
        self.shown = order[(order.index(self.shown) + 1) % len(order)]

    def _fill(self) -> None:
        self.waterfall.display = self.shown == TRACE and bool(self._spans)
        if not self.shown:
            return
        counts = [(name, len(items)) for name, items in self._items.items()]
        self.tab_bar.tabs = [*counts, (TRACE, len(self._spans))]
        self.tab_bar.current = self.shown
        self.list.fill(self._shown_items(), self._t, EMPTY[self.shown])

    def _shown_items(self) -> list[Item]:
        if self.shown != TRACE:
            return self._items[self.shown]
        self.waterfall.show(self._spans, self._duration)
        return self.waterfall.items
