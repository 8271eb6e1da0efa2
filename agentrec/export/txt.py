"""Plain text, write only: every line that was ever shown, also what a later `clear` wiped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from agentrec.export.model import Loss, is_size, size_of
from agentrec.recording.events import RESIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.recording.events import Event


def write(header: dict[str, Any], events: Iterable[Event], out: BinaryIO) -> Loss:
    """Lines in UTF-8, without styles and times. Raises AgentrecError where there is no terminal engine."""
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
    """What the terminal shows; the events of other tracks are counted as left out."""
    for event in events:
        if event.track != "term":
            loss.leave_out(event)
        elif event.name != RESIZE or _is_resize(event.data):
            yield event


def _is_resize(data: object) -> bool:
    return isinstance(data, dict) and is_size(data.get("cols"), data.get("rows"))
