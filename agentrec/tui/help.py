"""The page of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from agentrec.tui.keys import help_rows

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from agentrec.tui.theme import Styles

TWO_COLUMNS = 96  # cells from which there is room for two groups side by side


class Help(ModalScreen[None]):
    """All keys, over the player; any of the usual keys closes it."""

    CSS = """
    Help { align: center middle; background: $background 60%; }
    Help VerticalScroll {
        width: auto; max-width: 100%; height: auto; max-height: 100%;
        background: $surface; border: round $line; padding: 0 2;
        border-title-color: $foreground; border-subtitle-color: $dimmed;
        scrollbar-size-vertical: 1;
    }
    Help Static { width: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,space,enter", "dismiss", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    def __init__(self, styles: Styles) -> None:
        super().__init__()
        self._styles_by_role = styles

    def compose(self) -> ComposeResult:
        box = VerticalScroll(Static(self._table()))
        box.border_title = "Keys"
        box.border_subtitle = "esc closes"
        yield box

    def _table(self) -> Table:
        groups = [self._group(name, rows) for name, rows in help_rows()]
        grid = Table.grid(padding=(0, 3))
        if self.app.size.width >= TWO_COLUMNS:
            half = (len(groups) + 1) // 2
            grid.add_row(_stack(groups[:half]), _stack(groups[half:]))
        else:
            grid.add_row(_stack(groups))
        return grid

    def _group(self, name: str, rows: list[tuple[str, str]]) -> Table:
        styles = self._styles_by_role
        table = Table.grid(padding=(0, 1))
        table.add_column(width=9, no_wrap=True)
        table.add_column()
        table.add_row("", Text(name, styles["moment"] + styles["strong"]))
        for keys, text in rows:
            table.add_row(Text(keys, styles["strong"], justify="right"), Text(text, styles["text"]))
        table.add_row("", "")
        return table


def _stack(tables: list[Table]) -> Table:
    stack = Table.grid()
    for table in tables:
        stack.add_row(table)
    return stack
