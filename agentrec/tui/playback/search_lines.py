"""The text of a recording for the player's search: what was shown, and what was said and done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.reader import Recording

_EARLY_BYTES = (
    1 << 19
)  # of output, after which the lines on screen are searched before they are lost

# What may never have been on screen whole: agents cut what they show.
_KINDS = frozenset(("message", "thinking", "tool", "command", "error", "note"))


def search_lines(recording: Recording) -> Iterator[tuple[int, str]]:
    """Every line that was shown or is in a message, tool call, command or note, with its time in ns."""
    from agentrec.terminal.screen_transcript import transcript_lines

    yield from _event_lines(recording)
    events = recording.events(tracks=("term",))
    yield from transcript_lines(events, *recording.size, early=_EARLY_BYTES)


def _event_lines(recording: Recording) -> Iterator[tuple[int, str]]:
    from agentrec.library.index.entries import EntryBuilder
    from agentrec.library.index.texts import plain
    from agentrec.recording.events.decode import decode

    builder = EntryBuilder()
    for event in recording.events():
        if event.track != "term":
            builder.feed(event, decode(event))
    for entry in builder.items():
        if entry.kind in _KINDS:
            for number, line in enumerate(plain(entry.text).split("\n")):
                yield entry.line_time(number), line
