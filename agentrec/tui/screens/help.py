"""The page of keys."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from agentrec.tui.keys import help_rows

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from agentrec.tui.theme import RoleStyles

TWO_GROUPS_COLUMNS = 96  # cells from which there is room for two groups side by side


class HelpScreen(ModalScreen[None]):
    """All keys, over the player; any of the usual keys closes it."""

    CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen VerticalScroll {
        width: auto; max-width: 100%; height: auto; max-height: 100%;
        background: $surface; border: round $line; padding: 0 2;
        border-title-color: $foreground; border-subtitle-color: $dimmed;
        scrollbar-size-vertical: 1;
    }
    HelpScreen Static { width: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,space,enter", "dismiss", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    def __init__(self, styles: RoleStyles) -> None:
        super().__init__()
        self._styles_by_role = styles

    def compose(self) -> ComposeResult:
        box = VerticalScroll(Static(self._page()))
        box.border_title = "Keys"
        box.border_subtitle = "esc closes"
        yield box

    def _page(self) -> Text:
        groups = [self._group(name, rows) for name, rows in help_rows()]
        if self.app.size.width < TWO_GROUPS_COLUMNS:
            return Text("\n").join(line for group in groups for line in group)
        left = [line for group in groups[:2] for line in group]
        right = [line for group in groups[2:] for line in group]
        return Text("\n").join(_beside(left, right))

    def _group(self, name: str, rows: list[tuple[str, str]]) -> list[Text]:
        styles = self._styles_by_role
        lines = [Text(f"{'':10}{name}", styles["moment"])]
        for keys, text in rows:
            lines.append(Text.assemble((f"{keys:>9} ", styles["strong"]), (text, styles["text"])))
        return [*lines, Text("")]


def _beside(left: list[Text], right: list[Text]) -> list[Text]:
    width = max(line.cell_len for line in left) + 3
    lines = []
    for a, b in zip_longest(left, right, fillvalue=Text("")):
        line = a.copy()
        line.pad_right(width - line.cell_len)
        lines.append(line + b)
    return lines
