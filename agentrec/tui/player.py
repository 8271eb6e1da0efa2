"""The player: its parts put together, and what happens when threads report something."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import Screen

from agentrec.tui import keys
from agentrec.tui.actions.branch_actions import BranchActions
from agentrec.tui.actions.copy_actions import CopyActions
from agentrec.tui.actions.cut_actions import CutActions
from agentrec.tui.actions.file_actions import FileActions
from agentrec.tui.actions.playback_actions import PlaybackActions
from agentrec.tui.actions.save_actions import SaveActions
from agentrec.tui.actions.search_actions import SearchActions
from agentrec.tui.actions.view_actions import ViewActions
from agentrec.tui.driver import PlayerDriver, TrueColorFound, driver_class, limit_colors
from agentrec.tui.end_signals import end_on_signals
from agentrec.tui.garbage import keep_all
from agentrec.tui.playback.messages import (
    ActivityScanned,
    AnchorFound,
    BranchesFound,
    EventsLoaded,
    PictureReady,
    RecordingGrown,
    TaskFailed,
)
from agentrec.tui.playback.player_state import PlayerState
from agentrec.tui.playback.preferences import Preferences
from agentrec.tui.widgets.prompt import Prompt
from agentrec.tui.widgets.side_panel import EVENTS, MARKS, SidePanel
from agentrec.tui.widgets.status_line import KeyHints, StatusLine
from agentrec.tui.widgets.terminal_view import TerminalView
from agentrec.tui.widgets.timeline_bar import TimelineBar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from textual import events
    from textual.actions import ActionParseResult
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.message import Message

# Twice as often as a screen is drawn, so that all of sixty recorded frames a second are seen.
TICKS_PER_SECOND = 120
# The longest time that the work of other threads may delay a key.
SWITCH_INTERVAL_SECONDS = 0.0005
REFRESH_SECONDS = 0.1  # between checks of a recording that is being written


class PlayerScreen(Screen[None]):
    """The player's main screen, where all keys are bound."""

    ALLOW_SELECT = False  # the terminal's text is selected by cells, see TerminalView
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            # Prompts come first, so that what is typed ahead of one goes into it.
            Binding(
                key.keys,
                f"app.{key.action}",
                key.text,
                show=False,
                priority=key.action.startswith("ask_"),
            )
            for key in keys.KEYS
            if key.action != "quit"
        ),
        Binding("q", "app.quit", "Quit", show=False),
        Binding("ctrl+c,ctrl+q", "app.quit", "Quit", show=False, priority=True),
    ]


