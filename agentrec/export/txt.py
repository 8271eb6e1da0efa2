"""Plain text, write only: every line that was shown, even if a later `clear` wiped it."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from agentrec.export.conversion import Loss, size_of
from agentrec.recording.events import RESIZE
from agentrec.recording.events.term import TermResize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event


def write(header: JsonObject, events: Iterable[Event], out: BinaryIO) -> Loss:
    """Lines in UTF-8, without styles and times. Raises AgentrecError when there is no terminal engine."""
    from agentrec.terminal.screen_transcript import transcript_lines

    loss = Loss()
    lines = transcript_lines(_of_terminal(events, loss), *size_of(header))
    blank = 0  # empty lines at the end are the empty rest of the screen
    for _, text in lines:
        if not text:
            blank += 1
            continue
        out.write(b"\n" * blank + text.encode("utf-8", "replace") + b"\n")
        blank = 0
    return loss


def _of_terminal(events: Iterable[Event], loss: Loss) -> Iterator[Event]:
    """The terminal's events; those of other tracks are counted as left out."""
    for event in events:
        if event.track != "term":
            loss.leave_out(event)
        elif event.name != RESIZE or (isinstance(event.data, dict) and TermResize(event.data).size):
            yield event
