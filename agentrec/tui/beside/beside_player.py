"""Two recordings side by side on one clock: in step by aligned step, or by time."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message

from agentrec.times import format_clock
from agentrec.tui import words
from agentrec.tui.beside.aligned_steps import AlignedSteps
from agentrec.tui.beside.step_table import StepTable
from agentrec.tui.driver import driver_class
from agentrec.tui.end_signals import end_on_signals
from agentrec.tui.garbage import keep_all
from agentrec.tui.playback.clock import Clock
from agentrec.tui.playback.messages import PictureReady, TaskFailed
from agentrec.tui.playback.preferences import Preferences
from agentrec.tui.playback.screen_worker import ScreenWorker
from agentrec.tui.theme import THEMES, RoleStyles
from agentrec.tui.widgets.status_line import KeyHints, StatusLine
from agentrec.tui.widgets.terminal_view import TerminalView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.driver import Driver

    from agentrec.compare.comparison import Comparison
    from agentrec.terminal.seek.timeline import Timeline
    from agentrec.tui.theme import Part

TICKS_PER_SECOND = 60
_SKIP_SECONDS = 5
LEFT, RIGHT = 0, 1
HINTS = (
    ("space", "play"),
    (", .", "step"),
    ("d", "first difference"),
    ("t", "by step or time"),
    ("← →", "5 s"),
    ("+ -", "speed"),
    ("g G", "start, end"),
    ("q", "quit"),
)


class _SideMessage(Message, bubble=False):
    """What the screen worker of one side has posted."""

    def __init__(self, side: int, message: Message) -> None:
        super().__init__()
        self.side, self.message = side, message


class BesidePlayer(App[None]):
    """Plays two recordings. The clock is that of the left one; by time, both have the same."""

    TITLE = "agentrec"
    CSS_PATH = Path(__file__).parents[1] / "player.tcss"
    CSS = "StepTable { height: 30%; min-height: 5; } #body TerminalView { width: 1fr; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play_pause", "Play or pause"),
        Binding("full_stop", "step(1)", "Next step"),
        Binding("comma", "step(-1)", "Previous step"),
        Binding("d", "difference", "First difference"),
        Binding("t", "by_time", "By step or by time"),
        Binding("right", f"skip({_SKIP_SECONDS})", "On"),
        Binding("left", f"skip(-{_SKIP_SECONDS})", "Back"),
        Binding("plus,equals_sign", "faster", "Faster"),
        Binding("minus,underscore", "slower", "Slower"),
        Binding("g,home", "seek(0.0)", "Start"),
        Binding("G,end", "seek(1.0)", "End"),
        Binding("q,ctrl+c,ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(
        self,
        comparison: Comparison,
        timelines: Sequence[Timeline],
        *,
        speed: float = 1.0,
        no_color: bool = False,
        preferences: Preferences | None = None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class, ansi_color=no_color or None)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = (preferences or Preferences()).theme or THEMES[0].name
        self.role_styles = RoleStyles(self.current_theme, mono=no_color)
        self.steps = AlignedSteps(comparison)
        self.by_time = not self.steps.rows
        self.clock = Clock(speed=speed)
        self.times = (0, 0)
        self._durations = tuple(timeline.duration for timeline in timelines)
        self._names = comparison.left.name, comparison.right.name
        self._screen_workers = [
            ScreenWorker(timeline, self._poster(side)) for side, timeline in enumerate(timelines)
        ]
        self._message = ""

    def _poster(self, side: int) -> Callable[[Message], object]:
        return lambda message: self.post_message(_SideMessage(side, message))

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            for letter, name in zip("AB", self._names, strict=True):
                yield TerminalView(self.role_styles, f"{letter} {name}")
        yield StepTable(self.role_styles, self.steps)
        yield StatusLine(self.role_styles, id="status")
        yield KeyHints(self.role_styles, id="hints", hints=HINTS)

    def on_mount(self) -> None:
        end_on_signals(self)
        self.screen.add_class("tall")
        self.views = list(self.query(TerminalView))
        self.table = self.query_one(StepTable)
        self.status = self.query_one("#status", StatusLine)
        self._set_duration()
        for worker in self._screen_workers:
            worker.start()
        self._show((0, 0))
        self.call_after_refresh(keep_all, self)
        self.ticker = self.set_interval(1 / TICKS_PER_SECOND, self._tick, pause=True)

    def on_unmount(self) -> None:
        for worker in self._screen_workers:
            worker.close()

    @on(_SideMessage)
    def _take(self, message: _SideMessage) -> None:
        match message.message:
            case PictureReady(picture=picture):
                self.views[message.side].show(picture, {})
            case TaskFailed(reason=reason):
                self._message = reason
                self._show_status()

    # keys

    def action_play_pause(self) -> None:
        self.clock.toggle()
        self._message = ""
        self.ticker.resume()
        self._show_status()

    def action_step(self, by: int) -> None:
        """To the next row of the table, or the previous one."""
        current = self.table.current
        number = (-1 if current is None else current) + by
        self._go_to_row(max(0, min(number, len(self.steps.rows) - 1)))

    def action_difference(self) -> None:
        if self.steps.first_difference is None:
            self._message = "all steps are equal"
            self._show_status()
            return
        self._go_to_row(self.steps.first_difference)
        self._message = self.steps.words
        self._show_status()

    def action_by_time(self) -> None:
        """In step, or both at the same time."""
        self.by_time = not self.by_time
        self._set_duration()
        self.clock.seek(self.times[LEFT])
        self._show_clock()

    def action_skip(self, seconds: int) -> None:
        self.clock.skip(seconds)
        self._show_clock()

    def action_faster(self) -> None:
        self.clock.faster()
        self._show_status()

    def action_slower(self) -> None:
        self.clock.slower()
        self._show_status()

    def action_seek(self, share: float) -> None:
        self.clock.seek_share(share)
        self._show_clock()

    # the clock, and what it shows

    def _tick(self) -> None:
        before = self.clock.t
        self.clock.advance(time.monotonic_ns())
        if self.clock.t != before:
            self._show_clock()
        if not self.clock.playing:
            self.ticker.pause()
            self._show_status()

    def _set_duration(self) -> None:
        left, right = self._durations
        self.clock.duration = max(left, right) if self.by_time else left

    def _go_to_row(self, number: int) -> None:
        if not self.steps.rows:
            return
        self.clock.pause()
        times = self.steps.row_times(number)
        self.clock.seek(times[LEFT])
        self._message = ""
        self._show(times, number)

    def _show_clock(self) -> None:
        t = self.clock.t
        right = t if self.by_time else self.steps.right_time(t)
        self._show((min(t, self._durations[LEFT]), min(right, self._durations[RIGHT])))

    def _show(self, times: tuple[int, int], row: int | None = None) -> None:
        self.times = times
        for worker, t in zip(self._screen_workers, times, strict=True):
            worker.show(t)
        self.table.move(self.steps.row_at(times) if row is None else row)
        self._show_status()

    def _show_status(self) -> None:
        sides = zip("AB", self.times, self._durations, strict=True)
        parts: list[Part] = [("▶ " if self.clock.playing else "⏸ ", "play")]
        for letter, t, end in sides:
            parts += [(f"{letter} {format_clock(t, fraction=True)}", "strong")]
            parts += [(f" / {format_clock(end)}  ", "dim")]
        parts += [("by time" if self.by_time else "in step", "moment")]
        if self.clock.speed != 1:
            parts += [(f"  {words.speed_text(self.clock.speed)}", "moment")]
        if self._message:
            parts += [(f"  {self._message}", "warning")]
        self.status.left = parts


def play_beside(left: str, right: str, *, speed: float = 1.0, no_color: bool = False) -> int:
    """Play two recordings until the user quits; returns the exit code. Raises AgentrecError."""
    from agentrec.compare.compared_run import read_run
    from agentrec.compare.comparison import compare_runs
    from agentrec.recording.reader import Recording
    from agentrec.terminal.seek.timeline import Timeline

    with ExitStack() as stack:
        recordings = [stack.enter_context(Recording.open(path)) for path in (left, right)]
        runs = [read_run(it, name=os.path.basename(it.path)) for it in recordings]
        timelines = [stack.enter_context(Timeline(it)) for it in recordings]
        player = BesidePlayer(
            compare_runs(runs[0], runs[1], os.environ),
            timelines,
            speed=speed,
            no_color=no_color,
            preferences=Preferences.load(os.environ),
            driver_class=driver_class(no_color=no_color),
        )
        player.run()
        return player.return_code or 0
