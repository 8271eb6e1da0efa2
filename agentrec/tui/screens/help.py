"""The list of keys."""

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

TWO_GROUPS_COLUMNS = 96  # from this width on, two groups stand side by side


class HelpScreen(ModalScreen[None]):
    """All keys, over the player."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,space,enter", "dismiss", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    def __init__(self, role_styles: RoleStyles) -> None:
        super().__init__()
        self._role_styles = role_styles

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
        styles = self._role_styles
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
