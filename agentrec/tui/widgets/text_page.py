"""A page of text to scroll: a file or a diff, with syntax colors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from agentrec.tui.draw.code_colors import colored_diff, colored_file
from agentrec.tui.playback.snapshot_loader import Page
from agentrec.tui.widgets.themed import Themed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.tui.theme import RoleStyles

_HEADS = ("diff ", "index ", "--- ", "+++ ", "new file", "deleted file", "rename ", "similarity")
_NOTHING = Page("note", "", [])


def colored(page: Page, *, dark: bool) -> list[list[Segment]] | None:
    """The lines of a file or a diff with syntax colors; None for an unknown language. Slow."""
    if page.kind == "file":
        return colored_file(page.lines, page.name, dark=dark)
    return colored_diff(page.lines, dark=dark) if page.kind == "diff" else None


class TextPage(ScrollView, Themed):
    """Shows one :class:`Page`; its screen handles the keys."""

    def __init__(self, role_styles: RoleStyles) -> None:
        super().__init__()
        self.role_styles = role_styles
        self.can_focus = False
        self.page = _NOTHING
        self._colored: Sequence[list[Segment]] | None = None
        self._digits = 0

    def show(self, page: Page) -> None:
        """Show ``page`` from its start."""
        self.page, self._colored = page, None
        self._digits = len(str(len(page.lines))) if page.kind == "file" else 0
        widest = max(map(cell_len, page.lines), default=0)
        self.virtual_size = Size(widest + self._margin + 1, len(page.lines) + page.cut)
        self.scroll_to(0, 0, animate=False, force=True, immediate=True)
        self.refresh()

    def set_colors(self, page: Page, lines: Sequence[list[Segment]]) -> None:
        """Color ``page``, if it is still shown."""
        if page is self.page:
            self._colored = lines
            self.refresh()

    @property
    def _margin(self) -> int:
        return self._digits + 2 if self._digits else 1

    def render_line(self, y: int) -> Strip:
        ground = Style(bgcolor=self.role_styles.background)
        width, at = self.size.width, y + self.scroll_offset.y
        if at > len(self.page.lines) or (at == len(self.page.lines) and not self.page.cut):
            return Strip.blank(width, ground)
        dim = ground + self.role_styles["dim"]
        if at == len(self.page.lines):
            rest = Strip([Segment(" … the rest is not shown", dim)])
            return rest.adjust_cell_length(width, ground)
        number = f"{at + 1:>{self._digits}}  " if self._digits else " "
        left = self.scroll_offset.x
        line = Strip(self._segments(at, ground)).crop(left, left + width - len(number))
        strip = Strip.join([Strip([Segment(number, dim)], len(number)), line])
        return strip.adjust_cell_length(width, ground)

    def _segments(self, at: int, ground: Style) -> list[Segment]:
        line = self.page.lines[at]
        if self._colored is not None and at < len(self._colored) and self._colored[at]:
            parts = self._colored[at]  # a style without any color is false
            return [Segment(text, ground + style if style else ground) for text, style, _ in parts]
        return [Segment(line, ground + self.role_styles[self._role(line)])]

    def _role(self, line: str) -> str:
        if self.page.kind != "diff":
            return "dim" if self.page.kind == "note" else "text"
        if line.startswith(_HEADS) or not line.startswith(("+", "-", "@", " ")):
            return "strong"
        return {"+": "added", "-": "removed", "@": "past"}.get(line[:1], "text")
