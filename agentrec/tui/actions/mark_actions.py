"""Marks and snapshots: go to them, add them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work

from agentrec.errors import AgentrecError
from agentrec.times import format_clock
from agentrec.tui.actions.player_base import PlayerBase
from agentrec.tui.playback import live_marks
from agentrec.tui.playback.messages import MarkAdded, NoteAdded, SnapshotTaken, TaskFailed
from agentrec.tui.words import error_text

if TYPE_CHECKING:
    from agentrec.tui.draw.event_items import Item

_NOTABLE_NS = 2_000_000_000  # between the time wanted for a mark and the time it got
_NAMES = {"moment": "mark", "snapshot": "snapshot"}  # kinds of markers, as the user knows them


class MarkActions(PlayerBase):
    """Goes from marker to marker, and adds new ones."""

    _mark_t = 0  # the time at which the user asked for a mark
    _answered: Item | None = None  # the note that the user wants to answer

    def action_mark(self, direction: int) -> None:
        self._go_to_marker(direction, "moment")

    def action_snapshot(self, direction: int) -> None:
        self._go_to_marker(direction, "snapshot")

    def _go_to_marker(self, direction: int, kind: str) -> None:
        marker = self.state.neighbor_marker(direction, kind)
        if marker is not None:
            self.state.clock.seek(marker.t)
            self.wake()
        elif any(marker.kind == kind for marker in self.state.markers):
            self.say(f"no {_NAMES[kind]} {'after' if direction > 0 else 'before'} this time")
        else:
            none = f"this recording has no {_NAMES[kind]}s"
            self.say(none if self.state.loaded else "still loading")

    def action_ask_mark(self) -> None:
        self._mark_t = self.state.clock.t
        self.prompt.ask("mark")

    def action_ask_note(self) -> None:
        self._mark_t = self.state.clock.t
        self.prompt.ask("note")

    def action_ask_answer(self) -> None:
        self._answered = self.state.note_before()
        if self._answered:
            self.prompt.ask("answer")
        else:
            self.say("no note before this time" if self.state.loaded else "still loading")

    def action_ask_snapshot(self) -> None:
        if self.state.clock.growing:
            self.prompt.ask("snapshot")
        else:
            self.say("the recording has ended; use `agentrec snapshot` for the files now")

    def add_mark(self, label: str) -> None:
        """Add a mark at the time the user asked for it."""
        self._add_mark(label, self._mark_t)

    def add_note(self, text: str) -> None:
        """Add a note about the time at which the user asked for it."""
        if text.strip():
            self._add_note(text.strip(), self._mark_t, "")

    def add_answer(self, text: str) -> None:
        """Answer the note that the user wanted to answer."""
        if text.strip() and self._answered:
            self._add_note(text.strip(), self._answered.t, f"n{self._answered.seq}")

    def take_snapshot(self, label: str) -> None:
        """Have the recorder take a snapshot."""
        self.say("taking a snapshot")
        self._take_snapshot(label)

    @work(thread=True, group="marks")
    def _add_mark(self, label: str, t: int) -> None:
        """In a thread: a recorder may take a while, and so may a disk."""
        state = self.state
        try:
            label, at = live_marks.add_mark(state.recording, t, label, live=state.clock.growing)
        except (AgentrecError, OSError) as error:
            self.post_message(TaskFailed(error_text(error)))
        else:
            self.post_message(MarkAdded(label, at, t))

    @work(thread=True, group="marks")
    def _add_note(self, text: str, t: int, answers: str) -> None:
        state = self.state
        try:
            live_marks.add_note(state.recording, t, text, answers, live=state.clock.growing)
        except (AgentrecError, OSError) as error:
            self.post_message(TaskFailed(error_text(error)))
        else:
            self.post_message(NoteAdded())

    @work(thread=True, group="marks")
    def _take_snapshot(self, label: str) -> None:
        state = self.state
        try:
            name, new = live_marks.request_snapshot(
                state.recording, label, live=state.clock.growing
            )
        except (AgentrecError, OSError) as error:
            self.post_message(TaskFailed(error_text(error)))
        else:
            self.post_message(SnapshotTaken(name, new=new))

    @on(MarkAdded)
    def _say_added(self, message: MarkAdded) -> None:
        self.state.events.reload()
        moved = message.t - message.wanted > _NOTABLE_NS
        where = f" at {format_clock(message.t)}, where the recording is now" if moved else ""
        self.say(f"mark “{message.label}” added{where}")

    @on(NoteAdded)
    def _say_noted(self, _: NoteAdded) -> None:
        self.state.events.reload()
        self.say("note added")

    @on(SnapshotTaken)
    def _say_taken(self, message: SnapshotTaken) -> None:
        self.state.events.reload()
        name = message.snapshot
        self.say(f"snapshot {name} taken" if message.new else f"nothing has changed since {name}")

    def has_snapshots(self, purpose: str) -> bool:
        """Whether there are snapshots; if not, says so and what they are needed for."""
        if any(marker.kind == "snapshot" for marker in self.state.markers):
            return True
        if self.state.loaded:
            self.say(f"this recording has no snapshots. {purpose}")  # the end may be cut
        else:
            self.say("still loading")
        return False
