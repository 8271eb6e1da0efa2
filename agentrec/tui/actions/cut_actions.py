"""A stretch with a start and an end, cut out as a new recording."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual import on, work

from agentrec.errors import AgentrecError
from agentrec.text import printable
from agentrec.times import format_clock
from agentrec.tui.actions.player_base import PlayerBase
from agentrec.tui.playback.messages import FileWritten, TaskFailed
from agentrec.tui.words import error_text

if TYPE_CHECKING:
    from agentrec.tui.playback.cut_points import CutPoints


class CutActions(PlayerBase):
    """Sets the ends of a stretch, and cuts it out."""

    def action_cut_in(self) -> None:
        self._set(self.state.cut.starting_at(self.state.clock.t))

    def action_cut_out(self) -> None:
        self._set(self.state.cut.ending_at(self.state.clock.t))

    def action_cut(self) -> None:
        if not self.state.cut:
            self.say("set the start of a stretch with ( and its end with )")
            return
        since, until = self.state.cut.stretch(self.state.clock.duration)
        if until <= since:
            self.say("the stretch has no length")
            return
        self.say("cutting")
        self._cut(since, until)

    def _set(self, points: CutPoints) -> None:
        self.state.cut = points
        self.timeline_bar.marks = self.state.timeline_marks()
        since, until = points.stretch(self.state.clock.duration)
        self.say(f"{format_clock(since)} to {format_clock(until)}: x cuts it out")

    @work(thread=True, group="cut", exclusive=True)
    def _cut(self, since: int, until: int) -> None:
        from agentrec.cuts.cut_file import cut

        try:
            new = cut(self.state.path, "", os.environ, since, until)
        except (AgentrecError, OSError) as error:
            self.post_message(TaskFailed(error_text(error)))
        else:
            self.post_message(FileWritten(new.path))

    @on(FileWritten)
    def _say_written(self, message: FileWritten) -> None:
        self.say(f"wrote {printable(message.path)}")
