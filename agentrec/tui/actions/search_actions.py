"""The search and its hits."""

from __future__ import annotations

from textual import on

from agentrec.tui.actions.player_base import PlayerBase
from agentrec.tui.playback.cut_points import CutPoints
from agentrec.tui.playback.messages import HitsFound
from agentrec.tui.playback.search_worker import pattern_of


class SearchActions(PlayerBase):
    """Searches the recording, and goes from hit to hit."""

    _jump_pending = False  # a jump waits until the search has found something

    def action_ask_search(self) -> None:
        self.prompt.ask("search")

    def action_hit(self, direction: int) -> None:
        self.go_to_hit(direction)

    def action_clear(self) -> None:
        """Clear the selection or the stretch, or end the search, or leave the full screen."""
        if self.terminal_view.selection:
            self.terminal_view.select(None)
        elif self.state.cut and not self.state.pattern:
            self.state.cut = CutPoints()
            self.timeline_bar.marks = self.state.timeline_marks()
        elif self.full_screen and not self.state.pattern:
            self.set_full_screen(False)
        else:
            self.end_search()

    def end_search(self) -> None:
        self._jump_pending = False
        self.search("")

    def search(self, text: str) -> None:
        """Search for ``text``; an empty text ends the search."""
        pattern = pattern_of(text) if text else None
        self.state.search(pattern)
        self.terminal_view.highlight(pattern)
        self.timeline_bar.hits = []
        self.wake()

    def go_to_hit(self, direction: int, *, here: bool = False) -> None:
        """Go to the next hit (1) or the previous one (-1); ``here`` includes this time."""
        state = self.state
        if state.pattern is None:
            self.say("no search yet: press / to search")
            return
        t = state.neighbor_hit(direction, here=here)
        if t is None and state.searching:
            self._jump_pending = True
            return
        if t is None and state.hits:
            t = state.hits[0 if direction > 0 else -1]
            self.say("wrapped to the start" if direction > 0 else "wrapped to the end")
        if t is None:
            self.say("no matches")
            return
        state.clock.pause()
        state.clock.seek(t)
        self.wake()
        state.show(state.pattern)

    @on(HitsFound)
    def _show_hits(self, message: HitsFound) -> None:
        self.state.add_hits(message)
        self.timeline_bar.hits = self.state.hits
        if self._jump_pending:
            self._jump_pending = False
            self.go_to_hit(1, here=True)
        self.update_position()
