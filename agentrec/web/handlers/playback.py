"""What the terminal showed, and what it got."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from agentrec.export.asciicast.encode import exit_status
from agentrec.recording.events import EXIT
from agentrec.recording.format import batch
from agentrec.recording.format.codec import to_event
from agentrec.recording.markers import list_markers
from agentrec.terminal.engine.styles import PLAIN, UNDERLINES, hex_color
from agentrec.terminal.output.redraw import redraw
from agentrec.times import NS_PER_SECOND
from agentrec.web.handlers.frames import step, stretch
from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.format.segment_decoder import Columns
    from agentrec.recording.reader import Recording
    from agentrec.terminal.engine.screen import Screen
    from agentrec.terminal.engine.styles import Run, Style
    from agentrec.terminal.seek.timeline import Timeline
    from agentrec.web.request import Asked

_CHUNKS = 20_000  # in one answer
_LATER = 200  # events after the wanted one that a sequence may take to end
_FLAGS = ("bold", "dim", "italic", "blink", "inverse", "hidden", "strike", "overline")
assert UNDERLINES[1] == "single"  # what the document says of the numbers


def screen(asked: Asked) -> dict[str, Any]:
    with asked.service.shelf.play(asked.row["path"]) as it:
        t = asked.params["t"]
        at = (
            it.timeline.duration
            if t is None
            else min(round(t * NS_PER_SECOND), it.timeline.duration)
        )
        shown = it.timeline.screen_at(at)
        cursor = shown.cursor
        return {
            "t": at / NS_PER_SECOND,
            "seq": it.timeline.seq_at(at),
            "cols": shown.cols,
            "rows": shown.rows,
            "title": shown.title,
            "cursor": cursor._asdict(),
            "modes": shown.modes._asdict(),
            "text": shown.rows_text(),
            "lines": [[_run(run) for run in runs] for runs in shown.styled_rows()],
        }


def _run(run: Run) -> dict[str, Any]:
    told: dict[str, Any] = {"text": run.text, "width": run.width}
    if run.style != PLAIN:
        told["style"] = _style(run.style)
    return told


def _style(style: Style) -> dict[str, Any]:
    told: dict[str, Any] = {name: True for name in _FLAGS if getattr(style, name)}
    colors = {"fg": style.fg, "bg": style.bg, "underline_colour": style.underline_color}
    for name, color in colors.items():
        if color is not None:
            told[name] = hex_color(color)
    if style.underline:
        told["underline"] = style.underline
    if style.link:
        told["link"] = style.link
    return told


def film(asked: Asked) -> dict[str, Any]:
    params = asked.params
    t, until = round(params["t"] * NS_PER_SECOND), params["until"]
    with asked.service.shelf.play(asked.row["path"]) as it:
        if params["step"] is not None:
            return step(it.timeline, t, params["step"])
        stop = None if until is None else round(until * NS_PER_SECOND)
        every = round(params["every"] * NS_PER_SECOND)
        return stretch(it.timeline, t, until=stop, every=every, limit=params["limit"])


def activity(asked: Asked) -> dict[str, Any]:
    parts = asked.params["parts"]
    with asked.service.shelf.play(asked.row["path"]) as it:
        while it.timeline.scan_next():
            asked.deadline.check()
        found, whole = it.timeline.activity(), it.timeline.duration
        return {
            "durationSec": whole / NS_PER_SECOND,
            "output": found.output_bytes(parts, whole),
            "input": found.input_bytes(parts, whole),
            "idle": [[start / NS_PER_SECOND, end / NS_PER_SECOND] for start, end in found.idle],
            "resizes": [[t / NS_PER_SECOND, cols, rows] for t, cols, rows in found.resizes],
            "exit": None if found.exit is None else found.exit / NS_PER_SECOND,
        }


def seek(asked: Asked) -> dict[str, Any]:
    body = asked.body
    with asked.service.shelf.play(asked.row["path"]) as it:
        timeline = it.timeline
        wanted, t = _goal(timeline, it.recording, body)
        shown, seq, state = _state(timeline, wanted, body["scrollback"])
        told = {
            "seekTime": t / NS_PER_SECOND,
            "seq": seq,
            "cols": shown.cols,
            "rows": shown.rows,
            "state": _base64(state),
            "fsSnapshotId": body["fsSnapshotId"],
        }
        return {**told, "output": _output(asked, timeline, seq, None, body["bytes"])}


def _goal(timeline: Timeline, recording: Recording, body: dict[str, Any]) -> tuple[int, int]:
    """How many events are to be seen, and the time asked for."""
    if body["seq"] is not None:
        return body["seq"], timeline.time_after(body["seq"])
    if body["fsSnapshotId"] is not None:
        t = _point(recording, body["fsSnapshotId"], "snapshot")
    elif body["momentId"] is not None:
        t = _point(recording, body["momentId"], "moment")
    else:
        t = min(round((body["ts"] or 0) * NS_PER_SECOND), timeline.duration)
    return timeline.seq_at(t), t


def _point(recording: Recording, name: str, kind: str) -> int:
    for point in list_markers(recording):
        if point.kind == kind and point.id == name:
            return point.t
    raise ProblemError(404, f"there is no {kind} {name}")


def _state(timeline: Timeline, seq: int, scrollback: int) -> tuple[Screen, int, bytes]:
    """The screen after ``seq`` events, or so many more as the sequence takes that is under way."""
    for later in range(_LATER):
        shown = timeline.screen_after(seq + later)
        state = redraw(shown, scrollback)
        if state is not None:
            return shown, min(seq + later, timeline.count), state
    # It never ends: what a terminal shows then is what was there before.
    return shown, seq, b""


def output(asked: Asked) -> dict[str, Any]:
    params = asked.params
    with asked.service.shelf.play(asked.row["path"]) as it:
        timeline, seq = it.timeline, params["seq"]
        if seq is None:
            since = round((params["since"] or 0) * NS_PER_SECOND)
            seq = timeline.seq_at(since - 1) if since else 0
        until = None if params["until"] is None else round(params["until"] * NS_PER_SECOND)
        return _output(asked, timeline, seq, until, params["bytes"])


def _output(
    asked: Asked, timeline: Timeline, seq: int, until: int | None, room: int
) -> dict[str, Any]:
    """What follows after ``seq`` events, until a time or until there is no more room."""
    told: list[list[Any]] = []
    last, after = timeline.time_after(seq), seq
    whole = True
    for chunk, place in asked.deadline.watch(_records(timeline, seq)):
        t = chunk.times[place]
        if room <= 0 or len(told) >= _CHUNKS or (until is not None and t > until):
            whole = False
            break
        entry = _told(chunk, place)
        if entry:
            told.append([chunk.seq + place, t / NS_PER_SECOND, *entry])
            room -= chunk.bounds[place + 1] - chunk.bounds[place]
        last, after = t, chunk.seq + place + 1
    more = not whole or timeline.growing
    return {
        "chunks": told,
        "next": after if more else None,
        "until": last / NS_PER_SECOND,
        "durationSec": timeline.duration / NS_PER_SECOND,
        "live": timeline.growing,
    }


def _records(timeline: Timeline, seq: int) -> Iterator[tuple[Columns, int]]:
    for chunk in timeline.chunks(seq):
        for place in range(max(0, seq - chunk.seq), len(chunk)):
            yield chunk, place


def _told(chunk: Columns, place: int) -> tuple[str, str] | None:
    """Kind and data of a record that a player needs."""
    kind, payload = chunk.kinds[place], chunk.payload(place)
    if kind == batch.OUTPUT:
        return "o", _base64(payload)
    if kind == batch.RESIZE and len(payload) == batch.SIZE.size:
        return "r", "{}x{}".format(*batch.SIZE.unpack(payload))
    if kind == batch.JSON and b'"exit"' in payload:
        event = to_event(chunk.seq + place, (chunk.times[place], kind, payload))
        if event.name == EXIT:
            return "x", str(exit_status(event))
    return None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


HANDLERS = {"screen": screen, "film": film, "activity": activity, "seek": seek, "output": output}