class Player(
    PlaybackActions,
    SearchActions,
    FileActions,
    BranchActions,
    CopyActions,
    CutActions,
    SaveActions,
    ViewActions,
):
    """Plays one recording.

    ``make_state`` makes the state, given the function that posts what its threads report.
    """

    TITLE = "agentrec"
    CSS_PATH = Path(__file__).with_name("player.tcss")
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(
        self,
        make_state: Callable[[Callable[[Message], object]], PlayerState],
        *,
        start: int = 0,
        follow: bool = False,
        no_color: bool = False,
        preferences: Preferences | None = None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(
            make_state, no_color=no_color, preferences=preferences, driver_class=driver_class
        )
        self._start_t, self._follow = start, follow
        self._color_limit = limit_colors(self.console) if driver_class is PlayerDriver else None
        if self._color_limit:
            self._filters.append(self._color_limit)
        self._built = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a prompt is open its keys are letters."""
        if action.startswith("ask_") and self._built and self.prompt.kind:
            return False
        return super().check_action(action, parameters)

    def get_default_screen(self) -> Screen[None]:
        self.player_screen = PlayerScreen()
        return self.player_screen

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield TerminalView(self.role_styles, self._recording_title())
            yield SidePanel(self.role_styles)
        yield TimelineBar(self.role_styles)
        yield StatusLine(self.role_styles, id="status")
        yield Prompt()
        yield KeyHints(self.role_styles, id="hints")

    def on_mount(self) -> None:
        self.terminal_view = self.query_one(TerminalView)
        self.timeline_bar = self.query_one(TimelineBar)
        self.side_panel = self.query_one(SidePanel)
        self.status_line = self.query_one("#status", StatusLine)
        self.prompt = self.query_one(Prompt)
        self._built = True
        end_on_signals(self)
        clock = self.state.clock
        clock.seek(self._start_t)
        if self._follow:
            clock.to_end()
        else:
            clock.play()
        self.state.start()
        self.ticker = self.set_interval(1 / TICKS_PER_SECOND, self._tick)
        self._refresher = self.set_interval(
            REFRESH_SECONDS, self.state.screens.refresh, pause=not clock.growing
        )
        self.theme_changed_signal.subscribe(self, lambda _: self.restyle())
        self.update_position()

    def on_unmount(self) -> None:
        self.state.close()

    def on_resize(self, event: events.Resize) -> None:
        if self._built:
            self.fit_window(*event.size)
            self.call_after_refresh(self.update_position)

    def _tick(self) -> None:
        clock = self.state.clock
        before = clock.t
        clock.advance(time.monotonic_ns())
        if clock.t != before:
            self.state.show()
        self.update_position()
        if not clock.playing:
            self.ticker.pause()

    # what threads report

    @on(PictureReady)
    def _show_picture(self, message: PictureReady) -> None:
        picture, before = message.picture, self.terminal_view.picture
        self.state.follow_picture(picture)
        self.terminal_view.show(picture, self.state.gutter_rows(picture))
        if before and before.cols != picture.cols:
            self.offer_panel(self.size.width)
        if picture.moved and picture.edge:
            self.say("no more frames")
        if before is None:
            self.call_after_refresh(keep_all, self)
            self.call_after_refresh(self.state.start_background)
        self.update_position()

    @on(AnchorFound)
    def _add_anchor(self, message: AnchorFound) -> None:
        self.state.gutter.add(message.anchor)
        self._show_gutter()

    @on(EventsLoaded)
    def _add_events(self, message: EventsLoaded) -> None:
        if self.state.add_events(message):
            self.find_branches()
            self.call_after_refresh(keep_all, self)
        self._show_events()

    @on(BranchesFound)
    def _add_branches(self, message: BranchesFound) -> None:
        self.state.add_branches(message.branches)
        self._show_events()

    @on(ActivityScanned)
    def _show_activity(self, message: ActivityScanned) -> None:
        self.state.add_activity(message)
        self.timeline_bar.activity, self.timeline_bar.idle = message.output, message.idle
        self.update_position()

    @on(RecordingGrown)
    def _show_growth(self, message: RecordingGrown) -> None:
        self.state.grow(message)
        if not message.growing:
            self._refresher.pause()
            self.say("the recording has ended")
        if self.state.clock.live:
            self.state.show()
        self.update_position()

    @on(TaskFailed)
    def _say_failure(self, message: TaskFailed) -> None:
        self.say(message.reason)

    def _show_events(self) -> None:
        self.side_panel.set_items(MARKS, self.state.marker_items())
        self.side_panel.set_items(EVENTS, self.state.items)
        self.side_panel.set_spans(self.state.spans, self.state.clock.duration)
        self.timeline_bar.marks = self.state.timeline_marks()
        self._show_gutter()
        self.offer_panel(self.size.width)
        self.update_position()

    def _show_gutter(self) -> None:
        picture = self.terminal_view.picture
        if picture:
            self.terminal_view.show(picture, self.state.gutter_rows(picture))

    @on(TrueColorFound)
    def _use_true_color(self) -> None:
        if self._color_limit:
            self._filters.remove(self._color_limit)
            self._color_limit = None
            self.restyle()

    # what is typed into the prompt

    @on(Prompt.Edited)
    def _edit(self, message: Prompt.Edited) -> None:
        if message.kind == "search":
            self.search(message.text)

    @on(Prompt.Canceled)
    def _cancel(self, message: Prompt.Canceled) -> None:
        if message.kind == "search":
            self.end_search()

    @on(Prompt.Submitted)
    def _submit(self, message: Prompt.Submitted) -> None:
        if message.kind == "search" and message.text:
            self.go_to_hit(1, here=True)
        elif message.kind == "time":
            self.go_to_position(message.text)
        elif message.kind == "mark":
            self.add_mark(message.text)
        elif message.kind == "note":
            self.add_note(message.text)
        elif message.kind == "answer":
            self.add_answer(message.text)
        elif message.kind == "snapshot":
            self.take_snapshot(message.text)
        elif message.kind == "export":
            self.export_to(message.text)

    # keys

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """The message about one key disappears with the next."""
        self.hush()
        return await super().run_action(action, default_namespace, namespaces)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """The command palette: every key that makes sense as a command."""
        for key in keys.KEYS:
            if key.palette:
                yield SystemCommand(
                    key.text, f"key: {key.shown}", lambda action=key.action: self._command(action)
                )

    async def _command(self, action: str) -> None:
        await self.run_action(action)

    def _recording_title(self) -> str:
        header = self.state.recording.header
        command = header.get("command")
        if header.get("title"):
            return str(header["title"])
        if isinstance(command, list) and command:
            return " ".join(map(str, command))
        return self.state.path


def play(
    path: str,
    *,
    start: int = 0,
    speed: float = 1.0,
    idle_limit: int | None = None,
    follow: bool = False,
    no_color: bool = False,
) -> int:
    """Play the recording at ``path`` until the user quits; returns the exit code.

    ``start`` and ``idle_limit`` are in ns; without a limit, the one that was last chosen counts. With
    ``follow``, a recording that is still being written is shown at its live edge. Raises InputError and
    FormatError before anything is shown.
    """
    from agentrec.recording.reader import Recording
    from agentrec.terminal.seek.timeline import Timeline

    preferences = Preferences.load(os.environ)
    if idle_limit is None:
        idle_limit = preferences.idle_limit
    with Recording.open(path) as recording, Timeline(recording) as timeline:

        def make_state(post: Callable[[Message], object]) -> PlayerState:
            return PlayerState(recording, timeline, post, speed=speed, idle_limit=idle_limit)

        player = Player(
            make_state,
            start=start,
            follow=follow,
            no_color=no_color,
            preferences=preferences,
            driver_class=driver_class(no_color=no_color),
        )
        with thread_switch_interval(SWITCH_INTERVAL_SECONDS):
            player.run()
        return player.return_code or 0


@contextmanager
def thread_switch_interval(seconds: float) -> Iterator[None]:
    """Let threads take turns this often, in the whole process, as long as the context lasts."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
