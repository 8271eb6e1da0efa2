"""A row of tabs: names with counts, of which one is current."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from agentrec.tui.widgets.themed import Themed

if TYPE_CHECKING:
    from textual import events

    from agentrec.tui.theme import RoleStyles

_GAP = 2  # columns between two tabs


class TabBar(Widget, Themed):
    """``tabs``: names, each with a count or None."""

    tabs: reactive[list[tuple[str, int | None]]] = reactive(list)
    current = reactive("")

    class TabClicked(Message):
        """The user clicked on a tab."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, role_styles: RoleStyles) -> None:
        super().__init__()
        self.role_styles = role_styles

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        ground = Style(bgcolor=self.role_styles.ground)
        segments = [Segment(" ", ground)]
        for text, name in self._labels():
            role = "strong" if name == self.current else "dim"
            style = ground + self.role_styles[role]
            if name == self.current:
                style += Style(underline=True)
            segments += [Segment(text, style), Segment(" " * _GAP, ground)]
        return Strip(segments).adjust_cell_length(self.size.width, ground)

    def on_click(self, event: events.Click) -> None:
        x = 1
        for text, name in self._labels():
            if x <= event.x < x + cell_len(text):
                self.post_message(self.TabClicked(name))
            x += cell_len(text) + _GAP

    def _labels(self) -> list[tuple[str, str]]:
        return [
            (name.capitalize() if count is None else f"{name.capitalize()} {count:,}", name)
            for name, count in self.tabs
        ]
