"""The steps of two runs: a row for each pair, the current one in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from agentrec.columns import cut, padded
from agentrec.text import one_line
from agentrec.tui.widgets.themed import Themed

if TYPE_CHECKING:
    from agentrec.compare.steps import Step
    from agentrec.tui.beside.aligned_steps import AlignedSteps
    from agentrec.tui.theme import RoleStyles

_SIGNS = {True: "=", False: "≠"}
_SIGN_COLUMNS = 3


class StepTable(Widget, Themed):
    """Shows the rows around ``current``; a sign in the middle says whether both sides are equal."""

    def __init__(self, role_styles: RoleStyles, steps: AlignedSteps) -> None:
        super().__init__()
        self.role_styles = role_styles
        self._steps = steps
        self.current: int | None = None

    def move(self, row: int | None) -> None:
        """Make ``row`` the current one."""
        if row != self.current:
            self.current = row
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, rows = self.size.width, self._steps.rows
        first = max(
            0, min((self.current or 0) - self.size.height // 2, len(rows) - self.size.height)
        )
        number = first + y
        ground = Style(bgcolor=self.role_styles.ground)
        if number >= len(rows):
            return Strip.blank(width, ground)
        row = rows[number]
        side = max(1, (width - _SIGN_COLUMNS) // 2)
        role = "text" if self.current is not None and number <= self.current else "dim"
        style = ground + self.role_styles[role if row.is_equal else "error"]
        if number == self.current:
            style += Style(reverse=True)
        text = f"{_cell(row.left, side)} {_SIGNS[row.is_equal]} {_cell(row.right, side)}"
        return Strip([Segment(padded(text, width), style)]).crop(0, width)


def _cell(step: Step | None, width: int) -> str:
    text = one_line(f"{step.number} {step.line}") if step else ""
    return padded(cut(text, width), width)
