"""Full screen, side panel, panning, theme, help."""

from __future__ import annotations

from bisect import bisect_right

from textual import on

from agentrec.tui.actions.player_base import PlayerBase
from agentrec.tui.theme import THEME_DESCRIPTIONS, RoleStyles
from agentrec.tui.widgets.side_panel import EVENTS, MARKS, TRACE
from agentrec.tui.widgets.tab_bar import TabBar
from agentrec.tui.widgets.themed import Themed

PANEL_COLUMNS = (36, 56)  # at least and at most
TRACE_COLUMNS = 120  # at most, where the terminal leaves that much
NARROW_COLUMNS = 60  # below this width there is no room for two things side by side
_FRAME_COLUMNS = 3  # around the terminal
_NOTABLE_ROLES = {"agent", "llm", "tool", "error"}  # of events for which the panel unfolds
_TALL_ROWS = 16  # from this height on, there is room for hints
_FLAT_ROWS = 12  # below this height, the timeline has one row


class ViewActions(PlayerBase):
    """Changes how things look, not what is played."""

    def action_full_screen(self) -> None:
        self.set_full_screen(not self.full_screen)

    def set_full_screen(self, full: bool) -> None:
        self.full_screen = full
        self.player_screen.set_class(full, "full")
        self.terminal_view.set_bare(full)
        self.fit_panel()
        self.call_after_refresh(self.update_position)

    def action_panel(self) -> None:
        self.panel_chosen = True
        if self.full_screen:
            self.set_full_screen(False)
            if self.side_panel.shown:
                return
        self.side_panel.cycle()
        self.fit_panel()

    def action_trace(self) -> None:
        """Show the trace; if it is there already, switch between all of it and the current turn."""
        if not self.state.spans:
            self.say("no model calls and tools were recorded")
        elif self.side_panel.shown == TRACE and not self.full_screen:
            turn_only = self.side_panel.switch_turn_only()
            self.say("the current turn" if turn_only else "the whole recording")
        else:
            self.panel_chosen = True
            self.side_panel.shown = TRACE
            self.set_full_screen(False)

    @on(TabBar.TabClicked)
    def _click_tab(self, message: TabBar.TabClicked) -> None:
        self.panel_chosen = True
        self.side_panel.shown = message.name
        self.fit_panel()

    def action_pan(self, dx: int, dy: int) -> None:
        if self.terminal_view.shows_all:
            self.say("the whole terminal is visible")
            return
        self.terminal_view.move(dx, dy)
        self.wake()

    def action_follow_cursor(self) -> None:
        self.terminal_view.follow_cursor()
        self.say("following the cursor")

    def action_theme(self) -> None:
        names = list(THEME_DESCRIPTIONS)
        index = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(index + 1) % len(names)]
        self.preferences.remember(theme=self.theme)
        self.say(THEME_DESCRIPTIONS[self.theme])

    def action_open(self) -> None:
        """Show the last event at or before this time in full."""
        items = self.state.items
        index = bisect_right(items, self.state.clock.t, key=lambda item: item.t) - 1
        if index < 0:
            self.say("no event before this time" if items else "no events were recorded")
            return
        from agentrec.tui.screens.event_screen import EventScreen

        self.state.clock.pause()
        self.wake()
        self.push_screen(
            EventScreen(self.role_styles, self.state.path, items[index], self.state.spans)
        )

    def action_help(self) -> None:
        from agentrec.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.role_styles))

    def restyle(self) -> None:
        """Use the current theme."""
        self.role_styles = RoleStyles(self.current_theme, mono=self.mono)
        for widget in self.query("*"):
            if isinstance(widget, Themed):
                widget.restyle(self.role_styles)
                widget.refresh()

    def fit_window(self, width: int, height: int) -> None:
        """Make the best of a window of this size."""
        self.player_screen.set_class(height >= _TALL_ROWS, "tall")
        self.player_screen.set_class(height < _FLAT_ROWS, "flat")
        self.offer_panel(width)
        self.fit_panel()

    def offer_panel(self, width: int) -> None:
        """Unfold the panel where it shows something and the terminal still fits beside it.

        Not once the user has folded or unfolded it.
        """
        if self.panel_chosen:
            return
        room = width >= self._cols() + _FRAME_COLUMNS + PANEL_COLUMNS[0]
        notable = any(item.role in _NOTABLE_ROLES for item in self.state.items)
        something = bool(self.state.markers) or notable
        name = MARKS if self.state.markers or not self.state.items else EVENTS
        self.side_panel.shown = name if room and something else ""
        self.fit_panel()

    def fit_panel(self) -> None:
        """Give the panel what the terminal leaves; in a narrow window, the terminal's place."""
        width = self.size.width
        shown = bool(self.side_panel.shown) and not self.full_screen
        self.side_panel.display = shown
        covers = shown and width < NARROW_COLUMNS
        self.player_screen.set_class(covers, "covered")
        most = TRACE_COLUMNS if self.side_panel.shown == TRACE else PANEL_COLUMNS[1]
        spare = min(max(PANEL_COLUMNS[0], width - self._cols() - 5), most)
        self.side_panel.styles.width = "1fr" if covers else spare

    def _cols(self) -> int:
        picture = self.terminal_view.picture
        return picture.cols if picture else self.state.recording.size[0]
