"""The player of recordings without a terminal: steps with their states, or a conversation."""

from __future__ import annotations

import json
import math
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import App, SuspendNotSupported
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Static

from agentrec.branches.from_commit.commit_origin import why_from_commit
from agentrec.errors import AgentrecError
from agentrec.sdk.read.run import Run
from agentrec.sdk.read.stage import row_diff, row_text, stage_rows
from agentrec.text import printable
from agentrec.times import NS_PER_MS
from agentrec.tui.driver import driver_class
from agentrec.tui.playback.messages import BranchEnded, TaskFailed
from agentrec.tui.playback.preferences import Preferences
from agentrec.tui.playback.snapshot_loader import Page
from agentrec.tui.theme import THEME_DESCRIPTIONS, THEMES, RoleStyles
from agentrec.tui.widgets.stage_list import StageList
from agentrec.tui.widgets.text_page import TextPage

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.driver import Driver

    from agentrec.branches.branch_plan import BranchPlan

MODES = ("fork", "replay", "mock")
_HINTS = (
    "←→ step   ↑↓ scroll   d diff   e edit and resume   f fork   m mode   o open result   q quit"
)
_NOT_A_STEP = "this is an error by itself: go to a step to resume from it"
_TALK_HINTS = "←→ message or call   ↑↓ scroll   q quit"
_IMPORT_HINTS = "←→ message or call   ↑↓ scroll   i branch   q quit"


