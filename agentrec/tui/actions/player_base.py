"""What all actions of the player use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App
from textual.filter import Monochrome, NoColor

from agentrec.tui.playback.preferences import Preferences
from agentrec.tui.theme import THEMES, RoleStyles
from agentrec.tui.widgets import status_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.driver import Driver
    from textual.message import Message
    from textual.screen import Screen
    from textual.timer import Timer

    from agentrec.tui.playback.player_state import PlayerState
    from agentrec.tui.widgets.prompt import Prompt
    from agentrec.tui.widgets.side_panel import SidePanel
    from agentrec.tui.widgets.status_line import StatusLine
    from agentrec.tui.widgets.terminal_view import TerminalView
    from agentrec.tui.widgets.timeline_bar import TimelineBar

MESSAGE_SECONDS = 4.0
_NO_COLOR = (NoColor, Monochrome)


class PlayerBase(App[None]):
    """The player's state and widgets, and what to do after something has changed."""

    state: PlayerState
    terminal_view: TerminalView
    timeline_bar: TimelineBar
    side_panel: SidePanel
    status_line: StatusLine
    prompt: Prompt
    player_screen: Screen[None]
    ticker: Timer

    def __init__(
        self,
        make_state: Callable[[Callable[[Message], object]], PlayerState],
        *,
        no_color: bool = False,
        preferences: Preferences | None = None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class, ansi_color=no_color or None)
        # Textual looks at NO_COLOR by itself; whether it counts was decided by the caller.
        self.no_color = no_color
        self._filters = [each for each in self._filters if not isinstance(each, _NO_COLOR)]
        if no_color:
            self._filters.append(NoColor())
        self.state = make_state(self.post_message)
        self.mono = no_color
        for theme in THEMES:
            self.register_theme(theme)
        self.preferences = preferences or Preferences()
        self.theme = self.preferences.theme or THEMES[0].name
        self.role_styles = RoleStyles(self.current_theme, mono=no_color)
        self.panel_chosen = False  # the user has folded or unfolded the side panel
        self.full_screen = False
        self._message = ""

    def set_full_screen(self, full: bool) -> None:
        """Show the recorded terminal alone, or everything."""
        raise NotImplementedError

    def wake(self) -> None:
        """Show the clock's time, and keep showing it while playing."""
        self.state.show()
        if self.state.clock.playing:
            self.ticker.resume()
        self.update_position()

    def say(self, text: str) -> None:
        """Show a message in the status line for a while."""
        self._message = text
        self.player_screen.add_class("telling")
        self.set_timer(MESSAGE_SECONDS, lambda: self._expire(text))
        self.update_position()

    def hush(self) -> None:
        """Remove the message: the user has moved on."""
        if self._message:
            self._message = ""
            self.player_screen.remove_class("telling")
            self.update_position()

    def _expire(self, text: str) -> None:
        if self._message == text:
            self.hush()

    def update_position(self) -> None:
        """Update timeline, panel and status line."""
        clock = self.state.clock
        self.timeline_bar.move(clock.t, clock.duration)
        self.side_panel.move(clock.t)
        right = [] if self._message else status_line.note_parts(self.state, self.terminal_view)
        self.status_line.left = status_line.position_parts(self.state, self._message)
        self.status_line.right = right
