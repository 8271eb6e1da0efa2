"""Playing from zero, plainly, to compare the timeline with; and recordings with keyframes."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence

from agentrec.errors import InputError
from agentrec.recording.events import Event
from agentrec.recording.format.frames import COMPRESSED, DERIVED, INDEX, KEYFRAME, Frame, pack
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import BuiltKeyframe
from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.seek.keyframe_builder import KeyframeBuilder
from agentrec.terminal.seek.state_cache import SCROLLBACK_LINES


def state(screen: Screen) -> tuple[object, ...]:
    """All that can be seen of a screen."""
    return (
        (screen.cols, screen.rows),
        screen.styled_rows(),
        screen.cursor,
        screen.modes,
        screen.title,
        [screen.row_wraps(y) for y in range(screen.rows)],
        screen.history_text(),
    )


class FromZero:
    """Every state of a recording, by feeding a screen event by event."""

    def __init__(self, events: Sequence[Event], size: tuple[int, int]) -> None:
        self._times = [event.t for event in events]
        self._seqs = [event.seq for event in events]
        self._events = events
        self._size = size
        self._screen = Screen(*size, SCROLLBACK_LINES)
        self._next = 0
        self._states: dict[int, tuple[object, ...]] = {}

    def at(self, t: int) -> tuple[object, ...]:
        """The state with every event at ``t`` or before."""
        return self._after(bisect_right(self._times, t))

    def after(self, seq: int) -> tuple[object, ...]:
        """The state after the first ``seq`` events."""
        return self._after(bisect_right(self._seqs, seq - 1))

    def _after(self, number: int) -> tuple[object, ...]:
        if number not in self._states:
            if number < self._next:
                self._screen, self._next = Screen(*self._size, SCROLLBACK_LINES), 0
            for event in self._events[self._next : number]:
                self._play(event)
            self._next = number
            self._states[number] = state(self._screen)
        return self._states[number]

    def _play(self, event: Event) -> None:
        if event.name == ("term", "output"):
            assert isinstance(event.data, bytes)
            self._screen.feed(event.data)
        elif event.name == ("term", "resize"):
            assert isinstance(event.data, dict)
            try:
                self._screen.resize(event.data["cols"], event.data["rows"])
            except InputError:
                return  # a size no terminal has


def keyframes(path: str) -> list[BuiltKeyframe]:
    """All keyframes that are due in the recording at ``path``."""
    made = []
    with Recording.open(path) as recording:
        filler = KeyframeBuilder(recording)
        while filler.step():
            found = filler.keyframe()
            if found:
                made.append(found)
    return made


def add_keyframes(path: str, made: Sequence[BuiltKeyframe] | None = None) -> str:
    """A copy without index in which keyframes stand behind all else, or those ``made`` says."""
    made = keyframes(path) if made is None else made
    with Recording.open(path) as recording:
        found = [item for item in recording.frames() if isinstance(item, Frame)]
        end = next((item.offset for item in found if item.kind == INDEX), recording.file_size)
    target = f"{os.path.splitext(path)[0]}-keyframes.ahr"
    with open(path, "rb") as source, open(target, "wb") as out:
        out.write(source.read(end))
        out.writelines(pack(KEYFRAME, each.payload, COMPRESSED | DERIVED) for each in made)
    return target
