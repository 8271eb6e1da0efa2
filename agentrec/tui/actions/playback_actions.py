"""Play, pause, speed, steps, and jumps in time."""

from __future__ import annotations

from textual import on

from agentrec.tui import words
from agentrec.tui.actions.player_base import PlayerBase
from agentrec.tui.playback.clock import parse_position
from agentrec.tui.widgets.item_list import ItemList
from agentrec.tui.widgets.timeline_bar import TimelineBar
from agentrec.tui.widgets.waterfall import Waterfall


class PlaybackActions(PlayerBase):
    """Moves the clock."""

    def action_play_pause(self) -> None:
        self.state.clock.toggle()
        if self.state.empty and not self.state.clock.growing:
            self.say("nothing was recorded")
        self.wake()

    def action_step(self, by: int) -> None:
        self.state.step(by)

    def action_faster(self) -> None:
        self.say(f"speed {words.speed_text(self.state.clock.faster())}")

    def action_slower(self) -> None:
        self.say(f"speed {words.speed_text(self.state.clock.slower())}")

    def action_cut_more(self) -> None:
        self._choose_idle_limit(self.state.clock.cut_more())

    def action_cut_less(self) -> None:
        self._choose_idle_limit(self.state.clock.cut_less())

    def _choose_idle_limit(self, limit: int | None) -> None:
        self.preferences.remember(idle_limit=limit)
        self.say(words.pause_text(limit))

    def action_skip(self, seconds: float) -> None:
        self.state.clock.skip(seconds)
        self.wake()

    def action_share(self, share: float) -> None:
        self.state.clock.skip_share(share)
        self.wake()

    def action_tenth(self, number: int) -> None:
        self.state.clock.seek_share(number / 10)
        self.wake()

    def action_start(self) -> None:
        self.go_to(0)

    def action_end(self) -> None:
        self.state.clock.to_end()
        self.wake()

    def action_ask_time(self) -> None:
        self.prompt.ask("time")

    def go_to_position(self, text: str) -> None:
        """Go to the time that was typed."""
        t = parse_position(text, self.state.clock.duration)
        if t is not None:
            self.go_to(t)
        elif text:
            self.say(f"invalid time “{text}”: use 90, 1:30, 1:02:03.5 or 50%")

    def go_to(self, t: int) -> None:
        self.state.clock.seek(t)
        self.wake()

    @on(TimelineBar.TimeClicked)
    def _click_timeline(self, message: TimelineBar.TimeClicked) -> None:
        self.hush()
        self.go_to(message.t)

    @on(ItemList.ItemClicked)
    def _click_item(self, message: ItemList.ItemClicked) -> None:
        self.hush()
        self.go_to(message.item.t)

    @on(Waterfall.SpanClicked)
    def _click_span(self, message: Waterfall.SpanClicked) -> None:
        self.hush()
        self.go_to(message.t)