class StagePlayer(App[str]):
    """Plays one run. Its result is the recording to open next, if any."""

    TITLE = "agentrec"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = Path(__file__).with_name("player.tcss")
    CSS = """
    StageList { width: 3fr; }
    TextPage { width: 4fr; }
    #where, #hints { height: 1; display: block; text-wrap: nowrap; text-overflow: ellipsis; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,comma,h", "move(-1)", "Previous"),
        Binding("right,full_stop,l,space", "move(1)", "Next"),
        Binding("g,home", "go(0)", "First"),
        Binding("G,end", "go(-1)", "Last"),
        Binding("right_square_bracket", "error(1)", "Next error"),
        Binding("left_square_bracket", "error(-1)", "Previous error"),
        Binding("d", "diff", "Diff with the step before"),
        Binding("e", "edit", "Edit the state and resume"),
        Binding("f", "fork", "Fork before this step"),
        Binding("i", "intervene", "Branch from here"),
        Binding("m", "mode", "Mode"),
        Binding("o", "open", "Open the result"),
        Binding("up,k", "scroll(-1)", "Up"),
        Binding("down,j", "scroll(1)", "Down"),
        Binding("pageup", "scroll(-20)", "Page up"),
        Binding("pagedown", "scroll(20)", "Page down"),
        Binding("q,ctrl+c,ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(
        self, run: Run, *, no_color: bool = False, driver_class: type[Driver] | None = None
    ) -> None:
        super().__init__(driver_class=driver_class)
        self.recorded = run
        self.rows = stage_rows(run)
        self.current = 0
        self.mode = MODES[0]
        self.message = ""
        self.result = ""
        self._shows_diff = False
        self._agreed = False
        self._can_branch = bool(why_from_commit(run.recording))
        for theme in THEMES:
            self.register_theme(theme)
        chosen = Preferences.load(os.environ).theme
        self.theme = chosen if chosen in THEME_DESCRIPTIONS else THEMES[0].name
        self.role_styles = RoleStyles(self.current_theme, mono=no_color)

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield StageList(self.role_styles, self.rows)
            yield TextPage(self.role_styles)
        yield Static(id="where", markup=False)
        yield Static(id="hints", markup=False)

    def on_mount(self) -> None:
        self.stage_list = self.query_one(StageList)
        self.text_page = self.query_one(TextPage)
        self.show()

    def show(self) -> None:
        """Show the current row."""
        if not self.rows:
            return
        row = self.rows[self.current]
        self.stage_list.go(self.current)
        lines = row_diff(self.recorded, row) if self._shows_diff else row_text(self.recorded, row)
        kind = "diff" if self._shows_diff else "file"
        self.text_page.show(Page(kind, "state.json", [printable(line) for line in lines]))
        what = f"{self.current + 1} of {len(self.rows)}"
        about = f"  mode: {self.mode}" if self.recorded.steps else ""
        title = printable(self.recorded.name or self.recorded.id)
        self.query_one("#where", Static).update(f" {what}{about}  {title}")
        talk = _IMPORT_HINTS if self._can_branch else _TALK_HINTS
        hints = _HINTS if self.recorded.steps else talk
        self.query_one("#hints", Static).update(f" {printable(self.message) or hints}")

    def say(self, message: str) -> None:
        """Show a message until the next key."""
        self.message = message
        self.show()
        self.message = ""

    # --- keys -----------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        self.current = min(max(0, self.current + by), max(0, len(self.rows) - 1))
        self.show()

    def action_go(self, index: int) -> None:
        self.current = range(len(self.rows))[index] if self.rows else 0
        self.show()

    def action_error(self, direction: int) -> None:
        failed = [i for i, row in enumerate(self.rows) if row.role == "error"]
        ahead = [i for i in failed if (i - self.current) * direction > 0]
        if not ahead:
            self.say("no more errors")
            return
        self.current = min(ahead) if direction > 0 else max(ahead)
        self.show()

    def action_diff(self) -> None:
        self._shows_diff = not self._shows_diff
        self.show()

    def action_scroll(self, by: int) -> None:
        self.text_page.scroll_relative(y=by, animate=False, force=True)

    def action_mode(self) -> None:
        self.mode = MODES[(MODES.index(self.mode) + 1) % len(MODES)]
        self.show()

    def action_open(self) -> None:
        if self.result:
            self.exit(self.result)
        else:
            self.say("nothing has been resumed yet")

    def action_fork(self) -> None:
        if self._can_resume("f"):
            self._resume([])

    def action_edit(self) -> None:
        if not self._can_resume("e"):
            return
        step = self.rows[self.current].step
        assert step is not None
        try:
            state = self.recorded.input(step)
            edited = self._edited(json.dumps(state, indent=2, ensure_ascii=False))
        except (AgentrecError, OSError, SuspendNotSupported) as error:
            self.say(str(error))
            return
        if edited is None:
            self.say("the state was not changed: nothing was resumed")
        else:
            self._resume(["--state", edited])

    def action_intervene(self) -> None:
        """Ask for the message with which a branch goes on from here."""
        if not self._can_branch:
            why = "this recording has no snapshots to branch from"
            self.say("press f or e to go on from a step" if self.recorded.steps else why)
        elif self.rows:
            from agentrec.tui.screens.branch_dialog import BranchDialog

            ms = math.ceil(self.rows[self.current].t * 1000)  # what is shown is before it
            dialog = BranchDialog(self.role_styles, self.recorded.path, ms * NS_PER_MS)
            self.push_screen(dialog, self._run_branch)

    def _run_branch(self, plan: BranchPlan | None) -> None:
        from agentrec.tui.actions.branch_start import start_branch

        start_branch(self, plan)

    @on(BranchEnded)
    def _say_ended(self, message: BranchEnded) -> None:
        from agentrec.tui.actions.branch_start import ending

        self.say(printable(ending(message)))

    @on(TaskFailed)
    def _say_failed(self, message: TaskFailed) -> None:
        self.say(message.reason)

    @on(StageList.RowClicked)
    def _click(self, message: StageList.RowClicked) -> None:
        self.current = message.index
        self.show()

    # --- going on -------------------------------------------------------------------------------

    def _can_resume(self, key: str) -> bool:
        """Whether there is a step and a function, and the user has agreed to call it."""
        if not self.rows or self.rows[self.current].step is None:
            has_steps = bool(self.recorded.steps)
            self.say(_NOT_A_STEP if has_steps else "this recording has no steps to resume from")
            return False
        if self.recorded.recording.encrypted:  # the edited state and the result would not be
            self.say("an encrypted recording cannot be resumed from")
            return False
        entry = self.recorded.entry
        if not entry:
            self.say("no function continues this run: it was recorded without Recorder(entry=...)")
            return False
        if not self._agreed:
            self._agreed = True
            self.say(f"press {key} again to call what the recording names: {entry}")
            return False
        return True

    def _edited(self, text: str) -> str | None:
        """The file with the text as the user has changed it; None if it is as before."""
        fd, path = tempfile.mkstemp(prefix="agentrec-state-", suffix=".json")
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        with self.suspend():
            subprocess.run([*shlex.split(editor), path], check=False)
        if Path(path).read_text(encoding="utf-8").strip() != text:
            return path
        os.unlink(path)
        return None

    @work(thread=True, exclusive=True)
    def _resume(self, more: list[str]) -> None:
        step = self.rows[self.current].step
        argv = [sys.executable, "-P", "-m", "agentrec", "resume", self.recorded.path]
        argv += ["--from", str(step), "--mode", self.mode, "--yes", "--json", *more]
        self.call_from_thread(self.say, f"resuming from step {step} ({self.mode}) …")
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if more:
            os.unlink(more[-1])
        self.call_from_thread(self._resumed, done.returncode, done.stdout, done.stderr)

    def _resumed(self, code: int, output: str, errors: str) -> None:
        found = json.loads(output[output.rindex('{\n  "') :]) if '{\n  "' in output else {}
        if "error" in found:
            self.result = str(found["file"])
            self.say(f"press o to open the result: it failed: {found['error']}")
            return
        if code:
            lines = [text for text in errors.splitlines() if text.strip()] or [f"exit {code}"]
            told = [text for text in lines if text.startswith("agentrec: ")]
            self.say("not resumed: " + (told or lines)[-1].removeprefix("agentrec: "))
            return
        self.result = str(found["file"])
        self.say(f"press o to open the result: {found['ran']} ran, {found['served']} served")


def play_stage(path: str, *, no_color: bool = False) -> int:
    """Play the recording at ``path``, and those that were made from it, until the user quits."""
    following: str | None = path
    while following:
        with Run.load(following) as run:
            player = StagePlayer(
                run, no_color=no_color, driver_class=driver_class(no_color=no_color)
            )
            following = player.run()
            code = player.return_code or 0
    return code
