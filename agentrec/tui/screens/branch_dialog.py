"""Asking what to tell the agent, and showing what a branch from here would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.table import Table
from rich.text import Text
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from agentrec.branches.describe import describe
from agentrec.branches.plan import plan
from agentrec.errors import AgentrecError
from agentrec.recording.reader import Recording
from agentrec.text import one_line
from agentrec.times import format_clock
from agentrec.tui.widgets.side_panel import TabBar
from agentrec.tui.widgets.status_line import KeyHints

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from agentrec.branches.plan import Plan
    from agentrec.tui.theme import RoleStyles

HERE, ALONE = "in this terminal", "alone, without a terminal"  # as tabs say it
SETTLE_SECONDS = 0.25  # seconds without a key after which the plan is made anew
HINTS = (("enter", "branch"), ("ctrl j", "new line"), ("tab", "terminal or none"), ("esc", "back"))
_WORD = 11  # columns of the word that each line of a plan begins with
_LEFT_OUT = ("message", "recorded")
_WARNINGS = ("missing", "not there", "note", "differs")


class PlanRow(NamedTuple):
    """A line of what would be: what it is about, what is said, and the role it is drawn in."""

    word: str
    text: str
    role: str


class BranchDialog(ModalScreen["Plan | None"]):
    """Closes with a plan, ready to be made, or None. ``t`` is where the player stands, ns."""

    CSS = """
    BranchDialog { align: center middle; background: $background 60%; }
    BranchDialog #box {
        width: 100; max-width: 100%; height: auto; max-height: 100%;
        background: $surface; border: round $line;
        border-title-color: $foreground; border-subtitle-color: $dimmed;
    }
    BranchDialog TextArea { height: 5; min-width: 12; border: none; background: $panel; padding: 0 1; }
    BranchDialog TextArea:focus { border: none; }
    BranchDialog VerticalScroll { height: auto; max-height: 16; padding: 0 1; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", show=False, priority=True),
        Binding("ctrl+j,shift+enter,alt+enter", "new_line", show=False, priority=True),
        Binding("tab,shift+tab", "other", show=False, priority=True),
        Binding("pageup", "read(-1)", show=False, priority=True),
        Binding("pagedown", "read(1)", show=False, priority=True),
        Binding("escape", "cancel", show=False, priority=True),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    def __init__(self, styles: RoleStyles, path: str, t: int) -> None:
        super().__init__()
        self._styles, self._path, self._t = styles, path, t
        self._asked = 0  # the number of the plan that is wanted
        self._timer: Timer | None = None
        self._going = False  # enter was pressed
        self.headless = False
        self.said: list[PlanRow] = []
        self.busy = 1  # what threads have to answer, and the start

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = f"Intervene at {format_clock(self._t, fraction=True)}"
            yield TextArea(
                placeholder="What to tell the agent, from here on",
                highlight_cursor_line=False,
                soft_wrap=True,
            )
            yield TabBar(self._styles)
            with VerticalScroll(can_focus=False):
                yield Static(Text("looking at what would be restored", self._styles["dim"]))
            yield KeyHints(self._styles, hints=HINTS)

    def on_mount(self) -> None:
        self._text = self.query_one(TextArea)
        self._text.focus()
        self._tell_tabs()
        self._plan()
        self.busy -= 1

    # what would be

    def _plan(self, *, run: bool = False) -> None:
        """Find out what would be; ``run``: this is it."""
        if self._going and not run:
            return  # what was entered stands
        self._asked += 1
        asked, message, headless = self._asked, self._text.text.strip(), self.headless
        self.busy += 1
        self.run_worker(lambda: self._find(asked, message, headless, run=run), thread=True)

    def _find(self, asked: int, message: str, headless: bool, *, run: bool) -> None:
        """In a thread."""
        try:
            with Recording.open(self._path) as recording:
                found = plan(recording, self._t, message=message, headless=headless)
        except (AgentrecError, OSError) as error:
            hint = getattr(error, "hint", "")
            said = f"{error}; {hint}" if hint else str(error)
            self.app.call_from_thread(self._tell, asked, [PlanRow("", one_line(said), "warning")])
            return
        if not run:
            found.store.close()
        self.app.call_from_thread(self._take, asked, found, run=run)

    def _take(self, asked: int, found: Plan, *, run: bool) -> None:
        if run and asked == self._asked and self.is_attached:
            self.dismiss(found)
            return
        if run:
            found.store.close()
        self._tell(asked, _rows(found))

    def _tell(self, asked: int, said: list[PlanRow]) -> None:
        self.busy -= 1
        if asked == self._asked and self.is_attached:
            self._going = False
            self.said = said
            self.query_one(Static).update(self._table(said))

    def _table(self, said: list[PlanRow]) -> Table:
        """What is said beside the words that say what it is about; long texts stay beside them."""
        table = Table.grid(padding=(0, 1, 0, 0), expand=True)
        table.add_column(width=_WORD - 1)
        table.add_column(ratio=1, overflow="fold")
        for word, text, role in said:
            table.add_row(Text(word, self._styles["dim"]), Text(text, self._styles[role]))
        return table

    def _tell_tabs(self) -> None:
        tabs = self.query_one(TabBar)
        tabs.names = [(HERE, None), (ALONE, None)]
        tabs.current = ALONE if self.headless else HERE
        tabs.refresh()

    # keys and mouse

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(SETTLE_SECONDS, self._plan)

    def on_tab_bar_chosen(self, message: TabBar.Chosen) -> None:
        message.stop()
        if (message.name == ALONE) != self.headless:
            self.action_other()

    def action_other(self) -> None:
        if self._going:
            return
        self.headless = not self.headless
        self._tell_tabs()
        self._plan()

    def action_new_line(self) -> None:
        self._text.insert("\n")

    def action_read(self, by: int) -> None:
        """Scroll what would be, where it is long."""
        plan = self.query_one(VerticalScroll)
        plan.scroll_relative(y=by * max(1, plan.size.height - 1), animate=False)

    def action_run(self) -> None:
        if self._going:
            return
        if self._timer:
            self._timer.stop()
        self._going = True
        self._plan(run=True)

    def action_cancel(self) -> None:
        self._asked += 1
        self.dismiss(None)


def _rows(found: Plan) -> list[PlanRow]:
    """The plan in words, without the message, which stands above."""
    rows, last = [], ""
    for line in describe(found):
        word, text = line[:_WORD].strip(), one_line(line[_WORD:])
        last = word or last
        if last not in _LEFT_OUT:
            rows.append(PlanRow(word, text, "warning" if last in _WARNINGS else "text"))
    return rows
