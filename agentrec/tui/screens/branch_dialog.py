"""Asks for the message to the agent, and shows the branch that would be created."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.table import Table
from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea
from textual.worker import get_current_worker

from agentrec.branches.branch_plan import BranchRequest
from agentrec.branches.plan_text import WORD_COLUMNS, plan_rows
from agentrec.branches.planner import plan_branch
from agentrec.errors import AgentrecError
from agentrec.recording.reader import Recording
from agentrec.text import one_line
from agentrec.times import format_clock
from agentrec.tui.widgets.status_line import KeyHints
from agentrec.tui.widgets.tab_bar import TabBar
from agentrec.tui.words import error_text

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from agentrec.branches.branch_plan import BranchPlan
    from agentrec.tui.theme import RoleStyles

HERE, BACKGROUND = "in this terminal", "in the background, without a terminal"  # the tabs
SETTLE_SECONDS = 0.25  # without a key, after which the branch is planned again
HINTS = (
    ("enter", "branch"),
    ("ctrl j", "new line"),
    ("tab", "terminal or none"),
    ("ctrl r", "same command again"),
    ("esc", "back"),
)
_LEFT_OUT = ("message", "recorded")
_WARNINGS = ("missing", "not there", "note", "differs")


class PlanRow(NamedTuple):
    """A line of the plan: what it is about, its text, and the role it is drawn in."""

    word: str
    text: str
    role: str


class BranchDialog(ModalScreen["BranchPlan | None"]):
    """Closes with a plan, ready to be carried out, or None. ``t`` is the position of the player, ns."""

    CSS_PATH = "branch_dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", show=False, priority=True),
        Binding("ctrl+j,shift+enter,alt+enter", "new_line", show=False, priority=True),
        Binding("tab,shift+tab", "switch_tab", show=False, priority=True),
        Binding("ctrl+r", "switch_again", show=False, priority=True),
        Binding("pageup", "read(-1)", show=False, priority=True),
        Binding("pagedown", "read(1)", show=False, priority=True),
        Binding("escape", "cancel", show=False, priority=True),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    headless = reactive(False)

    class Planned(Message, bubble=False):
        """What the branch would be; ``confirmed``: the user wants it, but it is not possible."""

        def __init__(self, rows: list[PlanRow], *, confirmed: bool) -> None:
            super().__init__()
            self.rows, self.confirmed = rows, confirmed

    class Ready(Message, bubble=False):
        """The plan that the user has confirmed."""

        def __init__(self, plan: BranchPlan) -> None:
            super().__init__()
            self.plan = plan

    def __init__(self, role_styles: RoleStyles, path: str, t: int) -> None:
        super().__init__()
        self._role_styles, self._path, self._t = role_styles, path, t
        self._timer: Timer | None = None
        self._confirmed = False  # enter was pressed
        self._again = False  # the same command, without a message
        self.rows: list[PlanRow] = []
        self._started = False

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = f"Intervene at {format_clock(self._t, fraction=True)}"
            yield TextArea(
                placeholder="Your message to the agent",
                highlight_cursor_line=False,
                soft_wrap=True,
            )
            yield TabBar(self._role_styles)
            with VerticalScroll(can_focus=False):
                yield Static(Text("planning the branch", self._role_styles["dim"]))
            yield KeyHints(self._role_styles, hints=HINTS)

    def on_mount(self) -> None:
        self._text = self.query_one(TextArea)
        self._text.focus()
        self._tabs = self.query_one(TabBar)
        self._tabs.tabs = [(HERE, None), (BACKGROUND, None)]
        self._tabs.current = HERE
        self._update_plan()
        self._started = True

    def watch_headless(self, headless: bool) -> None:
        if self._started:
            self._tabs.current = BACKGROUND if headless else HERE

    @property
    def busy(self) -> bool:
        """Whether a branch is being planned."""
        running = any(worker.node is self and not worker.is_finished for worker in self.workers)
        return not self._started or running

    # planning, in a thread

    def _update_plan(self) -> None:
        if not self._confirmed:
            self._plan(self._request(), run=False)

    def _request(self) -> BranchRequest:
        message = self._text.text.strip()
        return BranchRequest(message=message, headless=self.headless, again=self._again)

    @work(thread=True, exclusive=True, group="plan", description="plan a branch")
    def _plan(self, request: BranchRequest, *, run: bool) -> None:
        """Plan the branch; ``run``: the user has confirmed it."""
        worker = get_current_worker()
        try:
            with Recording.open(self._path) as recording:
                found = plan_branch(recording, self._t, request)
        except (AgentrecError, OSError) as error:
            if not worker.is_cancelled:
                row = PlanRow("", one_line(error_text(error)), "warning")
                self.post_message(self.Planned([row], confirmed=run))
            return
        if run and not worker.is_cancelled and self.post_message(self.Ready(found)):
            return
        found.close()
        if not worker.is_cancelled:
            self.post_message(self.Planned(_rows(found), confirmed=run))

    @on(Ready)
    def _close_with(self, message: Ready) -> None:
        if self.is_current:
            self.dismiss(message.plan)
        else:
            message.plan.close()

    @on(Planned)
    def _show_plan(self, message: Planned) -> None:
        if self._confirmed and not message.confirmed:
            return  # planned before
        self._confirmed = False
        self.rows = message.rows
        self.query_one(Static).update(self._table(message.rows))

    def _table(self, rows: list[PlanRow]) -> Table:
        """The rows, with long texts beside the words that say what they are about."""
        table = Table.grid(padding=(0, 1, 0, 0), expand=True)
        table.add_column(width=WORD_COLUMNS)
        table.add_column(ratio=1, overflow="fold")
        for word, text, role in rows:
            table.add_row(Text(word, self._role_styles["dim"]), Text(text, self._role_styles[role]))
        return table

    # keys and mouse

    @on(TextArea.Changed)
    def _edit(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(SETTLE_SECONDS, self._update_plan)

    @on(TabBar.TabClicked)
    def _click_tab(self, message: TabBar.TabClicked) -> None:
        message.stop()
        if (message.name == BACKGROUND) != self.headless:
            self.action_switch_tab()

    def action_switch_tab(self) -> None:
        if not self._confirmed:
            self.headless = not self.headless
            self._update_plan()

    def action_switch_again(self) -> None:
        if not self._confirmed:
            self._again = not self._again
            self._update_plan()

    def action_new_line(self) -> None:
        self._text.insert("\n")

    def action_read(self, by: int) -> None:
        """Scroll the plan, where it is long."""
        page = self.query_one(VerticalScroll)
        page.scroll_relative(y=by * max(1, page.size.height - 1), animate=False)

    def action_run(self) -> None:
        if self._confirmed:
            return
        if self._timer:
            self._timer.stop()
        self._confirmed = True
        self._plan(self._request(), run=True)

    def action_cancel(self) -> None:
        self.workers.cancel_node(self)
        self.dismiss(None)


def _rows(found: BranchPlan) -> list[PlanRow]:
    """The plan in words, without the message, which is shown above."""
    return [
        PlanRow("" if number else word, one_line(line), "warning" if word in _WARNINGS else "text")
        for word, text in plan_rows(found)
        if word not in _LEFT_OUT
        for number, line in enumerate(text.splitlines())
    ]
